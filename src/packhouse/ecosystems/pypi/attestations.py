"""Attestations of files, as the integrity endpoint presents them (PEP 740).

An attestation has all that a bundle of sigstore has, under other names; it is turned into one.
https://packaging.python.org/en/latest/specifications/index-hosted-attestations/
"""

import logging
from collections.abc import Sequence

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.domain.provenance import Presented, Publisher
from packhouse.domain.release import Artifact, Release
from packhouse.formats.sigstore_bundle import STATEMENT_TYPE

log = logging.getLogger(__name__)

_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


class _Material(Struct):
    certificate: str
    transparency_entries: list[Raw]


class _Envelope(Struct):
    statement: str
    signature: str


class _Attestation(Struct):
    version: int
    verification_material: _Material
    envelope: _Envelope


class _Publisher(Struct, frozen=True):
    kind: str = ""
    repository: str | None = None
    workflow: str | None = None
    workflow_filepath: str | None = None
    vcs_origin: str | None = None
    email: str | None = None


class _Bundle(Struct):
    attestations: list[Raw]
    publisher: _Publisher = _Publisher()


class _Provenance(Struct):
    version: int
    attestation_bundles: list[_Bundle]


_decode = msgspec.json.Decoder(_Provenance).decode
_decode_attestation = msgspec.json.Decoder(_Attestation).decode


def presented(key: PackageKey, release: Release, artifact: Artifact, body: bytes) -> Sequence[Presented]:
    """Read the provenance of a file; raise Invalid."""
    del release
    try:
        document = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the provenance of {artifact.filename} of {key} cannot be read: {error}") from error
    if document.version != 1:
        raise Invalid(f"the provenance of {artifact.filename} of {key} is of version {document.version}")
    return [
        Presented(_as_bundle(attestation), (artifact.filename,), _publisher(bundle.publisher))
        for bundle in document.attestation_bundles
        for attestation in bundle.attestations
    ]


def _as_bundle(raw: Raw) -> bytes:
    """Write an attestation as a bundle; one that is none stays as it is, and will not be believed."""
    try:
        read = _decode_attestation(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        log.info("an attestation cannot be read: %s", error)
        return bytes(raw)
    material, envelope = read.verification_material, read.envelope
    return msgspec.json.encode(
        {
            "mediaType": _BUNDLE,
            "verificationMaterial": {
                "certificate": {"rawBytes": material.certificate},
                # One entry is enough, and more are not looked at by other programs either.
                "tlogEntries": material.transparency_entries[:1],
            },
            "dsseEnvelope": {
                "payload": envelope.statement,
                "payloadType": STATEMENT_TYPE,
                "signatures": [{"sig": envelope.signature}],
            },
        }
    )


def _publisher(told: _Publisher) -> Publisher:
    repository, path = told.repository or "", told.workflow or told.workflow_filepath or ""
    if told.kind == "GitHub" and repository:
        workflow = f"https://github.com/{repository}/.github/workflows/{path}" if path else ""
        return Publisher(told.kind, f"github.com/{repository}", workflow)
    if told.kind == "GitLab" and repository:
        workflow = f"https://gitlab.com/{repository}//{path}" if path else ""
        return Publisher(told.kind, f"gitlab.com/{repository}", workflow)
    return Publisher(told.kind, told.vcs_origin or "", email=told.email or "")
