"""Makes bundles as a build service would, with a certificate that nobody vouches for."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

SLSA = "https://slsa.dev/provenance/v1"
_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(key: ec.EllipticCurvePrivateKey | Ed25519PrivateKey) -> bytes:
    """Issue a certificate to oneself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "builder.example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(minutes=10))
    return builder.sign(key, SHA256() if isinstance(key, ec.EllipticCurvePrivateKey) else None).public_bytes(
        Encoding.DER
    )


_CERTIFICATE = certificate(_KEY)


def statement(name: str, version: str, sha512: str, **instead: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Say how a release was built."""
    purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": purl, "digest": {"sha512": sha512}}],
        "predicateType": SLSA,
        "predicate": {"buildDefinition": {}},
    } | instead


def sign(payload: bytes, kind: str = "application/vnd.in-toto+json") -> bytes:
    """Sign an envelope's content."""
    text = f"DSSEv1 {len(kind)} {kind} {len(payload)} ".encode() + payload
    return _KEY.sign(text, ec.ECDSA(SHA256()))


def bundle(payload: bytes, **instead: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make a bundle of version 0.3."""
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"certificate": {"rawBytes": encode(_CERTIFICATE)}, "tlogEntries": [{"logIndex": "1"}]},
        "dsseEnvelope": {
            "payload": encode(payload),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": encode(sign(payload)), "keyid": ""}],
        },
    } | instead


def old_bundle(payload: bytes) -> dict[str, Any]:
    """Make a bundle of version 0.1."""
    material = {"x509CertificateChain": {"certificates": [{"rawBytes": encode(_CERTIFICATE)}]}, "tlogEntries": []}
    kind = "application/vnd.dev.sigstore.bundle+json;version=0.1"
    return bundle(payload, mediaType=kind, verificationMaterial=material)


def provenance(name: str, version: str, sha512: str, **instead: Any) -> bytes:  # noqa: ANN401 (any JSON)
    """Make the whole attachment."""
    return msgspec.json.encode(bundle(msgspec.json.encode(statement(name, version, sha512, **instead))))


def encode(value: bytes) -> str:
    """Write bytes as base64."""
    return base64.b64encode(value).decode()
