"""Pages of the Web API: which one is asked for, and how a question is asked on."""

from collections.abc import Mapping
from urllib.parse import quote

from msgspec import Struct

from packhouse.domain.errors import Invalid

MAX_PER_PAGE = 100
MAX_PAGE = 200
"""The public registry turns no further pages of a search."""
MAX_QUERY = 100
"""Characters of a parameter that are passed on."""
DEFAULT_PER_PAGE = 10


class Page(Struct, frozen=True):
    """Which part of a list is asked for."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many entries are before it."""
        return (self.number - 1) * self.size


def read_page(query: Mapping[str, str]) -> Page | None:
    """Read which page is asked for, None where none is; worded as the public registry words its refusals."""
    if "page" not in query and "per_page" not in query:
        return None
    size = _whole_number(query, "per_page", DEFAULT_PER_PAGE)
    if size > MAX_PER_PAGE:
        raise Invalid(f"cannot request more than {MAX_PER_PAGE} items")
    page = _whole_number(query, "page", 1)
    if page > MAX_PAGE:
        raise Invalid(f"page {page} is more than {MAX_PAGE}: narrow the question down")
    return Page(page, size)


def _whole_number(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, str(default))
    if not (value.isascii() and value.isdigit() and int(value[:12]) > 0):
        raise Invalid(f"{name} must be a number above 0")
    return int(value[:12])


def write_query(parameters: Mapping[str, str]) -> str:
    """Write parameters in one order, so that the same question is one document."""
    return "&".join(f"{name}={quote(value[:MAX_QUERY], safe='')}" for name, value in sorted(parameters.items()))
