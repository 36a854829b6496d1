"""Publishing a version: from the request's body to a release that everybody can install."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import TypeVar

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.digest import Digest
from packhouse.domain.errors import Conflict, Invalid, NotPermitted, TooLarge
from packhouse.domain.events import EventKind
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm import hosted as edits
from packhouse.ecosystems.npm.attestations import (
    Attestation,
    attestations_document,
    check_provenance,
    dist_attestations,
)
from packhouse.ecosystems.npm.maintaining import check_publisher
from packhouse.ecosystems.npm.manifest_text import (
    raw,
    raw_with_base,
    read_manifest,
    read_members,
    write_manifest,
    write_members,
)
from packhouse.ecosystems.npm.package_json import PackageFacts, PackageReader
from packhouse.ecosystems.npm.publication import Publication, decode_tarball, read_publication
from packhouse.ecosystems.npm.release_document import finish, readme_of, served_filename
from packhouse.ecosystems.npm.signature_routes import attestations_path
from packhouse.ecosystems.npm.signatures import sign_release
from packhouse.ecosystems.npm.tags import tags_of
from packhouse.services.assembly import Services
from packhouse.services.ports import StoredArtifact, StoredFurther
from packhouse.services.publishing import Change, Hosted, Upload, new_ownership

T = TypeVar("T")

_THREAD_BYTES = 256 << 10
"""Larger documents are read off the event loop."""
_SMALL_BYTES = 4 << 10
"""Larger pieces of archives are unpacked there."""


async def _in_thread(size: int, work: Callable[[], T], above: int = _THREAD_BYTES) -> T:
    return await asyncio.to_thread(work) if size > above else work()


class Published(Struct, frozen=True):
    """What a publish came to."""

    version: str
    rev: str
    notices: tuple[str, ...] = ()
    """Sentences for the person who publishes."""


class Ready(Struct, frozen=True):
    """A version that only has to be written."""

    publication: Publication
    facts: PackageFacts
    manifest: bytes
    attestations: tuple[Attestation, ...]
    upload: Upload


class Publisher:
    """Publishes versions of packages."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._publishing = services.publishing
        self._trust = services.publish_root

    async def publish(self, view: View, key: PackageKey, body: bytearray | bytes) -> Published:
        """Publish what a document holds, if the actor of the view may; `access.require` was asked before.

        Raise Invalid or TooLarge for what is wrong with it, Conflict for a version that is taken, NotPermitted for a
        name that would hide somebody else's package.
        """
        publication = await _in_thread(len(body), lambda: read_publication(NormalName(key.name), body))
        before = await self._publishing.find(view, key)
        check_version(before, publication)
        self._services.limits.take(view.actor, "create" if before.ownership is None else "update")
        notices: tuple[str, ...] = ()
        if before.ownership is None:
            await self._publishing.check_new_name(view, key)
            alike = await self._services.lookalikes.find(view, key)
            notices = tuple(f"{key.name} looks like {each.name}: is the name what you meant?" for each in alike[:3])
        ready = await self.receive(view, publication)
        try:
            published = await self._write(view, key, ready, before)
            return msgspec.structs.replace(published, notices=notices)
        finally:
            await ready.upload.abort()

    async def receive(self, view: View, publication: Publication) -> Ready:
        """Take the archive in, hold it against the document, and sign it; nothing is visible yet."""
        if publication.length > self._services.archive_bytes:
            largest = self._services.archive_bytes
            hint = "whoever runs this server can allow more with publish.max_archive"
            raise TooLarge(f"the archive has {publication.length} bytes, and {largest} are allowed", hint)
        reader = PackageReader()
        upload = await self._publishing.store_file(_fed(publication, reader))
        try:
            facts = await _in_thread(publication.length, reader.finish, _SMALL_BYTES)
            manifest = finish(publication, facts, upload.digests)
            attestations = await self._check_bundle(publication, upload.digests)
            manifest = await self._complete(view, publication, manifest, attestations)
        except BaseException:
            await upload.abort()
            raise
        return Ready(publication, facts, manifest, attestations, upload)

    async def _check_bundle(self, publication: Publication, digests: Collection[Digest]) -> tuple[Attestation, ...]:
        if publication.bundle is None:
            return ()
        sha512 = next(digest.value for digest in digests if digest.algorithm == "sha512")
        bundle, name, version = publication.bundle, publication.name, publication.version
        return (await asyncio.to_thread(check_provenance, bundle, name, version, sha512, self._trust),)

    async def _complete(
        self, view: View, publication: Publication, manifest: bytes, attestations: tuple[Attestation, ...]
    ) -> bytes:
        """Add what is the server's to say: who published it, its signature, where its attestations are."""
        members = read_manifest(manifest)
        dist = read_members(members["dist"])
        integrity = msgspec.json.decode(dist["integrity"], type=str)
        name, version = publication.name, publication.version
        signatures = await sign_release(self._services.signing, name, version, integrity, self._services.clock())
        dist["signatures"] = raw(signatures)
        told = dist_attestations(name, version, attestations)
        if told is not None:
            dist["attestations"] = raw_with_base(told)
        members["dist"] = write_members(dist)
        members["_npmUser"] = raw(edits.person(view.actor.user, view.actor.email))
        return write_manifest(members)

    async def _write(self, view: View, key: PackageKey, ready: Ready, before: Hosted) -> Published:
        filename = served_filename(ready.publication)
        revisions: list[str] = []

        async with self._publishing.placing(ready.upload) as blob:

            def edit(found: Hosted) -> Change:
                change = _edit(view, found, ready, blob, filename)
                revisions.append(edits.revision(change.index))
                return change

            await self._publishing.change(view, key, edit, before)
        return Published(ready.publication.version, revisions[-1])


