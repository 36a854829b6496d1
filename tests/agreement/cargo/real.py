"""Real crates: which are asked about, and what cargo fetches of an index to answer."""

import sys
import urllib.error
import urllib.request
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName
from packhouse.ecosystems.cargo.lines import Dependency
from packhouse.ecosystems.cargo.names import index_path
from packhouse.ecosystems.cargo.record import default_version
from packhouse.ecosystems.cargo.shelves import slot_of
from packhouse.ecosystems.cargo.targets import DEFAULT_TARGET
from packhouse.ecosystems.cargo.versions import version_key
from tests.agreement.cargo.client import Answer, Project, ask, ask_built
from tests.agreement.cargo.recorded import Asked, Line, World, kept, make_record

ROOTS = Path(__file__).parent / "roots.txt"
_BUILT = "built"
_IN_FULL = 3
_THIN = ("name", "vers", "rust_version")


class Root(Struct, frozen=True):
    """One line of roots.txt: `name[@version] [features=a,b] [resolver=3] [rust=1.70] [built]`."""

    name: str
    version: str
    options: Mapping[str, str]

    @property
    def title(self) -> str:
        """The line, with the version that was chosen."""
        told = [f"{name}={value}" for name, value in self.options.items() if name != _BUILT]
        return " ".join((f"{self.name}@{self.version}", *told))

    def project(self) -> Project:
        """Make the project that has it as its only dependency."""
        features = self.options.get("features")
        dependency = Dependency(self.name, f"={self.version}", features.split(",") if features else None)
        return Project([dependency], {}, self.options.get("resolver", "2"), self.options.get("rust"))


def read_roots(text: str, index: "Index") -> Iterator[Root]:
    """Read the roots; where no version is named it is what a client would install now."""
    for line in text.splitlines():
        wanted, *words = line.split()
        name, _, version = wanted.partition("@")
        lines = index.lines(name)
        if not lines:
            sys.stderr.write(f"{name}: not found\n")
            continue
        options = {key: value for key, _, value in (word.partition("=") for word in words)}
        yield Root(name, version or default_version(make_record(name.lower(), lines)), options)


class Index:
    """The index files that were asked for."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._bodies: dict[str, bytes] = {}

    def lines(self, name: str) -> list[Line]:
        """Fetch the lines of a crate; empty where there is none."""
        return [msgspec.json.decode(line) for line in self._body(name).splitlines() if line.strip()]

    def world(self, home: Path, answers: Iterable[Answer]) -> World:
        """Make a world of all files that cargo has in its own cache."""
        locked = {each.lower() for answer in answers for each in answer.locked}
        files = (file for found in home.glob("registry/index/*/.cache/*/*") for file in (found, *found.glob("*")))
        names = sorted(file.name for file in files if file.is_file())
        return {name: thinned(self.lines(name), locked) for name in names if self._body(name)}

    def _body(self, name: str) -> bytes:
        if name not in self._bodies:
            try:
                url = f"{self._url}/{index_path(NormalName(name))}"
                with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our own server)
                    self._bodies[name] = answer.read()
            except urllib.error.HTTPError:
                self._bodies[name] = b""
        return self._bodies[name]


def thinned(lines: Sequence[Line], locked: Collection[str]) -> list[Line]:
    """Keep what was locked and the highest of each compatible range in full, and of others the version alone.

    What others ask for is never looked at, as they are neither the best that there is nor what was chosen instead.
    """
    left: dict[object, int] = {}
    found: list[Line] = []
    usable = [line for line in lines if not line.get("yanked") and parses(line["vers"])]
    for line in sorted(usable, key=lambda line: version_key(line["vers"]), reverse=True):
        slot = slot_of("", line["vers"])
        left[slot] = left.get(slot, _IN_FULL) - 1
        is_full = left[slot] >= 0 or f"{line['name']} {line['vers']}".lower() in locked
        found.append(kept(line) if is_full else {name: line[name] for name in _THIN if line.get(name)})
    return found


def parses(version: str) -> bool:
    """Tell whether a version is one."""
    try:
        version_key(version)
    except Invalid:
        return False
    return True


def ask_root(root: Root, folder: Path, environment: Mapping[str, str]) -> Asked:
    """Ask cargo about one root."""
    project = root.project()
    answer = ask(project, folder / "project", environment)
    if not answer.error and _BUILT in root.options:
        answer = Answer(answer.locked, ask_built(folder / "project", environment, DEFAULT_TARGET))
    sys.stderr.write(f"{root.title}: {len(answer.locked)} {len(answer.built)} {answer.error[:300]}\n")
    return Asked(root.title, project, answer)
