"""The real clients: npm is taken as it is, the others are installed once, outside the repository."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec import Struct

_KEPT = Path(os.environ.get("PACKHOUSE_CLIENTS", "~/.cache/packhouse-clients")).expanduser()


class Client(Struct, frozen=True):
    """One program, and how it is told what to do."""

    name: str
    program: tuple[str, ...]
    install: tuple[str, ...]
    install_frozen: tuple[str, ...]
    """Installs what the lock file says, and fails where it would have to be changed."""
    lock: str


NPM = Client("npm", ("npm",), ("install",), ("ci",), "package-lock.json")

_OTHERS = {
    "pnpm": (
        "pnpm@10",
        "pnpm",
        ("install", "--no-frozen-lockfile"),
        ("install", "--frozen-lockfile"),
        "pnpm-lock.yaml",
    ),
    "yarn1": ("yarn@1", "yarn", ("install",), ("install", "--frozen-lockfile"), "yarn.lock"),
    "yarn4": ("@yarnpkg/cli-dist@4", "yarn", ("install", "--no-immutable"), ("install", "--immutable"), "yarn.lock"),
}

# The last versions but one install what the newest do; these do what older ones cannot.
_NEWEST = {
    "pnpm12": (
        "pnpm@12",
        "pnpm",
        ("install", "--no-frozen-lockfile"),
        ("install", "--frozen-lockfile"),
        "pnpm-lock.yaml",
    ),
}

CLIENTS = ("npm", *_OTHERS)


def client(name: str) -> Client:
    """Give a client; where it cannot be had the test is skipped, or fails in CI."""
    if name == "npm":
        if shutil.which("npm") is None:
            _miss("npm", "it is not installed")
        return NPM
    package, program, install, install_frozen, lock = (_OTHERS | _NEWEST)[name]
    path = _KEPT / name / "node_modules" / ".bin" / program
    if not path.exists():
        _fetch(name, package)
    # Installed without its scripts, the newest pnpm is a shell script that does not say so in its first line.
    starter = ("sh",) if name in _NEWEST else ()
    return Client(name, (*starter, str(path)), install, install_frozen, lock)


def _fetch(name: str, package: str) -> None:
    """Install into a folder beside the final one, so that a test process beside us sees all of it or nothing."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    arriving = _KEPT / f"{name}.{os.getpid()}"
    # Two packages bring a program called yarn: each has its own folder.
    command = ["npm", "install", "--prefix", str(arriving), "--ignore-scripts", "--no-audit", "--no-fund", package]
    arriving.mkdir(exist_ok=True)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
        arriving.rename(_KEPT / name)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(arriving, ignore_errors=True)
        if not (_KEPT / name).exists():
            _miss(name, str(getattr(error, "stderr", None) or error))


def _miss(name: str, why: str) -> None:
    reason = f"{name} is needed: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
