"""The real mvn, asked for the trees of many projects in one run."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

_PLUGINS = Path("/usr/share/maven-repo")
"""Where the distribution puts the plugin, so that nothing is fetched for it."""
_TREE = "org.apache.maven.plugins:maven-dependency-plugin:3.5.0:tree"
_TIMEOUT_S = 3000
_step = re.compile(r"(?:[|] {2}| {3})*(?:[+]- |\\- )").match
_without_colours = re.compile(r"\x1b\[[0-9;]*m").sub
_note = re.compile(r" \((?!optional)[^()]*(?:\([^()]*\)[^()]*)*\)")


class Answer(Struct, frozen=True):
    """What mvn says of one project."""

    lines: tuple[str, ...] = ()
    """Its tree without the project itself: depth, coordinates with scope, and whether it is optional."""
    error: str = ""


def ask(projects: Sequence[str], folder: Path, repository: str, local: Path, *more: str) -> list[Answer]:
    """Ask for the trees of projects, each given as its POM less the opening and the ends; see `write_pom`.

    `repository` is the address of all that they depend on, `local` the folder of mvn's own copies.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, inner in enumerate(projects):
        place = folder / f"p{number}"
        place.mkdir()
        (place / "pom.xml").write_text(write_pom(number, inner))
    modules = "".join(f"<module>p{number}</module>" for number in range(len(projects)))
    (folder / "pom.xml").write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>asked.example</groupId><artifactId>all</artifactId>"
        f"<version>1</version><packaging>pom</packaging><modules>{modules}</modules></project>"
    )
    (folder / "settings.xml").write_text(_settings(repository))
    ran = run_mvn(
        folder,
        *("-s", "settings.xml", f"-Dmaven.repo.local={local}", "-fae", _TREE, "-DoutputFile=tree.txt"),
        *more,
    )
    (folder / "log.txt").write_text(ran.stdout + ran.stderr)
    return [_read(folder / f"p{number}" / "tree.txt") for number in range(len(projects))]


def write_pom(number: int, inner: str) -> str:
    """Write a project's POM around what it says of its dependencies."""
    return (
        "<project><modelVersion>4.0.0</modelVersion><groupId>asked.example</groupId>"
        f"<artifactId>p{number}</artifactId><version>1</version><packaging>jar</packaging>{inner}</project>"
    )


def version() -> str:
    """Name the client, its plugin and its Java."""
    lines = _without_colours("", run_mvn(Path.cwd(), "-v").stdout).splitlines()
    java = next(line for line in lines if line.startswith("Java version")).partition(",")[0]
    return f"{lines[0]}, dependency plugin 3.5.0, {java}"


def run_mvn(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAVEN")}
    return subprocess.run(
        [shutil.which("mvn") or "mvn", "-B", "--color=never", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )


def _read(tree: Path) -> Answer:
    if not tree.exists():
        return Answer(error="mvn gives up")
    return Answer(tuple(plain(tree.read_text().splitlines()[1:])))


def plain(lines: Iterable[str]) -> Iterable[str]:
    """Write a line of the tree with its depth, and without the notes of where a version comes from."""
    for line in lines:
        match = _step(line)
        assert match is not None, line
        yield f"{len(match[0]) // 3} {_note.sub('', line[match.end() :])}"


def _settings(repository: str) -> str:
    return (
        "<settings>"
        f"<mirrors><mirror><id>asked</id><mirrorOf>*,!plugins</mirrorOf><url>{repository}</url></mirror></mirrors>"
        "<profiles><profile><id>plugins</id><pluginRepositories><pluginRepository>"
        f"<id>plugins</id><url>{_PLUGINS.as_uri()}</url></pluginRepository></pluginRepositories></profile></profiles>"
        "<activeProfiles><activeProfile>plugins</activeProfile></activeProfiles></settings>"
    )
