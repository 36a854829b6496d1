"""Batches of releases: what stands with a package is read once for all of its releases that are asked for together."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET

from packhouse.apis.depsdev.batches import Pager, found_or_none
from packhouse.apis.depsdev.catalogue import Catalogue
from packhouse.apis.depsdev.list_messages import VersionBatch, VersionResponse
from packhouse.apis.depsdev.messages import Version
from packhouse.apis.depsdev.question_messages import GetVersionBatchRequest, GetVersionRequest
from packhouse.apis.depsdev.systems import Systems, Target
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.snapshot import Snapshot


class VersionBatches:
    """Answers GetVersionBatch."""

    def __init__(self, systems: Systems, catalogue: Catalogue, pager: Pager) -> None:
        self._systems = systems
        self._catalogue = catalogue
        self._pager = pager

    async def page(self, view: View, request: GetVersionBatchRequest) -> VersionBatch:
        """Answer a page; raise TooLarge, Invalid, or an UpstreamError where no answer would be taken for a miss."""
        # A page shows one moment: a package that stands in it again is not looked up again.
        seen: dict[PackageKey, Snapshot] = {}

        async def some(part: Sequence[GetVersionRequest]) -> Sequence[VersionResponse]:
            return await self._answer(view, part, seen)

        return VersionBatch(*await self._pager.page_of(request.requests, request.page_token, some))

    async def _answer(
        self, view: View, requests: Sequence[GetVersionRequest], seen: dict[PackageKey, Snapshot]
    ) -> Sequence[VersionResponse]:
        packages: dict[PackageKey, _Package] = {}
        for place, asked in enumerate(requests):
            key = asked.version_key
            try:
                target = self._systems.target(key.system, key.name)
            except (NotFound, Invalid):
                continue
            packages.setdefault(target.key, _Package(target, [])).asked.append((place, key.version))
        found = await asyncio.gather(*(self._describe(view, each, seen) for each in packages.values()))
        described = [one for several in found for one in several]
        advised = await self._catalogue.advise(view, [(each.key, each.message) for each in described])
        versions = {each.place: message for each, message in zip(described, advised, strict=True)}
        return [
            VersionResponse(
                GetVersionRequest(self._systems.spell_version(each.version_key)), versions.get(place, UNSET)
            )
            for place, each in enumerate(requests)
        ]

    async def _describe(
        self, view: View, package: "_Package", seen: dict[PackageKey, Snapshot]
    ) -> Sequence["_Described"]:
        """Describe those releases of a package that there are."""
        key = package.target.key
        known = await found_or_none(self._catalogue.known(view, package.target, seen.get(key)))
        if known is None:
            return ()
        seen[key] = known.snapshot
        describe = self._catalogue.describe_unadvised
        found = [found_or_none(describe(view, known, version)) for _, version in package.asked]
        messages = await asyncio.gather(*found) if len(found) > 1 else [await found[0]]
        return [
            _Described(place, key, message)
            for (place, _), message in zip(package.asked, messages, strict=True)
            if message is not None
        ]


class _Package(NamedTuple):
    target: Target
    asked: list[tuple[int, str]]
    """Places in the batch, and versions."""


class _Described(NamedTuple):
    place: int
    key: PackageKey
    message: Version
