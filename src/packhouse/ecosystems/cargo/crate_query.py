"""What a list of crates is asked for: the parameters, read once."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.search import Facet, Order, SearchQuery
from packhouse.ecosystems.cargo.names import all_spellings, parse_name
from packhouse.ecosystems.cargo.paging import MAX_PER_PAGE, MAX_QUERY, Page, Seek, read_part
from packhouse.formats.words import fold

SEARCHED = ("all_keywords", "category", "include_yanked", "keyword", "letter", "q", "sort")
"""Parameters by which an upstream's list can be narrowed as well."""
_ORDERS: Mapping[str, Order] = {
    "alpha": "alphabetical",
    "alphabetical": "alphabetical",
    "downloads": "downloads",
    "recent-downloads": "recent-downloads",
    "recent-updates": "recent-updates",
    "new": "new",
}


class CrateQuery(Struct, frozen=True):
    """A question for crates."""

    wanted: str
    """Words; empty for a list."""
    part: Page | Seek
    query: SearchQuery
    told: dict[str, str]
    """The parameters as they were sent, of those that count."""
    names: tuple[str, ...] | None = None
    """The only crates that count; None for any."""
    user_id: int | None = None
    team_id: int | None = None
    following: bool = False


def read_crate_query(query: Mapping[str, str], names: Sequence[str], categories: Collection[str]) -> CrateQuery:
    """Read the parameters of a list of crates; raise Invalid. `categories` are all slugs that are known."""
    wanted = query.get("q", "").strip()[:MAX_QUERY]
    order = _ORDERS.get(query.get("sort", ""), "relevance" if wanted else "alphabetical")
    part = read_part(query)
    after = part.after if isinstance(part, Seek) else None
    fits = after is None or (order != "relevance" and isinstance(after[0], str) == (order == "alphabetical"))
    if not fits:
        raise Invalid("invalid seek parameter")
    searched = SearchQuery(
        text=wanted,
        facets=tuple(_facets(query, categories)) or (((),),),
        without=(("flag", "yanked"),) if query.get("include_yanked", "yes") != "yes" else (),
        begins=fold(query.get("letter", "")[:1]),
        order=order,
        after=after,
    )
    return CrateQuery(
        wanted=wanted,
        part=part,
        query=searched,
        told={
            name: query[name][:MAX_QUERY] for name in (*SEARCHED, "user_id", "team_id", "following") if name in query
        },
        names=_names(names) if names else None,
        user_id=_identity(query, "user_id"),
        team_id=_identity(query, "team_id"),
        following="following" in query,
    )


def under(category: str, known: Collection[str]) -> list[str]:
    """List a category and those below it."""
    return [category, *sorted(each for each in known if each.startswith(f"{category}::"))]


def _facets(query: Mapping[str, str], categories: Collection[str]) -> list[tuple[tuple[Facet, ...], ...]]:
    found: list[tuple[tuple[Facet, ...], ...]] = []
    if keyword := query.get("keyword", "")[:MAX_QUERY]:
        found.append(((("keyword", fold(keyword)),),))
    if keywords := query.get("all_keywords", "")[:MAX_QUERY].split():
        found.append((tuple(("keyword", fold(each)) for each in keywords),))
    if category := fold(query.get("category", "")[:MAX_QUERY]):
        found.append(tuple((("category", each),) for each in under(category, categories)))
    return found


def _names(names: Sequence[str]) -> tuple[str, ...]:
    """Name crates in every spelling that they may have."""
    if len(names) > MAX_PER_PAGE:
        raise Invalid(f"cannot request more than {MAX_PER_PAGE} items")
    found: dict[str, None] = {}
    for raw in names:
        try:
            name = parse_name(raw)
        except Invalid:
            continue
        found |= dict.fromkeys((name, *all_spellings(name)))
    return tuple(found)


def _identity(query: Mapping[str, str], name: str) -> int | None:
    if name not in query:
        return None
    value = query[name]
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        raise Invalid(f"{name} must be a number")
    return int(value)
