"""Lines of an index file: one JSON object for each release.

A line that cargo could not use, since a field is missing or has another type, cargo passes over; so do we where it is
read. The fields of the Structs are the format's own.
"""

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from packhouse.domain.package import Moment


class Entry(Struct, frozen=True):
    """What is read of every line when a file is taken apart."""

    name: str
    vers: str
    yanked: bool | None = None
    pubtime: object = None


class Dependency(Struct, frozen=True):
    """One entry of `deps`."""

    name: str
    """How the crate calls it; the package's own name too, where `package` is not given."""
    req: str
    features: list[str] | None = None
    optional: bool | None = None
    default_features: bool | None = None
    target: str | None = None
    kind: str | None = None
    registry: str | None = None
    """The index that has it; None for the one that the line is in."""
    package: str | None = None


class Line(Struct, frozen=True):
    """A whole line."""

    name: str
    vers: str
    cksum: str
    deps: list[Dependency] = []
    features: dict[str, list[str]] | None = None
    features2: dict[str, list[str]] | None = None
    """Features in syntax that old clients cannot read; they count like those in `features`."""
    yanked: bool | None = None
    links: str | None = None
    rust_version: str | None = None
    pubtime: object = None
    v: int | None = None
    """The form of the line; clients pass over those that came after them."""


class _Sum(Struct, frozen=True):
    name: str
    cksum: str


# ValueError: text that is not UTF-8; RecursionError: nested without end.
_BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)
_decode_entry = msgspec.json.Decoder(Entry).decode
_decode_line = msgspec.json.Decoder(Line).decode
_decode_sum = msgspec.json.Decoder(_Sum).decode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def read_entry(line: bytes) -> Entry | None:
    """Read name, version and date of a line; None for an object that is no release; raise ValueError for no JSON."""
    try:
        return _decode_entry(line)
    except msgspec.ValidationError:
        return None
    except _BROKEN as error:
        message = "a line is not JSON"
        raise ValueError(message) from error


def read_line(line: bytes) -> Line | None:
    """Read all of a line; None where cargo would pass over it."""
    try:
        return _decode_line(line)
    except _BROKEN:
        return None


def read_sum(line: bytes) -> tuple[str, str] | None:
    """Read the name as it is written, and the digest of the file."""
    try:
        found = _decode_sum(line)
    except _BROKEN:
        return None
    return found.name, found.cksum


def parse_moment(value: object) -> Moment | None:
    """Read a time with its zone, as RFC 3339 writes it; None for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    # A time without a zone could be any of 26 hours.
    return None if at is None or at.tzinfo is None else Moment((at - _EPOCH) // _MILLISECOND)
