"""What a view may see of crates, for documents that tell about several releases."""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence

from packhouse.domain.errors import Invalid, NotFound, Refused, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Release
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import crate_key
from packhouse.ecosystems.cargo.crate_document import crate_path, read_object, text
from packhouse.ecosystems.cargo.head import file_name
from packhouse.ecosystems.cargo.lines import read_entry
from packhouse.ecosystems.cargo.listing import Json, crate_of_record, with_best, without_releases
from packhouse.ecosystems.cargo.names import spellings
from packhouse.policy.decision import NOTHING_REFUSED, Verdict
from packhouse.services.assembly import Services
from packhouse.services.further import Further
from packhouse.services.snapshot import Snapshot

_AT_ONCE = 16


class Visible:
    """Finds crates and releases, and leaves out what is refused."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def checked(self, view: View, crates: Sequence[Json]) -> list[Json]:
        """Leave out crates that are refused, and let the others name no release that is."""
        names = [text(each, "name") or text(each, "id") or "" for each in crates]
        verdicts = await self.verdicts(view, names)
        left = []
        for crate, name, verdict in zip(crates, names, verdicts, strict=True):
            if verdict is None or verdict.nothing_left:
                continue
            if verdict.dropped:
                left.append(
                    with_best(crate, await self._services.records.get(view, crate_key(self._services, name), "known"))
                )
            else:
                left.append(crate)
        return left

    async def verdicts(self, view: View, names: Sequence[str]) -> list[Verdict | None]:
        """Judge crates by name; None for one that is not in the index."""
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str) -> Verdict | None:
            async with at_once:
                try:
                    return (
                        await self._services.source.snapshot(view, crate_key(self._services, name), "known")
                    ).verdict
                except (NotFound, Refused, Invalid):
                    return None
                except UpstreamError:
                    # Nothing can be installed of it now: better a name too many than a list with holes.
                    return NOTHING_REFUSED

        each = {name: one(name) for name in dict.fromkeys(names)}
        found = dict(zip(each, await _gathered(each.values()), strict=True))
        return [found[name] for name in names]

    async def seen(self, view: View, name: str) -> tuple[PackageKey, Snapshot]:
        """Find a crate by any spelling of its name; raise Refused where all of it is, NotFound where there is none."""
        key = crate_key(self._services, name)
        try:
            snapshot = await self._services.source.snapshot(view, key, "known")
        except NotFound:
            key, snapshot = await self._other_spelling(view, key)
        if snapshot.verdict.nothing_left:
            await self._services.source.index(view, snapshot)
            raise _no_crate(key)  # there was none yet at the date of the view
        return key, snapshot

    async def _other_spelling(self, view: View, key: PackageKey) -> tuple[PackageKey, Snapshot]:
        for name in spellings(key.name):
            other = PackageKey(key.ecosystem, name)
            try:
                return other, await self._services.source.snapshot(view, other, "known")
            except NotFound:
                continue
        raise _no_crate(key)

    async def released(self, view: View, name: str, version: str) -> tuple[PackageKey, Snapshot]:
        """Find a release; raise Refused where it is, NotFound where there is none."""
        key, snapshot = await self.seen(view, name)
        try:
            await self._services.source.locate(view, key, file_name(key.name, version))
        except NotFound:
            raise NotFound(f"crate `{key.name}` does not have a version `{version[:80]}`") from None
        return key, snapshot

    async def document(self, view: View, key: PackageKey, snapshot: Snapshot) -> tuple[Json, Moment]:
        """Give a crate's document as the view may see it; of the index alone where the Web API has none."""
        try:
            found = await self._services.further.get(view, FurtherKey(key, crate_path(key.name)))
            document = read_found(found)
        except (NotFound, UpstreamError):
            return crate_of_record(await self._services.records.get(view, key, "known")), snapshot.valid_until
        if snapshot.verdict.dropped:
            document = without_releases(document, snapshot.verdict.dropped)
        return document, Moment(min(found.valid_until, snapshot.valid_until))

    async def as_written(self, view: View, crate: Json) -> Json:
        """Write a crate of a list as its index file does: cargo knows no crate by other capitals."""
        key = crate_key(self._services, text(crate, "name") or "")
        try:
            index = await self._services.source.index(view, await self._services.source.snapshot(view, key, "known"))
        except (NotFound, Refused, UpstreamError):
            return crate
        entry = read_entry(index.fragments[0].body) if index.fragments else None
        return crate if entry is None else {**crate, "id": entry.name, "name": entry.name}

    async def release(self, view: View, key: PackageKey, version: str) -> Release:
        """Give what the index says of a release; raise NotFound where there is none."""
        record = await self._services.records.get(view, key, "known")
        release = record.find(version)
        if release is None:
            raise NotFound(f"crate `{key.name}` does not have a version `{version[:80]}`")
        return release


def read_found(found: Further) -> Json:
    """Read a further document; raise NotFound where it is no JSON object."""
    document = read_object(found.body)
    if document is None:
        raise NotFound("the upstream's Web API has no such document")
    return document


async def _gathered(each: Iterable[Awaitable[Verdict | None]]) -> Sequence[Verdict | None]:
    return await asyncio.gather(*each)


def _no_crate(key: PackageKey) -> NotFound:
    return NotFound(f"crate `{key.name}` does not exist")
