"""The door at which `audit signatures` knocks: the keys, and the attestations of a release."""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.signatures import KeysDocument, join_keys, keys_document, read_keys
from packhouse.ecosystems.npm.versions import parse_version
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.signing import SigningKeys

KEYS = "keys"
"""The further document of the registry itself: the keys of the upstream, in its own bytes."""
_REVALIDATE = "private, max-age=0, must-revalidate"

ReadFurther = Callable[[View, PackageKey, str], Awaitable[bytes | None]]
"""Reads a document beside an index; None if there is none, or none that this view may see."""


def attestations_path(version: str) -> str:
    """Name the further document that holds the attestations of a release."""
    return f"attestations/{version}"


class Signatures:
    """The handlers."""

    def __init__(self, services: Services, keys: SigningKeys, read_further: ReadFurther) -> None:
        self._services = services
        self._keys = keys
        self._read_further = read_further

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/npm/v1/keys", GET=self.keys),
            route("-/npm/v1/attestations/{release}", GET=self.attestations),
        ]

    async def keys(self, request: Request) -> Answer:
        """List our keys and the upstream's, since releases of both are served here."""
        own = keys_document(await self._keys.public())
        registry = PackageKey(self._services.ecosystem.key, NormalName(""))
        theirs = await self._read_further(request.view, registry, KEYS)
        return _compared(msgspec.json.encode(join_keys(own, KeysDocument(()) if theirs is None else read_keys(theirs))))

    async def attestations(self, request: Request, release: str) -> Answer:
        """Answer with the attestations of `name@version`, as they were given."""
        raw, at, version = release.rpartition("@")
        if not at or not raw:
            raise Invalid("attestations are those of a release", "ask for name@version")
        key = PackageKey(self._services.ecosystem.key, parse_name(raw))
        # Only what is a version may become a part of a document's name.
        parse_version(version)
        document = await self._read_further(request.view, key, attestations_path(version))
        if document is None:
            raise NotFound(f"{key} has no attestations of {version}")
        return _compared(document)


def _compared(body: bytes) -> Answer:
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Answer(body=body, etag=f'"{tag}"', cache_control=_REVALIDATE, vary="Authorization")
