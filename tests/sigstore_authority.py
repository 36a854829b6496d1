"""A certificate authority, its log of certificates and a log of signatures, as sigstore runs them, for tests.

It issues what nobody would and signs what is not so, when a test asks for it: every part of an instance stands in the
`trusted_root.json` that it writes, so that only what is wrong in a bundle makes it wrong.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
_STATEMENT_TYPE = "application/vnd.in-toto+json"
_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_ARC = "1.3.6.1.4.1.57264.1"
REPOSITORY = "https://github.com/farm/press"
COMMIT = "8a2ee2fd20dda58ffa4a8d808a65cb1e04711c03"
WORKFLOW = f"{REPOSITORY}/.github/workflows/release.yml@refs/tags/v1.2.3"


class Claims(NamedTuple):
    """What a certificate says of a build."""

    repository: str = REPOSITORY
    commit: str = COMMIT
    workflow: str = WORKFLOW
    issuer: str = "https://token.actions.githubusercontent.com"
    older: bool = False
    """Whether it says so in the extensions of 2021, which are plain text and know GitHub alone."""


BUILD = Claims()


class Authority:
    """One instance; two of them know nothing of each other."""

    def __init__(self) -> None:
        self._root_key, self._log_key, self._certificate_log_key = (generate_private_key(SECP256R1()) for _ in range(3))
        self._root = self._issue_root()

    def trusted_root(self, folder: Path) -> Path:
        """Write the file that has one trust this instance."""
        valid = {"start": "2020-01-01T00:00:00Z"}
        name = {"organization": "farm.example", "commonName": "farm"}
        chain = {"certificates": [{"rawBytes": _b64(self._root.public_bytes(Encoding.DER))}]}
        document = {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [_log("https://log.example", self._log_key, valid)],
            "certificateAuthorities": [
                {"subject": name, "uri": "https://ca.example", "certChain": chain, "validFor": valid}
            ],
            "ctlogs": [_log("https://ctlog.example", self._certificate_log_key, valid)],
            "timestampAuthorities": [],
        }
        path = folder / f"trusted_root-{_key_id(self._log_key).hex()[:8]}.json"
        path.write_text(json.dumps(document))
        return path

    def attest(
        self,
        statement: Mapping[str, Any],
        claims: Claims = BUILD,
        *,
        kind: str = "intoto",
        logged_at: datetime = NOW,
        logged: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Sign a statement with a new certificate, log it, and make the bundle of it.

        `logged` is another statement that is logged in its place; a certificate is valid for ten minutes from NOW.
        """
        key = generate_private_key(SECP256R1())
        certificate = self._issue(key, claims).public_bytes(Encoding.DER)
        payload = json.dumps(statement).encode()
        signature = _sign(key, _pae(payload))
        said = payload if logged is None else json.dumps(logged).encode()
        body = _BODIES[kind](said, signature, certificate)
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": _b64(certificate)},
                "tlogEntries": [self._entry(kind, body, int(logged_at.timestamp()))],
            },
            "dsseEnvelope": {
                "payload": _b64(payload),
                "payloadType": _STATEMENT_TYPE,
                "signatures": [{"sig": _b64(signature), "keyid": ""}],
            },
        }

    def sign(self, sha256: str, claims: Claims = BUILD) -> dict[str, Any]:
        """Sign a file by its digest, without a statement."""
        key = generate_private_key(SECP256R1())
        certificate = self._issue(key, claims).public_bytes(Encoding.DER)
        signature = key.sign(bytes.fromhex(sha256), ECDSA(Prehashed(SHA256())))
        pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
        spec = {
            "data": {"hash": {"algorithm": "sha256", "value": sha256}},
            "signature": {"content": _b64(signature), "publicKey": {"content": _b64(pem)}},
        }
        body = json.dumps({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec}).encode()
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "certificate": {"rawBytes": _b64(certificate)},
                "tlogEntries": [self._entry("hashedrekord", body, int(NOW.timestamp()))],
            },
            "messageSignature": {
                "messageDigest": {"algorithm": "SHA2_256", "digest": _b64(bytes.fromhex(sha256))},
                "signature": _b64(signature),
            },
        }

    def _entry(self, kind: str, body: bytes, moment: int) -> dict[str, Any]:
        """Log an entry, the first and only one of the log's tree."""
        root = hashlib.sha256(b"\0" + body).digest()
        note = f"log.example\n1\n{_b64(root)}\n"
        signed = _key_id(self._log_key)[:4] + _sign(self._log_key, note.encode())
        promise = {
            "body": _b64(body),
            "integratedTime": moment,
            "logID": _key_id(self._log_key).hex(),
            "logIndex": 0,
        }
        promised = json.dumps(promise, separators=(",", ":"), sort_keys=True).encode()
        return {
            "logIndex": "0",
            "logId": {"keyId": _b64(_key_id(self._log_key))},
            "kindVersion": {"kind": kind, "version": {"intoto": "0.0.2"}.get(kind, "0.0.1")},
            "integratedTime": str(moment),
            "inclusionPromise": {"signedEntryTimestamp": _b64(_sign(self._log_key, promised))},
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": _b64(root),
                "treeSize": "1",
                "hashes": [],
                "checkpoint": {"envelope": f"{note}\n— log.example {_b64(signed)}\n"},
            },
            "canonicalizedBody": _b64(body),
        }

    def _issue_root(self) -> x509.Certificate:
        name = _name("farm")
        key = self._root_key.public_key()
        builder = (
            x509.CertificateBuilder(name, name, key, 1, NOW - timedelta(days=1000), NOW + timedelta(days=1000))
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )
        return builder.sign(self._root_key, SHA256())

    def _issue(self, key: EllipticCurvePrivateKey, claims: Claims) -> x509.Certificate:
        """Issue a certificate that the log of certificates promises to know (RFC 6962 section 3)."""
        parent = self._root_key.public_key()
        builder = (
            x509.CertificateBuilder(_name("farm"), x509.Name([]), key.public_key(), 2, NOW, NOW + timedelta(minutes=10))
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(parent), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(claims.workflow)]), critical=True
            )
        )
        for number, value in _extensions(claims).items():
            extension = x509.UnrecognizedExtension(ObjectIdentifier(f"{_ARC}.{number}"), value)
            builder = builder.add_extension(extension, critical=False)
        unlogged = builder.sign(self._root_key, SHA256()).tbs_certificate_bytes
        promise = x509.UnrecognizedExtension(_SCT_LIST, self._promise(unlogged))
        return builder.add_extension(promise, critical=False).sign(self._root_key, SHA256())

    def _promise(self, certificate: bytes) -> bytes:
        key, moment = self._certificate_log_key, int(NOW.timestamp() * 1000)
        issuer = _key_id(self._root_key)
        length = len(certificate).to_bytes(3, "big")
        signed = struct.pack("!BBQH", 0, 0, moment, 1) + issuer + length + certificate + b"\0\0"
        signature = _sign(key, signed)
        sct = struct.pack("!B32sQH", 0, _key_id(key), moment, 0) + b"\x04\x03" + _sized(signature)
        listed = _sized(_sized(sct))
        return b"\x04" + (bytes([len(listed)]) if len(listed) < 128 else b"\x81" + bytes([len(listed)])) + listed


