"""How the time to resolve grows with the graph, for each ecosystem.

Usage: python -m benchmarks.resolve_curve [rounds [ecosystem...]]

A made-up world has layers of packages with five releases each; a package needs three of the next layer, so that a graph
of n nodes has nearly 3n edges. All of it is in memory: what is measured is the resolver, not the store. Times are those
of the processor, the least of some rounds.
"""

import gc
import sys
import time
from collections.abc import Callable, Mapping
from itertools import pairwise

import msgspec

from benchmarks.rig.report import table
from packhouse.app import load_ecosystems
from packhouse.domain.ecosystem import DocumentRun, Ecosystem
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, build_record, native
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.composer.record import Native
from packhouse.resolver.universe import NotLoaded

SIZES = (100, 200, 500, 1000, 1500, 3000)
GOAL_NODES, GOAL_MS = 1500, 200.0
_LAYER = 50
_RELEASES = 5
_NEEDED = 3


_NO_FACTS = Release("").native


class Form:
    """How an ecosystem writes names, versions and requirements, and what stands in its further documents."""

    def __init__(
        self,
        wanted: str,
        *,
        name: str = "p{}",
        version: str = "1.{}.0",
        file: str = "",
        native: msgspec.Raw = _NO_FACTS,
        document: Callable[[str, str, Mapping[str, str]], bytes] | None = None,
    ) -> None:
        self.wanted = wanted
        self.name = name
        self.version = version
        self.file = file
        self.native = native
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


FORMS = {
    "npm": Form("^1.0.0"),
    "cargo": Form("^1.0.0"),
    "golang": Form("v1.2.0", name="example.com/p{}", version="v1.{}.0", document=_go_mod),
    "gem": Form("~> 1.0"),
    "composer": Form("^1.0", name="acme/p{}", native=native(Native())),
    "pub": Form("^1.0.0"),
    "maven": Form("1.2.0", name="org.example:p{}", document=_pom),
    "nuget": Form("[1.0.0, )"),
    "pypi": Form(">=1.0", file="{name}-{version}-py3-none-any.whl", document=_metadata),
}


class World:
    """Packages of one ecosystem."""

    def __init__(self, ecosystem: Ecosystem, nodes: int) -> None:
        self.ecosystem = ecosystem
        self.form = FORMS[ecosystem.key]
        numbers = range(nodes)
        layers = [numbers[start : start + _LAYER] for start in range(1, nodes, _LAYER)]
        self._needs: dict[int, list[int]] = {0: list(layers[0])} | {number: [] for number in numbers[1:]}
        for upper, lower in pairwise(layers):
            for place, number in enumerate(upper):
                self._needs[number] = [lower[(place + step) % len(lower)] for step in range(min(_NEEDED, len(lower)))]
            # What nobody needs by chance, the first of the layer does.
            reached = {each for number in upper for each in self._needs[number]}
            self._needs[upper[0]] += [each for each in lower if each not in reached]
        self._numbers = {self.key(number): number for number in numbers}
        self._records = {self.key(number): self._record(number) for number in numbers}

    def key(self, number: int) -> PackageKey:
        """Name a package."""
        return PackageKey(self.ecosystem.key, self.ecosystem.parse_name(self.form.name.format(number)))

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record."""
        return self._records.get(key)

    def read(self, further: FurtherKey) -> bytes | None:
        """Return a further document; the same for every version."""
        number = self._numbers.get(further.key)
        if number is None or self.form.document is None:
            return None
        version = next((each for each in self._versions() if each in further.path), self.form.version.format(0))
        return self.form.document(further.key.name, version, self._asked(number))

    def _versions(self) -> list[str]:
        return [self.form.version.format(minor) for minor in range(_RELEASES)]

    def _asked(self, number: int) -> dict[str, str]:
        return {self.key(each).name: self.form.wanted for each in self._needs[number]}

    def _record(self, number: int) -> PackageRecord:
        key = self.key(number)
        asked = tuple(Requirement(name, wanted) for name, wanted in self._asked(number).items())
        releases = []
        for version in self._versions():
            file = self.form.file.format(name=key.name, version=version)
            artifacts = (Artifact(file, f"https://files.example/{file}", kind="wheel"),) if file else ()
            releases.append(
                Release(version, Moment(0), requirements=asked, artifacts=artifacts, native=self.form.native)
            )
        return build_record(key, releases, tags={"latest": releases[-1].version})


def resolve(world: World) -> int:
    """Resolve the whole world from its first package on; return the number of nodes."""
    begin = world.ecosystem.begin_resolution
    assert begin is not None
    root = world.key(0)
    run = begin(root, world.form.version.format(2), {})
    run.load({root: world.find(root)})
    while True:
        if packages := run.needed():
            run.load({key: world.find(key) for key in packages})
            continue
        if isinstance(run, DocumentRun) and (wanted := run.wanted()):
            run.take({each: world.read(each) for each in wanted})
            continue
        try:
            graph = run.resolve()
        except NotLoaded as missing:
            run.load({key: world.find(key) for key in missing.keys})
            continue
        assert not graph.error, graph.error
        return len(graph.nodes)


def main(rounds: int, chosen: list[str]) -> None:
    """Measure and print."""
    rows: list[list[object]] = []
    for key, (ecosystem, _) in sorted(load_ecosystems().items()):
        if ecosystem.begin_resolution is None or (chosen and key not in chosen):
            continue
        took = [_least_ms(World(ecosystem, nodes), nodes, rounds) for nodes in SIZES]
        growth = (took[-1] / SIZES[-1]) / (took[0] / SIZES[0])
        at_goal = took[SIZES.index(GOAL_NODES)]
        verdict = "reached" if at_goal < GOAL_MS else "missed"
        rows.append([key, *(f"{each:.0f}" for each in took), f"{growth:.2f}", verdict])
    table(["ecosystem", *(f"{nodes} nodes, ms" for nodes in SIZES), "per node, last / first", "1,500 in 200 ms"], rows)


def _least_ms(world: World, nodes: int, rounds: int) -> float:
    took = []
    for _ in range(rounds):
        gc.collect()
        gc.disable()  # as a server does for the first second
        began = time.process_time()
        found = resolve(world)
        took.append((time.process_time() - began) * 1000)
        gc.enable()
        assert found == nodes, (world.ecosystem.key, found, nodes)
    return min(took)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2:])
