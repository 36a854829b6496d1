"""What the OpenAPI document says of an operation: where it is, what may be asked, how it answers and fails."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from packhouse.ecosystems.cargo.paging import MAX_PAGE, MAX_PER_PAGE

Schema = dict[str, Any]
Body = type[Struct] | str
"""An object, or a media type of bytes."""
Said = Body | tuple[Body, ...] | None
"""What is in an answer: one of these, or nothing."""

TEXT, HTML, GZIP, BYTES = "text/plain", "text/html", "application/gzip", "application/octet-stream"

LOCAL = (400, 401, 403, 404, 429)
"""How an answer may fail that is made of what is here."""
FETCHED = (*LOCAL, 501, 502, 503)
"""How an answer may fail for which an upstream is asked."""
CHANGED = (*LOCAL, 409, 413, 507)
"""How a change may fail."""

ANYBODY: tuple[str, ...] = ("", "token", "session")
SOMEBODY: tuple[str, ...] = ("token", "session")
IN_BROWSER: tuple[str, ...] = ("session",)


class Query(Struct, frozen=True):
    """A parameter of the query."""

    name: str
    says: str
    schema: Schema


class Operation(Struct, frozen=True, kw_only=True):
    """A method at an address."""

    name: str
    method: str = "GET"
    path: str
    says: str
    answers: Mapping[int, Said]
    failures: tuple[int, ...] = LOCAL
    query: tuple[Query, ...] = ()
    body: Body | None = None
    access: tuple[str, ...] = ANYBODY
    """What shows who asks; an empty one where nobody need."""
    internal: bool = False
    """Whether it is for pages and not for programs of others."""


def words(*known: str) -> Schema:
    """Write that a text is one of some words; what is not known is taken for the first, as the public registry does."""
    return {"type": "string", "examples": list(known)}


ANY_TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": (1 << 32) - 1}
PER_PAGE = Query("per_page", "How many entries a page has.", {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE})
PAGE = Query("page", "Which page, from 1.", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE})
SEEK = Query("seek", "Where to go on, as `next_page` says; not together with `page`.", ANY_TEXT)
PAGES = (PAGE, PER_PAGE)
