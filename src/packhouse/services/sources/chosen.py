"""The upstreams that may have a package, and no others."""

from collections.abc import Mapping

from packhouse.domain.errors import NotFound
from packhouse.domain.index import Index, Located
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.access import absent
from packhouse.services.routing import Routing
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.merged import Merged, Preferred
from packhouse.services.sources.source import Download, Source


class Nowhere:
    """Has nothing: what stands behind the last upstream."""

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Have no package."""
        del view, need
        raise absent(key)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Have no document."""
        del view
        raise NotFound(f"{snapshot.key} does not exist")

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Have no file."""
        del view, filename
        raise absent(key)

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Have no file."""
        del view
        raise NotFound(f"{key} has no file {located.artifact.filename}")


class Chosen:
    """Asks the upstreams of a package: together where `merges`, else the first that has it answers alone."""

    def __init__(self, routing: Routing, sources: Mapping[str, Source], *, merges: bool) -> None:
        """Take the source of every upstream, by its origin."""
        self._routing = routing
        self._sources = sources
        self._merges = merges
        self._chains: dict[tuple[str, ...], Source] = {}

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Ask those that may have the package."""
        return await self._of(key).snapshot(view, key, need)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Read the document where the snapshot came from."""
        return await self._of(snapshot.key).index(view, snapshot)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find the file where the package may be."""
        return await self._of(key).locate(view, key, filename)

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Fetch the file where the package may be."""
        return await self._of(key).download(view, key, located)

    def _of(self, key: PackageKey) -> Source:
        origins = tuple(registry.origin for registry in self._routing.upstreams_of(key))
        chain = self._chains.get(origins)
        if chain is None:
            chain = self._chains[origins] = self._chain(origins)
        return chain

    def _chain(self, origins: tuple[str, ...]) -> Source:
        if self._merges and origins:
            return Merged({origin: self._sources[origin] for origin in origins})
        chain: Source | None = None
        for origin in reversed(origins):
            source = self._sources[origin]
            chain = source if chain is None else Preferred(source, chain)
        return chain or Nowhere()
