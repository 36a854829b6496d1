"""What a bundle of sigstore holds: a signed in-toto statement, or the signature of a file, and who signed it.

https://github.com/sigstore/protobuf-specs (bundles), https://github.com/in-toto/attestation (statements). Nothing is
checked here but the form; a name that stands twice is refused, since another reader may believe the other one.
"""

import binascii
import json
from typing import Any

import msgspec
from msgspec import Struct

MAX_BYTES = 1 << 20
"""Real ones have 5 to 30 KB."""
STATEMENT_TYPE = "application/vnd.in-toto+json"
_STATEMENTS = ("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1")
_MAX_SUBJECTS = 100
_MAX_TEXT = 2000
_SHA256_BYTES = 32


class Unreadable(ValueError):
    """Something that has not the form of a bundle; its text says what is wrong."""


class Envelope(Struct, frozen=True):
    """The two parts of a bundle that are read."""

    payload: bytes
    """The statement, as it was signed; empty where a file was signed."""
    certificate: bytes
    """X.509, DER; empty where it was signed with a bare key."""
    signed_file: str = ""
    """The SHA-256 of the file that was signed, in hexadecimal; empty where a statement was signed."""


class StatementSubject(Struct, frozen=True):
    """One thing that a statement is about."""

    name: str
    digest: dict[str, str]


class Statement(Struct, frozen=True):
    """What is said, and of what."""

    predicate_type: str
    subjects: tuple[StatementSubject, ...]
    predicate: Any
    """JSON."""


class _Signature(Struct):
    sig: str


class _Envelope(Struct):
    payload: str
    payloadType: str  # noqa: N815 (wire)
    signatures: list[_Signature]


class _Certificate(Struct):
    rawBytes: str  # noqa: N815 (wire)


class _Chain(Struct):
    certificates: list[_Certificate]


class _Material(Struct):
    certificate: _Certificate | None = None
    x509CertificateChain: _Chain | None = None  # noqa: N815 (wire)
    publicKey: dict[str, Any] | None = None  # noqa: N815 (wire)


class _Digest(Struct):
    algorithm: str
    digest: str


class _Message(Struct):
    messageDigest: _Digest  # noqa: N815 (wire)
    signature: str


class _Bundle(Struct):
    verificationMaterial: _Material  # noqa: N815 (wire)
    dsseEnvelope: _Envelope | None = None  # noqa: N815 (wire)
    messageSignature: _Message | None = None  # noqa: N815 (wire)


class _Subject(Struct):
    digest: dict[str, str]
    name: str = ""


class _Statement(Struct):
    subject: list[_Subject]
    predicateType: str  # noqa: N815 (wire)
    type: str = msgspec.field(name="_type")
    predicate: Any = None


_decode_bundle = msgspec.json.Decoder(_Bundle).decode
_decode_statement = msgspec.json.Decoder(_Statement).decode


def read_envelope(text: bytes) -> Envelope:
    """Find statement and certificate in a bundle; raise Unreadable."""
    if len(text) > MAX_BYTES:
        raise Unreadable(f"it has more than {MAX_BYTES} bytes")
    _check_unique(text)
    try:
        wire = _decode_bundle(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"it is no bundle with a statement: {error}") from error
    envelope, message = wire.dsseEnvelope, wire.messageSignature
    if (envelope is None) is (message is None):
        raise Unreadable("it has not just one thing that is signed")
    if message is not None:
        return _file(message, _certificate(wire.verificationMaterial))
    assert envelope is not None  # noqa: S101 (one of both is there)
    if envelope.payloadType != STATEMENT_TYPE or len(envelope.signatures) != 1:
        raise Unreadable("it is no in-toto statement with one signature")
    return Envelope(_base64(envelope.payload), _certificate(wire.verificationMaterial))


def read_statement(payload: bytes) -> Statement:
    """Read what was signed; raise Unreadable."""
    _check_unique(payload)
    try:
        # Read once more: this takes no halves of characters.
        read = _decode_statement(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"what was signed is no statement: {error}") from error
    if read.type not in _STATEMENTS:
        raise Unreadable("what was signed is no in-toto statement")
    if not read.predicateType.startswith(("https://", "http://")) or len(read.predicateType) > _MAX_TEXT:
        raise Unreadable("the statement does not tell by an address what kind of thing it says")
    if not 0 < len(read.subject) <= _MAX_SUBJECTS:
        raise Unreadable(f"the statement is about {len(read.subject)} things")
    subjects = tuple(StatementSubject(each.name[:_MAX_TEXT], each.digest) for each in read.subject)
    return Statement(read.predicateType, subjects, read.predicate)


def _file(message: _Message, certificate: bytes) -> Envelope:
    digest = _base64(message.messageDigest.digest)
    if message.messageDigest.algorithm != "SHA2_256" or len(digest) != _SHA256_BYTES:
        raise Unreadable("the file that was signed is not named by its SHA-256")
    return Envelope(b"", certificate, digest.hex())


def _certificate(material: _Material) -> bytes:
    """Find the certificate: alone since bundle 0.3, before that as the first of its chain."""
    chain = material.x509CertificateChain
    if material.certificate is not None and chain is None:
        return _base64(material.certificate.rawBytes)
    if material.certificate is None and chain is not None and chain.certificates:
        return _base64(chain.certificates[0].rawBytes)
    if material.certificate is None and chain is None and material.publicKey is not None:
        return b""
    raise Unreadable("it does not have one certificate")


def _base64(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Unreadable("a part of it is not base64") from None


def _check_unique(text: bytes) -> None:
    """Raise Unreadable for what two readers of JSON may read differently."""
    try:
        json.loads(text.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is not plain JSON: {error}") from error


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")
