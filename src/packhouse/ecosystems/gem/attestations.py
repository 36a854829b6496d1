"""Attestations of gems, as the registry gives them: a list of bundles of sigstore.

Most are signatures of the file itself, without a statement. What the registry gives differs from what was sent to it
(issue 6098 of its own tracker): the certificate is base64 twice over, and the entry of the log does not say of which
kind it is. Both are put right; a bundle that does not need it stays as it is.
"""

import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.domain.provenance import Presented
from packhouse.domain.release import Artifact, Release

_decode = msgspec.json.Decoder(list[dict[str, Any]]).decode
_DER = b"\x30"
"""With what a certificate begins: a SEQUENCE (X.690 8.9)."""


def attestations_path(full_name: str) -> str:
    """Name the further document of a release's attestations: name, version and platform."""
    return f"api/v1/attestations/{full_name}.json"


def presented(key: PackageKey, release: Release, artifact: Artifact, body: bytes) -> Sequence[Presented]:
    """Read the attestations of a gem; raise Invalid."""
    try:
        bundles = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the attestations of {key} {release.version} cannot be read: {error}") from error
    return [Presented(_repaired(bundle), (artifact.filename,)) for bundle in bundles]


def _repaired(bundle: dict[str, Any]) -> bytes:
    """Write a bundle as it was sent; what has another form than expected stays, and will not be believed."""
    material = bundle.get("verificationMaterial")
    if isinstance(material, dict):
        certificate = material.get("certificate")
        if isinstance(certificate, dict) and isinstance(raw := certificate.get("rawBytes"), str):
            certificate["rawBytes"] = _once(raw)
        entries = material.get("tlogEntries")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and "kindVersion" not in entry:
                entry["kindVersion"] = _kind(entry.get("canonicalizedBody"))
    return msgspec.json.encode(bundle)


def _once(text: str) -> str:
    try:
        inner = binascii.a2b_base64(text, strict_mode=True)
        return text if inner.startswith(_DER) or not inner.isascii() else inner.decode("ascii")
    except ValueError:
        return text


def _kind(body: object) -> dict[str, str]:
    """Read the kind of an entry in the entry itself, which the log has signed."""
    try:
        read = msgspec.json.decode(binascii.a2b_base64(body, strict_mode=True)) if isinstance(body, str) else None
    except (ValueError, msgspec.MsgspecError, RecursionError):
        read = None
    if not isinstance(read, dict) or not isinstance(kind := read.get("kind"), str):
        return {}
    return {"kind": kind, "version": str(read.get("apiVersion"))}
