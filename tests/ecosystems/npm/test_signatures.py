"""What signatures of releases promise."""

import base64
import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from packhouse.adapters.memory.signing import MemorySigningKeys
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.signatures import keys_document, sign_release, signed_text
from packhouse.services.signing import SigningKeys

NOW = Moment(1_767_225_600_000)
INTEGRITY = "sha512-" + base64.b64encode(hashlib.sha512(b"tarball").digest()).decode()


@pytest.mark.anyio
async def test_a_signature_is_of_name_version_and_integrity() -> None:
    keys = SigningKeys(MemorySigningKeys())
    (signature,) = await sign_release(keys, "@farm/apple", "1.2.3", INTEGRITY, NOW)
    document = msgspec.json.decode(msgspec.json.encode(keys_document(await keys.public())))
    (entry,) = document["keys"]
    assert entry | {"keyid": "", "key": ""} == {
        "expires": None,
        "keyid": "",
        "keytype": "ecdsa-sha2-nistp256",
        "scheme": "ecdsa-sha2-nistp256",
        "key": "",
    }
    assert signature.keyid == entry["keyid"]
    key = load_der_public_key(base64.b64decode(entry["key"]))
    assert isinstance(key, EllipticCurvePublicKey)
    text = f"@farm/apple@1.2.3:{INTEGRITY}".encode()
    key.verify(base64.b64decode(signature.sig), text, ECDSA(SHA256()))


@pytest.mark.anyio
async def test_after_a_rotation_the_document_says_when_the_old_key_ended() -> None:
    keys = SigningKeys(MemorySigningKeys())
    await keys.active(NOW)
    await keys.rotate(Moment(NOW + 1_500))
    document = keys_document(await keys.public())
    assert [entry.expires for entry in document.keys] == ["2026-01-01T00:01:01.500Z", None]


@pytest.mark.parametrize(
    "integrity",
    [
        "",
        "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=",
        f"{INTEGRITY} {INTEGRITY}",
        f"{INTEGRITY}?option",
        f"{INTEGRITY}\n",
        INTEGRITY[:-2],
    ],
)
def test_only_one_whole_sha512_is_signed(integrity: str) -> None:
    with pytest.raises(Invalid):
        signed_text("apple", "1.0.0", integrity)


def test_only_ascii_is_signed() -> None:
    with pytest.raises(Invalid):
        signed_text("äpfel", "1.0.0", INTEGRITY)
