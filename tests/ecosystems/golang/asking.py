"""Asks the go command's own packages, which its installation brings along."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

HERE = Path(__file__).parent


_OLDEST = 23
"""Of go 1.N: what older ones say of versions of go and of directives has changed since."""


def find_go() -> str:
    """Find the go command; skip where there is none, or an old one."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed: its own answers are not compared")
    if _language(go) < _OLDEST:
        pytest.skip(f"go is older than 1.{_OLDEST}: its answers are not today's")
    return go


@cache
def _language(go: str) -> int:
    said = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"go1\.([0-9]+)", said)
    return int(found[1]) if found else 0


@cache
def build(source: Path, *parts: str) -> Path:
    """Build a program against parts of the copy of golang.org/x/mod in GOROOT."""
    go = find_go()
    goroot = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    vendored = Path(goroot) / "src" / "cmd" / "vendor" / "golang.org" / "x" / "mod"
    if not vendored.is_dir():
        pytest.skip("this installation of go brings no golang.org/x/mod")
    folder = Path(mkdtemp(prefix="packhouse-go-"))
    module = folder / "mod"
    for part in parts:
        shutil.copytree(vendored / part, module / part)
    (module / "go.mod").write_text(f"module golang.org/x/mod\n\ngo 1.{_language(go)}\n")
    (folder / "main.go").write_text(source.read_text())
    needed = "require golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n"
    (folder / "go.mod").write_text(f"module program\n\ngo 1.{_language(go)}\n\n{needed}")
    environ = os.environ | {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    built = subprocess.run(
        [go, "build", "-o", "program", "."], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    return folder / "program"


def ask(questions: Sequence[tuple[str, ...]]) -> list[str]:
    """Return an answer for each question."""
    text = "".join("\t".join(question) + "\n" for question in questions)
    program = build(HERE / "oracle" / "main.go", "modfile", "module", "semver", "internal/lazyregexp")
    done = subprocess.run([str(program)], input=text, capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(questions)
    return answers
