"""The paths of the deps.dev API, read from the raw bytes: `+` is a plus, and `%3A` is never the colon of a verb."""

from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.errors import NotFound
from packhouse.http.router import decode_segments

_PACKAGE_VERBS = frozenset(("findings", "similarlyNamedPackages"))
_VERSION_VERBS = frozenset(("requirements", "dependencies", "dependents", "capabilities", "findings"))


class Asked(Struct, frozen=True):
    """What a path names; the names are decoded, not yet canonical."""

    system: str
    name: str
    version: str | None = None
    verb: str = ""
    """The custom method behind the last raw colon; empty for none."""


def read_path(raw_path: bytes, taken: int) -> Asked:
    """Read the last `taken` segments of a raw path; raise NotFound for a path that the API does not have.

    Names may hold raw slashes, which the API itself does not accept: `packages/@scope/name/versions/1.0.0`.
    """
    parts = raw_path.split(b"/")
    if not parts[-1]:
        parts.pop()
    parts = parts[-taken:] if taken else []
    if len(parts) < 4 or parts[0] != b"systems" or parts[2] != b"packages":
        raise NotFound("there is nothing at this address")
    system = _text(parts[1:2])
    rest = parts[3:]
    split = _version_mark(rest)
    *before, last = rest
    last, verb = _verb(last, _PACKAGE_VERBS if split is None else _VERSION_VERBS)
    rest = [*before, last]
    if split is None:
        return Asked(system, _text(rest), None, verb)
    return Asked(system, _text(rest[:split]), _text(rest[split + 1 :]), verb)


def _version_mark(rest: Sequence[bytes]) -> int | None:
    """Find the `versions` between a name and a version: the last one that has both."""
    marks = [position for position in range(1, len(rest) - 1) if rest[position] == b"versions"]
    return marks[-1] if marks else None


def _verb(segment: bytes, verbs: frozenset[str]) -> tuple[bytes, str]:
    """Take a custom method off; any other colon belongs to the name."""
    before, colon, after = segment.rpartition(b":")
    verb = after.decode("latin-1")
    return (before, verb) if colon and verb in verbs else (segment, "")


def _text(parts: Sequence[bytes]) -> str:
    return "/".join(decode_segments(b"/".join(parts)))
