"""Bundles whose log entry is of the kind intoto 0.0.2: those of most packages that were built until now.

The library verifies all about them but the time of the entry and that the entry is of this very statement
(https://github.com/sigstore/sigstore-python/issues/1384), so that is done here. Its parts that have no public name are
used for the rest: should one of them go, nothing is verified, and a test fails.

What an entry holds: https://github.com/sigstore/rekor/blob/main/pkg/types/intoto/v0.0.2/intoto_v0_0_2_schema.json
"""

# ruff: noqa: SLF001 (see above)

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from msgspec import Struct
from sigstore import dsse
from sigstore.errors import VerificationError
from sigstore.verify import Verifier
from sigstore.verify.verifier import TimestampSource, TimestampVerificationResult  # type: ignore[attr-defined]

from packhouse.adapters.attestation.any_identity import AnyIdentity

if TYPE_CHECKING:
    from sigstore.models import Bundle

_KIND = ("intoto", "0.0.2")


class _Hash(Struct):
    algorithm: str
    value: str


class _Signature(Struct):
    sig: str
    """Base64 of the base64 that stands in the envelope."""
    publicKey: str  # noqa: N815 (wire)
    """Base64 of the certificate as PEM."""


class _Envelope(Struct):
    payloadType: str  # noqa: N815 (wire)
    signatures: list[_Signature]


class _Content(Struct):
    envelope: _Envelope
    payloadHash: _Hash  # noqa: N815 (wire)


class _Spec(Struct):
    content: _Content


class _Body(Struct):
    apiVersion: str  # noqa: N815 (wire)
    kind: str
    spec: _Spec


_decode = msgspec.json.Decoder(_Body).decode


def is_older(bundle: "Bundle") -> bool:
    """Tell whether a bundle's entry is of that kind."""
    version = bundle.log_entry._inner.kind_version
    return (version.kind, version.version) == _KIND


def verify_older(verifier: Verifier, bundle: "Bundle") -> bytes:
    """Verify a bundle and return its statement; raise VerificationError or ValueError."""
    envelope = bundle._dsse_envelope
    if envelope is None:
        raise VerificationError("it has no statement")
    timed = _Timed(trusted_root=verifier._trusted_root)
    timed._verify_common_signing_cert(bundle, AnyIdentity())
    key = bundle.signing_certificate.public_key()
    dsse._verify(key, envelope)  # type: ignore[arg-type]
    _check_entry(bundle, envelope)
    return envelope._inner.payload


class _Timed(Verifier):
    """Takes the time at which the log promised to include an entry for that of the signature.

    The promise is signed by the log, time and entry together; the library verifies it with the entry.
    """

    def _establish_time(self, bundle: "Bundle") -> list[TimestampVerificationResult]:
        entry = bundle.log_entry._inner
        if not entry.inclusion_promise or not entry.integrated_time:
            raise VerificationError("the log does not promise when it included the entry")
        moment = datetime.fromtimestamp(entry.integrated_time, tz=UTC)
        return [TimestampVerificationResult(source=TimestampSource.TRANSPARENCY_SERVICE, time=moment)]


def _check_entry(bundle: "Bundle", envelope: dsse.Envelope) -> None:
    """Raise VerificationError unless the entry is of this statement, signature and certificate (CVE-2022-36056)."""
    body = _decode(bundle.log_entry._inner.canonicalized_body)
    logged, wire = body.spec.content, envelope._inner
    if (body.kind, body.apiVersion) != _KIND or len(logged.envelope.signatures) != 1:
        raise VerificationError("the entry of the log is of another kind than it says")
    (signature,) = logged.envelope.signatures
    certificate = load_pem_x509_certificate(base64.b64decode(signature.publicKey, validate=True))
    same = (
        logged.envelope.payloadType == wire.payload_type,
        logged.payloadHash.algorithm == "sha256",
        logged.payloadHash.value == hashlib.sha256(wire.payload).hexdigest(),
        base64.b64decode(base64.b64decode(signature.sig, validate=True), validate=True) == envelope.signature,
        certificate.public_bytes(Encoding.DER) == bundle.signing_certificate.public_bytes(Encoding.DER),
    )
    if not all(same):
        raise VerificationError("the entry of the log is of another statement")
