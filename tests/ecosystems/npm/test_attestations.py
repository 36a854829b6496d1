"""What is believed of an attestation, and what is served of it."""

import hashlib
import json
import lzma
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sigstore
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP192R1,
    SECP384R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.adapters.memory.signing import MemorySigningKeys
from packhouse.domain.errors import ConfigError, Invalid, TooLarge
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm.attestations import (
    PUBLISH,
    attest_publication,
    attestations_document,
    check_provenance,
    dist_attestations,
)
from packhouse.ecosystems.npm.bundles import MAX_BYTES, read_bundle, signed_bytes
from packhouse.services.signing import SigningKeys
from tests.ecosystems.npm.bundling import (
    SLSA,
    bundle,
    certificate,
    encode,
    old_bundle,
    provenance,
    sign,
    statement,
)
from tests.shared import shared_path

NOW = Moment(1_767_225_600_000)
NAME, VERSION = "@farm/apple", "1.2.3"
SHA512 = hashlib.sha512(b"tarball").hexdigest()
_ROOTS = Path(sigstore.__file__).parent / "_store"


def check(text: bytes) -> str:
    return check_provenance(text, NAME, VERSION, SHA512).predicate_type


def test_a_provenance_of_just_this_file_is_kept_as_it_was_given() -> None:
    text = provenance(NAME, VERSION, SHA512)
    kept = check_provenance(text, NAME, VERSION, SHA512)
    assert kept.predicate_type == SLSA
    assert bytes(kept.bundle) == text
    assert not kept.verified


def test_bundles_of_older_versions_are_read_as_well() -> None:
    payload = msgspec.json.encode(statement(NAME, VERSION, SHA512, _type="https://in-toto.io/Statement/v0.1"))
    assert check(msgspec.json.encode(old_bundle(payload))) == SLSA


@pytest.mark.parametrize(
    ("name", "version", "sha512"),
    [
        ("@farm/pear", VERSION, SHA512),
        ("apple", VERSION, SHA512),
        (NAME, "1.2.4", SHA512),
        (NAME, VERSION, hashlib.sha512(b"another").hexdigest()),
        (NAME, VERSION, SHA512.upper()),
    ],
)
def test_a_provenance_of_something_else_is_refused(name: str, version: str, sha512: str) -> None:
    with pytest.raises(Invalid):
        check(provenance(name, version, sha512))


