"""Sigstore bundles: a signed statement, and with what it was signed.

https://github.com/sigstore/protobuf-specs (bundle 0.1 to 0.3), https://github.com/secure-systems-lab/dsse (envelope).
A bundle is read twice: once to be certain that no name stands in it twice, and nothing in it is unknown here, since
another reader might believe that instead.
"""

import binascii
import json

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid, TooLarge

MAX_BYTES = 1 << 20
"""Real ones have 5 to 30 KB."""
STATEMENT_TYPE = "application/vnd.in-toto+json"
MEDIA_TYPES = frozenset(
    {
        "application/vnd.dev.sigstore.bundle+json;version=0.1",
        "application/vnd.dev.sigstore.bundle+json;version=0.2",
        "application/vnd.dev.sigstore.bundle+json;version=0.3",
        "application/vnd.dev.sigstore.bundle.v0.3+json",
    }
)


class Bundle(Struct, frozen=True):
    """What a bundle says, once it is certain that its certificate's key signed it."""

    payload: bytes
    """The statement, as it was signed."""
    certificate: bytes
    """X.509, DER, of who signed; nothing is known of who issued it."""


class _Signature(Struct, forbid_unknown_fields=True):
    sig: str
    keyid: str = ""


class _Envelope(Struct, forbid_unknown_fields=True):
    payload: str
    payloadType: str  # noqa: N815 (wire)
    signatures: list[_Signature]


class _Certificate(Struct, forbid_unknown_fields=True):
    rawBytes: str  # noqa: N815 (wire)


class _Chain(Struct, forbid_unknown_fields=True):
    certificates: list[_Certificate]


class _Material(Struct, forbid_unknown_fields=True):
    certificate: _Certificate | None = None
    x509CertificateChain: _Chain | None = None  # noqa: N815 (wire)
    tlogEntries: list[Raw] | None = None  # noqa: N815 (wire)
    timestampVerificationData: Raw = Raw(b"null")  # noqa: N815 (wire)


class _Bundle(Struct, forbid_unknown_fields=True):
    mediaType: str  # noqa: N815 (wire)
    verificationMaterial: _Material  # noqa: N815 (wire)
    dsseEnvelope: _Envelope  # noqa: N815 (wire)


_decode_bundle = msgspec.json.Decoder(_Bundle).decode


def read_bundle(text: bytes) -> Bundle:
    """Read a bundle with a certificate and check its signature; raise Invalid or TooLarge."""
    if len(text) > MAX_BYTES:
        raise TooLarge(f"an attestation may have {MAX_BYTES} bytes")
    check_unambiguous(text)
    try:
        wire = _decode_bundle(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the attestation is no bundle: {error}") from error
    if wire.mediaType not in MEDIA_TYPES:
        raise Invalid(f"the attestation is a bundle of an unknown kind: {wire.mediaType[:100]!r}")
    envelope = wire.dsseEnvelope
    if envelope.payloadType != STATEMENT_TYPE or len(envelope.signatures) != 1:
        raise Invalid("the attestation is no in-toto statement with one signature")
    certificate = _decode_base64(_leaf(wire.verificationMaterial).rawBytes, "certificate")
    payload = _decode_base64(envelope.payload, "payload")
    signature = _decode_base64(envelope.signatures[0].sig, "signature")
    _check_signature(certificate, signature, signed_bytes(envelope.payloadType, payload))
    return Bundle(payload, certificate)


def signed_bytes(payload_type: str, payload: bytes) -> bytes:
    """Write what the signature of an envelope is of (DSSE protocol, "Signature Definition")."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def check_unambiguous(text: bytes) -> None:
    """Raise Invalid for what two readers of JSON may read differently."""
    try:
        json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the attestation is not plain JSON: {error}") from error


def _unique(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name stands twice in one object")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _leaf(material: _Material) -> _Certificate:
    """Find the certificate: alone since bundle 0.3, before that as the first of its chain."""
    chain = material.x509CertificateChain
    if material.certificate is not None and chain is None:
        return material.certificate
    if material.certificate is None and chain is not None and chain.certificates:
        return chain.certificates[0]
    raise Invalid("the attestation does not have one certificate", "attestations signed with a bare key are not taken")


def _decode_base64(text: str, what: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Invalid(f"the {what} of the attestation is not base64") from None


def _check_signature(certificate: bytes, signature: bytes, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415 (start-up time)
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512  # noqa: PLC0415
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415

    try:
        key = load_der_x509_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid("the certificate of the attestation cannot be read") from error
    # The hash that goes with each curve (sigstore's registry of algorithms).
    hashes = {256: SHA256(), 384: SHA384(), 521: SHA512()}
    if not isinstance(key, EllipticCurvePublicKey) or key.key_size not in hashes:
        raise Invalid("the certificate of the attestation is not of a curve that is known here")
    try:
        key.verify(signature, signed, ECDSA(hashes[key.key_size]))
    except InvalidSignature:
        raise Invalid("the signature of the attestation is not that of its certificate") from None
