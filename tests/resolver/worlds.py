"""Made-up worlds that every ecosystem can be given: packages, their versions, and the versions that these need."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import msgspec

from packhouse.domain.ecosystem import DocumentRun, Ecosystem, ResolutionRun
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Graph
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, build_record, native
from packhouse.domain.requirement import Requirement, Scope
from packhouse.ecosystems.composer.record import Native
from packhouse.ecosystems.nuget.facts import Dependency, Group, NuGetFacts
from packhouse.resolver.universe import NotLoaded

Needs = Mapping[str, tuple[int, int]]
"""The lowest and the highest number that will do, by package."""
Packages = Mapping[str, Sequence[Needs]]
"""What each version needs, by package; a version is the place in this list."""

_NO_FACTS = Release("").native
_PLACES = re.compile(r"1\.([0-9]+)\.0")


class Form:
    """How an ecosystem writes names, versions and requirements, and what stands in its further documents."""

    def __init__(
        self,
        between: str,
        *,
        usual: str = "",
        name: str = "{}",
        version: str = "1.{}.0",
        file: str = "",
        native: Callable[[Mapping[str, str]], msgspec.Raw] = lambda _: _NO_FACTS,
        runtimes: Mapping[str, str] | None = None,
        document: Callable[[str, str, Mapping[str, str]], bytes] | None = None,
    ) -> None:
        self.between = between
        self.usual = usual or between
        """How most packages ask, where ranges are rare."""
        self.name = name
        self.version = version
        self.file = file
        self.native = native
        self.runtimes = dict(runtimes or {})
        self.document = document


def _go_mod(name: str, version: str, needs: Mapping[str, str]) -> bytes:
    del version
    lines = "".join(f"\t{each} {wanted}\n" for each, wanted in needs.items())
    # Before 1.17 nothing is pruned, so that the whole graph is walked.
    return f"module {name}\n\ngo 1.16\n\nrequire (\n{lines})\n".encode()


def _pom(name: str, version: str, needs: Mapping[str, str]) -> bytes:
    group, _, artifact = name.partition(":")
    parts = (each.partition(":") for each in needs)
    dependencies = "".join(
        f"<dependency><groupId>{own}</groupId><artifactId>{what}</artifactId><version>{wanted}</version></dependency>"
        for (own, _, what), wanted in zip(parts, needs.values(), strict=True)
    )
    return (
        f"<project><modelVersion>4.0.0</modelVersion><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version><dependencies>{dependencies}</dependencies></project>"
    ).encode()


def _metadata(name: str, version: str, needs: Mapping[str, str]) -> bytes:
    lines = "".join(f"Requires-Dist: {each}{wanted}\n" for each, wanted in needs.items())
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{lines}\n".encode()


def _groups(needs: Mapping[str, str]) -> msgspec.Raw:
    dependencies = tuple(Dependency(name, wanted) for name, wanted in needs.items())
    return native(NuGetFacts(groups=(Group("netstandard2.0", dependencies),)))


FORMS = {
    "npm": Form(">=1.{}.0 <=1.{}.0"),
    "cargo": Form(">=1.{}.0, <=1.{}.0"),
    "golang": Form("v1.{}.0", name="example.com/{}", version="v1.{}.0", document=_go_mod),
    "gem": Form(">= 1.{}.0, <= 1.{}.0"),
    "composer": Form(">=1.{}.0 <=1.{}.0", name="acme/{}", native=lambda _: native(Native())),
    "pub": Form(">=1.{}.0 <=1.{}.0", runtimes={"dart": ">=2.12.0 <4.0.0"}),
    "maven": Form("[1.{}.0,1.{}.0]", usual="1.{1}.0", name="org.example:{}", document=_pom),
    "nuget": Form("[1.{}.0, 1.{}.0]", native=_groups),
    "pypi": Form(">=1.{}.0,<=1.{}.0", file="{name}-{version}-py3-none-any.whl", document=_metadata),
}


class World:
    """Packages of one ecosystem."""

    def __init__(
        self, ecosystem: Ecosystem, packages: Packages, scope: Scope = "runtime", *, is_usual: bool = False
    ) -> None:
        self.ecosystem = ecosystem
        self.form = FORMS[ecosystem.key]
        self._asks = self.form.usual if is_usual else self.form.between
        self._scope: Scope = scope
        self._packages = {self.key(name): versions for name, versions in packages.items()}
        self._records = {key: self._record(key, versions) for key, versions in self._packages.items()}

    def key(self, name: str) -> PackageKey:
        """Name a package."""
        return PackageKey(self.ecosystem.key, self.ecosystem.parse_name(self.form.name.format(name)))

    def version(self, number: int) -> str:
        """Write a version."""
        return self.form.version.format(number)

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record."""
        return self._records.get(key)

    def read(self, further: FurtherKey) -> bytes | None:
        """Return the further document of a version."""
        versions = self._packages.get(further.key)
        places = _PLACES.findall(further.path)
        if versions is None or self.form.document is None or not places or int(places[-1]) >= len(versions):
            return None
        number = int(places[-1])
        return self.form.document(further.key.name, self.version(number), self._asked(versions[number]))

    def _asked(self, needs: Needs) -> dict[str, str]:
        return {self.key(name).name: self._asks.format(low, high) for name, (low, high) in needs.items()}

    def _record(self, key: PackageKey, versions: Sequence[Needs]) -> PackageRecord:
        releases = list(self._releases(key, versions))
        return build_record(key, releases, tags={"latest": releases[-1].version})

    def _releases(self, key: PackageKey, versions: Sequence[Needs]) -> Iterator[Release]:
        for number, needs in enumerate(versions):
            version = self.version(number)
            written = self._asked(needs)
            asked = tuple(Requirement(name, wanted, self._scope) for name, wanted in written.items())
            file = self.form.file.format(name=key.name, version=version)
            artifacts = (Artifact(file, f"https://files.example/{file}", kind="wheel"),) if file else ()
            yield Release(
                version,
                Moment(0),
                requirements=asked,
                artifacts=artifacts,
                runtimes=self.form.runtimes,
                native=self.form.native(written),
            )


