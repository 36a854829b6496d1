"""What is ours apart from all the rest."""

from collections.abc import Awaitable, Callable

from packhouse.domain.index import Index, Located
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download, Source


class Divided:
    """What is ours is answered by the first source alone, everything else by the other.

    So a package that is published here, or was, cannot be shadowed by one of the same name elsewhere, and its name is
    never told to anybody.
    """

    def __init__(self, ours: Source, rest: Source, is_ours: Callable[[View, PackageKey], Awaitable[bool]]) -> None:
        self._ours = ours
        self._rest = rest
        self._is_ours = is_ours

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Ask whoever has the package."""
        return await (await self._owner(view, key)).snapshot(view, key, need)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document where the snapshot came from."""
        return await (await self._owner(view, snapshot.key)).index(view, snapshot)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find the file where the package is."""
        return await (await self._owner(view, key)).locate(view, key, filename)

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Fetch the file where the package is."""
        return await (await self._owner(view, key)).download(view, key, located)

    async def _owner(self, view: View, key: PackageKey) -> Source:
        return self._ours if await self._is_ours(view, key) else self._rest
