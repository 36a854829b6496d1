"""Several sources as one."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from packhouse.domain.errors import NotFound, UpstreamError, UpstreamOff
from packhouse.domain.index import Fragment, Index, Located
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.access import absent
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Download, Source


class Preferred:
    """The first source that has a package answers alone; the others are never asked for it.

    So a package that is published here cannot be shadowed by one of the same name elsewhere.
    """

    def __init__(self, first: Source, rest: Source) -> None:
        self._first = first
        self._rest = rest

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Ask the first source, and the rest only about what it does not have."""
        try:
            return await self._first.snapshot(view, key, need)
        except NotFound:
            return await self._rest.snapshot(view, key, need)

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
        try:
            await self._first.snapshot(view, key)
        except NotFound:
            return self._rest
        return self._first


class Merged:
    """The releases of all sources; where two have the same version, the earlier source's counts.

    With a single source it hands everything on.
    """

    def __init__(self, sources: Mapping[str, Source]) -> None:
        """Take the sources in order of preference, by the name of their origin."""
        self._sources = sources

    async def snapshot(self, view: View, key: PackageKey, need: Need = "usual") -> Snapshot:
        """Combine what every source that has the package says of it."""
        asked = (source.snapshot(view, key, need) for source in self._sources.values())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        found = [answer for answer in answers if isinstance(answer, Snapshot)]
        errors = [answer for answer in answers if isinstance(answer, BaseException)]
        for error in errors:
            if not isinstance(error, NotFound | UpstreamError):
                raise error
        if not found:
            raise _missing(errors, absent(key))
        if len(found) == 1:
            return found[0]
        return _combine(found)

    async def index(self, view: View, snapshot: Snapshot) -> Index:
        """Join the fragments of all parts behind the head of the first."""
        parts = snapshot.parts or (snapshot,)
        indexes = [await self._sources[part.origin].index(view, part) for part in parts]
        if len(indexes) == 1:
            return indexes[0]
        fragments: list[Fragment] = []
        for index in indexes:
            seen = {fragment.version for fragment in fragments}
            fragments.extend(fragment for fragment in index.fragments if fragment.version not in seen)
        return Index(indexes[0].head, tuple(fragments), snapshot.digest)

    async def locate(self, view: View, key: PackageKey, filename: str) -> Located:
        """Find the file in the first source that has it; one that lists its release goes before those that do not."""
        errors: list[BaseException] = []
        unlisted: Located | None = None
        for source in self._sources.values():
            try:
                located = await source.locate(view, key, filename)
            except (NotFound, UpstreamError) as error:
                errors.append(error)
                continue
            if located.fragment.body:
                return located
            # Told by its path alone: what a later source knows of the release must count for its files as well.
            unlisted = unlisted or located
        if unlisted is not None:
            return unlisted
        raise _missing(errors, _no_such_file(key, filename))

    async def download(self, view: View, key: PackageKey, located: Located) -> Download:
        """Fetch the file from the first source that has it: one may know a release and not all of its files."""
        filename = located.artifact.filename
        errors: list[BaseException] = []
        for source in self._sources.values():
            try:
                found = await source.locate(view, key, filename)
                return await source.download(view, key, found)
            except (NotFound, UpstreamError) as error:
                errors.append(error)
        raise _missing(errors, _no_such_file(key, filename))


def _missing(errors: Sequence[BaseException], nowhere: NotFound) -> BaseException:
    """Choose what to say of what no source has: it does not exist only if nobody that is asked could still have it.

    A source that is switched off is not asked, unless there is no other.
    """
    on = [error for error in errors if not isinstance(error, UpstreamOff)]
    return next((error for error in on or errors if isinstance(error, UpstreamError)), nowhere)


def _no_such_file(key: PackageKey, filename: str) -> NotFound:
    return NotFound(f"{key} has no file {filename[:200]}", "no release of the package owns such a file")


def _combine(found: Sequence[Snapshot]) -> Snapshot:
    digest = hashlib.blake2b("\n".join(f"{part.origin} {part.digest}" for part in found).encode(), digest_size=16)
    return msgspec.structs.replace(
        found[0],
        origin="+".join(part.origin for part in found),
        generation=max(part.generation for part in found),
        digest=digest.hexdigest(),
        changed_at=max(part.changed_at for part in found),
        valid_until=min(part.valid_until for part in found),
        stale=any(part.stale for part in found),
        parts=tuple(found),
    )
