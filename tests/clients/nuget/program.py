"""NuGet's own command line: a program of npm's registry, run by mono."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

_KEPT = Path(os.environ.get("PACKHOUSE_CLIENTS", "~/.cache/packhouse-clients")).expanduser() / "nuget"
_PACKAGE = "nuget-exe@5.8.0"


def need_nuget() -> Path:
    """Find nuget.exe, fetched once; where it cannot be had or run, the test is skipped, or fails in CI."""
    for program in ("mono", "mcs"):
        if shutil.which(program) is None:
            _miss(program, "it is not installed")
    if not (found := list(_KEPT.glob("node_modules/nuget-exe/*.exe"))):
        _fetch()
        found = list(_KEPT.glob("node_modules/nuget-exe/*.exe"))
    if trouble := _trouble(found[0]):
        _miss("a library of mono", trouble)
    return found[0]


@cache
def _trouble(program: Path) -> str:
    """Say why the program does not run: Debian has each of mono's libraries in a package of its own."""
    done = subprocess.run(["mono", str(program), "help"], capture_output=True, text=True, timeout=100, check=False)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-400:]


def _fetch() -> None:
    """Install into a folder beside the final one, so that a test process beside us sees all of it or nothing."""
    arriving = _KEPT.with_name(f"nuget.{os.getpid()}")
    command = ["npm", "install", "--prefix", str(arriving), "--ignore-scripts", "--no-audit", "--no-fund", _PACKAGE]
    try:
        arriving.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
        arriving.rename(_KEPT)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(arriving, ignore_errors=True)
        if not _KEPT.exists():
            _miss(_PACKAGE, str(getattr(error, "stderr", None) or error))


def _miss(name: str, why: str) -> None:
    reason = f"{name} is needed: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
