"""Lists of releases for old clients and for `gem list`: passed on, and written anew where something is refused."""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import NotFound, Refused, UpstreamBad, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.gem.lines import read_release
from packhouse.ecosystems.gem.marshal import Entry, read_specs, write_specs
from packhouse.ecosystems.gem.names import FILE, full_name
from packhouse.ecosystems.gem.overview import Overview, Overviews
from packhouse.services.assembly import Services
from packhouse.services.further import Further

_GZIP = b"\x1f\x8b"
LATEST = "latest_specs.4.8.gz"
_KEPT = 12


class Specs(Struct, frozen=True):
    """A list, compressed."""

    body: bytes
    changed_at: Moment
    valid_until: Moment


class SpecsLists:
    """Makes the lists of a view, each once for what is refused."""

    def __init__(self, services: Services, overviews: Overviews) -> None:
        self._services = services
        self._overviews = overviews
        self._kept: dict[tuple[View, str], tuple[tuple[Moment, int], Specs]] = {}
        self._making = asyncio.Lock()

    async def get(self, view: View, path: str) -> Specs:
        """Return a list; raise NotFound or an UpstreamError."""
        found = await self._services.further.get(view, self._key(path))
        overview = self._overviews.of(view)
        if not overview.corrections:
            return Specs(_compressed(found.body), found.changed_at, found.valid_until)
        async with self._making:
            stamp = (found.changed_at, overview.revision)
            kept = self._kept.get((view.anyone, path))
            if kept is None or kept[0] != stamp:
                kept = (stamp, await self._without(view, path, found, overview))
                self._kept[view.anyone, path] = kept
                while len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
        return kept[1]

    async def _without(self, view: View, path: str, found: Further, overview: Overview) -> Specs:
        dropped = {name: each.dropped for name, each in overview.corrections.items()}
        instead = await self._newest(view, dropped) if path == LATEST else ()
        body = await asyncio.to_thread(_filtered, found.body, dropped, instead)
        return Specs(body, self._services.clock(), found.valid_until)

    async def _newest(self, view: View, names: Collection[str]) -> Sequence[Entry]:
        """List the newest releases that are left of gems whose newest may be refused."""
        entries = []
        for name in names:
            try:
                record = await self._services.records.get(
                    view, PackageKey(self._key("").key.ecosystem, NormalName(name))
                )
            except (NotFound, Refused, UpstreamError):
                continue
            release = record.find(self._services.ecosystem.default_version(record))
            for artifact in release.artifacts if release else ():
                read = read_release(artifact.filename[len(name) + 1 : -len(FILE)].encode())
                if read is not None:
                    entries.append((name, *read))
        return entries

    def _key(self, path: str) -> FurtherKey:
        return FurtherKey(PackageKey(self._services.ecosystem.key, NormalName("")), path)


def _filtered(body: bytes, dropped: Mapping[str, Collection[str]], instead: Sequence[Entry]) -> bytes:
    """Leave out what is refused; of gems that have entries of their own in `instead`, all."""
    import gzip  # noqa: PLC0415 (start-up time)

    replaced = {name for name, _, _ in instead}
    try:
        entries = list(read_specs(gzip.decompress(body) if body.startswith(_GZIP) else body))
    except (ValueError, EOFError, OSError) as error:
        raise UpstreamBad(f"the upstream's list of releases cannot be read: {error}") from error
    left = [
        entry
        for entry in entries
        if entry[0] not in replaced
        and not (entry[0] in dropped and full_name("", entry[1], entry[2])[1:] in dropped[entry[0]])
    ]
    return _compressed(write_specs([*left, *instead]))


def _compressed(body: bytes) -> bytes:
    """Compress what is not compressed: on its way here it may have been taken for a content coding."""
    if body.startswith(_GZIP):
        return body
    import gzip  # noqa: PLC0415 (start-up time)

    return gzip.compress(body, 6, mtime=0)
