"""Resolve as mvn 3.8 does: the tree of `mvn dependency:tree`.

A release is resolved as the only requirement of an empty project, so that its tests and what it takes as provided are
left out, and the managed versions of its own POM hold for itself alone.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.maven.collecting import Collector, Expansion, Place
from packhouse.ecosystems.maven.documents import ECOSYSTEM, Documents
from packhouse.ecosystems.maven.drawing import Chosen, draw, name_thing, walk
from packhouse.ecosystems.maven.listed import Listed, Unlisted
from packhouse.ecosystems.maven.models import Missing, Model, Models
from packhouse.ecosystems.maven.names import make_name, split_name
from packhouse.ecosystems.maven.pom import Dependency
from packhouse.ecosystems.maven.surroundings import read_surroundings
from packhouse.ecosystems.maven.ways import Weaver, reduce_ways
from packhouse.ecosystems.maven.wishes import Thing, read_wish
from packhouse.resolver.nearest import Conflict, Visit
from packhouse.resolver.universe import NotLoaded

MANIFEST = "pom.xml"
_PROJECT = NormalName("project")
_MOST_TOLD = 12
"""Of ways that exclude each other; a wide range has thousands."""
Expansions = Sequence[tuple[str, Expansion]]


class _Run:
    """A resolution under way."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._documents = Documents()
        self._models = Models(self._documents.pom, read_surroundings(environment), self._list)
        self._packages: dict[str, Listed] = {}
        self._listed: frozenset[PackageKey] = frozenset()
        self._unlisted: set[tuple[str, str]] = set()
        self._collector: Collector | None = None
        self._is_whole = False
        self._is_cancelled = False
        self._tree: Visit | None = None
        self._woven: AbstractSet[Place] = frozenset()

    def needed(self) -> frozenset[PackageKey]:
        """Name the records that are needed: of packages that a range asks for."""
        self._advance()
        unlisted = self._unlisted if self._collector is None else self._collector.unlisted
        # While POMs are wanted nothing advances, so that what is here already may still stand in that set.
        return frozenset(_package(*each) for each in unlisted) - self._listed

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such package."""
        self._packages |= {
            key.name: Listed() if record is None else Listed(record.versions, record.tags)
            for key, record in records.items()
        }
        self._listed |= records.keys()

    def wanted(self) -> frozenset[FurtherKey]:
        """Name the POMs that are to be read next."""
        self._advance()
        return frozenset(self._documents.wanted)

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take POMs; None says that there is no such POM."""
        self._documents.take(documents)

    def cancel(self) -> None:
        """Let what is under way end soon."""
        self._is_cancelled = True
        if self._collector is not None:
            self._collector.is_cancelled = True

    def reduce(self) -> Visit:
        """Return the tree that is left; raise Conflict, TooHard, and NotLoaded where something is missing yet."""
        if self._tree is None:
            weaver = Weaver(self._whole())
            tree = weaver.weave()
            self._woven = weaver.woven.keys()
            reduce_ways(tree, lambda: self._is_cancelled)
            self._tree = tree
        return self._tree

    def _whole(self) -> Collector:
        self._advance()
        if not self._is_whole or self._collector is None:
            raise NotLoaded(self.needed() | {each.key for each in self._documents.wanted})
        return self._collector

    def _begin(self) -> Collector:
        raise NotImplementedError

    def _advance(self) -> None:
        """Go as far as the documents reach."""
        if self._is_whole or self._documents.wanted:
            return
        try:
            if self._collector is None:
                self._collector = self._begin()
        except Missing:
            return
        except Unlisted as unlisted:
            self._unlisted = {unlisted.package}
            return
        self._collector.is_cancelled = self._is_cancelled
        self._is_whole = self._collector.advance()

    def _list(self, group: str, artifact: str) -> Listed:
        found = self._packages.get(f"{group}:{artifact}")
        if found is None:
            raise Unlisted(group, artifact)
        return found

    def _draw(self, root: Node, managing: str, *, is_release: bool) -> Graph:
        top = "the project" if is_release else _shown(root)
        try:
            tree = self.reduce()
        except Conflict as conflict:
            return _failure(self._expansions(top), root, conflict)
        collector = self._whole()
        graph = draw(Chosen(collector, tree, managing), root, is_release=is_release)
        return Graph(graph.nodes, graph.edges, self._fault(top))

    def _expansions(self, root: str) -> list[tuple[str, Expansion]]:
        """List all that was looked at, the nearest first, each with the way to it."""
        collector = self._whole()
        top = collector.root or Expansion(())
        found = [(root, top)]
        left = set(self._woven)
        for way, expansion in found:
            for step in expansion.steps:
                place = step.behind
                if place is not None and place in left:
                    left.discard(place)
                    longer = f"{way} -> {name_thing(place.thing)}:{place.version}"
                    found.append((longer, collector.expansions[place]))
        return found

    def _fault(self, root: str) -> str:
        """Say what mvn would stop at, and the shortest way there; empty for nothing."""
        collector = self._whole()
        top = collector.root
        if not (top and top.faults) and not any(collector.expansions[place].faults for place in self._woven):
            return ""
        return next(
            (f"{way}: {expansion.faults[0]}" for way, expansion in self._expansions(root) if expansion.faults), ""
        )


