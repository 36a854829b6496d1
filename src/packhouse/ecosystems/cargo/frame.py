"""The body of a publish: a length, metadata as JSON, a length, and the crate's archive."""

from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, TooLarge

MAX_METADATA_BYTES = 1 << 20
MAX_CRATE_BYTES = 10 << 20
"""The archive's size where the operator does not set another."""
_LENGTH_BYTES = 4
_MAX_MARKS = 100_000
"""How many colons, commas and brackets metadata may have: no more values can be made of it."""
_HINT = "publish with cargo"


class Frame(Struct, frozen=True):
    """What a request brought, not yet looked into."""

    metadata: bytes
    crate: bytes | bytearray


class MetadataDependency(Struct, frozen=True):
    """One entry of the metadata's `deps`."""

    name: str
    """The package's own name."""
    version_req: str
    features: list[str] = []
    optional: bool = False
    default_features: bool = True
    target: str | None = None
    kind: str | None = None
    registry: str | None = None
    """The index that has it; None for the registry that is published to."""
    explicit_name_in_toml: str | None = None
    """How the crate calls it, where that is not its own name."""
    artifact: list[str] | None = None
    bindep_target: str | None = None
    lib: bool = False


class Metadata(Struct, frozen=True):
    """What cargo says of the crate, beside the archive; the fields are the format's own."""

    name: str
    vers: str
    deps: list[MetadataDependency] | None = None
    features: dict[str, list[str]] | None = None
    authors: list[str] | None = None
    description: str | None = None
    documentation: str | None = None
    homepage: str | None = None
    readme: str | None = None
    """The text of the readme."""
    readme_file: str | None = None
    keywords: list[str] | None = None
    categories: list[str] | None = None
    license: str | None = None
    license_file: str | None = None
    repository: str | None = None
    badges: dict[str, dict[str, str]] | None = None
    links: str | None = None
    rust_version: str | None = None


def largest_frame(max_crate_bytes: int = MAX_CRATE_BYTES) -> int:
    """Tell how long a body can be that may be read at all."""
    return 2 * _LENGTH_BYTES + MAX_METADATA_BYTES + max_crate_bytes


class FrameReader:
    """Takes a body apart as it arrives; both methods raise Invalid or TooLarge."""

    def __init__(self, max_crate_bytes: int = MAX_CRATE_BYTES) -> None:
        self.metadata: bytes | None = None
        """As soon as all of it is there."""
        self._metadata_bytes = self._crate_bytes = -1
        self._max_crate_bytes = max_crate_bytes
        self._rest = bytearray()

    def feed(self, piece: bytes | bytearray | memoryview) -> None:
        """Read more."""
        self._rest += piece
        if self._metadata_bytes < 0 and len(self._rest) >= _LENGTH_BYTES:
            self._metadata_bytes = self._take_length(MAX_METADATA_BYTES, "JSON metadata blob too large")
        if self.metadata is None and 0 <= self._metadata_bytes <= len(self._rest):
            self.metadata = bytes(self._rest[: self._metadata_bytes])
            del self._rest[: self._metadata_bytes]
        if self.metadata is not None and self._crate_bytes < 0 and len(self._rest) >= _LENGTH_BYTES:
            most = self._max_crate_bytes
            self._crate_bytes = self._take_length(most, f"max upload size is: {most}")
        if 0 <= self._crate_bytes < len(self._rest):
            # Who counts from the end would see another archive.
            raise Invalid(f"there are {len(self._rest) - self._crate_bytes} bytes behind the tarball", _HINT)

    def finish(self) -> Frame:
        """Give what was read, when all of it has come."""
        if self.metadata is None:
            raise _cut_off("metadata", self._metadata_bytes)
        if len(self._rest) != self._crate_bytes:
            raise _cut_off("tarball", self._crate_bytes)
        return Frame(self.metadata, self._rest)

    def _take_length(self, most: int, too_large: str) -> int:
        length = int.from_bytes(self._rest[:_LENGTH_BYTES], "little")
        if length > most:
            raise TooLarge(too_large)
        del self._rest[:_LENGTH_BYTES]
        return length


def read_frame(body: bytes | bytearray | memoryview, max_crate_bytes: int = MAX_CRATE_BYTES) -> Frame:
    """Take a whole body apart; raise Invalid or TooLarge."""
    reader = FrameReader(max_crate_bytes)
    reader.feed(body)
    return reader.finish()


def read_metadata(text: bytes) -> Metadata:
    """Decode the metadata; raise Invalid for what is no JSON, has a key twice or a field of another type."""
    if any(text.count(mark) > _MAX_MARKS for mark in (b":", b",", b"[")):
        raise TooLarge("JSON metadata blob too large", f"it has more than {_MAX_MARKS} values")
    try:
        metadata = _decode(text)
        _refuse_twins(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Invalid(f"invalid upload request: {error}", _HINT) from error
    return metadata


def _cut_off(what: str, length: int) -> Invalid:
    behind = f" for remaining payload: {length}" if length >= 0 else ""
    return Invalid(f"invalid {what} length{behind}", _HINT)


_decode = msgspec.json.Decoder(Metadata).decode


def _refuse_twins(text: bytes) -> None:
    import json  # noqa: PLC0415 (start-up time)

    json.loads(text, object_pairs_hook=_unique, parse_int=float)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        # Of two values, one program takes the first and another the last.
        twin = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        message = f"duplicate field {twin[:80]!r}"
        raise ValueError(message)
    return members
