"""The keys with which this server signs what is published on it.

ECDSA on P-256 with SHA-256, the one kind that every client of signed registries checks. A key is made when something
is first signed. After a rotation the old key stays known with the moment at which it ended: what was published before
that stays good, and nothing has to be signed anew.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import Moment
from packhouse.services.ports import SigningKeyStore, StoredSigningKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

OVERLAP_MS = 60_000
"""How long an old key stays good after a rotation: a release may have been signed but not yet dated."""

_REMEMBERED_MS = 20_000
"""How long another process' rotation may go unnoticed; shorter than the overlap, so that nothing breaks by it."""


class PublicKey(Struct, frozen=True):
    """What anyone may know of a key."""

    keyid: str
    der: bytes
    """SubjectPublicKeyInfo."""
    expires_at: Moment | None
    """What is published from then on must not be signed with it."""


class Signature(Struct, frozen=True):
    """What one key says of some bytes."""

    keyid: str
    value: bytes
    """ECDSA-Sig-Value, DER (RFC 3279 section 2.2.3)."""


class SigningKeys:
    """Makes, keeps, rotates and uses the keys of this server."""

    def __init__(self, store: SigningKeyStore) -> None:
        self._store = store
        self._active: StoredSigningKey | None = None
        self._read_at = Moment(0)
        self._loaded: tuple[str, EllipticCurvePrivateKey] | None = None

    async def active(self, now: Moment) -> PublicKey:
        """Tell with which key is signed now; make the first one if there is none."""
        return _public(await self._find_active(now))

    async def sign(self, text: bytes, now: Moment) -> Signature:
        """Sign some bytes; `now` must be the moment at which they count as published, or just before it."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415 (start-up time)
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

        key = await self._find_active(now)
        return Signature(key.keyid, self._load(key).sign(text, ECDSA(SHA256())))

    async def rotate(self, now: Moment) -> PublicKey:
        """Sign with a new key from now on; the old ones end shortly."""
        # The new one is written first: if only that succeeds, both are good, and the newer one is used.
        older = await self._store.list_signing_keys()
        fresh = _generate(now)
        await self._store.write_signing_key(fresh)
        ends_at = Moment(now + OVERLAP_MS)
        for key in older:
            if key.expires_at is None or key.expires_at > ends_at:
                await self._store.write_signing_key(msgspec.structs.replace(key, expires_at=ends_at))
        self._remember(fresh, now)
        return _public(fresh)

    async def public(self) -> Sequence[PublicKey]:
        """List every key that ever signed, oldest first."""
        return [_public(key) for key in await self._store.list_signing_keys()]

    async def _find_active(self, now: Moment) -> StoredSigningKey:
        known = self._active
        if known is not None and 0 <= now - self._read_at < _REMEMBERED_MS:
            return known
        key = _newest(await self._store.list_signing_keys(), now)
        if key is None:
            # Another process may do the same at this moment: then there are two, and both are published.
            key = _generate(now)
            await self._store.write_signing_key(key)
        self._remember(key, now)
        return key

    def _remember(self, key: StoredSigningKey, now: Moment) -> None:
        self._active, self._read_at = key, now

    def _load(self, key: StoredSigningKey) -> "EllipticCurvePrivateKey":
        """Read a private key once: that takes longer than to sign with it."""
        if self._loaded is None or self._loaded[0] != key.keyid:
            self._loaded = (key.keyid, _read_private(key.private_key))
        return self._loaded[1]


def name_key(der: bytes) -> str:
    """Make the id of a public key: the SHA-256 of its SubjectPublicKeyInfo."""
    return f"SHA256:{base64.b64encode(hashlib.sha256(der).digest()).decode()}"


def _newest(keys: Sequence[StoredSigningKey], now: Moment) -> StoredSigningKey | None:
    """Choose the newest key that will still be good when what is signed now has been dated."""
    good = (key for key in keys if key.expires_at is None or key.expires_at - OVERLAP_MS > now)
    return max(good, key=lambda key: (key.created_at, key.keyid), default=None)


def _generate(now: Moment) -> StoredSigningKey:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 (start-up time)
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    private = ec.generate_private_key(ec.SECP256R1())
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    secret = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return StoredSigningKey(name_key(der), secret, der, now)


def _read_private(der: bytes) -> "EllipticCurvePrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey  # noqa: PLC0415 (start-up time)
    from cryptography.hazmat.primitives.serialization import load_der_private_key  # noqa: PLC0415

    try:
        key = load_der_private_key(der, password=None)
    except ValueError as error:
        raise StorageDamaged("the key that signs releases cannot be read", "rotate the signing key") from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise StorageDamaged("the key that signs releases is of another kind", "rotate the signing key")
    return key


def _public(key: StoredSigningKey) -> PublicKey:
    return PublicKey(key.keyid, key.public_key, key.expires_at)
