"""Real clients that are Python programs, installed once, each into an environment of its own."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

from tests.clients.programs import _KEPT, _miss


def python_program(name: str, requirement: str) -> Path:
    """Give a program of a Python package; where it cannot be had the test is skipped, or fails in CI."""
    program = _KEPT / name / "bin" / name
    if not program.exists():
        _fetch(name, requirement)
    return program


def _fetch(name: str, requirement: str) -> None:
    """Install into the final folder, since programs name their interpreter by its path; a broken one is removed."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    folder = _KEPT / name
    arriving = _KEPT / f"{name}.{os.getpid()}"
    try:
        venv.create(arriving, with_pip=True)
        command = [str(arriving / "bin" / "python"), "-m", "pip", "install", "--quiet", requirement]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
        _point_at(arriving / "bin" / name, folder / "bin" / "python")
        arriving.rename(folder)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(arriving, ignore_errors=True)
        if not folder.exists():
            _miss(name, str(getattr(error, "stderr", None) or error))


def _point_at(program: Path, interpreter: Path) -> None:
    """Name the interpreter that will be there once the folder has its final name."""
    _, _, rest = program.read_text().partition("\n")
    program.write_text(f"#!{interpreter}\n{rest}")
