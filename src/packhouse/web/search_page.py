"""The page of search results."""

from collections.abc import Mapping

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.index import Summary
from packhouse.domain.view import View
from packhouse.services.assembly import Services
from packhouse.web.addresses import Addresses
from packhouse.web.wording import When, when

RESULTS = 20
_LAST_PAGE = 500


class Hit(Struct, frozen=True):
    """A package that was found."""

    summary: Summary
    url: str
    published: When | None


class Group(Struct, frozen=True):
    """What was found in one ecosystem."""

    ecosystem: str
    title: str
    total: int
    hits: tuple[Hit, ...]
    before: str
    after: str
    open_url: str
    """The page of the package that is called exactly so, known or not; empty where it cannot be a name."""


class SearchPage(Struct, frozen=True):
    """All that the template shows."""

    text: str
    ecosystem: str
    groups: tuple[Group, ...]


async def load_search_page(
    ecosystems: Mapping[str, Services], addresses: Addresses, view: View, query: Mapping[str, str]
) -> SearchPage:
    """Search one ecosystem, or all of them; raise NotFound for one that is not served."""
    text = query.get("q", "").strip()[:200]
    chosen = query.get("ecosystem", "")
    if chosen and chosen not in ecosystems:
        raise NotFound(f"{chosen[:40]!r} is not served here")
    page = page_number(query)
    groups = [
        await _group(services, addresses, view, text, page)
        for key, services in ecosystems.items()
        if text and chosen in ("", key)
    ]
    return SearchPage(text, chosen, tuple(groups))


def page_number(query: Mapping[str, str]) -> int:
    """Read which page is asked for; whatever is no number is the first."""
    text = query.get("page", "")[:6]
    return min(max(int(text), 1), _LAST_PAGE) if text.isascii() and text.isdigit() else 1


async def _group(services: Services, addresses: Addresses, view: View, text: str, page: int) -> Group:
    ecosystem = services.ecosystem
    found = await services.search.find(view, ecosystem.key, text, (page - 1) * RESULTS, RESULTS)
    now = services.clock()
    hits = tuple(
        Hit(summary, addresses.package(ecosystem.key, summary.key.name), when(summary.published_at, now))
        for _, summary in found.hits
    )
    after = addresses.search(text, ecosystem.key, page + 1) if page * RESULTS < found.total else ""
    before = addresses.search(text, ecosystem.key, page - 1) if page > 1 else ""
    return Group(ecosystem.key, ecosystem.title, found.total, hits, before, after, _open_url(services, addresses, text))


def _open_url(services: Services, addresses: Addresses, text: str) -> str:
    try:
        return addresses.package(services.ecosystem.key, services.ecosystem.parse_name(text))
    except Invalid:
        return ""
