"""Publishing a release: from what cargo sends to a crate that everybody can build with."""

import asyncio
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.digest import Digest
from packhouse.domain.errors import Conflict, Invalid, NotPermitted, PackhouseError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.categories import known_categories
from packhouse.ecosystems.cargo.crate_document import crate_path, read_object
from packhouse.ecosystems.cargo.frame import Metadata
from packhouse.ecosystems.cargo.head import file_name
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line, spelt_name
from packhouse.ecosystems.cargo.hosted_document import Deed, PackedFile, add_release, iso
from packhouse.ecosystems.cargo.hosted_summary import summarize_hosted
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.maintaining import NOT_AN_OWNER, check_publisher
from packhouse.ecosystems.cargo.metadata_match import Registries
from packhouse.ecosystems.cargo.names import all_spellings, identity, parse_name
from packhouse.ecosystems.cargo.publish_rules import (
    PublishLimits,
    check_metadata,
    check_spelling,
    check_version_free,
    without_build,
)
from packhouse.ecosystems.cargo.submission import Opened, Submission, line_of, read_submission
from packhouse.policy.permission import publish_operation
from packhouse.services.access import not_permitted
from packhouse.services.assembly import Services
from packhouse.services.ports import StoredArtifact, StoredFurther
from packhouse.services.publishing import Change, Hosted, Upload, new_ownership
from packhouse.services.trusting import require_trusted

BLOCKED_MS = 24 * 3_600_000
"""How long nobody may use the name of a crate that was removed."""
_PIECE_BYTES = 256 << 10
_WARNED_OF = 3


class Admitted(Struct, frozen=True):
    """A release that somebody may publish, as far as its metadata tells."""

    key: PackageKey
    metadata: Metadata
    found: Hosted
    warnings: tuple[str, ...] = ()


class Published(Struct, frozen=True):
    """What a publish came to."""

    crate: Json
    """As the Web API shows it."""
    warnings: tuple[str, ...]
    """What cargo shows to the publisher."""


class _Ready(Struct, frozen=True):
    """A release that only has to be written."""

    submission: Submission
    upload: Upload
    readme: bytes | None


class Publisher:
    """Publishes releases of crates."""

    def __init__(self, services: Services, limits: PublishLimits | None = None) -> None:
        self._services = services
        self._publishing = services.publishing
        self._limits = limits or PublishLimits(categories=known_categories(services).slugs)
        self.same = frozenset(each.known_as for each in services.upstreams if each.known_as)
        """Addresses of indexes that are found here as well."""

    async def admit(self, view: View, metadata: Metadata) -> Admitted:
        """Decide who may publish that and whether it can be new, before the archive is looked at.

        Raise Invalid for what cannot be published by anybody, NotSignedIn, NotPermitted and TooOften.
        """
        check_metadata(metadata)
        key = PackageKey(self._services.ecosystem.key, parse_name(metadata.name))
        await self._require(view, key)
        found = await self._publishing.find(view, key, (crate_path(key.name),))
        check_trust(view, found)
        check_release(found, metadata.name, metadata.vers)
        self._services.limits.take(view.actor, publish_operation(found.ownership))
        warnings = await self._look_around(view, key) if found.ownership is None else ()
        return Admitted(key, metadata, found, warnings)

    async def publish(self, view: View, admitted: Admitted, crate: bytes | bytearray, base: str) -> Published:
        """Publish an archive; raise Invalid or TooLarge for what is wrong with it, Conflict."""
        opened = Opened(admitted.metadata, crate)
        registries = Registries(frozenset({f"{base}/index/"}), next(iter(sorted(self.same)), ""))
        # An archive of a few bytes can unpack to megabytes.
        submission = await asyncio.to_thread(read_submission, opened, self._limits, registries)
        readme = await _rendered(submission)
        upload = await self._publishing.store_file(_pieces(crate))
        try:
            document = await self._write(view, admitted, _Ready(submission, upload, readme))
        except Conflict:
            await self._explain(view, admitted)
            raise
        finally:
            await upload.abort()
        return Published(document["crate"], (*submission.warnings, *admitted.warnings))

    async def _require(self, view: View, key: PackageKey) -> None:
        access = self._services.access
        ownership = await access.find_readable(view, key)
        operation = publish_operation(ownership)
        try:
            await access.require(view, "publish", key, operation)
        except NotPermitted:
            there = ownership is not None and ownership.removed_at is None
            if there and access.token_allows(view.actor, "publish", key, operation):
                raise NotPermitted(NOT_AN_OWNER) from None
            raise

    async def _look_around(self, view: View, key: PackageKey) -> tuple[str, ...]:
        """Let a name pass that is nobody's in any spelling, and warn of those that look like it."""
        taken = await self._why_not(view, key)
        if taken is not None:
            raise taken
        await self._publishing.check_new_name(view, key)
        others = [PackageKey(key.ecosystem, name) for name in all_spellings(key.name)]
        for refusal in await asyncio.gather(*(self._refusal(view, other) for other in others)):
            if refusal is not None:
                raise refusal
        alike = await self._services.lookalikes.find(view, key)
        return tuple(f"{key.name} looks like {each.name}: is the name what you meant?" for each in alike[:_WARNED_OF])

    async def _refusal(self, view: View, other: PackageKey) -> PackhouseError | None:
        try:
            await self._publishing.check_new_name(view, other)
        except NotPermitted:
            return _previously(other.name)
        return None

    async def _why_not(self, view: View, key: PackageKey) -> PackhouseError | None:
        """Make the error of a name that a crate of ours has in another spelling; None where none has."""
        spelt = await self._services.access.spelling(view, key)
        if spelt is None or spelt == key:
            return None
        if not await self._services.access.may_read(view, spelt):
            return not_permitted("publish", key, None)
        index = (await self._publishing.find(view, spelt)).index
        return _previously((spelt_name(index) if index else None) or spelt.name)

    async def _explain(self, view: View, admitted: Admitted) -> None:
        """Raise what somebody who was a moment later could have been told at first."""
        key, metadata = admitted.key, admitted.metadata
        taken = await self._why_not(view, key)
        if taken is not None:
            raise taken
        check_release(await self._publishing.find(view, key), metadata.name, metadata.vers)

    async def _write(self, view: View, admitted: Admitted, ready: _Ready) -> Json:
        key = admitted.key
        documents: list[Json] = []

        async with self._publishing.placing(ready.upload) as blob:

            def edit(found: Hosted) -> Change:
                document = _document(view, found, ready)
                documents.append(document)
                return _change(view, found, ready, blob, document, self.same)

            await self._publishing.change(view, key, edit, admitted.found, (crate_path(key.name),))
        return documents[-1]


