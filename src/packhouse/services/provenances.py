"""Where releases come from: statements about them are fetched when somebody asks, checked, and the outcome is kept.

No client waits for any of it while it installs.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple, Protocol

import msgspec

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import ConfigError, Invalid, NotFound, UpstreamBad, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.provenance import Attested, Presented, StoredAttestations
from packhouse.domain.release import Artifact, Release
from packhouse.domain.view import View
from packhouse.policy import provenance as policy
from packhouse.services.access import Access
from packhouse.services.further import FurtherDocuments
from packhouse.services.ports import Clock, FurtherStore, StoredFurther
from packhouse.services.project_ports import PackagePlace, RelationStore
from packhouse.services.provenance_ports import TrustRoot
from packhouse.services.routing import Routing

log = logging.getLogger(__name__)

_KEPT_MS = 24 * 3_600_000
_MOST_FILES = 64
"""Files of one release that are looked at."""
_MOST_STATEMENTS = 16
"""Statements about one file that are looked at."""
_MOST_IN_ALL = 128
"""Statements about one release that are looked at: a check takes milliseconds, and the next one waits for it."""
_AT_ONCE = 8
"""Documents that are asked for side by side."""
_RULES = "1"
"""Another one has everything judged anew."""
_OURS = "own:attested"
"""The origin of what came of checking: no upstream's is like it."""
_UNROOTED = "no root of trust is configured"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(StoredAttestations).decode


class ProvenanceStore(FurtherStore, RelationStore, Protocol):
    """Where the outcome is kept, and which repositories it relates."""


class _Document(NamedTuple):
    artifact: Artifact
    origin: str
    url: str
    body: bytes


class Provenances:
    """Answers what is known of where releases come from."""

    def __init__(
        self,
        ecosystem: Ecosystem,
        routing: Routing,
        further: FurtherDocuments,
        store: ProvenanceStore,
        access: Access,
        clock: Clock,
        root: TrustRoot | None,
    ) -> None:
        self._ecosystem = ecosystem
        self._routing = routing
        self._further = further
        self._store = store
        self._access = access
        self._clock = clock
        self._root = root
        self._checking = asyncio.Semaphore(1)
        self._asking = asyncio.Semaphore(_AT_ONCE)

    async def list(self, view: View, key: PackageKey, release: Release) -> Sequence[Attested]:
        """List what is said of a release's files and what is to be believed of it; raise NotFound for who may not see.

        What cannot be had from the upstream is left out.
        """
        files = [each for each in release.artifacts if each.attestations][:_MOST_FILES]
        if not files or self._ecosystem.attestations is None:
            return ()
        await self._access.check_read(view, key)
        origin = await self._origin(view, key)
        basis = await self._basis(files)
        kept = await self._kept(origin, key, release.version)
        if kept is not None and kept.basis == basis and self._clock() < kept.checked_at + _KEPT_MS:
            return kept.attested
        try:
            documents = await self._documents(view, key, files)
        except UpstreamError as error:
            log.info("goes without the attestations of %s %s: %s", key, release.version, error)
            return kept.attested if kept is not None and kept.basis == basis else ()
        async with self._checking:
            attested = await asyncio.to_thread(self._check, key, release, documents)
        await self._keep(origin, key, release.version, StoredAttestations(basis, self._clock(), attested))
        if related := policy.relations(release.version, attested):
            await self._store.write_relations(PackagePlace(documents[0].origin, key), related)
        return attested

    async def known(self, view: View, key: PackageKey, version: str) -> Sequence[Attested]:
        """List what came of it when it was last checked, without asking anybody; raise NotFound as `list`."""
        await self._access.check_read(view, key)
        kept = await self._kept(await self._origin(view, key), key, version)
        return () if kept is None else kept.attested

    async def _origin(self, view: View, key: PackageKey) -> str:
        """Tell under whose name the outcome is kept: another one's release of the same name is another release."""
        if await self._access.is_ours(view, key):
            return view.origin
        upstreams = self._routing.upstreams_of(key)
        return upstreams[0].origin if upstreams else view.origin

    async def _kept(self, origin: str, key: PackageKey, version: str) -> StoredAttestations | None:
        stored = await self._store.find_further(_OURS, FurtherKey(key, f"{origin} {version}"))
        try:
            return None if stored is None else _decode(stored.body)
        except msgspec.MsgspecError:
            return None  # of another edition of this program: it is found out anew

    async def _keep(self, origin: str, key: PackageKey, version: str, found: StoredAttestations) -> None:
        at = Moment(found.checked_at)
        stored = StoredFurther(_encode(found), "", None, None, at, at)
        await self._store.write_further(_OURS, FurtherKey(key, f"{origin} {version}"), stored)

    async def _basis(self, files: Sequence[Artifact]) -> str:
        try:
            root = "" if self._root is None else await asyncio.to_thread(self._root.basis)
        except ConfigError as error:
            root = error.message
        facts = [(each.filename, each.attestations, [str(digest) for digest in each.digests]) for each in files]
        return hashlib.sha256(msgspec.msgpack.encode((_RULES, root, facts))).hexdigest()

    async def _documents(self, view: View, key: PackageKey, files: Sequence[Artifact]) -> Sequence[_Document]:
        """Read the documents in which the statements stand; raise an UpstreamError."""

        async def one(artifact: Artifact) -> _Document | None:
            further = FurtherKey(key, artifact.attestations)
            async with self._asking:
                try:
                    found = await self._further.get(view, further)
                except NotFound:
                    return None
            return _Document(artifact, found.origin, self._address(found.origin, further), found.body)

        return [each for each in await asyncio.gather(*map(one, files)) if each is not None]

    def _address(self, origin: str, further: FurtherKey) -> str:
        """Write where an upstream has a document; empty where it is ours."""
        for registry in self._routing.upstreams_of(further.key):
            if registry.origin == origin and self._ecosystem.further is not None:
                return next(self._ecosystem.further(registry, further))[0].url
        return ""

    def _check(self, key: PackageKey, release: Release, documents: Sequence[_Document]) -> tuple[Attested, ...]:
        found = (
            self._judge(presented, document)
            for document in documents
            for presented in self._presented(key, release, document)[:_MOST_STATEMENTS]
        )
        return tuple(islice(found, _MOST_IN_ALL))

    def _presented(self, key: PackageKey, release: Release, document: _Document) -> Sequence[Presented]:
        read = self._ecosystem.attestations
        try:
            return () if read is None else read.presented(key, release, document.artifact, document.body)
        except (Invalid, UpstreamBad) as error:
            log.warning("cannot read the attestations of %s %s: %s", key, release.version, error)
            return (Presented(document.body[:0], ()),)

    def _judge(self, presented: Presented, document: _Document) -> Attested:
        artifact = document.artifact
        found = policy.read(presented, artifact.filename, document.url, artifact.digests)
        if found.reason:
            return policy.conclude(found, None, found.reason)
        if self._root is None:
            return policy.conclude(found, None, _UNROOTED)
        try:
            if found.signed_file:
                self._root.check_file(presented.bundle, found.signed_file)
                return policy.conclude(found, found.payload, "")
            return policy.conclude(found, self._root(presented.bundle), "")
        except Invalid as error:
            return policy.conclude(found, None, error.message)
        except ConfigError as error:
            log.warning("attestations cannot be checked: %s", error)
            return policy.conclude(found, None, f"it cannot be checked here: {error.message}")
