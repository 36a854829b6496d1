"""Ask mvn anew and write down what it says.

Usage: python -m tests.agreement.maven.record real REPOSITORY [LOCAL] | universes COUNT

REPOSITORY is the address of a Maven repository, e.g. that of a Packhouse, http://127.0.0.1:8080/maven; LOCAL a folder
for mvn's own copies, which saves the second time. Each release of roots.txt is asked about as the only requirement of
an empty project.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.maven.pom import parse_pom
from tests.agreement.maven.client import Answer, ask, version
from tests.agreement.maven.recorded import REAL, UNIVERSES, Asked, Recording, write
from tests.agreement.maven.replay import Shelf, begin
from tests.agreement.maven.universes import World, make, write_repository

ROOTS = Path(__file__).parent / "roots.txt"
ENVIRONMENT = {"jdk": "17", "os.name": "Linux", "os.arch": "amd64"}
_AT_ONCE = 150
_without_comments = re.compile(r"<!--.*?-->", re.DOTALL)
_TOLD_ELSEWHERE = "build|reporting|licenses|developers|contributors|mailingLists|issueManagement|ciManagement|scm"
_without_rest = re.compile(rf"<({_TOLD_ELSEWHERE}|description|repositories|pluginRepositories)>.*?</\1>", re.DOTALL)
_distribution = re.compile(r"<distributionManagement>(?!.*?<relocation>).*?</distributionManagement>", re.DOTALL)
_address = re.compile(r"https?://[^\s<>\"']+")
_version = re.compile(r"<version>([^<]*)</version>")


def main() -> None:
    """Record one kind of worlds."""
    match sys.argv[1:]:
        case ["real", repository, *local]:
            write(REAL, record_real(repository, Path(local[0]) if local else None))
        case ["universes", count]:
            write(UNIVERSES, record_universes(int(count)))
        case _:
            raise SystemExit(__doc__)


def record_real(repository: str, local: Path | None) -> Recording:
    """Ask about the releases of roots.txt."""
    roots = ROOTS.read_text().split()
    projects = [write_requirement(root) for root in roots]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        copies = local or folder / "local"
        answers = ask(projects, folder / "projects", repository, copies)
        world = read_copies(copies)
    asked = [Asked(*each) for each in zip(roots, projects, answers, strict=True)]
    return Recording(version(), _today(), ENVIRONMENT, asked, [_used(world, projects)])


def record_universes(count: int) -> Recording:
    """Ask about made-up worlds, many in one run."""
    asked: list[Asked] = []
    worlds: list[World] = []
    for start in range(0, count, _AT_ONCE):
        seeds = range(start, min(start + _AT_ONCE, count))
        for seed, answer in zip(seeds, ask_universes(seeds), strict=True):
            universe = make(seed)
            asked.append(Asked(f"universe {seed}", universe.project, answer, len(worlds)))
            worlds.append(universe.world)
    return Recording(version(), _today(), ENVIRONMENT, asked, worlds)


def ask_universes(seeds: range) -> list[Answer]:
    """Ask mvn about made-up worlds that are not recorded."""
    universes = [make(seed) for seed in seeds]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for universe in universes:
            write_repository(universe.world, folder / "repository")
        repository = (folder / "repository").as_uri()
        return ask([each.project for each in universes], folder / "projects", repository, folder / "local")


def write_requirement(root: str) -> str:
    """Write a project that requires one release."""
    group, artifact, wanted = root.split(":")
    return (
        f"<dependencies><dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{wanted}</version></dependency></dependencies>"
    )


def read_copies(local: Path) -> World:
    """Read all that mvn has fetched."""
    poms = dict(_poms(local))
    versions: dict[str, list[str]] = {}
    for found in sorted(local.rglob("maven-metadata-asked.xml")):
        folders = found.parent.relative_to(local).parts
        listed = found.read_text().partition("<versions>")[2].partition("</versions>")[0]
        if listed:
            versions[f"{'.'.join(folders[:-1])}:{folders[-1]}"] = _version.findall(listed)
    return World(poms, versions)


def _poms(local: Path) -> Iterator[tuple[str, str]]:
    for found in sorted(local.rglob("*.pom")):
        *group, artifact, version_folder = found.parent.relative_to(local).parts
        text = found.read_bytes().decode("utf-8", "replace")
        short = _short(text)
        kept = short if _essence(short) == _essence(text) else text
        yield f"{'.'.join(group)}:{artifact}:{version_folder}", _address.sub("http://somewhere.example", kept)


def _short(text: str) -> str:
    """Leave out what says nothing of what is required."""
    head, opening, rest = _without_comments.sub("", text).partition("<project")
    return re.sub(r"\s*\n\s*", "\n", head + opening + _distribution.sub("", _without_rest.sub("", rest)))


def _essence(text: str) -> object:
    """Read what has to stay; None where nothing can be read."""
    try:
        pom = parse_pom(text.encode())
    except UpstreamBad:
        return None
    profiles = [replace(profile, repositories=()) for profile in pom.profiles]
    own = (pom.parent, pom.group, pom.artifact, pom.version, pom.packaging, pom.modules, pom.relocation)
    return own, pom.properties, pom.dependencies, pom.management, profiles


def _used(world: World, projects: list[str]) -> World:
    """Keep what our own resolution asks for; the rest is of plugins."""
    shelf = Shelf(world)
    for number, project in enumerate(projects):
        shelf.feed(begin(number, project, ENVIRONMENT))
    return World({key: world.poms[key] for key in sorted(shelf.read)}, world.versions)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
