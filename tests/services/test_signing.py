"""What the keys of this server promise."""

import subprocess
import sys

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key

from packhouse.adapters.memory.signing import MemorySigningKeys
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import Moment
from packhouse.services.ports import StoredSigningKey
from packhouse.services.signing import OVERLAP_MS, PublicKey, Signature, SigningKeys, name_key

pytestmark = pytest.mark.anyio

NOW = Moment(1_767_225_600_000)


def verify(keys: list[PublicKey], signature: Signature, text: bytes) -> None:
    """Check a signature as a stranger would, who has the public keys only."""
    key = next(key for key in keys if key.keyid == signature.keyid)
    loaded = load_der_public_key(key.der)
    assert isinstance(loaded, EllipticCurvePublicKey)
    assert loaded.curve.name == "secp256r1"
    loaded.verify(signature.value, text, ECDSA(SHA256()))


async def test_a_key_is_made_when_something_is_first_signed() -> None:
    keys = SigningKeys(MemorySigningKeys())
    assert list(await keys.public()) == []
    signature = await keys.sign(b"text", NOW)
    public = list(await keys.public())
    assert [key.keyid for key in public] == [signature.keyid]
    assert public[0].expires_at is None
    assert public[0].keyid == name_key(public[0].der)
    verify(public, signature, b"text")
    with pytest.raises(InvalidSignature):
        verify(public, signature, b"text.")


async def test_a_key_outlives_the_process() -> None:
    store = MemorySigningKeys()
    first = await SigningKeys(store).sign(b"text", NOW)
    again = await SigningKeys(store).sign(b"text", Moment(NOW + 10_000_000))
    assert first.keyid == again.keyid


async def test_after_a_rotation_the_old_key_ends_and_what_it_signed_stays_good() -> None:
    keys = SigningKeys(MemorySigningKeys())
    before = await keys.sign(b"old", NOW)
    later = Moment(NOW + 1_000)
    fresh = await keys.rotate(later)
    after = await keys.sign(b"new", later)
    assert after.keyid == fresh.keyid != before.keyid
    public = list(await keys.public())
    assert [(key.keyid, key.expires_at) for key in public] == [
        (before.keyid, later + OVERLAP_MS),
        (after.keyid, None),
    ]
    verify(public, before, b"old")
    verify(public, after, b"new")


async def test_a_second_rotation_leaves_the_first_end_as_it_was() -> None:
    keys = SigningKeys(MemorySigningKeys())
    await keys.active(NOW)
    await keys.rotate(Moment(NOW + 1_000))
    await keys.rotate(Moment(NOW + 500_000))
    ends = [key.expires_at for key in await keys.public()]
    assert ends == [NOW + 1_000 + OVERLAP_MS, NOW + 500_000 + OVERLAP_MS, None]


async def test_another_process_never_signs_what_its_key_is_too_old_for() -> None:
    store = MemorySigningKeys()
    here, there = SigningKeys(store), SigningKeys(store)
    await there.sign(b"warm", NOW)
    await here.rotate(Moment(NOW + 1))
    for waited_ms in range(1, 200_000, 1_777):
        now = Moment(NOW + 1 + waited_ms)
        signature = await there.sign(b"text", now)
        key = next(key for key in await there.public() if key.keyid == signature.keyid)
        assert key.expires_at is None or now < key.expires_at


async def test_two_processes_that_make_the_first_key_at_once_are_both_believed() -> None:
    store = MemorySigningKeys()
    here, there = SigningKeys(store), SigningKeys(store)
    one, other = _Blind(store), _Blind(store)
    first = await SigningKeys(one).sign(b"a", NOW)
    second = await SigningKeys(other).sign(b"b", NOW)
    assert first.keyid != second.keyid
    public = list(await here.public())
    verify(public, first, b"a")
    verify(public, second, b"b")
    later = Moment(NOW + 100_000)
    assert await here.active(later) == await there.active(later)


async def test_a_private_key_is_in_no_repr() -> None:
    store = MemorySigningKeys()
    await SigningKeys(store).active(NOW)
    (key,) = await store.list_signing_keys()
    for text in (repr(key), str(key), repr([key]), f"{key!r}", repr({"key": key})):
        assert "private" not in text
        assert repr(key.private_key)[2:-1] not in text


_OTHER_KIND = Ed25519PrivateKey.generate().private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("private_key", [b"", b"not a key", _OTHER_KIND], ids=["empty", "text", "another kind"])
async def test_a_key_that_cannot_be_read_is_damage_that_says_what_to_do(private_key: bytes) -> None:
    store = MemorySigningKeys()
    await store.write_signing_key(StoredSigningKey("SHA256:x", private_key, b"", NOW))
    keys = SigningKeys(store)
    with pytest.raises(StorageDamaged, match="rotate"):
        await keys.sign(b"text", NOW)
    fresh = await keys.rotate(Moment(NOW + 1))
    assert (await keys.sign(b"text", Moment(NOW + 2))).keyid == fresh.keyid


def test_cryptography_is_imported_only_to_sign() -> None:
    code = (
        "import sys, packhouse.services.signing, packhouse.ecosystems.npm.signatures;"
        "sys.exit(any(name.split('.')[0] == 'cryptography' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


class _Blind(MemorySigningKeys):
    """Shows no key before it has written one: as when two processes look at the same moment."""

    def __init__(self, store: MemorySigningKeys) -> None:
        super().__init__()
        self._behind = store

    async def write_signing_key(self, key: StoredSigningKey) -> None:
        """Write to the store that both share."""
        await self._behind.write_signing_key(key)
        await super().write_signing_key(key)
