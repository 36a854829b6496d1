"""Lines of an info file, one for each release and platform.

`version[-platform] name:range&range,name:range|checksum:…,ruby:range&range,rubygems:range,created_at:time`, as the
guide to the compact index writes it; what it does not name is kept and passed over.
"""

import re
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from packhouse.domain.package import Moment
from packhouse.ecosystems.gem.names import RUBY


class Line(Struct, frozen=True):
    """What one line says."""

    version: str
    platform: str
    dependencies: tuple[tuple[str, str], ...]
    """Name and range, in the order of the line."""
    facts: dict[str, str]
    """What stands behind the bar, by its name: checksum, ruby, rubygems, created_at and whatever will come."""


_is_release = re.compile(r"([0-9A-Za-z._+~]+)(?:-([0-9A-Za-z._+~-]+))?").fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CREATED = b"created_at:"


def read_release(line: bytes) -> tuple[str, str] | None:
    """Read version and platform alone; None for what is no line of an info file."""
    match = line.strip() and _is_release(line.split(None, 1)[0].decode("latin-1"))
    return (match[1], match[2] or RUBY) if match else None


def read_created(line: bytes) -> Moment | None:
    """Read when a release was published, where the line says so."""
    facts = line.split(b"\n", 1)[0].rpartition(b"|")[2]
    for fact in facts.split(b",") if _CREATED in facts else ():
        if fact.startswith(_CREATED):
            return parse_moment(fact[len(_CREATED) :].strip().decode("latin-1"))
    return None


def read_line(line: bytes) -> Line | None:
    """Read all of a line; None for what is none."""
    release = read_release(line)
    if release is None:
        return None
    rest = line.split(b"\n", 1)[0].decode("utf-8", "replace").strip().partition(" ")[2]
    dependencies, _, facts = rest.partition("|")
    pairs = [each.strip().partition(":") for each in facts.split(",")]
    return Line(
        *release,
        dependencies=tuple(_dependency(each) for each in dependencies.split(",") if each.strip()),
        facts={name: value for name, colon, value in pairs if colon},
    )


def read_ranges(text: str) -> str:
    """Write ranges, which the index joins with `&`, as everybody else does."""
    return ", ".join(each.strip() for each in text.split("&"))


def parse_moment(value: object) -> Moment | None:
    """Read a time with its zone, as RFC 3339 writes it; None for anything else."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    # A time without a zone could be any of 26 hours.
    return None if at is None or at.tzinfo is None else Moment((at - _EPOCH) // _MILLISECOND)


def _dependency(text: str) -> tuple[str, str]:
    name, _, ranges = text.strip().partition(":")
    return name, read_ranges(ranges)