class Run(_Run):
    """The resolution of one release under way."""

    def __init__(self, key: PackageKey, version: str, environment: Mapping[str, str]) -> None:
        super().__init__(environment)
        self._key = key
        self._version = version

    def resolve(self) -> Graph:
        """Draw the tree; raise NotLoaded where POMs are missing yet."""
        return self._draw(Node(self._key, self._version), "the project", is_release=True)

    def _begin(self) -> Collector:
        collector = Collector(self._models, self._list)
        group, artifact = split_name(self._key.name)
        collector.begin([read_wish(Dependency(group, artifact, self._version, scope="compile"))])
        return collector


class ManifestRun(_Run):
    """The resolution of a project under way, given its POM.

    `pinned` are versions that its own requirements have in place of what the POM says: mvn takes those that it has
    chosen once as given where it resolves again, as `mvn dependency:tree` makes it do.
    """

    def __init__(self, body: bytes, environment: Mapping[str, str], pinned: Mapping[Thing, str] | None = None) -> None:
        super().__init__(environment)
        self._body = body
        self._pinned = pinned or {}
        self._model: Model | None = None

    def resolve(self) -> Graph:
        """Draw the tree; raise NotLoaded where POMs are missing yet."""
        self._advance()
        model = self._model or Model()
        group, artifact, version = [*model.name.split(":"), "", "", ""][:3]
        root = Node(PackageKey(ECOSYSTEM, make_name(group, artifact) if group else _PROJECT), version)
        problem = model.fault or model.flaw
        if problem:
            return Graph((root,), (), error=f"the project cannot be built: {problem}")
        return self._draw(root, "the project", is_release=False)

    def _begin(self) -> Collector:
        try:
            self._model = self._models.read_project(self._body)
        except UpstreamBad as bad:
            raise Invalid(f"{MANIFEST} is no POM: {bad.message}") from None
        collector = Collector(self._models, self._list, map(read_wish, self._model.listed))
        direct = map(read_wish, self._model.dependencies)
        collector.begin(replace(each, version=self._pinned.get(each.thing, each.version)) for each in direct)
        return collector

    def pins(self) -> dict[Thing, str]:
        """List what was chosen, as it is given where mvn resolves again."""
        return {wish.thing: wish.version for wish in (visit.payload.wish for visit in walk(self.reduce()))}


def begin_manifest(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ManifestRun:
    """Begin to resolve a project, given its POM; raise Invalid."""
    if MANIFEST not in files:
        raise Invalid(f"there is no {MANIFEST}")
    return ManifestRun(files[MANIFEST], environment)


def _package(group: str, artifact: str) -> PackageKey:
    return PackageKey(ECOSYSTEM, make_name(group, artifact))


def _shown(root: Node) -> str:
    return f"{root.package.name}:{root.version}" if root.version else "the project"


def _failure(expansions: Expansions, root: Node, conflict: Conflict) -> Graph:
    """Say which requirements exclude each other."""
    things = {visit.payload.wish.thing for visit in conflict.visits}
    asked: dict[tuple[str, str], list[str]] = {}
    for way, expansion in expansions:
        # A range leads to many versions that ask for the same; the way to the project itself ends in none.
        line, _, version = way.rpartition(":")
        for step in expansion.steps:
            if step.wish.thing in things:
                wanted = step.allowed.text if step.allowed is not None else step.wish.version
                asked.setdefault((line, f"{name_thing(step.wish.thing)} {wanted}"), []).append(version)
    told = [_asked(line, wanted, versions) for (line, wanted), versions in asked.items()]
    told = told[:_MOST_TOLD] + ([f"and {len(told) - _MOST_TOLD} more ways"] if len(told) > _MOST_TOLD else [])
    sentence = f"nothing meets all requirements for {', '.join(sorted(map(name_thing, things)))}: {'; '.join(told)}"
    return Graph((Node(root.package, root.version, errors=(sentence,)),), (), error=sentence)


def _asked(line: str, wanted: str, versions: Sequence[str]) -> str:
    last = f" to {versions[-1]}" if versions[1:] else ""
    return f"{line}:{versions[0]}{last} requires {wanted}" if line else f"{versions[0]} requires {wanted}"
