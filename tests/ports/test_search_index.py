"""What every search index promises."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.index import Summary
from packhouse.domain.package import Moment
from packhouse.domain.search import Order, SearchQuery, SearchScope
from packhouse.services.account_ports import HostedChange
from tests.ports.conftest import Store
from tests.ports.people import change, removal
from tests.ports.samples import OTHER_ORIGIN, SCOPE, index, key, state, summary

pytestmark = pytest.mark.anyio

PACKAGES = (
    summary("react", "A library for user interfaces", ("ui", "framework")),
    summary("react-dom", "The entry point to the DOM", ("react",)),
    summary("preact", "A fast alternative to react", ("react", "virtual dom")),
    summary("@types/react", "Type definitions for react"),
    summary("left-pad", "Pads a string on the left: café"),
    summary("JSONStream", "Rawstream of parsing", ("json", "stream")),
)


async def fill(store: Store, packages: Sequence[Summary] = PACKAGES) -> None:
    """Write an index document for each."""
    for each in packages:
        await store.write_index(state(each.key.name), index(each.key.name), [], each)


async def names(store: Store, text: str, ecosystem: str = "plain") -> list[str]:
    """Search and return the names in their order."""
    found = await store.search(ecosystem, SearchQuery(text), SCOPE, 0, 50)
    assert found.total == len(found.hits)
    return [str(hit.key.name) for _, hit in found.hits]


async def test_the_exact_name_is_first_and_names_that_begin_so_come_next(store: Store) -> None:
    await fill(store)
    assert (await names(store, "react"))[:2] == ["react", "react-dom"]
    assert set(await names(store, "react")) == {"react", "react-dom", "preact", "@types/react"}
    assert (await names(store, "REACT "))[0] == "react"
    assert (await names(store, "@types/react"))[0] == "@types/react"


@pytest.mark.parametrize("name", ["raect", "react", "leftpad", "left-pads", "left_pad", "1eft-pad", "type/react"])
async def test_a_name_that_is_near_another_is_known_to_be(store: Store, name: str) -> None:
    assert not await store.may_have_near("left-pad")
    await fill(store)
    assert await store.may_have_near(name)


async def test_a_name_far_from_all_others_is_known_to_be(store: Store) -> None:
    await fill(store)
    for name in ("orchards", "_", "a" * 200, "orchard-of-pears"):
        assert not await store.may_have_near(name)


async def test_scores_fall_from_hit_to_hit(store: Store) -> None:
    await fill(store)
    found = await store.search("plain", SearchQuery("react"), SCOPE, 0, 50)
    scores = [score for score, _ in found.hits]
    assert scores == sorted(scores, reverse=True)


async def test_keywords_descriptions_and_beginnings_of_words_are_found(store: Store) -> None:
    await fill(store)
    assert await names(store, "virtual") == ["preact"]
    assert await names(store, "pads string") == ["left-pad"]
    assert await names(store, "jsonstr") == ["JSONStream"]
    assert await names(store, "json") == ["JSONStream"]
    assert await names(store, "react zebra") == []


async def test_a_hit_shows_all_of_the_summary(store: Store) -> None:
    await fill(store)
    found = await store.search("plain", SearchQuery("preact"), SCOPE, 0, 5)
    assert found.hits[0][1] == PACKAGES[2]


async def test_results_come_in_pages_with_the_total(store: Store) -> None:
    await fill(store)
    everything = await store.search("plain", SearchQuery("react"), SCOPE, 0, 10)
    pages = [await store.search("plain", SearchQuery("react"), SCOPE, offset, 2) for offset in (0, 2, 4)]
    assert [page.total for page in pages] == [4, 4, 4]
    assert tuple(hit for page in pages for hit in page.hits) == everything.hits


async def test_search_keeps_to_its_ecosystem(store: Store) -> None:
    await fill(store)
    assert await names(store, "react", "other") == []
    assert await store.count_packages("other", SCOPE) == 0


async def test_a_new_summary_takes_the_place_of_the_old(store: Store) -> None:
    await fill(store)
    await fill(store, [summary("left-pad", "now pads on the right", ("alignment",))])
    assert await names(store, "string") == []
    assert await names(store, "alignment") == ["left-pad"]
    assert await names(store, "right") == ["left-pad"]
    assert await store.check(deep=True) == []


async def test_a_package_that_is_gone_is_not_found(store: Store) -> None:
    await fill(store)
    known = await store.write_index(state("left-pad"), index("left-pad"), [], PACKAGES[4])
    assert await store.count_packages("plain", SCOPE) == 6
    await store.write_state(msgspec.structs.replace(known, gone_at=Moment(9)))
    assert await names(store, "left-pad") == []
    assert await store.count_packages("plain", SCOPE) == 5


async def test_a_package_of_two_origins_is_one_result(store: Store) -> None:
    await fill(store)
    await store.write_index(state("react", origin=OTHER_ORIGIN), index("react"), [], PACKAGES[0])
    assert (await names(store, "interfaces")) == ["react"]
    assert await store.count_packages("plain", SCOPE) == 6


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        '"',
        "'",
        "*",
        "react*",
        "-react",
        "NOT",
        "a AND",
        "NEAR(",
        "name:react",
        "^react",
        "{a b}",
        "\0",
        "%",
        "_",
        "()",
    ],
)
async def test_no_text_is_a_syntax(store: Store, text: str) -> None:
    await fill(store)
    found = await store.search("plain", SearchQuery(text), SCOPE, 0, 50)
    assert found.total == len(found.hits)


async def test_any_text_can_be_searched_for(store: Store) -> None:
    await fill(store)

    @given(st.text(max_size=60))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def search(text: str) -> None:
        asked.append(text)

    asked: list[str] = []
    search()
    for text in asked:
        found = await store.search("plain", SearchQuery(text), SCOPE, 0, 3)
        assert found.total >= len(found.hits)


async def test_what_was_written_can_be_found_by_its_name(store: Store) -> None:
    await fill(store)
    for each in PACKAGES:
        assert (await names(store, str(each.key.name)))[0] == each.key.name
    assert await store.find_state("upstream:first", key("react")) is not None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("reat", "react"),
        ("raect", "react"),
        ("reakt", "react"),
        ("reacct", "react"),
        ("letf-pad", "left-pad"),
        ("leftpad", "left-pad"),
        ("jsonstraem", "JSONStream"),
        ("jsonnstraem", "JSONStream"),
        ("stream", "JSONStream"),
        ("onstr", "JSONStream"),
        ("types raect", "@types/react"),
        ("CAFÉ", "left-pad"),
        ("cafe", "left-pad"),
    ],
)
async def test_what_was_meant_is_found(store: Store, typed: str, meant: str) -> None:
    await fill(store)
    assert (await names(store, typed))[0] == meant


@pytest.mark.parametrize("typed", ["rct", "xeakt", "rea ct zebra", "paddle-wheel", "abcdefgh"])
async def test_what_is_near_nothing_is_not_found(store: Store, typed: str) -> None:
    await fill(store)
    assert await names(store, typed) == []


async def test_what_was_written_comes_before_what_may_have_been_meant(store: Store) -> None:
    await fill(store, [summary("reakt"), summary("react"), summary("reaktor")])
    assert await names(store, "reakt") == ["reakt", "reaktor", "react"]


async def test_of_matches_alike_the_one_that_is_downloaded_comes_first(store: Store) -> None:
    await fill(store, [summary("fig-a"), summary("fig-b"), summary("fig-c")])
    await store.add_downloads("2026-01-01", {("default", key("fig-b"), ""): 50, ("team", key("fig-c"), ""): 2000})
    assert await names(store, "fig") == ["fig-c", "fig-b", "fig-a"]
    found = await store.search("plain", SearchQuery("fig"), SCOPE, 0, 2)
    assert [standing.downloads for standing in found.standings] == [2000, 50]
    await fill(store, [summary("fig-c", "changed")])
    assert (await names(store, "fig"))[0] == "fig-c"


def restricted(name: str, *, hidden: bool = True, **fields: Any) -> HostedChange:  # noqa: ANN401 (any field)
    """Publish a package that not everybody may see."""
    return change(name, ownership=Ownership(("ada",), restricted=hidden), summary=summary(name, "ours"), **fields)


async def test_restricted_packages_are_neither_shown_nor_counted(store: Store) -> None:
    await fill(store)
    known = await store.commit(restricted("react-secret"))
    theirs = msgspec.structs.replace(SCOPE, readable=frozenset({"react-secret", "left-pad"}))
    for offset in range(6):
        found = await store.search("plain", SearchQuery("react"), SCOPE, offset, 1)
        assert found.total == 4
        assert all(hit.key.name != "react-secret" for _, hit in found.hits)
    assert (await store.search("plain", SearchQuery("react"), theirs, 0, 9)).total == 5
    assert (await store.count_packages("plain", SCOPE), await store.count_packages("plain", theirs)) == (6, 7)
    for text in ("secret", "secrte", "cret", "ours", "react-secret"):
        assert await names(store, text) == []
    await store.commit(restricted("react-secret", hidden=False, expected=known.generation))
    assert await names(store, "secret") == ["react-secret"]


async def test_what_is_published_here_hides_what_has_its_name_elsewhere(store: Store) -> None:
    await fill(store)
    known = await store.commit(restricted("left-pad"))
    assert await names(store, "left-pad") == []
    theirs = msgspec.structs.replace(SCOPE, readable=frozenset({"left-pad"}))
    found = await store.search("plain", SearchQuery("left-pad"), theirs, 0, 9)
    assert [standing.origin for standing in found.standings] == [OTHER_ORIGIN]
    await store.commit(removal("left-pad", known.generation))
    assert await names(store, "left-pad") == []
    assert (await store.search("plain", SearchQuery("string"), theirs, 0, 9)).total == 0


async def test_of_two_upstreams_the_first_that_has_a_package_counts(store: Store) -> None:
    for origin, told in (("upstream:b", "from b"), ("upstream:a", "from a")):
        await store.write_index(state("fig", origin=origin), index("fig"), [], summary("fig", told))
    for origins in (("upstream:a", "upstream:b"), ("upstream:b", "upstream:a"), ("upstream:b",)):
        found = await store.search("plain", SearchQuery("fig"), SearchScope(OTHER_ORIGIN, origins), 0, 9)
        assert [standing.origin for standing in found.standings] == [origins[0]]
        assert found.total == 1
    nowhere = SearchScope(OTHER_ORIGIN, ("upstream:c",))
    assert (await store.search("plain", SearchQuery("fig"), nowhere, 0, 9)).total == 0
    both = SearchScope(OTHER_ORIGIN, ("upstream:a", "upstream:b"))
    gone = await store.find_state("upstream:a", key("fig"))
    assert gone is not None
    await store.write_state(msgspec.structs.replace(gone, gone_at=Moment(9)))
    found = await store.search("plain", SearchQuery("fig"), both, 0, 9)
    assert [standing.origin for standing in found.standings] == ["upstream:b"]
    await store.write_state(gone)
    found = await store.search("plain", SearchQuery("fig"), both, 0, 9)
    assert [standing.origin for standing in found.standings] == ["upstream:a"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"upstreams": ()}, {"ours"}),
        ({"everything_hosted": False}, {"react", "react-dom", "preact", "@types/react", "left-pad", "JSONStream"}),
        ({"everything_hosted": False, "upstreams": (), "readable": frozenset({"ours"})}, {"ours"}),
        ({"patterns": (("react*", "left-[?]ad"),)}, {"react", "react-dom", "ours"}),
        ({"patterns": (("left-?ad",),)}, {"left-pad", "ours"}),
        ({"patterns": (("*react*",), ("*d*", "@types/*"))}, {"react-dom", "@types/react", "ours"}),
        ({"patterns": ((),)}, {"ours"}),
        ({"reserved": ("*react*", "left-?ad")}, {"JSONStream", "ours"}),
    ],
)
async def test_a_scope_says_what_is_shown(store: Store, fields: dict[str, Any], expected: set[str]) -> None:
    await fill(store)
    await store.commit(change("ours"))
    scope = msgspec.structs.replace(SCOPE, **fields)
    assert await store.count_packages("plain", scope) == len(expected)
    found = await store.search("plain", SearchQuery(facets=(((),),)), scope, 0, 50)
    assert {hit.key.name for _, hit in found.hits} == expected


FACETED = (
    msgspec.structs.replace(summary("fig", keywords=("Fruit", "sweet")), author="Ada", flags=("unstable",)),
    msgspec.structs.replace(
        summary("plum", keywords=("fruit",)), emails={"someone": "some@one.example"}, requires=("fig", "JSONStream")
    ),
    msgspec.structs.replace(
        summary("@veg/leek", keywords=("sweet",)),
        maintainers=("bob",),
        flags=("deprecated",),
        categories=("Green", "soups"),
    ),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (SearchQuery(facets=(((("keyword", "fruit"),),),)), {"fig", "plum"}),
        (SearchQuery(facets=(((("keyword", "fruit"), ("keyword", "sweet")),),)), {"fig"}),
        (SearchQuery(facets=(((("keyword", "fruit"),), (("keyword", "sweet"),)),)), {"fig", "plum", "@veg/leek"}),
        (SearchQuery(facets=(((("keyword", "sweet"),),), ((("maintainer", "bob"),),))), {"@veg/leek"}),
        (SearchQuery(facets=(((("maintainer", "some@one.example"),),),)), {"plum"}),
        (SearchQuery(facets=(((("author", "ada"),),),)), {"fig"}),
        (SearchQuery("sweet", without=(("flag", "unstable"),)), {"@veg/leek"}),
        (SearchQuery("fruit", facets=(((("flag", "unstable"),),),)), {"fig"}),
        (SearchQuery(facets=(((("category", "green"),),),)), {"@veg/leek"}),
        (SearchQuery(facets=(((("requires", "JSONStream"),),),)), {"plum"}),
        (SearchQuery(facets=(((("requires", "jsonstream"),),),)), set()),
        (SearchQuery(begins="@veg/"), {"@veg/leek"}),
        (SearchQuery(begins="@ve"), {"@veg/leek"}),
        (SearchQuery("fruit", begins="@veg/"), set()),
        (SearchQuery(without=(("flag", "unstable"),)), set()),
    ],
)
async def test_facets_choose_exactly(store: Store, query: SearchQuery, expected: set[str]) -> None:
    await fill(store, FACETED)
    found = await store.search("plain", query, SCOPE, 0, 50)
    assert {hit.key.name for _, hit in found.hits} == expected
    assert found.total == len(expected)


async def test_facets_change_with_the_summary(store: Store) -> None:
    await fill(store, FACETED)
    await fill(store, [summary("fig", keywords=("sweet",))])
    fruit = SearchQuery(facets=(((("keyword", "fruit"),),),))
    assert [hit.key.name for _, hit in (await store.search("plain", fruit, SCOPE, 0, 9)).hits] == ["plum"]
    unstable = SearchQuery(facets=(((("flag", "unstable"),),),))
    assert (await store.search("plain", unstable, SCOPE, 0, 9)).total == 0


async def test_a_name_without_a_word_is_found_by_itself(store: Store) -> None:
    await fill(store, [summary("-"), summary("_"), summary("fig")])
    assert await names(store, "-") == ["-"]
    assert await names(store, "_") == ["_"]
    assert await names(store, "%") == []


async def test_every_page_of_every_level_is_one_part_of_the_whole(store: Store) -> None:
    packages = [summary(f"apple-{number}") for number in range(5)]
    packages += [summary(f"plum-{number}", keywords=("apple",)) for number in range(5)]
    packages += [summary(f"pear-{number}", "like an apple") for number in range(5)]
    packages += [summary(f"aple-{number}") for number in range(3)]
    await fill(store, [*packages, summary("pineapples")])
    whole = await names(store, "apple")
    assert [name[:3] for name in whole] == ["app"] * 5 + ["plu"] * 5 + ["pea"] * 5 + [name[:3] for name in whole[15:]]
    assert set(whole[15:]) == {"aple-0", "aple-1", "aple-2", "pineapples"}
    for size in (1, 4, 7):
        paged = []
        for offset in range(0, 25, size):
            found = await store.search("plain", SearchQuery("apple"), SCOPE, offset, size)
            assert found.total == 19
            paged += [str(hit.key.name) for _, hit in found.hits]
        assert paged == whole


ORDERS: tuple[Order, ...] = ("alphabetical", "downloads", "recent-downloads", "recent-updates", "new")


async def fill_orchard(store: Store) -> None:
    """Write packages that every order puts elsewhere, some of them published here."""
    for number, name in enumerate(("fig", "Plum", "apple", "cherry", "banana", "date", "elder")):
        each = msgspec.structs.replace(
            summary(name, "a fruit", ("sweet",) if number % 2 else ("sour",)),
            published_at=Moment(100 + number * 7 % 5),
            created_at=Moment(50 + number * 3 % 7),
        )
        if number % 3:
            await store.write_index(state(name), index(name), [], each)
        else:
            await store.commit(change(name, summary=each))
        await store.add_downloads("2026-01-01", {("default", key(name), "1.0"): 1 + number * 5 % 7})
        await store.add_downloads("2026-06-01", {("default", key(name), "1.0"): 1 + number * 4 % 7})
    await store.commit(restricted("guava"))
    await store.age_downloads("2026-06-02")


async def listed(store: Store, query: SearchQuery, size: int = 50, offset: int = 0) -> list[str]:
    """Name the packages of a page."""
    return [str(hit.key.name) for _, hit in (await store.search("plain", query, SCOPE, offset, size)).hits]


EVERYTHING = SearchQuery(facets=(((),),))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("alphabetical", ["apple", "banana", "cherry", "date", "elder", "fig", "Plum"]),
        ("downloads", ["date", "Plum", "banana", "cherry", "elder", "apple", "fig"]),
        ("recent-downloads", ["date", "cherry", "Plum", "elder", "banana", "apple", "fig"]),
        ("recent-updates", ["apple", "banana", "elder", "Plum", "cherry", "date", "fig"]),
        ("new", ["apple", "banana", "elder", "Plum", "cherry", "date", "fig"]),
    ],
)
async def test_everything_can_be_listed_in_every_order(store: Store, order: Order, expected: list[str]) -> None:
    await fill_orchard(store)
    for query in (EVERYTHING, SearchQuery()):
        assert await listed(store, msgspec.structs.replace(query, order=order)) == expected


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("query", "count"),
    [
        (EVERYTHING, 7),
        (SearchQuery(facets=(((("keyword", "sweet"),),),)), 3),
        (SearchQuery(facets=(((("keyword", "sour"),), (("keyword", "sweet"),)),), without=(("keyword", "sour"),)), 3),
        (SearchQuery("fruit"), 7),
        (SearchQuery("fruit", facets=(((("keyword", "sour"),),),)), 4),
        (SearchQuery(begins="p"), 1),
        (SearchQuery("plum"), 1),
        (SearchQuery("friut"), 0),
        (SearchQuery("-"), 0),
    ],
)
async def test_pages_and_positions_part_every_list(store: Store, order: Order, query: SearchQuery, count: int) -> None:
    await fill_orchard(store)
    query = msgspec.structs.replace(query, order=order)
    whole = await listed(store, query)
    assert len(whole) == count
    for size in (1, 3):
        pages = [await listed(store, query, size, offset) for offset in range(0, 9, size)]
        assert [name for page in pages for name in page] == whole
        sought, after = [], None
        while True:
            found = await store.search("plain", msgspec.structs.replace(query, after=after), SCOPE, 0, size)
            assert found.total == count
            if not found.hits:
                break
            sought += [str(hit.key.name) for _, hit in found.hits]
            after = found.last
        assert sought == whole


async def test_a_facet_that_nearly_everything_has_is_listed_in_every_order_too(store: Store) -> None:
    names = [f"fig-{number}" for number in range(4_100)]
    if isinstance(store, MemoryStore):
        names = names[:5]
    for at in range(0, len(names), 500):
        await asyncio.gather(
            *(
                store.write_index(state(name), index(name, 1), [], summary(name, keywords=("fruit",)))
                for name in names[at : at + 500]
            )
        )
    await store.write_index(state("leek"), index("leek"), [], summary("leek"))
    await store.add_downloads("2026-01-01", {("default", key("fig-3"), ""): 5, ("default", key("leek"), ""): 9})
    fruit = SearchQuery(facets=(((("keyword", "fruit"),),),), order="downloads")
    found = await store.search("plain", fruit, SCOPE, 0, 2)
    assert (found.total, found.hits[0][1].key.name) == (len(names), "fig-3")
    after = await store.search("plain", msgspec.structs.replace(fruit, after=found.last), SCOPE, 0, 1)
    assert (after.total, after.hits[0][1].key.name) == (
        len(names),
        [name for name in reversed(names) if name != "fig-3"][1],
    )


async def test_downloads_are_recent_for_90_days(store: Store) -> None:
    await fill(store, [summary("fig"), summary("plum")])
    await store.age_downloads("2026-03-31")
    await store.add_downloads("2026-01-01", {("default", key("fig"), ""): 3})
    await store.add_downloads("2026-03-31", {("default", key("plum"), ""): 1, ("default", key("pear"), ""): 4})
    query = SearchQuery(order="recent-downloads")

    async def recent() -> dict[str, tuple[int, int]]:
        found = await store.search("plain", query, SCOPE, 0, 9)
        pairs = zip(found.hits, found.standings, strict=True)
        return {hit.key.name: (standing.recent, standing.downloads) for (_, hit), standing in pairs}

    assert await recent() == {"fig": (3, 3), "plum": (1, 1)}
    await store.age_downloads("2026-04-01")
    assert await recent() == {"fig": (0, 3), "plum": (1, 1)}
    await fill(store, [summary("pear")])
    assert (await recent())["pear"] == (4, 4)
    await store.age_downloads("2026-04-01")
    await store.age_downloads("2026-07-01")
    assert await recent() == {"fig": (0, 3), "plum": (0, 1), "pear": (0, 4)}


@pytest.mark.parametrize("order", ["relevance", "downloads"])
async def test_of_some_names_only_those_are_found(store: Store, order: Order) -> None:
    await fill_orchard(store)
    query = SearchQuery(among=("fig", "Plum", "guava", "nowhere"), order=order)
    found = await store.search("plain", query, SCOPE, 0, 9)
    assert (sorted(hit.key.name for _, hit in found.hits), found.total) == (["Plum", "fig"], 2)
    sour = msgspec.structs.replace(query, facets=(((("keyword", "sweet"),),),))
    assert await listed(store, sour) == ["Plum"]
    assert await listed(store, SearchQuery(among=(), order=order)) == []


async def test_facets_and_downloads_are_counted_of_what_may_be_shown(store: Store) -> None:
    await fill_orchard(store)
    await store.add_downloads("2026-06-01", {("default", key("guava"), "1.0"): 1000})
    assert await store.count_facets("plain", "keyword", SCOPE) == {"sour": 4, "sweet": 3}
    assert await store.count_facets("other", "keyword", SCOPE) == {}
    hosted = msgspec.structs.replace(SCOPE, upstreams=())
    assert await store.count_facets("plain", "keyword", hosted) == {"sour": 2, "sweet": 1}
    # Counted again as soon as there is another package.
    await store.write_index(state("kiwi"), index("kiwi"), [], summary("kiwi", keywords=("sour",)))
    assert await store.count_facets("plain", "keyword", SCOPE) == {"sour": 5, "sweet": 3}
    assert await store.count_downloads("plain", SCOPE) == 56
    assert await store.count_downloads("plain", SearchScope("elsewhere")) == 0
