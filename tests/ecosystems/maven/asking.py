"""Maven's own classes, asked from here: a program in one source file on the class path of the installed mvn."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "oracle"


def libraries() -> Path:
    """Find the jars of the installed Maven; skip the test where there is none, fail in CI."""
    program = shutil.which("mvn")
    if program is None or shutil.which("java") is None:
        _miss("mvn and java are needed")
    for home in (Path(str(program)).resolve().parent.parent, Path("/usr/share/maven")):
        if (home / "lib").is_dir():
            return home / "lib"
    return _miss("the jars of mvn are needed")


def run(program: str, stdin: str, *arguments: str) -> str:
    """Run one of the programs of this folder; return what it prints."""
    command = ["java", "-cp", f"{libraries()}/*", str(_FOLDER / program), *arguments]
    done = subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8", timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def ask(questions: Sequence[Sequence[str]]) -> list[str]:
    """Ask about versions: `compare a b` and `contains range version`."""
    lines = "".join("\t".join(question) + "\n" for question in questions)
    answers = run("Oracle.java", lines).splitlines()
    assert len(answers) == len(questions)
    return answers


def _miss(reason: str) -> Path:
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
