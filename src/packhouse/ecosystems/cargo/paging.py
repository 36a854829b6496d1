"""Pages of the Web API: which one is asked for, by number or by what is before it, and how a question is asked on."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import quote

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.search import Position

MAX_PER_PAGE = 100
MAX_PAGE = 200
"""The public registry turns no further pages of a search."""
MAX_QUERY = 100
"""Characters of a parameter that are passed on."""
DEFAULT_PER_PAGE = 10
_MOST = 1 << 62
_SEEK_LENGTH = 2_000
_FROM_THE_START = ("", "-")


class Page(Struct, frozen=True):
    """Which part of a list is asked for."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many entries are before it."""
        return (self.number - 1) * self.size


class Seek(Struct, frozen=True):
    """A part of a list that begins behind something."""

    size: int
    offset: int = 0
    """How many entries are before it, where the list has no positions."""
    after: Position | None = None


def read_page(query: Mapping[str, str], most: int = MAX_PAGE) -> Page | None:
    """Read which page is asked for, None where none is; worded as the public registry words its refusals."""
    if "page" not in query and "per_page" not in query:
        return None
    size = _read_size(query)
    page = _whole_number(query, "page", 1)
    if page > most:
        raise Invalid(f"page {page} is more than {most}: narrow the question down")
    return Page(page, size)


def read_part(query: Mapping[str, str], most: int = MAX_PAGE) -> Page | Seek:
    """Read which part of a list is asked for, the first page where none is; raise Invalid."""
    if "seek" not in query:
        return read_page(query, most) or Page(1, DEFAULT_PER_PAGE)
    if "page" in query:
        raise Invalid("providing both ?page= and ?seek= is unsupported")
    return _read_seek(query["seek"], _read_size(query))


def write_seek(position: Position | int) -> str:
    """Write what the next part comes behind; to be read by nobody else."""
    values = (position,) if isinstance(position, int) else position
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def links_of(
    part: Page | Seek, query: Mapping[str, str], total: int, last: Position | int | None = None
) -> dict[str, str | None]:
    """Write `next_page` and `prev_page`: the same question, of what comes behind and of what is before."""
    rest = {name: value for name, value in query.items() if name not in {"page", "seek", "per_page"}}
    rest["per_page"] = str(part.size)
    if isinstance(part, Seek):
        following = None if last is None else _link({"seek": write_seek(last)} | rest)
        return {"next_page": following, "prev_page": None}
    more = part.number < MAX_PAGE and part.offset + part.size < total
    return {
        "next_page": _link({"page": str(part.number + 1)} | rest) if more else None,
        "prev_page": _link({"page": str(part.number - 1)} | rest) if part.number > 1 else None,
    }


def write_query(parameters: Mapping[str, str]) -> str:
    """Write parameters in one order, so that the same question is one document."""
    return "&".join(f"{name}={quote(value[:MAX_QUERY], safe='')}" for name, value in sorted(parameters.items()))


def _link(parameters: Mapping[str, str]) -> str:
    first = [name for name in ("page", "seek") if name in parameters]
    names = [*first, *sorted(parameters.keys() - set(first))]
    return "?" + "&".join(f"{name}={quote(parameters[name][:_SEEK_LENGTH], safe='')}" for name in names)


def _read_size(query: Mapping[str, str]) -> int:
    size = _whole_number(query, "per_page", DEFAULT_PER_PAGE)
    if size > MAX_PER_PAGE:
        raise Invalid(f"cannot request more than {MAX_PER_PAGE} items")
    return size


def _read_seek(raw: str, size: int) -> Seek:
    if raw in _FROM_THE_START:
        return Seek(size)
    try:
        if not raw.isascii() or len(raw) > _SEEK_LENGTH:
            raise Invalid("invalid seek parameter")
        body = base64.b64decode(raw + "=" * (-len(raw) % 4), altchars="-_", validate=True)
        values = msgspec.json.decode(body, type=list[int | str])
    except (binascii.Error, ValueError):
        raise Invalid("invalid seek parameter") from None
    numbers = [each for each in values if isinstance(each, int)]
    if any(not 0 <= each < _MOST for each in numbers):
        raise Invalid("invalid seek parameter")
    match values:
        case [int(offset)]:
            return Seek(size, offset=min(offset, MAX_PAGE * MAX_PER_PAGE))
        case [value, int(number)]:
            return Seek(size, after=(value, number))
    raise Invalid("invalid seek parameter")


def _whole_number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and int(value[:12]) > 0):
        raise Invalid(f"{name} must be a number above 0")
    return int(value[:12])
