"""The front page of the registry in numbers: what is known here, joined with what an upstream tells of itself."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid, NotFound, NotSignedIn, NotTold, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.search import Order, SearchQuery
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.categories import known_categories
from packhouse.ecosystems.cargo.crate_document import number, objects, text
from packhouse.ecosystems.cargo.found_crates import FoundCrates
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.merged_keywords import keyword_json
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.upstream_lists import UpstreamLists
from packhouse.ecosystems.cargo.visible import Visible, read_found
from packhouse.ecosystems.cargo.words_routes import category_json
from packhouse.http.answers import JSON, Answer
from packhouse.http.request import Request
from packhouse.http.serving import body_answer
from packhouse.services.assembly import Services
from packhouse.services.ports import SearchHits
from packhouse.services.remembered import Remembered

_EACH = 10
_LOOKED_AT = 30
_FRESH_MS = 60_000
_ORDERS: dict[str, tuple[Order, str]] = {
    "new_crates": ("new", "created_at"),
    "most_downloaded": ("downloads", "downloads"),
    "most_recently_downloaded": ("recent-downloads", "recent_downloads"),
    "just_updated": ("recent-updates", "updated_at"),
}
"""The lists, by what they are ordered by, and the field that holds it."""


class _Made(msgspec.Struct, frozen=True):
    document: Json
    body: bytes
    names: frozenset[str]


class Summary:
    """Answers `GET /summary`; an answer is up to a minute old, but for crates that were hidden or removed since."""

    def __init__(self, services: Services, visible: Visible, upstream: UpstreamLists) -> None:
        self._services = services
        self._visible = visible
        self._upstream = upstream
        self._found = FoundCrates(services)
        self._categories = known_categories(services)
        self._made = Remembered[_Made](services.clock, _FRESH_MS)

    async def answer(self, request: Request) -> Answer:
        """Answer with what is new and what is popular."""
        view = request.view
        question = (view.registry, view.as_of, await self._services.search.scope_of(view))
        # Whoever else may see the same is answered with the same: nobody's sight is part of it.
        plain = msgspec.structs.replace(view, sight=None)
        made = await self._made.get(question, lambda: self._make(plain))
        gone = {name for name in made.names if not await self._is_there(view, name)}
        body = msgspec.json.encode(_without(made.document, gone)) if gone else made.body
        return body_answer(request, body, JSON)

    async def _is_there(self, view: View, name: str) -> bool:
        try:
            key = PackageKey(self._services.ecosystem.key, parse_name(name))
            ownership = await self._services.access.check_read(view, key)
        except (Invalid, NotFound, NotSignedIn):
            return False
        return ownership is None or ownership.removed_at is None

    async def _make(self, view: View) -> _Made:
        try:
            document = await self._joined(view)
        except (NotFound, NotTold, UpstreamError):
            document = await self._local(view)
        listed = [each for name in _ORDERS for each in objects(document, name)]
        names = frozenset(text(each, "name") or "" for each in listed)
        return _Made(document, msgspec.json.encode(document), names)

    async def _local(self, view: View) -> Json:
        """Tell what is known here."""
        search, ecosystem = self._services.search, self._services.ecosystem.key
        lists = {name: await self._list(view, name, search.find) for name in _ORDERS}
        keywords = await search.count_facets(view, ecosystem, "keyword")
        categories = await search.count_facets(view, ecosystem, "category")
        return {
            "num_crates": await search.count(view, ecosystem),
            "num_downloads": await search.count_downloads(view, ecosystem),
            **lists,
            **self._words(keywords, categories),
        }

    async def _joined(self, view: View) -> Json:
        """Put what is published here among what the upstream tells."""
        key = PackageKey(self._services.ecosystem.key, NormalName(""))
        told = read_found(await self._services.further.get(view, FurtherKey(key, "summary")))
        search, ecosystem = self._services.search, self._services.ecosystem.key
        everything = await search.find_hosted(view, ecosystem, SearchQuery(order="downloads"), 0, 0)
        joined = dict(told)
        for name in (each for each in _ORDERS if each in told):
            listed = objects(told, name)
            theirs = [each for each in listed if not await self._upstream.is_ours(view, text(each, "name") or "")]
            ours = await self._list(view, name, search.find_hosted) if everything.total else []
            seen = await self._visible.checked(view, theirs)
            joined[name] = _best([*ours, *seen], name) if ours else seen
        if everything.total and "num_crates" in told:
            joined["num_crates"] = (number(told, "num_crates") or 0) + everything.total
        return joined

    async def _list(self, view: View, name: str, find: Callable[..., Any]) -> list[Json]:
        query = SearchQuery(order=_ORDERS[name][0])
        limit = _LOOKED_AT if name == "just_updated" else _EACH
        found: SearchHits = await find(view, self._services.ecosystem.key, query, 0, limit)
        written = await self._found.write(view, found)
        if name == "just_updated":  # and not new
            written = [each for each in written if each["num_versions"] > 1] or written
        return written[:_EACH]

    def _words(self, keywords: dict[str, int], categories: dict[str, int]) -> Json:
        frequent = sorted(keywords.items(), key=lambda each: (-each[1], each[0]))[:_EACH]
        top = [category_json(each, categories) for each in self._categories.at_the_top()]
        top.sort(key=lambda each: -int(each["crates_cnt"]))
        return {
            "popular_keywords": [keyword_json(word, count) for word, count in frequent],
            "popular_categories": top[:_EACH],
        }


def _without(document: Json, names: set[str]) -> Json:
    lists = {name: [each for each in objects(document, name) if text(each, "name") not in names] for name in _ORDERS}
    return {**document, **lists}


def _best(crates: Sequence[Json], name: str) -> list[Json]:
    field = _ORDERS[name][1]
    text_like = field.endswith("_at")
    ranked = sorted(crates, key=lambda each: each.get(field) or ("" if text_like else 0), reverse=True)
    return ranked[:_EACH]
