"""A source whose downloads are counted."""

import msgspec

from packhouse.domain.index import Index, Located
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download, Source
from packhouse.services.usage import Usage

_BESIDE = frozenset(("metadata", "signature"))
"""Files that are fetched along with the one that is meant."""


class Counted:
    """Hands everything on; a download carries what counts it once it has been sent."""

    def __init__(self, inner: Source, usage: Usage) -> None:
        self._inner = inner
        self._usage = usage

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Hand on."""
        return await self._inner.snapshot(view, key, need)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Hand on."""
        return await self._inner.index(view, snapshot)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Hand on."""
        return await self._inner.locate(view, key, filename)

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Add what counts it, where it is a file that is meant for itself."""
        download = await self._inner.download(view, key, located)
        if located.artifact.kind in _BESIDE:
            return download
        return msgspec.structs.replace(download, sent=self._usage.tally(view, key, located.fragment.version).add)