@pytest.mark.parametrize(
    "instead",
    [
        {"subject": []},
        {"subject": statement(NAME, VERSION, SHA512)["subject"] * 2},
        {"subject": [{"name": "pkg:npm/%40farm/apple@1.2.3", "digest": {}}]},
        {"subject": [{"name": "pkg:npm/@farm/apple@1.2.3", "digest": {"sha512": SHA512}}]},
        {"subject": [{"name": "pkg:npm/%40farm/apple@1.2.3", "digest": {"sha256": "00"}}]},
        {"_type": "https://example.com/Statement"},
        {"predicateType": ""},
        {"predicateType": "javascript:alert(1)"},
        {"predicateType": "https://a.example/\n"},
        {"predicateType": PUBLISH},
    ],
)
def test_a_statement_that_is_not_plainly_about_one_file_is_refused(instead: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(provenance(NAME, VERSION, SHA512, **instead))


def _wrong_bundles() -> Iterator[tuple[str, dict[str, Any]]]:
    payload = msgspec.json.encode(statement(NAME, VERSION, SHA512))
    good = bundle(payload)
    envelope, material = good["dsseEnvelope"], good["verificationMaterial"]
    yield "no envelope", {key: value for key, value in good.items() if key != "dsseEnvelope"}
    yield "unknown version", good | {"mediaType": "application/vnd.dev.sigstore.bundle.v9+json"}
    yield "another payload", good | {"dsseEnvelope": envelope | {"payload": encode(payload + b" ")}}
    yield "no signature", good | {"dsseEnvelope": envelope | {"signatures": []}}
    yield "two signatures", good | {"dsseEnvelope": envelope | {"signatures": envelope["signatures"] * 2}}
    yield "another type", good | {"dsseEnvelope": envelope | {"payloadType": "text/plain"}}
    foreign = {"signatures": [{"sig": encode(sign(payload, "text/plain"))}], "payloadType": "text/plain"}
    yield "another type, signed", good | {"dsseEnvelope": envelope | foreign}
    bare = {"signatures": [{"sig": encode(sign(payload)[:-1])}]}
    yield "half a signature", good | {"dsseEnvelope": envelope | bare}
    yield "no certificate", good | {"verificationMaterial": {"publicKey": {"hint": "x"}}}
    yield "no material", good | {"verificationMaterial": {}}
    yield "empty chain", good | {"verificationMaterial": {"x509CertificateChain": {"certificates": []}}}
    chain = {"x509CertificateChain": {"certificates": [material["certificate"]]}}
    yield "two certificates", good | {"verificationMaterial": material | chain}
    other = {"certificate": {"rawBytes": encode(certificate(generate_private_key(SECP384R1())))}}
    yield "another's certificate", good | {"verificationMaterial": material | other}
    yield "no real certificate", good | {"verificationMaterial": {"certificate": {"rawBytes": encode(b"x")}}}
    yield "not base64", good | {"dsseEnvelope": envelope | {"payload": "***"}}
    # Readers of protocol buffers take both spellings of a name.
    yield "a second envelope", good | {"dsse_envelope": envelope}
    yield "a message as well", good | {"messageSignature": {"signature": encode(b"x")}}


@pytest.mark.parametrize("wrong", [pytest.param(value, id=name) for name, value in _wrong_bundles()])
def test_a_bundle_whose_signature_does_not_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(msgspec.json.encode(wrong))


def test_a_name_that_stands_twice_is_refused_wherever_it_stands() -> None:
    text = provenance(NAME, VERSION, SHA512)
    for twice in (b'"mediaType":"x","mediaType"', b'"media\\u0054ype":"x","mediaType"'):
        with pytest.raises(Invalid, match="twice"):
            check(text.replace(b'"mediaType"', twice, 1))
    payload = msgspec.json.encode(statement(NAME, VERSION, SHA512)).replace(b'"subject"', b'"subject":[],"subject"', 1)
    with pytest.raises(Invalid, match="twice"):
        check(msgspec.json.encode(bundle(payload)))


def test_a_bundle_has_a_size() -> None:
    with pytest.raises(TooLarge):
        check(b" " * (MAX_BYTES + 1))
    for bomb in (b"[" * 900_000, b'{"a":' * 150_000, b"9" * 900_000, b'{"mediaType":NaN}', b"\xff\xfe"):
        with pytest.raises(Invalid):
            check(bomb)


_SENT = provenance(NAME, VERSION, SHA512)
"""Made once: a signature may have another length each time."""


@given(st.data())
def test_whatever_is_sent_only_invalid_comes_out(data: st.DataObject) -> None:
    text = bytearray(_SENT)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        kept = check_provenance(bytes(text), NAME, VERSION, SHA512)
    except Invalid:
        return
    # Where something was changed that is not signed, it is still JSON that can be served.
    document = json.loads(msgspec.json.encode(attestations_document([kept])))
    assert document["attestations"][0]["predicateType"] == SLSA


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"_type":7}', b'{"_type":"\\ud800"}'])
def test_what_is_signed_must_be_a_statement(payload: bytes) -> None:
    with pytest.raises(Invalid):
        check(msgspec.json.encode(bundle(payload)))


