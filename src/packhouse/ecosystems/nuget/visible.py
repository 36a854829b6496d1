"""What a view may see of packages, for documents that tell about several of them."""

import asyncio
from collections.abc import Sequence

from packhouse.domain.errors import Invalid, NotFound, Refused, UpstreamError
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.nuget.names import parse_name
from packhouse.ecosystems.nuget.places import file_name
from packhouse.ecosystems.nuget.registration import find_version
from packhouse.policy.decision import NOTHING_REFUSED, Verdict
from packhouse.services.assembly import Services
from packhouse.services.snapshot import Snapshot

_AT_ONCE = 16


class Visible:
    """Finds packages and releases, and leaves out what is refused."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def key(self, raw: str) -> PackageKey:
        """Read an id of an address; raise NotFound where it is none."""
        try:
            return PackageKey(self._services.ecosystem.key, parse_name(raw))
        except Invalid as error:
            raise NotFound(f"there is no package {raw[:100]!r}", error.message) from None

    async def index(self, view: View, key: PackageKey) -> tuple[Snapshot, Index]:
        """Return the releases that may be seen; raise NotFound, Refused or an UpstreamError."""
        snapshot = await self._services.source.snapshot(view, key)
        return snapshot, await self._services.source.index(view, snapshot)

    async def released(self, view: View, key: PackageKey, version: str) -> tuple[Snapshot, Index, Fragment]:
        """Find a release; raise NotFound where there is none, Refused where it may not be seen."""
        snapshot, index = await self.index(view, key)
        fragment = find_version(index, version)
        if fragment is None:
            await self._services.source.locate(view, key, file_name(key.name, version))
            raise NotFound(f"{key} has no release {version[:100]!r}")
        return snapshot, index, fragment

    async def verdicts(self, view: View, names: Sequence[str]) -> list[Verdict | None]:
        """Judge packages by id; None for one that is not there."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str) -> Verdict | None:
            async with at_once:
                try:
                    return (await self._services.source.snapshot(view, self.key(name), "known")).verdict
                except (NotFound, Refused):
                    return None
                except UpstreamError:
                    # Nothing can be installed of it now: better a name too many than a list with holes.
                    return NOTHING_REFUSED

        different = list(dict.fromkeys(names))
        found = dict(zip(different, await asyncio.gather(*map(one, different)), strict=True))
        return [found[name] for name in names]
