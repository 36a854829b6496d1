"""The search index in dictionaries, for tests: the same levels and scores, found by looking at everything."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from packhouse.adapters.memory.hosted import Place
from packhouse.domain.accounts import Ownership
from packhouse.domain.index import Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.search import Facet, Order, Position, SearchQuery, SearchScope, Standing
from packhouse.formats.words import distance, fold, parts_of, words_of
from packhouse.services.ports import IndexState, SearchHits
from packhouse.services.standing import maintenance, popularity, quality_of

_FEW = 20
_FORGIVING = 4
_TWO_SLIPS = 8

Hit = tuple[float, Summary, Standing]


class MemorySearch:
    """Looks at every summary."""

    _downloads: dict[Place, dict[tuple[str, str], int]]
    _not_recent: str
    _ownerships: dict[Place, Ownership]
    _states: dict[Place, IndexState]
    _summaries: dict[Place, Summary]

    async def search(
        self, ecosystem: str, query: SearchQuery, scope: SearchScope, offset: int, limit: int
    ) -> SearchHits:
        """Rank packages: by name, keywords, description, by slips of the fingers where little else is found."""
        text = " ".join(fold(query.text).split())
        words = words_of(text)
        if not query.chooses:
            return SearchHits(0, ())
        known = [place for place in self._visible(ecosystem, scope) if _has(self._summaries[place], query)]
        hits: list[Hit] = []
        for place in known:
            level = _level(self._summaries[place], words, text)
            if level is not None:
                hits.append(self._rated(place, query, text, level, ()))
        if query.order != "relevance":
            return self._ordered(hits, query, offset, limit)
        if words and len(hits) < _FEW:
            strict = {hit[1].key for hit in hits}
            rest = [place for place in known if place[1] not in strict]
            near = {word: _near(word, [self._summaries[place] for place in known]) for word in words}
            readings = _readings(text, near)
            hits += [
                self._rated(place, query, text, 0.0, readings)
                for place in rest
                if _is_meant(self._summaries[place], near)
            ]
        hits.sort(key=lambda hit: (-hit[0], hit[1].key))
        page = hits[max(offset, 0) : max(offset, 0) + max(limit, 0)]
        return SearchHits(len(hits), tuple(hit[:2] for hit in page), tuple(hit[2] for hit in page))

    async def count_packages(self, ecosystem: str, scope: SearchScope) -> int:
        """Count the packages of an ecosystem that may be shown."""
        return len(self._visible(ecosystem, scope))

    async def count_downloads(self, ecosystem: str, scope: SearchScope) -> int:
        """Add up the downloads of all packages that may be shown."""
        query = SearchQuery()
        return sum(self._rated(place, query, "", 0.0, ())[2].downloads for place in self._visible(ecosystem, scope))

    async def count_facets(self, ecosystem: str, kind: str, scope: SearchScope) -> dict[str, int]:
        """Count the packages that may be shown by each of their values of a kind of facet."""
        places = self._visible(ecosystem, scope)
        return Counter(value for place in places for of, value in _facets(self._summaries[place]) if of == kind)

    async def may_have_near(self, name: str) -> bool:
        """Tell at little cost that no known name is one slip away; True where one may be, shown or not."""
        whole = "".join(words_of(name))
        known = (str(place[1].name) for place in self._summaries)
        return any(distance(whole, "".join(words_of(other))) <= 1 for other in known)

    def _ordered(self, hits: Sequence[Hit], query: SearchQuery, offset: int, limit: int) -> SearchHits:
        numbers = {place: number for number, place in enumerate(self._states)}
        placed = [(_position(hit, query.order, numbers), hit) for hit in hits]
        descending = query.order != "alphabetical"
        placed.sort(key=lambda each: each[0], reverse=descending)
        after = query.after
        if after is not None:
            placed = [each for each in placed if (each[0] < after if descending else each[0] > after)]
        page = placed[max(offset, 0) : max(offset, 0) + max(limit, 0)]
        found = tuple((0.0, hit[1]) for _, hit in page)
        return SearchHits(len(hits), found, tuple(hit[2] for _, hit in page), page[-1][0] if page else None)

    def _visible(self, ecosystem: str, scope: SearchScope) -> list[Place]:
        best: dict[PackageKey, Place] = {}
        origins = (scope.hosted, *scope.upstreams)
        for origin in origins:
            for place, state in self._states.items():
                if place[0] != origin or place[1].ecosystem != ecosystem:
                    continue
                shown = place in self._summaries and state.gone_at is None
                if shown or origin == scope.hosted:
                    best.setdefault(place[1], place)
        return [place for place in best.values() if place in self._summaries and self._may_show(place, scope)]

    def _may_show(self, place: Place, scope: SearchScope) -> bool:
        origin, key = place
        if self._states[place].gone_at is not None:
            return False
        if origin == scope.hosted:
            owned = self._ownerships.get(place)
            open_to_all = scope.everything_hosted and not (owned is not None and owned.restricted)
            return open_to_all or key.name in scope.readable
        if any(fnmatchcase(key.name, pattern) for pattern in scope.reserved):
            return False
        return all(any(fnmatchcase(key.name, each) for each in patterns) for patterns in scope.patterns)

    def _rated(self, place: Place, query: SearchQuery, text: str, level: float, readings: Sequence[str]) -> Hit:
        summary, weights, name = self._summaries[place], query.weights, fold(place[1].name)
        counts = [each for (_, key), days in self._downloads.items() if key == place[1] for each in days.items()]
        downloads = sum(count for _, count in counts)
        standing = Standing(
            place[0],
            downloads,
            sum(count for (day, _), count in counts if day > self._not_recent),
            summary.created_at or summary.published_at or Moment(0),
            quality_of(summary),
            popularity(downloads),
            maintenance(summary.published_at or 0, query.now),
        )
        score = level
        if name in {text, text.replace(" ", "-")} and query.favours_exact:
            score += 180.0
        elif (text and name.startswith(text)) or name in readings:
            score += 90.0
        score += 20.0 * min(len(text), len(name)) / max(len(name), 1)
        score += 20.0 * weights.quality * standing.quality + 20.0 * weights.popularity * standing.popularity
        score += 20.0 * weights.maintenance * standing.maintenance + 5.0 * place[0].startswith("hosted:")
        return score, summary, standing


def _position(hit: Hit, order: Order, numbers: Mapping[Place, int]) -> Position:
    _, summary, standing = hit
    values: dict[Order, int | str] = {
        "alphabetical": fold(summary.key.name),
        "downloads": standing.downloads,
        "recent-downloads": standing.recent,
        "recent-updates": summary.published_at or 0,
        "new": standing.created_at,
    }
    return values[order], numbers[standing.origin, summary.key]


def _level(summary: Summary, words: Sequence[str], text: str) -> float | None:
    """Tell what a match is worth by where all words are found; None if one of them is nowhere."""
    if not words:
        return 0.0 if not text or fold(summary.key.name) == text else None
    known: list[str] = []
    fields = (_name_words(summary), words_of(" ".join(summary.keywords)), words_of(summary.description))
    for worth, field in zip((900.0, 600.0, 300.0), fields, strict=True):
        known += field
        if all(any(_begins(other, word) for other in known) for word in words):
            return worth
    return None


def _is_meant(summary: Summary, near: Mapping[str, Sequence[str]]) -> bool:
    named = set(_name_words(summary))
    anything = [*named, *words_of(" ".join(summary.keywords)), *words_of(summary.description)]
    return all(
        any(_begins(other, word) for other in anything)
        or not named.isdisjoint(others)
        or (len(word) >= _FORGIVING and any(word in other for other in named))
        for word, others in near.items()
    )


def _near(word: str, summaries: Sequence[Summary]) -> list[str]:
    if len(word) < _FORGIVING:
        return []
    most = 2 if len(word) >= _TWO_SLIPS else 1
    known = {other for summary in summaries for other in _name_words(summary)}
    measured = [(distance(word, other), other) for other in known if other != word]
    nearest = min(most, min(measured, default=(most, ""))[0])
    return sorted(other for far, other in measured if far <= nearest)


def _readings(text: str, near: Mapping[str, Sequence[str]]) -> list[str]:
    found = [text]
    for word, others in near.items():
        found += [reading.replace(word, other) for reading in found for other in others]
    return found[1:]


def _has(summary: Summary, query: SearchQuery) -> bool:
    facets = _facets(summary)
    wanted = all(any(facets.issuperset(together) for together in group) for group in query.facets)
    if query.among is not None and summary.key.name not in query.among:
        return False
    return wanted and facets.isdisjoint(query.without) and fold(summary.key.name).startswith(query.begins)


def _facets(summary: Summary) -> set[Facet]:
    people = [("author", summary.author), *(("maintainer", person) for person in summary.maintainers)]
    known: set[Facet] = {
        (kind, fold(each)) for kind, person in people for each in (person, summary.emails.get(person, "")) if each
    }
    known |= {("keyword", fold(word)) for word in summary.keywords} | {("flag", flag) for flag in summary.flags}
    known |= {("category", fold(category)) for category in summary.categories}
    return known | {("requires", name) for name in summary.requires}


def _name_words(summary: Summary) -> list[str]:
    return [*words_of(summary.key.name), *parts_of(summary.key.name)]


def _begins(other: str, word: str) -> bool:
    return other.startswith(word) if len(word) > 1 else other == word