def begin(world: World, name: str, number: int, environment: Mapping[str, str]) -> ResolutionRun:
    """Begin to resolve a version."""
    begin_resolution = world.ecosystem.begin_resolution
    assert begin_resolution is not None
    root = world.key(name)
    run = begin_resolution(root, world.version(number), environment)
    run.load({root: world.find(root)})
    return run


def finish(world: World, run: ResolutionRun) -> Graph:
    """Give a resolution what it asks for until it answers, as the server does."""
    while True:
        if packages := run.needed():
            run.load({key: world.find(key) for key in packages})
            continue
        if isinstance(run, DocumentRun) and (wanted := run.wanted()):
            run.take({each: world.read(each) for each in wanted})
            continue
        try:
            return run.resolve()
        except NotLoaded as missing:
            run.load({key: world.find(key) for key in missing.keys})


def layers(
    nodes: int, *, releases: int = 5, wide: int = 50, needed: int = 3
) -> dict[str, list[dict[str, tuple[int, int]]]]:
    """Make a world of layers in which every package is chosen: each needs some of the next layer, the first all."""
    rows = [range(start, min(start + wide, nodes)) for start in range(1, nodes, wide)]
    needs: dict[int, list[int]] = {0: list(rows[0])} | {number: [] for number in range(1, nodes)}
    for upper, lower in pairwise(rows):
        for place, number in enumerate(upper):
            needs[number] = [lower[(place + step) % len(lower)] for step in range(min(needed, len(lower)))]
        # What nobody needs by chance, the first of the layer does.
        reached = {each for number in upper for each in needs[number]}
        needs[upper[0]] += [each for each in lower if each not in reached]
    return {
        f"p{number}": [{f"p{each}": (0, releases - 1) for each in wanted}] * releases
        for number, wanted in needs.items()
    }
