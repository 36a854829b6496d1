"""Resolved graphs: load what the resolver will ask for, many packages at once, then resolve."""

import asyncio

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.resolver.universe import NotLoaded
from packhouse.services.records import Records

_ROUNDS = 500
"""More than any real graph is deep; a bound against packages made to be endless."""


class Resolver:
    """Answers what installing one release would install."""

    def __init__(self, ecosystem: Ecosystem, records: Records) -> None:
        self._ecosystem = ecosystem
        self._records = records

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
        for _ in range(_ROUNDS):
            wanted = await asyncio.to_thread(run.needed)
            if not wanted:
                try:
                    return await asyncio.to_thread(run.resolve)
                except NotLoaded as missing:
                    wanted = missing.keys
            run.load(await self._records.list(view, wanted))
        raise NotFound(f"the dependencies of {key} {version} have no end")