def provenance(name: str, algorithm: str, digest: str, **instead: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Say how a file was built, as a workflow of GitHub says it."""
    source = {"uri": f"git+{REPOSITORY}@refs/tags/v1.2.3", "digest": {"gitCommit": COMMIT}}
    workflow = {"ref": "refs/tags/v1.2.3", "repository": REPOSITORY, "path": ".github/workflows/release.yml"}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": name, "digest": {algorithm: digest}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "https://actions.example/workflow/v1",
                "externalParameters": {"workflow": workflow},
                "resolvedDependencies": [source],
            },
            "runDetails": {"builder": {"id": "https://builder.example/hosted"}},
        },
    } | instead


def _intoto_body(payload: bytes, signature: bytes, certificate: bytes) -> bytes:
    pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    signed = {"sig": _b64(_b64(signature).encode()), "publicKey": _b64(pem)}
    content = {
        "envelope": {"payloadType": _STATEMENT_TYPE, "signatures": [signed]},
        "hash": {"algorithm": "sha256", "value": "0" * 64},
        "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
    }
    return json.dumps({"apiVersion": "0.0.2", "kind": "intoto", "spec": {"content": content}}).encode()


def _dsse_body(payload: bytes, signature: bytes, certificate: bytes) -> bytes:
    pem = x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)
    spec = {
        "envelopeHash": {"algorithm": "sha256", "value": "0" * 64},
        "payloadHash": {"algorithm": "sha256", "value": hashlib.sha256(payload).hexdigest()},
        "signatures": [{"signature": _b64(signature), "verifier": _b64(pem)}],
    }
    return json.dumps({"apiVersion": "0.0.1", "kind": "dsse", "spec": spec}).encode()


_BODIES = {"intoto": _intoto_body, "dsse": _dsse_body}


def _extensions(claims: Claims) -> dict[int, bytes]:
    """Write what a certificate says of a build, by the last number of each extension."""
    if claims.older:
        name = claims.repository.removeprefix("https://github.com/")
        ref = claims.workflow.partition("@")[2]
        plain = {1: claims.issuer, 2: "release", 3: claims.commit, 5: name, 6: ref}
        return {number: value.encode() for number, value in plain.items()}
    values = {8: claims.issuer, 12: claims.repository, 13: claims.commit, 18: claims.workflow}
    return {number: _utf8_string(value.encode()) for number, value in values.items()}


def _utf8_string(text: bytes) -> bytes:
    length = bytes([len(text)]) if len(text) < 128 else b"\x81" + bytes([len(text)])
    return b"\x0c" + length + text


def _log(address: str, key: EllipticCurvePrivateKey, valid: Mapping[str, str]) -> dict[str, Any]:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    details = {"rawBytes": _b64(public), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": dict(valid)}
    log_id = {"keyId": _b64(_key_id(key))}
    return {"baseUrl": address, "hashAlgorithm": "SHA2_256", "publicKey": details, "logId": log_id}


def _key_id(key: EllipticCurvePrivateKey) -> bytes:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).digest()


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pae(payload: bytes) -> bytes:
    return f"DSSEv1 {len(_STATEMENT_TYPE)} {_STATEMENT_TYPE} {len(payload)} ".encode() + payload


def _sign(key: EllipticCurvePrivateKey, data: bytes) -> bytes:
    return key.sign(data, ECDSA(SHA256()))


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