def check_version(found: Hosted, publication: Publication) -> None:
    """Let a version pass that was never used, in a document that names no other but published ones."""
    version = publication.version
    if version in found.claims:
        here = found.index is not None and any(each.version == version for each in found.index.fragments)
        if here:
            raise Conflict(
                f"You cannot publish over the previously published versions: {version}.", "choose another version"
            )
        raise NotPermitted(
            f"{publication.name}@{version} was published and removed", "a version is never used twice: take another"
        )
    if found.index is not None:
        missing = set(publication.others) - {fragment.version for fragment in found.index.fragments}
        if missing:
            raise Invalid(f"version {min(missing)} has no archive in the document", "publish one version at a time")
    elif publication.others:
        raise Invalid("the document has versions without an archive", "publish one version at a time")


def _edit(view: View, found: Hosted, ready: Ready, blob: Digest, filename: str) -> Change:
    """Add the release to what is there now; pure, since it is made anew where somebody was faster."""
    publication, upload, now = ready.publication, ready.upload, found.now
    version = publication.version
    check_publisher(view.actor, found)
    check_version(found, publication)
    ownership = _ownership(view, found, publication)
    index = edits.begin(found.key, now) if found.index is None else found.index
    if edits.is_tombstone(index):
        index = edits.revived(index, now)
    before = tags_of(index)
    is_theirs_anew = found.ownership is None or found.ownership.removed_at is not None
    maintainers = [(view.actor.user, view.actor.email)] if is_theirs_anew else ()
    tags = {tag: target for tag, target in publication.tags.items() if target == version} or {"latest": version}
    about = edits.Readme(*readme_of(publication, ready.facts))
    index = edits.add_release(index, version, ready.manifest, now, tags=tags, readme=about, maintainers=maintainers)
    artifact = StoredArtifact(
        filename=filename,
        version=version,
        blob=blob,
        size_bytes=upload.size_bytes,
        digests=upload.digests,
        stored_at=now,
    )
    further: tuple[tuple[FurtherKey, StoredFurther], ...] = ()
    if ready.attestations:
        document = msgspec.json.encode(attestations_document(ready.attestations))
        stored = StoredFurther(document, "application/json", None, None, now, now)
        further = ((FurtherKey(found.key, attestations_path(version)), stored),)
    return Change(
        index=index,
        action="publish",
        subject=f"@{version}",
        events=(("release_published", version, {}), *moved_tags(before, tags_of(index))),
        ownership=ownership,
        claims=(version,),
        files=(artifact,),
        further=further,
    )


def _ownership(view: View, found: Hosted, publication: Publication) -> Ownership:
    if found.ownership is None:
        return new_ownership(view.actor, restricted=publication.access == "restricted")
    revision = found.ownership.revision + 1
    if found.ownership.removed_at is not None:
        # Its name stayed with who removed it, and now it is theirs who publish it anew.
        owners, restricted = (view.actor.user,), publication.access == "restricted" or found.ownership.restricted
        return Ownership(owners, restricted=restricted, teams=found.ownership.teams, revision=revision)
    # Publishing again never opens a package up; `npm access` does.
    return msgspec.structs.replace(found.ownership, revision=revision)


def moved_tags(before: dict[str, str], after: dict[str, str]) -> list[tuple[EventKind, str, dict[str, str]]]:
    """List the events of tags that point elsewhere now, or are new, or gone."""
    changed = [tag for tag in sorted({*before, *after}) if before.get(tag) != after.get(tag)]
    return [
        ("tag_moved", after.get(tag, ""), {"tag": tag, "from": before.get(tag, ""), "to": after.get(tag, "")})
        for tag in changed
    ]


async def _fed(publication: Publication, reader: PackageReader) -> AsyncIterator[bytes]:
    """Decode the archive, and let the reader look at every piece before it is written."""
    for piece in decode_tarball(publication):
        if len(piece) > _SMALL_BYTES:
            # A piece of 100 KB can unpack to 100 MB, or to ten thousand files.
            await asyncio.to_thread(reader.feed, piece)
        else:
            reader.feed(piece)
        yield piece
