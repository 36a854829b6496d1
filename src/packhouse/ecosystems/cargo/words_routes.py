"""The door of keywords and categories: how many crates have them.

What an upstream lists is passed on, with the crates that are published here added to its counts; where none answers,
what is known here is counted.
"""

from collections.abc import Mapping
from urllib.parse import quote

from packhouse.domain.errors import NotFound, NotTold, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.categories import Category, known_categories
from packhouse.ecosystems.cargo.crate_document import objects, text
from packhouse.ecosystems.cargo.listing import Json
from packhouse.ecosystems.cargo.merged_keywords import MergedKeywords, keyword_json, paged, with_count
from packhouse.ecosystems.cargo.paging import MAX_QUERY, read_part, write_query
from packhouse.ecosystems.cargo.upstream_lists import UpstreamLists
from packhouse.ecosystems.cargo.visible import read_found
from packhouse.formats.words import fold
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services

_WHOLE = frozenset({"sort", "page", "per_page"})
_KINDS = ("category", "keyword")
_LONG_AGO = "1970-01-01T00:00:00Z"
_NOT_THERE = (NotFound, NotTold, UpstreamError)


class WordRoutes:
    """The handlers."""

    def __init__(self, services: Services, upstream: UpstreamLists) -> None:
        self._services = services
        self._merged = MergedKeywords(services, upstream)
        self._categories = known_categories(services)
        self._own_categories = services.categories is not None
        services.search.expect_counts(services.ecosystem.key, *_KINDS)

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("api/v1/keywords", GET=self.keywords),
            route("api/v1/keywords/{name}", GET=self.keyword),
            route("api/v1/categories", GET=self.categories),
            route("api/v1/categories/{name}", GET=self.category),
            route("api/v1/category_slugs", GET=self.slugs),
        ]

    async def keywords(self, request: Request) -> Answer:
        """List the keywords that crates have."""
        part = read_part(request.query)
        try:
            ours = await self._hosted(request.view, "keyword")
            if ours:
                return json_answer(await self._merged.page(request.view, ours, request.query, part))
            return json_answer(await self._upstreams(request, "keywords"))
        except _NOT_THERE:
            counts = await self._counts(request.view, "keyword")
            entries = [keyword_json(each, count) for each, count in counts.items()]
            return json_answer(paged("keywords", entries, request.query, part))

    async def keyword(self, request: Request, name: str) -> Answer:
        """Tell how many crates have a keyword."""
        name = name[:MAX_QUERY]
        try:
            document = await self._upstreams(request, f"keywords/{quote(name, safe='')}")
        except _NOT_THERE:
            counts = await self._counts(request.view, "keyword")
            if fold(name) not in counts:
                raise NotFound(f"keyword `{name}` does not exist") from None
            return json_answer({"keyword": keyword_json(fold(name), counts[fold(name)])})
        ours = await self._hosted(request.view, "keyword")
        if isinstance(document.get("keyword"), dict):
            document["keyword"] = with_count(document["keyword"], ours.get(fold(name), 0))
        return json_answer(document)

    async def categories(self, request: Request) -> Answer:
        """List the categories that are below no other."""
        part = read_part(request.query)
        try:
            document = await self._upstreams(request, "categories")
        except _NOT_THERE:
            counts = await self._counts(request.view, "category")
            entries = [category_json(each, counts) for each in self._categories.at_the_top()]
            return json_answer(paged("categories", entries, request.query, part))
        ours = await self._hosted(request.view, "category")
        entries = [with_count(each, _with_below(_id(each), ours)) for each in objects(document, "categories")]
        document["categories"] = entries
        return json_answer(document)

    async def category(self, request: Request, name: str) -> Answer:
        """Tell what a category is, and which are above and below."""
        name = name[:MAX_QUERY]
        try:
            document = await self._upstreams(request, f"categories/{quote(name, safe='')}")
        except _NOT_THERE:
            counts = await self._counts(request.view, "category")
            found = self._categories.find(name)
            if found is None:
                raise NotFound(f"category `{name}` does not exist") from None
            return json_answer({"category": self._whole(found, counts)})
        ours = await self._hosted(request.view, "category")
        if isinstance(document.get("category"), dict):
            document["category"] = with_count(document["category"], _with_below(name, ours))
        return json_answer(document)

    async def slugs(self, request: Request) -> Answer:
        """List everything that a crate may name as its category."""
        try:
            return json_answer(await self._upstreams(request, "category_slugs"))
        except _NOT_THERE:
            known = self._categories.all()
            slugs = [{"id": each.slug, "slug": each.slug, "description": each.description} for each in known]
            return json_answer({"category_slugs": slugs})

    async def fill(self, view: View, document: Json) -> Json:
        """Put the counts of its keywords and categories into a crate's document, which holds none of its own."""
        filled = dict(document)
        if words := objects(document, "keywords"):
            counts = await self._counts(view, "keyword")
            filled["keywords"] = [{**keyword_json(_id(each), counts.get(fold(_id(each)), 0)), **each} for each in words]
        if slugs := objects(document, "categories"):
            counts = await self._counts(view, "category")
            known = [(each, self._categories.find(_id(each)) or Category(_id(each), _id(each))) for each in slugs]
            filled["categories"] = [{**each, **category_json(category, counts)} for each, category in known]
        return filled

    def _whole(self, category: Category, counts: Mapping[str, int]) -> Json:
        children, parents = self._categories.children(category.slug), self._categories.parents(category.slug)
        return category_json(category, counts) | {
            "subcategories": [category_json(each, counts) for each in children],
            "parent_categories": [category_json(each, counts) for each in parents],
        }

    async def _upstreams(self, request: Request, path: str) -> Json:
        """Fetch the upstream's document; the operator's own categories come before those of others."""
        if self._own_categories and path.startswith(("categories", "category_slugs")):
            raise NotFound("the categories are those of this server")
        query = {each: value[:MAX_QUERY] for each, value in request.query.items() if each in _WHOLE}
        key = PackageKey(self._services.ecosystem.key, NormalName(""))
        further = FurtherKey(key, f"{path}?{write_query(query)}" if query else path)
        return dict(read_found(await self._services.further.get(request.view, further)))

    async def _counts(self, view: View, kind: str) -> dict[str, int]:
        return await self._services.search.count_facets(view, self._services.ecosystem.key, kind)

    async def _hosted(self, view: View, kind: str) -> dict[str, int]:
        return await self._services.search.count_hosted_facets(view, self._services.ecosystem.key, kind)


def category_json(category: Category, counts: Mapping[str, int]) -> Json:
    """Write a category; the crates of those below it count as well."""
    return category.json(_with_below(category.slug, counts))


def _with_below(slug: str, counts: Mapping[str, int]) -> int:
    return sum(count for each, count in counts.items() if each == slug or each.startswith(f"{slug}::"))


def _id(entry: Json) -> str:
    return text(entry, "id") or ""
