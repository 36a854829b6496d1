"""What every search index promises."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.domain.index import Summary
from packhouse.domain.package import Moment
from packhouse.domain.search import SearchQuery
from tests.ports.conftest import Store
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
