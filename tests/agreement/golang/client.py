"""The real go command, asked in a folder of its own."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

_TIMEOUT_S = 600


class Project(Struct, frozen=True):
    """What is asked about."""

    go_mod: str
    directories: dict[str, str] = {}
    """go.mod files of directories below it."""


class Answer(Struct, frozen=True):
    """What the go command says of one go.mod."""

    graph: tuple[str, ...] = ()
    """The lines of `go mod graph`."""
    listed: tuple[str, ...] = ()
    """The lines of `go list -m all`; none where it could not date a module that `go mod graph` does not look at."""
    error: str = ""
    """Where `go mod graph` gave up: what it wrote."""


def environ(proxy: str, cache: Path) -> dict[str, str]:
    """Make the environment in which nothing but the proxy is asked."""
    return os.environ | {
        "GOPROXY": proxy,
        "GOMODCACHE": str(cache),
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-modcacherw",
        "GONOPROXY": "none",
        "GOWORK": "off",
        "GOENV": "off",
    }


def ask(project: Project, folder: Path, environment: Mapping[str, str]) -> Answer:
    """Ask for the graph and the build list of a project that has no code."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in [("", project.go_mod), *project.directories.items()]:
        (folder / path).mkdir(parents=True, exist_ok=True)
        (folder / path / "go.mod").write_text(text)
    graph = run_go(folder, environment, "mod", "graph")
    listed = run_go(folder, environment, "list", "-mod=mod", "-m", "all")
    if graph.returncode:
        return Answer(error=graph.stderr.strip() or "no word")
    return Answer(tuple(graph.stdout.splitlines()), () if listed.returncode else tuple(listed.stdout.splitlines()))


def version() -> str:
    """Name the client."""
    return run_go(Path.cwd(), os.environ, "version").stdout.split()[2]


def run_go(folder: Path, environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command."""
    return subprocess.run(
        [shutil.which("go") or "go", *arguments],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
