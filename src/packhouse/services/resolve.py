"""Resolved graphs: load what the resolver will ask for, many packages at once, then resolve."""

import asyncio
from collections.abc import Mapping

from packhouse.domain.ecosystem import DocumentRun, Ecosystem, ResolutionRun
from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.resolver.universe import NotLoaded
from packhouse.services.many_documents import ManyDocuments
from packhouse.services.records import Records

_ROUNDS = 500
"""More than any real graph is deep; a bound against packages made to be endless."""


class Resolver:
    """Answers what installing one release would install."""

    def __init__(self, ecosystem: Ecosystem, records: Records, documents: ManyDocuments) -> None:
        self._ecosystem = ecosystem
        self._records = records
        self._documents = documents

    async def resolve(self, view: View, key: PackageKey, version: str) -> Graph:
        """Resolve a release into an empty project; raise NotFound, Unresolvable or an UpstreamError.

        NotFound is also the answer where the ecosystem's graphs are not resolved yet.
        """
        begin = self._ecosystem.begin_resolution
        if begin is None:
            raise NotFound(f"dependency graphs of {self._ecosystem.title} are not resolved")
        root = await self._records.get(view, key)
        if root.find(version) is None:
            raise NotFound(f"{key} has no version {version}")
        run = begin(key, version)
        run.load({key: root})
        documents: Mapping[FurtherKey, bytes | None] = {}
        for _ in range(_ROUNDS):
            packages, further = await asyncio.to_thread(_go_on, run, documents)
            documents = await self._documents.list(view, further)
            if not packages and not further:
                try:
                    return await asyncio.to_thread(run.resolve)
                except NotLoaded as missing:
                    packages = missing.keys
            if packages:
                run.load(await self._records.list(view, packages))
        raise NotFound(f"the dependencies of {key} {version} have no end")


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
