"""Real crates: which are asked about, and what cargo fetches of an index to answer."""

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from packhouse.domain.package import NormalName
from packhouse.ecosystems.cargo.lines import Dependency
from packhouse.ecosystems.cargo.names import index_path
from packhouse.ecosystems.cargo.record import default_version
from packhouse.ecosystems.cargo.targets import DEFAULT_TARGET
from tests.agreement.cargo.client import Answer, Project, ask, ask_built
from tests.agreement.cargo.recorded import Asked, Line, World, kept, make_record

ROOTS = Path(__file__).parent / "roots.txt"
_BUILT = "built"


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
        self.world: World = {}

    def lines(self, name: str) -> list[Line]:
        """Fetch the lines of a crate; empty where there is none."""
        if name not in self.world:
            try:
                url = f"{self._url}/{index_path(NormalName(name))}"
                with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our own server)
                    self.world[name] = [kept(line) for line in answer.read().splitlines() if line.strip()]
            except urllib.error.HTTPError:
                self.world[name] = []
        return self.world[name]

    def keep(self, home: Path) -> None:
        """Fetch what cargo has in its own cache."""
        for found in home.glob("registry/index/*/.cache/*/*"):
            for file in (found, *found.glob("*")):
                if file.is_file():
                    self.lines(file.name)


def ask_root(root: Root, folder: Path, environment: Mapping[str, str]) -> Asked:
    """Ask cargo about one root."""
    project = root.project()
    answer = ask(project, folder / "project", environment)
    if not answer.error and _BUILT in root.options:
        answer = Answer(answer.locked, ask_built(folder / "project", environment, DEFAULT_TARGET))
    sys.stderr.write(f"{root.title}: {len(answer.locked)} {len(answer.built)} {answer.error[:300]}\n")
    return Asked(root.title, project, answer)
