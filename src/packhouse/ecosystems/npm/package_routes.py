"""The doors at which packages are published, changed and removed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import msgspec

from packhouse.domain.errors import Conflict, NotFound, NotPermitted
from packhouse.domain.events import EventKind
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm import hosted as edits
from packhouse.ecosystems.npm.addresses import served_name
from packhouse.ecosystems.npm.change_document import has_attachments
from packhouse.ecosystems.npm.change_kinds import (
    Change as Meaning,
)
from packhouse.ecosystems.npm.change_kinds import (
    Deprecate,
    Maintainers,
    Publish,
    RemoveReleases,
    Star,
    Tags,
    apply_change,
)
from packhouse.ecosystems.npm.changes import check_revision, read_change
from packhouse.ecosystems.npm.maintaining import require_maintainer
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.owner_routes import change_maintainers
from packhouse.ecosystems.npm.publishing import Publisher, moved_tags
from packhouse.ecosystems.npm.request_bodies import unpack_body
from packhouse.ecosystems.npm.signature_routes import attestations_path
from packhouse.ecosystems.npm.star_routes import set_star, set_star_by_document
from packhouse.ecosystems.npm.tags import tags_of
from packhouse.http.answers import Answer, Headers, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.policy.permission import publish_operation
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted

_THREAD_BYTES = 256 << 10
_LARGE_BYTES = 4 << 20
_LARGE_AT_ONCE = 4
"""Large publications in memory at the same time; further ones wait before they are read."""
_REST_BYTES = 8 << 20
"""Of a document beside its archive."""

T = TypeVar("T")


class PackageRoutes:
    """The handlers."""

    def __init__(self, services: Services, archive_bytes: int = 100 << 20) -> None:
        self._services = services
        self._publisher = Publisher(services)
        # Base64 makes four characters of three bytes (RFC 4648 section 4).
        self._limit_bytes = archive_bytes // 3 * 4 + _REST_BYTES
        self._large = asyncio.Semaphore(_LARGE_AT_ONCE)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("{name}", PUT=self.put),
            route("{name}/-rev/{rev}", PUT=self.put_revision, DELETE=self.remove),
            route("{name}/-/{filename}/-rev/{rev}", DELETE=self.remove_file),
        ]

    async def put(self, request: Request, name: str) -> Answer:
        """Publish a version, or change what is there: whatever the document means."""
        return await self._put(request, name, None)

    async def put_revision(self, request: Request, name: str, rev: str) -> Answer:
        """Change what is there at a revision."""
        return await self._put(request, name, rev)

    async def remove(self, request: Request, name: str, rev: str) -> Answer:
        """Remove the package with all its versions; none of them can be published again."""
        key = self._key(name)
        await require_maintainer(self._services, request.view, key)
        return _done(await self._remove_all(request, key, rev))

    async def remove_file(self, request: Request, name: str, filename: str, rev: str) -> Answer:
        """Answer who removes a version in two steps: its file went with it in the first."""
        key = self._key(name)
        await require_maintainer(self._services, request.view, key)
        found = await self._services.publishing.find(request.view, key)
        if found.index is None:
            raise NotFound(f"{key} is not published here")
        bare = filename.rpartition("/")[2]
        if any(served_name(key.name, fragment) == bare for fragment in found.index.fragments):
            raise Conflict(f"{bare} belongs to a version that is there", "remove the version from the document first")
        check_revision(found.index, rev)
        return _done(rev)

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))

    async def _put(self, request: Request, name: str, rev: str | None) -> Answer:
        key = self._key(name)
        view, access = request.view, self._services.access
        # Nothing of the body is read for who may do nothing at all with it.
        access.require_signed_in(view, key, "create", "update", "owners")
        # A package that is hidden from its sender is to be answered as one that is not there, whatever is sent.
        there = await access.find_readable(view, key) is not None
        size = request.header(b"content-length")
        if size.isdigit() and int(size) < _LARGE_BYTES:
            return await self._read_and_put(request, key, rev, there=there)
        if not there:
            await access.require(view, "publish", key, "create")
        async with self._large:
            return await self._read_and_put(request, key, rev, there=there)

    async def _read_and_put(self, request: Request, key: PackageKey, rev: str | None, *, there: bool) -> Answer:
        view, access = request.view, self._services.access
        body = await request.read_large(self._limit_bytes)
        if coding := request.header(b"content-encoding"):
            body = bytearray(unpack_body(bytes(body), coding, self._limit_bytes))
        index = await self._shown(request, key) if there else None
        if index is None and not has_attachments(body):
            return await set_star_by_document(self._services, request, key, bytes(body))
        meaning: Meaning = Publish()
        if index is not None or rev is not None:
            meaning = await _aside(body, lambda: read_change(index, body, rev, view.actor.user, base=request.base))
        if isinstance(meaning, Publish):
            await access.require(view, "publish", key, publish_operation(await access.find_readable(view, key)))
            published = await self._publisher.publish(view, key, body)
            return _done(published.rev, status=201, notices=published.notices)
        return _done(await self._carry_out(request, key, meaning, index, rev), status=201)

    async def _shown(self, request: Request, key: PackageKey) -> Index | None:
        """Read the packument as the client was shown it; None for a package that is not published here."""
        found = await self._services.publishing.find(request.view, key)
        if found.index is None or edits.is_tombstone(found.index):
            return found.index
        source = self._services.source
        return await source.index(request.view, await source.snapshot(request.view, key))

    async def _carry_out(
        self, request: Request, key: PackageKey, meaning: Meaning, shown: Index | None, rev: str | None
    ) -> str:
        """Do what a document means, if its sender may; return the new revision, if there is one."""
        services, view = self._services, request.view
        if isinstance(meaning, Star):
            await set_star(services, request, key, starred=meaning.starred)
            return ""
        if isinstance(meaning, Maintainers):
            await change_maintainers(services, request, key, [name for name, _ in meaning.people], rev)
            return ""
        if isinstance(meaning, RemoveReleases) and shown is not None:
            await require_maintainer(services, view, key)
            return await self._remove_releases(request, key, meaning, shown)
        if shown is None or not isinstance(meaning, Deprecate | Tags):
            return ""
        await services.access.require(view, "publish", key)
        revisions: list[str] = []

        def edit(found: Hosted) -> Change:
            change = _changed(found, meaning, shown, view.actor.user)
            revisions.append(edits.revision(change.index))
            return change

        await services.publishing.change(view, key, edit)
        return revisions[-1]

    async def _remove_releases(self, request: Request, key: PackageKey, meaning: RemoveReleases, shown: Index) -> str:
        publishing, view = self._services.publishing, request.view
        found = await publishing.get(view, key)
        names = _filenames(key, found, meaning.versions)
        files = await publishing.files_of(view, key, names)
        revisions: list[str] = []

        def edit(now: Hosted) -> Change:
            change = _without(now, meaning, names, shown, view.actor.user)
            revisions.append(edits.revision(change.index))
            return change

        await publishing.change(view, key, edit)
        await publishing.forget_files(files)
        return revisions[-1]

    async def _remove_all(self, request: Request, key: PackageKey, rev: str) -> str:
        publishing, view = self._services.publishing, request.view
        found = await publishing.get(view, key)
        index = found.index
        versions = [] if index is None else [fragment.version for fragment in index.fragments]
        names = _filenames(key, found, versions)
        files = await publishing.files_of(view, key, names)
        revisions: list[str] = []

        def edit(now: Hosted) -> Change:
            change = _removed(now, rev, view.actor.user, names)
            revisions.append(edits.revision(change.index))
            return change

        await publishing.change(view, key, edit)
        await publishing.forget_files(files)
        return revisions[-1]


def _changed(found: Hosted, meaning: Deprecate | Tags, shown: Index, user: str) -> Change:
    index = _index(found)
    before = tags_of(index)
    if isinstance(meaning, Tags):
        check_revision(index, edits.revision(shown))
        meaning = Tags(_with_hidden(meaning.tags, before, shown))
        after = apply_change(index, meaning, user, found.now)
        return Change(after, "tag", "", tuple(moved_tags(before, tags_of(after))))
    there = {fragment.version for fragment in index.fragments}
    messages = {version: text for version, text in meaning.messages.items() if version in there}
    events: list[tuple[EventKind, str, dict[str, str]]] = [
        ("release_changed", version, {"deprecated": text[:400]}) for version, text in sorted(messages.items())
    ]
    after = apply_change(index, Deprecate(messages), user, found.now)
    return Change(after, "deprecate", "@" + ",".join(sorted(messages)), tuple(events))


def _without(found: Hosted, meaning: RemoveReleases, names: Sequence[str], shown: Index, user: str) -> Change:
    index = _index(found)
    before = tags_of(index)
    check_revision(index, edits.revision(shown))
    meaning = RemoveReleases(meaning.versions, _with_hidden(meaning.tags, before, shown))
    after = apply_change(index, meaning, user, found.now)
    removed: list[tuple[EventKind, str, dict[str, str]]] = [
        ("release_removed", version, {}) for version in sorted(meaning.versions)
    ]
    return Change(
        index=after,
        action="unpublish",
        subject="@" + ",".join(sorted(meaning.versions)),
        events=(*removed, *moved_tags(before, tags_of(after))),
        removed_files=tuple(names),
        removed_further=_attested(found, meaning.versions),
    )


def _with_hidden(tags: Mapping[str, str], before: Mapping[str, str], shown: Index) -> dict[str, str]:
    """Keep the tags of releases that a rule has hidden from whoever set the others."""
    versions = {fragment.version for fragment in shown.fragments}
    return {**tags, **{tag: version for tag, version in before.items() if version not in versions}}


def _removed(found: Hosted, rev: str, user: str, names: Sequence[str]) -> Change:
    index, ownership = _index(found), found.ownership
    check_revision(index, rev)
    if ownership is None:
        raise NotPermitted(f"{found.key} is nobody's")
    versions = [fragment.version for fragment in index.fragments]
    events: list[tuple[EventKind, str, dict[str, str]]] = [("release_removed", version, {}) for version in versions]
    return Change(
        index=edits.tombstone(index, found.now, user),
        action="unpublish",
        events=(*events, ("package_removed", "", {})),
        ownership=msgspec.structs.replace(ownership, removed_at=found.now, revision=ownership.revision + 1),
        removed_files=tuple(names),
        removed_further=_attested(found, versions),
    )


def _attested(found: Hosted, versions: Sequence[str] | frozenset[str]) -> tuple[FurtherKey, ...]:
    return tuple(FurtherKey(found.key, attestations_path(version)) for version in versions)


def _filenames(key: PackageKey, found: Hosted, versions: Sequence[str] | frozenset[str]) -> list[str]:
    fragments = () if found.index is None else found.index.fragments
    names = (served_name(key.name, fragment) for fragment in fragments if fragment.version in versions)
    return [name for name in names if name is not None]


def _index(found: Hosted) -> Index:
    if found.index is None or edits.is_tombstone(found.index):
        raise NotFound(f"{found.key} is not published here")
    return found.index


async def _aside(body: bytearray, work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work) if len(body) > _THREAD_BYTES else work()


def _done(rev: str, status: int = 200, notices: Sequence[str] = ()) -> Answer:
    """Say that it is done; npm wants JSON, CouchDB's clients `ok` and `rev`."""
    headers: Headers = tuple((b"npm-notice", notice.encode("ascii", "replace")) for notice in notices)
    answer = json_answer({"ok": True, "success": True, "rev": rev}, status)
    return msgspec.structs.replace(answer, headers=headers)