@pytest.mark.parametrize("key", [Ed25519PrivateKey.generate(), generate_private_key(SECP192R1())])
def test_a_certificate_of_an_unknown_kind_is_refused(key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> None:
    made = bundle(msgspec.json.encode(statement(NAME, VERSION, SHA512)))
    made["verificationMaterial"]["certificate"]["rawBytes"] = encode(certificate(key))
    with pytest.raises(Invalid, match="curve"):
        check(msgspec.json.encode(made))


def test_a_certificate_of_a_larger_curve_signs_with_its_own_hash() -> None:
    key = generate_private_key(SECP384R1())
    payload = msgspec.json.encode(statement(NAME, VERSION, SHA512))
    made = bundle(payload)
    made["verificationMaterial"]["certificate"]["rawBytes"] = encode(certificate(key))
    signature = key.sign(signed_bytes("application/vnd.in-toto+json", payload), ECDSA(SHA384()))
    made["dsseEnvelope"]["signatures"][0]["sig"] = encode(signature)
    assert check(msgspec.json.encode(made)) == SLSA


def test_the_document_holds_the_bundles_in_their_own_bytes() -> None:
    text = provenance(NAME, VERSION, SHA512)
    kept = check_provenance(text, NAME, VERSION, SHA512)
    document = msgspec.json.encode(attestations_document([kept]))
    assert document == b'{"attestations":[{"predicateType":"%b","bundle":%b}]}' % (SLSA.encode(), text)


def test_a_manifest_says_where_the_attestations_are() -> None:
    kept = check_provenance(provenance(NAME, VERSION, SHA512), NAME, VERSION, SHA512)
    said = dist_attestations(NAME, VERSION, [kept])
    assert msgspec.to_builtins(said) == {
        "url": "\0/-/npm/v1/attestations/@farm%2fapple@1.2.3",
        "provenance": {"predicateType": SLSA},
    }
    assert dist_attestations(NAME, VERSION, []) is None


@pytest.mark.anyio
async def test_the_server_attests_what_it_published_with_its_own_key() -> None:
    keys = SigningKeys(MemorySigningKeys())
    kept = await attest_publication(keys, NAME, VERSION, SHA512, "https://packhouse.example/npm", NOW)
    made = json.loads(bytes(kept.bundle))
    envelope = made["dsseEnvelope"]
    (signature,) = envelope["signatures"]
    (public,) = await keys.public()
    assert signature["keyid"] == made["verificationMaterial"]["publicKey"]["hint"] == public.keyid
    payload = msgspec.json.decode(envelope["payload"].encode().join((b'"', b'"')), type=bytes)
    key = load_der_public_key(public.der)
    assert isinstance(key, EllipticCurvePublicKey)
    key.verify(
        msgspec.json.decode(f'"{signature["sig"]}"', type=bytes),
        signed_bytes(envelope["payloadType"], payload),
        ECDSA(SHA256()),
    )
    said = json.loads(payload)
    assert said["predicateType"] == kept.predicate_type == PUBLISH
    assert said["subject"] == [{"name": "pkg:npm/%40farm/apple@1.2.3", "digest": {"sha512": SHA512}}]
    assert said["predicate"] == {"name": NAME, "version": VERSION, "registry": "https://packhouse.example/npm"}


def _real(suffix: str) -> dict[str, bytes]:
    path = shared_path("data", "fixtures", "pypi-attestations-assets.tar.xz")
    with lzma.open(path) as raw, tarfile.open(fileobj=raw) as archive:
        files = [member for member in archive if member.name.endswith(suffix)]
        return {Path(member.name).name: archive.extractfile(member).read() for member in files}  # type: ignore[union-attr]


def _root(host: str) -> SigstoreRoot:
    (path,) = _ROOTS.glob(f"*{host}/trusted_root.json")
    return SigstoreRoot(path)


def test_real_bundles_are_traced_to_the_root_that_signed_them_and_to_no_other() -> None:
    production, staging = _root("sigstore.dev"), _root("sigstage.dev")
    bundles = _real(".sigstore")
    assert len(bundles) == 2
    for filename, text in bundles.items():
        mine, other = (staging, production) if filename.startswith("rfc8785") else (production, staging)
        payload = read_bundle(text).payload
        assert json.loads(payload)["subject"][0]["name"] == filename.removesuffix(".sigstore")
        assert mine(text) == payload
        with pytest.raises(Invalid, match="trusted root"):
            other(text)
        # It is a good bundle, and about another ecosystem's file.
        with pytest.raises(Invalid, match="not about"):
            check_provenance(text, NAME, VERSION, SHA512, mine)


def test_a_change_of_one_character_anywhere_in_a_real_bundle_is_noticed_or_harmless() -> None:
    text = next(value for name, value in _real(".sigstore").items() if name.startswith("rfc8785"))
    trust = _root("sigstage.dev")
    said = read_bundle(text).payload
    believed = 0
    for at in range(0, len(text), 97):
        changed = text[:at] + (b"A" if text[at : at + 1] != b"A" else b"B") + text[at + 1 :]
        try:
            assert read_bundle(changed).payload == said
            assert trust(changed) == said
        except Invalid:
            continue
        believed += 1
    # What is not signed and not needed, e.g. the number of the entry in the log.
    assert believed < 5


def test_a_certificate_that_nobody_vouches_for_is_not_believed_where_there_is_a_root() -> None:
    text = provenance(NAME, VERSION, SHA512)
    with pytest.raises(Invalid, match="trusted root"):
        check_provenance(text, NAME, VERSION, SHA512, _root("sigstore.dev"))


def test_what_the_root_vouches_for_must_be_what_was_read() -> None:
    text = provenance(NAME, VERSION, SHA512)
    with pytest.raises(Invalid, match="two ways"):
        check_provenance(text, NAME, VERSION, SHA512, lambda _: b"{}")
    payload = read_bundle(text).payload
    assert check_provenance(text, NAME, VERSION, SHA512, lambda _: payload).verified


def test_without_the_library_a_root_of_trust_is_the_operators_mistake(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "sigstore.errors", None)
    with pytest.raises(ConfigError, match="needs the package sigstore"):
        SigstoreRoot(tmp_path / "trusted_root.json")(b"{}")


def test_a_file_that_is_no_root_of_trust_is_the_operators_mistake(tmp_path: Path) -> None:
    path = tmp_path / "trusted_root.json"
    for content in (b"", b"{}", b"[]"):
        path.write_bytes(content)
        with pytest.raises(ConfigError):
            SigstoreRoot(path)(b"{}")
    with pytest.raises(ConfigError):
        SigstoreRoot(tmp_path / "missing.json")(b"{}")