def check_release(found: Hosted, name: str, version: str) -> None:
    """Raise Invalid unless a crate as it is now can get a release of this name and version."""
    ownership, index = found.ownership, found.index
    if ownership is not None and ownership.removed_at is not None and found.now < ownership.removed_at + BLOCKED_MS:
        until = iso(Moment(ownership.removed_at + BLOCKED_MS)).partition(".")[0]
        message = f"A crate with the name `{found.key.name}` was recently deleted."
        raise Invalid(f"{message} Reuse of this name will be available after {until}Z.")
    spelt = spelt_name(index) if index is not None else None
    if spelt is not None:
        check_spelling(name, spelt)
    check_version_free(version, found.claims)


def check_trust(view: View, found: Hosted) -> None:
    """Raise NotPermitted where a crate takes releases of trusted builds only, and this is none."""
    raw = found.documents.get(crate_path(found.key.name))
    crate = (read_object(raw) or {}).get("crate") if raw else None
    if isinstance(crate, dict) and crate.get("trustpub_only") is True:
        require_trusted(view.actor)


def readme_path(key: PackageKey, version: str) -> str:
    """Name the document of a release's readme among the further ones."""
    return f"{crate_path(key.name)}/{quote(version, safe='')}/readme"


def stored_json(document: Json, now: Moment) -> StoredFurther:
    """Make a document ready to be stored."""
    return StoredFurther(msgspec.json.encode(document), "application/json", None, None, now, now)


def _document(view: View, found: Hosted, ready: _Ready) -> Json:
    """Add the release to the Web API's document of the crate."""
    raw = found.documents.get(crate_path(found.key.name))
    packed = PackedFile(_sha256(ready.upload), ready.upload.size_bytes)
    return add_release(read_object(raw) if raw else None, ready.submission.manifest, packed, _deed(view, found))


def _change(view: View, found: Hosted, ready: _Ready, blob: Digest, document: Json, same: frozenset[str]) -> Change:
    """Add the release to what is there now; pure, since it is made anew where somebody was faster."""
    key, now, upload = found.key, found.now, ready.upload
    manifest = ready.submission.manifest
    check_publisher(view.actor, found)
    check_trust(view, found)
    check_release(found, manifest.name, manifest.version)
    line = line_of(ready.submission, _sha256(upload), now)
    index = add_line(key, found.index or EMPTY, line)
    ownership = _ownership(view, found)
    artifact = StoredArtifact(
        filename=file_name(manifest.name, manifest.version),
        version=manifest.version,
        blob=blob,
        size_bytes=upload.size_bytes,
        digests=upload.digests,
        stored_at=now,
    )
    further = [(FurtherKey(key, crate_path(key.name)), stored_json(document, now))]
    if ready.readme is not None:
        page = StoredFurther(ready.readme, "text/html; charset=utf-8", None, None, now, now)
        further.append((FurtherKey(key, readme_path(key, manifest.version)), page))
    return Change(
        index=index,
        action="publish",
        subject=f"@{manifest.version}",
        events=(("release_published", manifest.version, {}),),
        ownership=ownership,
        claims=(without_build(manifest.version),),
        identity=identity(key.name),
        files=(artifact,),
        further=tuple(further),
        summary=summarize_hosted(key, index, document, ownership, same),
    )


def _ownership(view: View, found: Hosted) -> Ownership:
    before = found.ownership
    if before is None:
        return new_ownership(view.actor, restricted=False)
    if before.removed_at is not None:
        # Its name stayed with who removed it, and now it is theirs who publish it anew.
        return Ownership((view.actor.user,), restricted=before.restricted, revision=before.revision + 1)
    return msgspec.structs.replace(before, revision=before.revision + 1)


def _deed(view: View, found: Hosted) -> Deed:
    proof = view.actor.proof
    return Deed(view.actor.user, found.now, trust=proof.trust if proof is not None else {})


def _sha256(upload: Upload) -> str:
    return next(digest.value for digest in upload.digests if digest.algorithm == "sha256")


def _previously(name: str) -> Invalid:
    return Invalid(f"crate was previously named `{name}`", "its name stays as it was first published")


def _pieces(crate: bytes | bytearray) -> Iterator[bytes]:
    for start in range(0, len(crate), _PIECE_BYTES):
        yield bytes(crate[start : start + _PIECE_BYTES])


async def _rendered(submission: Submission) -> bytes | None:
    """Make the page of the readme, where there is one."""
    if submission.readme is None:
        return None
    from packhouse.ecosystems.cargo.readme import render_readme  # noqa: PLC0415 (start-up time)

    manifest, vcs = submission.manifest, submission.archive.vcs
    folder = vcs.path_in_vcs if vcs else ""
    work = partial(render_readme, submission.readme, manifest.readme or "", manifest.repository, folder)
    return await asyncio.to_thread(work)
