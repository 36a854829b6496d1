"""Attestations as the registry presents them, before anything of them is believed."""

from collections.abc import Sequence

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import PackageKey
from packhouse.domain.provenance import Presented
from packhouse.domain.release import Artifact, Release
from packhouse.ecosystems.npm.attestations import purl_of


class _Entry(Struct):
    bundle: Raw


class _Document(Struct):
    attestations: list[_Entry]


_decode = msgspec.json.Decoder(_Document).decode


def presented(key: PackageKey, release: Release, artifact: Artifact, body: bytes) -> Sequence[Presented]:
    """Read the document of a release's attestations; raise Invalid."""
    del artifact
    try:
        entries = _decode(body).attestations
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the attestations of {key} {release.version} cannot be read: {error}") from error
    return [Presented(bytes(entry.bundle), (purl_of(key.name, release.version),)) for entry in entries]
