"""What search shows of a package, made anew: of one that is published here from its documents as well."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from packhouse.domain.accounts import Ownership
from packhouse.domain.ecosystem import Ecosystem, Hosting
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.services.account_ports import OwnedStore
from packhouse.services.ports import FurtherStore


class SummaryStore(OwnedStore, FurtherStore, Protocol):
    """Where owners and documents are."""


class Summaries:
    """Makes the summaries of one ecosystem."""

    def __init__(self, ecosystem: Ecosystem, upstreams: Sequence[UpstreamRegistry], store: SummaryStore) -> None:
        self._ecosystem = ecosystem
        self._upstreams = upstreams
        self._store = store

    async def find(self, origin: str, key: PackageKey, index: Index) -> Summary | None:
        """Summarize some releases of a package, wherever it comes from."""
        owning = self._ecosystem.owning
        ownership = None if owning is None else await self._store.find_ownership(origin, key)
        return await self.make(origin, key, index, ownership)

    async def make(
        self,
        origin: str,
        key: PackageKey,
        index: Index,
        ownership: Ownership | None,
        fresh: Mapping[str, bytes | None] | None = None,
    ) -> Summary | None:
        """Summarize a package that has these owners.

        `fresh` are documents that are about to be written, by path, or to be removed.
        """
        owning = self._ecosystem.owning
        if owning is None or ownership is None:
            return self._ecosystem.index.summary(key, index)
        documents: dict[str, bytes] = {}
        for path in owning.paths(key):
            body = fresh[path] if fresh and path in fresh else await self._read(origin, FurtherKey(key, path))
            if body is not None:
                documents[path] = body
        return owning.summary(Hosting(key, index, self._upstreams), documents, ownership)

    async def _read(self, origin: str, key: FurtherKey) -> bytes | None:
        found = await self._store.find_further(origin, key)
        return None if found is None else found.body
