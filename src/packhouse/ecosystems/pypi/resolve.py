"""Resolve as pip does, or as uv does: a release, or a project's requirements, for one Python on one platform."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.pypi.ahead import Ahead
from packhouse.ecosystems.pypi.as_pip import Impossible, PipSearch
from packhouse.ecosystems.pypi.as_uv import UvSearch
from packhouse.ecosystems.pypi.catalogue import Catalogue, Missing, package_key
from packhouse.ecosystems.pypi.drawing import Chosen, Project, draw
from packhouse.ecosystems.pypi.manifest import Asked
from packhouse.ecosystems.pypi.markers import holds
from packhouse.ecosystems.pypi.needs import Need, NeedMaker, needs_for
from packhouse.ecosystems.pypi.refusal import Refused, draw_refusal, refuse
from packhouse.ecosystems.pypi.targets import Target
from packhouse.ecosystems.pypi.wanted import read_wanted
from packhouse.resolver.universe import NotLoaded

_NO_EXTRAS: frozenset[str] = frozenset()


class Search(Protocol):
    """A search that may be stopped by Missing and goes on later."""

    def choose(self) -> dict[str, Chosen]:
        """Search to the end; raise Missing, Refused or TooHard."""


class ManifestRun:
    """The resolution of a project under way."""

    def __init__(self, asked: Asked, target: Target) -> None:
        if asked.allows_prereleases:
            target = msgspec.structs.replace(target, prereleases="allow")
        self.asked = asked
        self.catalogue = Catalogue(target)
        variables = target.markers
        self._wanted = tuple(
            each for each in asked.wanted if each.marker is None or holds(each.marker, variables, _NO_EXTRAS)
        )
        self._ahead = Ahead(self.catalogue)
        for each in self._wanted:
            if not each.url:
                self._ahead.follow(each.name, each.range, each.extras)
        self._search: Search | None = None
        self._chosen: dict[str, Chosen] | None = None
        self._end: Refused | None = None
        self._names: frozenset[str] = frozenset()
        self._documents: frozenset[FurtherKey] = frozenset()
        self._is_cancelled = False

    def needed(self) -> frozenset[PackageKey]:
        """Go on; name the records that are wanted next."""
        self._advance()
        return frozenset(map(package_key, self._names))

    def wanted(self) -> frozenset[FurtherKey]:
        """Name the documents that are wanted next."""
        return self._documents

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records."""
        self.catalogue.load(records)

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take documents."""
        self.catalogue.take(documents)

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def resolve(self) -> Graph:
        """Draw what was chosen; raise NotLoaded where something is missing yet, and TooHard."""
        self._advance()
        if self._names or self._documents:
            names = self._names | {each.key.name for each in self._documents}
            raise NotLoaded(frozenset(map(package_key, names)))
        if self._end is not None:
            return draw_refusal(self._project(), self._end)
        return draw(self._project(), self.chosen, self.catalogue)

    @property
    def chosen(self) -> dict[str, Chosen]:
        """What was chosen, by name; empty where nothing fits or the search is not over."""
        return self._chosen or {}

    @property
    def error(self) -> str:
        """Why nothing fits; empty where something does."""
        return "" if self._end is None else self._end.message

    def _project(self) -> Project:
        return Project(Node(package_key(self.asked.name), self.asked.version, errors=self.asked.notes), self._wanted)

    def _roots(self) -> list[Need]:
        return [need for each in self._wanted for need in needs_for(each)]

    def _advance(self) -> None:
        if self._chosen is not None or self._end is not None:
            return
        self._names, self._documents = self._ahead.look()
        if self._names or self._documents:
            return
        try:
            self._chosen = self._searching().choose()
        except Missing as missing:
            self._names, self._documents = missing.names, missing.documents
        except Refused as end:
            self._end = end

    def _searching(self) -> Search:
        if self._search is None:
            missing = {need.name for need in self._roots() if not self.catalogue.knows(need.name)}
            if missing:
                raise Missing(names=missing)
            self._search = self._begin()
        return self._search

    def _begin(self) -> Search:
        target = self.catalogue.target
        constraints = [
            each
            for each in self.asked.constraints
            if each.marker is None or holds(each.marker, target.markers, _NO_EXTRAS)
        ]
        if target.client == "uv":
            return UvSearch(
                self.catalogue, self._wanted, constraints, self.asked.kept, lambda: self._is_cancelled, self._whose()
            )
        limits = {name: [f"=={version}"] for name, version in self.asked.kept.items()}
        for each in constraints:
            limits.setdefault(each.name, []).append(each.range)
        makers = NeedMaker(self.catalogue, limits, target.prereleases)
        search = PipSearch(self.catalogue, makers, self._roots(), lambda: self._is_cancelled)
        return _AsPip(search, self.catalogue, self._whose())

    def _whose(self) -> str:
        return self.asked.name or "the project"


class _AsPip:
    def __init__(self, search: PipSearch, catalogue: Catalogue, whose: str) -> None:
        self._search = search
        self._catalogue = catalogue
        self._whose = whose

    def choose(self) -> dict[str, Chosen]:
        try:
            pins = self._search.run()
        except Impossible as end:
            raise refuse(end, self._whose, self._catalogue) from None
        extras: dict[str, frozenset[str]] = {}
        positions: dict[str, int] = {}
        for pin in pins.values():
            if pin.shelf is not None:
                positions[pin.shelf.name] = pin.position
                extras[pin.shelf.name] = extras.get(pin.shelf.name, _NO_EXTRAS) | pin.extras
        return {name: Chosen(position, extras[name]) for name, position in positions.items()}


class Run(ManifestRun):
    """The resolution of one release under way."""

    def __init__(self, key: PackageKey, version: str, target: Target) -> None:
        self._key = key
        self._version = version
        if target.groups:
            raise Invalid("a release has no groups", "its extras can be told; groups are a project's")
        asked = f"[{','.join(sorted(target.extras))}]" if target.extras else ""
        super().__init__(Asked((read_wanted(f"{key.name}{asked}=={version}"),)), target)

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; raise NotFound where the release is not there."""
        super().load(records)
        if self._key in records:
            shelf = self.catalogue.shelf(self._key.name)
            if shelf is None or shelf.find(self._version) is None:
                raise NotFound(f"{self._key} has no version {self._version}")

    def _project(self) -> Project:
        return Project(Node(self._key, self._version), name=self._key.name)

    def _roots(self) -> list[Need]:
        shelf = self.catalogue.shelf(self._key.name)
        position = shelf.find(self._version) if shelf is not None else None
        mask = None if position is None else 1 << position
        extras = self.catalogue.target.extras
        return [
            Need(self._key.name, each, f"=={self._version}", mask=mask)
            for each in ((_NO_EXTRAS, extras) if extras else (_NO_EXTRAS,))
        ]
