"""Keywords of crates here among those that an upstream lists."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import API, CONFIG, INDEX
from tests.ecosystems.cargo.test_hosted_reads import orchard, read
from tests.ecosystems.cargo.test_web_api import WEB

pytestmark = pytest.mark.anyio

UPSTREAM = UpstreamRegistry("crates", "cargo", INDEX, urls={"api": API})


def entry(keyword: str, count: int) -> dict[str, Any]:
    """Write a keyword as an upstream does."""
    return {"id": keyword, "keyword": keyword, "created_at": "2020-01-01T00:00:00Z", "crates_cnt": count, "later": 1}


def answers(keywords: Sequence[dict[str, Any]], sizes: Sequence[int]) -> Mapping[str, MemoryAnswer]:
    """Answer for every page that may be asked for."""
    found: dict[str, MemoryAnswer] = {f"{INDEX}/config.json": CONFIG}
    for sort in ("", "&sort=crates"):
        ordered = sorted(keywords, key=lambda each: (-each["crates_cnt"] if sort else 0, each["id"]))
        for size in sizes:
            for page in range(1, len(keywords) // size + 3):
                part = ordered[(page - 1) * size : page * size]
                document = {"keywords": part, "meta": {"total": len(keywords)}}
                found[f"{WEB}/keywords?page={page}&per_page={size}{sort}"] = json.dumps(document).encode()
    for each in keywords:
        found[f"{WEB}/keywords/{each['id']}"] = json.dumps({"keyword": each}).encode()
    return found


async def everything(server: Assembled, query: str, size: int) -> tuple[list[str], dict[str, int]]:
    """Turn all pages; name keywords in order, and their counts."""
    names: list[str] = []
    counts: dict[str, int] = {}
    following: str | None = f"?page=1&per_page={size}{query}"
    while following:
        assert set(parse_qs(urlsplit(following).query)) <= {"page", "per_page", "sort"}
        document = await read(server, f"keywords{following}")
        names += [each["keyword"] for each in document["keywords"]]
        counts |= {each["keyword"]: each["crates_cnt"] for each in document["keywords"]}
        following = document["meta"]["next_page"]
    return names, counts


async def test_a_short_list_is_merged_and_paged_as_one() -> None:
    theirs = [entry("apple", 9), entry("fruit", 5), entry("zoo", 1)]
    server = await orchard(Assembled(ECOSYSTEM, build_mount, answers(theirs, (2, 3, 4, 100)), (UPSTREAM,)))
    names, counts = await everything(server, "", 2)
    assert names == ["apple", "fruit", "jam", "red", "zoo"]
    assert counts == {"apple": 9, "fruit": 8, "jam": 1, "red": 1, "zoo": 1}
    names, _ = await everything(server, "&sort=crates", 2)
    assert names == ["apple", "fruit", "jam", "red", "zoo"]
    assert (await read(server, "keywords?per_page=2"))["meta"]["total"] == 5


async def test_what_only_crates_here_have_stands_where_it_belongs_in_a_long_list() -> None:
    theirs = [entry(f"a{number:04}", 1200 - number) for number in range(1100)] + [entry("fruit", 2), entry("zoo", 1)]
    sizes = tuple(range(1, 101))
    server = await orchard(Assembled(ECOSYSTEM, build_mount, answers(theirs, sizes), (UPSTREAM,)))
    names, counts = await everything(server, "", 50)
    assert names == [*(each["id"] for each in theirs[:-2]), "fruit", "jam", "red", "zoo"]
    assert (counts["fruit"], counts["jam"]) == (5, 1)
    by_count, _ = await everything(server, "&sort=crates", 50)
    assert sorted(by_count) == sorted(names)
    assert by_count.index("fruit") == 1100


async def test_a_list_in_an_order_that_passes_over_signs_keeps_it() -> None:
    words = sorted((f"a{sign}{number:03}" for sign in ("", "-") for number in range(600)), key=lambda each: each[-3:])
    theirs = [entry(each, 3) for each in words]
    told = {"keywords": theirs[:51], "meta": {"total": len(theirs)}}
    pages: dict[str, MemoryAnswer] = {
        f"{INDEX}/config.json": CONFIG,
        f"{WEB}/keywords?page=1&per_page=51": json.dumps(told).encode(),
    }
    server = await orchard(Assembled(ECOSYSTEM, build_mount, pages, (UPSTREAM,)))
    found = [each["keyword"] for each in (await read(server, "keywords?per_page=50"))["keywords"]]
    assert found == words[:50]
