"""A source that shows everybody only what they may see."""

from packhouse.domain.index import Index, Located
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download, Source


class Guarded:
    """Asks before anything else whether the asker may see the package; what they may not see does not exist."""

    def __init__(self, inner: Source, access: Access) -> None:
        self._inner = inner
        self._access = access

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Hand on, if it may be seen."""
        await self._access.check_read(view, key)
        return await self._inner.snapshot(view, key, need)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Hand on, if it may be seen."""
        await self._access.check_read(view, snapshot.key)
        return await self._inner.index(view, snapshot)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Hand on, if it may be seen."""
        await self._access.check_read(view, key)
        return await self._inner.locate(view, key, filename)

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Hand on, if it may be seen."""
        await self._access.check_read(view, key)
        return await self._inner.download(view, key, located)
