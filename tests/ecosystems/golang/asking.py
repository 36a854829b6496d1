"""Asks the go command's own packages, which its installation brings along."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

HERE = Path(__file__).parent


@cache
def _program() -> Path:
    """Build the oracle against the copy of golang.org/x/mod in GOROOT; skip where there is no go."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed: its own answers are not compared")
    goroot = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    vendored = Path(goroot) / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod"
    if not vendored.is_dir():
        pytest.skip("this installation of go brings no golang.org/x/mod")
    folder = Path(mkdtemp(prefix="packhouse-go-oracle-"))
    module = folder / "mod"
    for part in ("module", "semver", "internal/lazyregexp"):
        shutil.copytree(vendored / part, module / part)
    (module / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.19\n")
    (folder / "main.go").write_text((HERE / "oracle" / "main.go").read_text())
    (folder / "go.mod").write_text(
        "module oracle\n\ngo 1.19\n\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n"
    )
    environ = os.environ | {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    built = subprocess.run(
        [go, "build", "-o", "oracle", "."], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder / "oracle"


def ask(questions: Sequence[tuple[str, ...]]) -> list[str]:
    """Return an answer for each question."""
    text = "".join("\t".join(question) + "\n" for question in questions)
    done = subprocess.run([str(_program())], input=text, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions)
    return answers
