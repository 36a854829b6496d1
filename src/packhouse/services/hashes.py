"""Which files have a digest: found by an index, then read and checked as whoever asks may see them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.digest import Digest
from packhouse.domain.errors import NotFound, NotSignedIn, Refused, UpstreamError
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact
from packhouse.domain.view import View
from packhouse.services.ports import StoredArtifact
from packhouse.services.records import Records


class DigestPlace(Struct, frozen=True, order=True):
    """A release that may have a file with a digest."""

    origin: str
    key: PackageKey
    version: str


class DigestIndex(Protocol):
    """Where digests are looked up; what is found may be out of date, and has to be checked."""

    async def find_digest(self, digest: Digest, limit: int) -> Sequence[DigestPlace]:
        """List releases that may have a file with a digest."""

    async def find_artifact(self, origin: str, key: PackageKey, filename: str) -> StoredArtifact | None:
        """Look a stored file up."""


class DigestHit(Struct, frozen=True):
    """A file with the digest that was asked for."""

    key: PackageKey
    version: str
    artifact: Artifact


class Hashes:
    """Finds files by what they hash to, in every ecosystem."""

    def __init__(self, index: DigestIndex, records: Mapping[str, Records]) -> None:
        """Take who reads the records of each ecosystem."""
        self._index = index
        self._records = records

    async def find(self, view: View, digest: Digest, limit: int) -> Sequence[DigestHit]:
        """List files with a digest, by package, of those that the asker may see."""
        hits: dict[tuple[PackageKey, str, str], DigestHit] = {}
        for place in sorted(await self._index.find_digest(digest, limit)):
            if place.origin.startswith("hosted:") and place.origin != view.origin:
                continue
            for artifact in await self._files(view, place, digest):
                hits[place.key, place.version, artifact.filename] = DigestHit(place.key, place.version, artifact)
        return list(hits.values())

    async def _files(self, view: View, place: DigestPlace, digest: Digest) -> Sequence[Artifact]:
        records = self._records.get(place.key.ecosystem)
        if records is None:
            return ()
        try:
            record = await records.get(view, place.key, "known")
        except (NotFound, NotSignedIn, Refused, UpstreamError):
            return ()
        release = record.find(place.version)
        if release is None:
            return ()
        return [each for each in release.artifacts if await self._has(place, each, digest)]

    async def _has(self, place: DigestPlace, artifact: Artifact, digest: Digest) -> bool:
        """Tell whether a file has a digest: the index of its package says so, or we have hashed it ourselves."""
        if digest in artifact.digests:
            return True
        if any(each.algorithm == digest.algorithm for each in artifact.digests):
            return False
        stored = await self._index.find_artifact(place.origin, place.key, artifact.filename)
        return stored is not None and digest in stored.digests
