"""Resolved graphs: load what the resolver will ask for, many packages at once, then resolve."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

import msgspec

from packhouse.domain.ecosystem import DocumentRun, Ecosystem, ResolutionRun
from packhouse.domain.errors import Invalid, NotFound, TooHard
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.view import View
from packhouse.resolver.universe import NotLoaded
from packhouse.services.apart import work_apart
from packhouse.services.snapshot import Need

_LONGEST_S = 120.0
"""Nobody waits longer."""
_ROUNDS = 500
"""More than any real graph is deep; a bound against packages made to be endless."""
NOTHING_TOLD: Mapping[str, str] = MappingProxyType({})


class RecordReader(Protocol):
    """Where records come from."""

    async def get(self, view: View, key: PackageKey, need: Need = "usual") -> PackageRecord:
        """Return the record; raise NotFound or an UpstreamError."""

    async def list(self, view: View, keys: Iterable[PackageKey]) -> Mapping[PackageKey, PackageRecord | None]:
        """Return many records, None for packages that do not exist; raise an UpstreamError."""


class DocumentReader(Protocol):
    """Where further documents come from."""

    async def list(self, view: View, wanted: Iterable[FurtherKey]) -> Mapping[FurtherKey, bytes | None]:
        """Return many documents, None for those that do not exist; raise an UpstreamError."""


class GraphReader(Protocol):
    """Where graphs are that were made before."""

    async def find(self, view: View, key: PackageKey, version: str) -> Graph | None:
        """Return a graph that resolving would make again just so, or None; raise an UpstreamError."""


class Resolver:
    """Answers what installing one release would install."""

    def __init__(
        self,
        ecosystem: Ecosystem,
        records: RecordReader,
        documents: DocumentReader,
        graphs: GraphReader | None = None,
    ) -> None:
        self._ecosystem = ecosystem
        self._records = records
        self._documents = documents
        self._graphs = graphs

    async def resolve(
        self, view: View, key: PackageKey, version: str, environment: Mapping[str, str] = NOTHING_TOLD
    ) -> Graph:
        """Resolve a release into an empty project; raise NotFound, Invalid, Unresolvable or an UpstreamError.

        NotFound is also the answer where the ecosystem's graphs are not resolved yet.
        """
        begin = self._ecosystem.begin_resolution
        if begin is None:
            raise NotFound(f"dependency graphs of {self._ecosystem.title} are not resolved")
        self._check(environment)
        root = await self._records.get(view, key)
        if root.find(version) is None:
            raise NotFound(f"{key} has no version {version}")
        if self._graphs is not None and not environment:
            kept = await self._graphs.find(view, key, version)
            if kept is not None:
                return kept
        told = self._dated(view, environment)
        run = begin(key, version, told)
        if told is environment:
            run.load({key: root})
        return await self._run(view, run, f"{key} {version}")

    async def resolve_manifest(
        self, view: View, files: Mapping[str, bytes], environment: Mapping[str, str] = NOTHING_TOLD
    ) -> Graph:
        """Resolve a project, given its manifest and perhaps its lock file by their names; raise as `resolve` does."""
        begin = self._ecosystem.begin_manifest
        if begin is None:
            raise NotFound(f"projects of {self._ecosystem.title} are not resolved")
        self._check(environment)
        return await self._run(view, await work_apart(begin, files, self._dated(view, environment)), "the project")

    def _dated(self, view: View, environment: Mapping[str, str]) -> Mapping[str, str]:
        """Tell the date of the view to a resolution that heeds dates itself."""
        if view.as_of is None or not self._ecosystem.dating:
            return environment
        moment = datetime.fromtimestamp(view.as_of / 1000, UTC).isoformat(timespec="milliseconds")
        return {**environment, self._ecosystem.dating: moment}

    def _check(self, environment: Mapping[str, str]) -> None:
        known = self._ecosystem.environment
        for name in environment:
            if name not in known:
                hint = f"known are {', '.join(known)}" if known else "there is nothing to tell"
                raise Invalid(f"an environment of {self._ecosystem.title} has no {name!r}", hint)

    async def _run(self, view: View, run: ResolutionRun, what: str) -> Graph:
        if self._ecosystem.dating:
            view = msgspec.structs.replace(view, as_of=None)
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await self._follow(view, run, what)
        except TimeoutError:
            run.cancel()
            raise TooHard(f"what {what} needs was not found out in {_LONGEST_S:.0f} s") from None
        except asyncio.CancelledError:
            run.cancel()
            raise

    async def _follow(self, view: View, run: ResolutionRun, what: str) -> Graph:
        documents: Mapping[FurtherKey, bytes | None] = {}
        for _ in range(_ROUNDS):
            packages, further = await work_apart(_go_on, run, documents)
            documents = await self._documents.list(view, further)
            if not packages and not further:
                try:
                    return await work_apart(run.resolve)
                except NotLoaded as missing:
                    packages = missing.keys
            if packages:
                run.load(await self._records.list(view, packages))
        raise NotFound(f"the dependencies of {what} have no end")


def _go_on(
    run: ResolutionRun, documents: Mapping[FurtherKey, bytes | None]
) -> tuple[frozenset[PackageKey], frozenset[FurtherKey]]:
    """Hand over documents and learn what is wanted next: records, and documents once there are no more of these."""
    if documents and isinstance(run, DocumentRun):
        run.take(documents)
    packages = run.needed()
    if packages or not isinstance(run, DocumentRun):
        return packages, frozenset()
    return packages, run.wanted()
