"""The Web API over crates that are published here: lists, dependents, downloads, keywords, the summary."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.people import number_of
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import API, CONFIG, INDEX, index_file, line
from tests.ecosystems.cargo.publications import assembled, must_publish
from tests.ecosystems.cargo.test_web_api import FOUND, NEEDED, WEB

pytestmark = pytest.mark.anyio

DAY_MS = 86_400_000
ORCHARD = (
    ("Apple", 'keywords = ["Fruit", "red"]\ncategories = ["science::robotics"]', ""),
    ("pear-tree", 'keywords = ["fruit"]\ncategories = ["science"]', ""),
    ("plum_jam", 'keywords = ["jam", "fruit"]', "[dependencies]\nApple = '1'\npear-tree = { version = '1' }\n"),
    (
        "quince",
        "",
        "[dependencies]\napple_alias = { package = 'Apple', version = '1' }\n[dev-dependencies]\npear-tree = '1'",
    ),
)
"""Crates with the rest of their package's table, and what follows it."""
DEPENDENCIES: Mapping[str, list[dict[str, Any]]] = {
    "plum_jam": [{"name": "Apple"}, {"name": "pear-tree"}],
    "quince": [{"name": "Apple", "explicit_name_in_toml": "apple_alias"}, {"name": "pear-tree", "kind": "dev"}],
}


async def orchard(server: Assembled | None = None) -> Assembled:
    """Publish the crates, a day apart."""
    server = server or assembled()
    ada = await server.token("ada")
    for name, text, rest in ORCHARD:
        dependencies = [_said(each) for each in DEPENDENCIES.get(name, ())]
        await must_publish(server, ada, name, "1.0.0", f"{text}\n{rest}", {"deps": dependencies})
        server.now = Moment(server.now + DAY_MS)
    return server


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    usual = {"optional": False, "default_features": True, "features": [], "version_req": "^1", "target": None}
    return {**usual, "kind": "normal", "registry": None, **fields}


async def read(server: Assembled, path: str, token: str = "") -> Any:  # noqa: ANN401 (any document)
    """Read a document of the Web API."""
    reply = await server.send("GET", f"/cargo/api/v1/{path}", token=token)
    assert reply.status == 200, reply.text
    return json.loads(reply.body)


async def names(server: Assembled, query: str, token: str = "") -> list[str]:
    """Name the crates of a list."""
    listed = await read(server, f"crates?{query}", token)
    assert listed["meta"]["total"] >= len(listed["crates"])
    return [each["name"] for each in listed["crates"]]


async def download(server: Assembled, name: str, version: str, times: int) -> None:
    """Download a release some times."""
    for _ in range(times):
        assert (await server.get(f"/cargo/api/v1/crates/{name}/{version}/download")).status == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Apple", "pear-tree", "plum_jam", "quince"]),
        ("sort=alpha", ["Apple", "pear-tree", "plum_jam", "quince"]),
        ("sort=new", ["quince", "plum_jam", "pear-tree", "Apple"]),
        ("sort=recent-updates", ["quince", "plum_jam", "pear-tree", "Apple"]),
        ("sort=downloads", ["pear-tree", "Apple", "quince", "plum_jam"]),
        ("sort=recent-downloads", ["pear-tree", "Apple", "quince", "plum_jam"]),
        ("letter=P", ["pear-tree", "plum_jam"]),
        ("keyword=fruit", ["Apple", "pear-tree", "plum_jam"]),
        ("keyword=Red", ["Apple"]),
        ("all_keywords=fruit%20jam", ["plum_jam"]),
        ("category=science", ["Apple", "pear-tree"]),
        ("category=science::robotics", ["Apple"]),
        ("category=science&keyword=fruit&letter=a", ["Apple"]),
        ("q=pear_tree", ["pear-tree"]),
        ("q=about&sort=downloads", ["pear-tree", "Apple", "quince", "plum_jam"]),
        ("q=plum&keyword=red", []),
        ("ids[]=APPLE&ids[]=plum-jam&ids[]=nothing&ids[]=%25", ["Apple", "plum_jam"]),
        (f"user_id={number_of('ada')}", ["Apple", "pear-tree", "plum_jam", "quince"]),
        (f"user_id={number_of('ada')}&keyword=jam", ["plum_jam"]),
        ("user_id=3", []),
        ("include_yanked=no&letter=q", ["quince"]),
    ],
)
async def test_a_list_is_narrowed_and_ordered(query: str, expected: list[str]) -> None:
    server = await orchard()
    await download(server, "pear-tree", "1.0.0", 3)
    await download(server, "Apple", "1.0.0", 2)
    await server.services.usage.write()
    assert await names(server, query) == expected


async def test_a_crate_in_a_list_says_what_it_says_alone() -> None:
    server = await orchard()
    ada = await server.token("ada")
    await must_publish(server, ada, "Apple", "2.0.0-rc.1")
    await download(server, "Apple", "1.0.0", 2)
    crate = (await read(server, "crates/apple"))["crate"]
    (listed,) = (await read(server, "crates?q=APPLE&per_page=1"))["crates"]
    assert (listed["exact_match"], crate["downloads"], crate["num_versions"]) == (True, 2, 2)
    versions = ("max_version", "max_stable_version", "newest_version", "default_version")
    assert [crate[each] for each in versions] == ["2.0.0-rc.1", "1.0.0", "2.0.0-rc.1", "1.0.0"]
    of_lists = {
        "exact_match": True,
        "versions": None,
        "keywords": None,
        "categories": None,
        "description": "About Apple",
    }
    moments = ("created_at", "updated_at")
    assert {name: value for name, value in listed.items() if name not in moments} == {
        name: value for name, value in (crate | of_lists).items() if name not in moments
    }


async def test_pages_and_seeks_part_the_list() -> None:
    server = await orchard()
    for query, expected in (
        ("page=1&per_page=3&sort=new", ["quince", "plum_jam", "pear-tree"]),
        ("page=2&per_page=3&sort=new", ["Apple"]),
    ):
        assert await names(server, query) == expected
    first = await read(server, "crates?per_page=3&sort=new")
    assert first["meta"] == {"total": 4, "next_page": "?page=2&per_page=3&sort=new", "prev_page": None}
    for sort in ("new", "alpha", "downloads", "relevance&q=about"):
        found, query = [], f"?seek=&per_page=1&sort={sort}"
        while query:
            part = await read(server, f"crates{query}")
            assert part["meta"]["total"] == 4
            found += [each["name"] for each in part["crates"]]
            query = part["meta"]["next_page"]
        assert len(found) == 4
        assert len(set(found)) == 4


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("per_page=101", "cannot request more than 100 items"),
        ("page=201", "page 201 is more than 200: narrow the question down"),
        ("page=1&seek=-", "providing both ?page= and ?seek= is unsupported"),
        ("seek=nonsense", "invalid seek parameter"),
        ("seek=%C3%A4", "invalid seek parameter"),
        ("seek=WyJhIiwyXQ&sort=new", "invalid seek parameter"),
        ("seek=Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTksMV0", "invalid seek parameter"),
        ("page=0", "page must be a number above 0"),
        ("user_id=ada", "user_id must be a number"),
    ],
)
async def test_what_cannot_be_asked_is_said(query: str, why: str) -> None:
    reply = await (await orchard()).get(f"/cargo/api/v1/crates?{query}")
    assert (reply.status, json.loads(reply.body)["errors"][0]["detail"].partition(" (")[0]) == (400, why)


async def test_who_follows_crates_can_list_them() -> None:
    server = await orchard()
    bob = await server.token("bob")
    await server.send("PUT", "/cargo/api/v1/crates/quince/follow", token=bob)
    assert await names(server, "following=1", bob) == ["quince"]
    assert await names(server, "following=1&keyword=jam", bob) == []
    assert (await server.get("/cargo/api/v1/crates?following=1")).status == 403


async def test_what_is_published_here_comes_before_what_the_upstream_lists() -> None:
    upstream = UpstreamRegistry("crates", "cargo", INDEX, urls={"api": API})
    answers: Mapping[str, MemoryAnswer] = {
        f"{INDEX}/config.json": CONFIG,
        f"{INDEX}/pe/ar/pear": index_file(line("pear", "1.0.0")),
        f"{INDEX}/pl/um/plum": index_file(line("plum", "2.0.0")),
        f"{WEB}/crates?page=1&per_page=2&sort=new": json.dumps(FOUND).encode(),
        f"{WEB}/crates?page=1&per_page=10&sort=new": json.dumps(FOUND).encode(),
        f"{WEB}/crates?page=1&per_page=100&sort=new": json.dumps(FOUND).encode(),
        f"{WEB}/crates?q=pe&page=1&per_page=9": json.dumps(FOUND).encode(),
    }
    server = await orchard(Assembled(ECOSYSTEM, build_mount, answers, (upstream,)))
    assert await names(server, "sort=new&per_page=3") == ["quince", "plum_jam", "pear-tree"]
    second = await read(server, "crates?sort=new&per_page=3&page=2")
    assert [each["name"] for each in second["crates"]] == ["Apple", "plum", "pear"]
    assert second["meta"]["total"] == 61
    assert await names(server, "q=pe&per_page=10") == ["pear-tree", "plum", "pear"]
    server.off.add("crates")
    server.now = Moment(server.now + 3 * DAY_MS)
    assert await names(server, "sort=new&per_page=100&keyword=jam") == ["plum_jam"]


async def test_dependents_are_those_whose_default_version_needs_the_crate() -> None:
    server = await orchard()
    await download(server, "quince", "1.0.0", 1)
    await server.services.usage.write()
    found = await read(server, "crates/apple/reverse_dependencies")
    assert [each["crate"] for each in found["versions"]] == ["quince", "plum_jam"]
    assert [(each["crate_id"], each["req"], each["kind"], each["downloads"]) for each in found["dependencies"]] == [
        ("Apple", "^1", "normal", 1),
        ("Apple", "^1", "normal", 0),
    ]
    assert [each["version_id"] for each in found["dependencies"]] == [each["id"] for each in found["versions"]]
    numbers = {each["crate_id"] + str(each["version_id"]): each["id"] for each in found["dependencies"]}
    assert len(set(numbers.values())) == len(found["dependencies"])
    listed = (await read(server, f"crates/{found['versions'][0]['crate']}/1.0.0/dependencies"))["dependencies"]
    assert found["dependencies"][0]["id"] in [each["id"] for each in listed]  # one number wherever it is told of
    assert found["meta"]["total"] == 2
    paged = await read(server, "crates/apple/reverse_dependencies?per_page=1&page=2")
    assert [each["crate"] for each in paged["versions"]] == ["plum_jam"]
    assert [each["crate"] for each in (await read(server, "crates/pear-tree/reverse_dependencies"))["versions"]] == [
        "plum_jam"
    ]
    ada = await server.token("ada")
    await must_publish(server, ada, "plum_jam", "1.1.0")
    after = await read(server, "crates/apple/reverse_dependencies")
    assert [each["crate"] for each in after["versions"]] == ["quince"]


async def test_dependents_here_come_before_those_the_upstream_names() -> None:
    upstream = UpstreamRegistry("crates", "cargo", INDEX, urls={"api": API})
    answers: Mapping[str, MemoryAnswer] = {
        f"{INDEX}/config.json": CONFIG,
        f"{INDEX}/pe/ar/pear": index_file(line("pear", "0.9.0"), line("pear", "1.0.0")),
        f"{INDEX}/pl/um/plum": index_file(line("plum", "2.0.0")),
        f"{WEB}/crates/plum/reverse_dependencies?page=1&per_page=9": json.dumps(NEEDED).encode(),
    }
    server = Assembled(ECOSYSTEM, build_mount, answers, (upstream,))
    ada = await server.token("ada")
    rest = "[dependencies]\nplum = '1'\n"
    await must_publish(server, ada, "cake", "1.0.0", rest, {"deps": [_said({"name": "plum"})]})
    found = await read(server, "crates/plum/reverse_dependencies")
    assert [each["crate"] for each in found["versions"]] == ["cake", "pear", "pear"]
    assert len(found["dependencies"]) == found["meta"]["total"] == 3


async def test_downloads_are_told_by_version_and_day() -> None:
    server = await orchard()
    ada = await server.token("ada")
    for number in range(1, 7):
        await must_publish(server, ada, "Apple", f"1.{number}.0")
    await download(server, "Apple", "1.0.0", 1)
    await download(server, "Apple", "1.6.0", 2)
    await server.services.usage.write()
    server.now = Moment(server.now + DAY_MS)
    await download(server, "Apple", "1.6.0", 1)
    crate = await read(server, "crates/apple")
    identities = {each["num"]: each["id"] for each in crate["versions"]}
    told = await read(server, "crates/apple/downloads?include=versions")
    newest = identities["1.6.0"]
    assert told["version_downloads"] == [
        {"version": newest, "date": "2026-01-05", "downloads": 2},
        {"version": newest, "date": "2026-01-06", "downloads": 1},
    ]
    assert told["meta"]["extra_downloads"] == [{"date": "2026-01-05", "downloads": 1}]
    assert [each["num"] for each in told["versions"]] == [f"1.{number}.0" for number in range(6, 1, -1)]
    assert {each["num"]: each["downloads"] for each in crate["versions"]}["1.6.0"] == 3
    assert (crate["crate"]["downloads"], crate["crate"]["recent_downloads"]) == (4, 4)
    assert (await read(server, "crates/apple/1.0.0/downloads"))["version_downloads"] == [
        {"version": identities["1.0.0"], "date": "2026-01-05", "downloads": 1}
    ]
    assert (await read(server, "crates/apple/1.6.0/downloads?before_date=2026-01-06"))["version_downloads"] == [
        {"version": newest, "date": "2026-01-05", "downloads": 2}
    ]
    assert (await server.get("/cargo/api/v1/crates/apple/1.6.0/downloads?before_date=soon")).status == 400


async def test_a_crates_document_has_the_parts_that_are_asked_for() -> None:
    server = await orchard()
    whole = await read(server, "crates/apple")
    assert [each["keyword"] for each in whole["keywords"]] == ["fruit", "red"]
    assert [each["crates_cnt"] for each in whole["keywords"]] == [3, 1]
    assert [(each["slug"], each["category"]) for each in whole["categories"]] == [
        ("science::robotics", "Science::Robotics")
    ]
    nothing = await read(server, "crates/apple?include=")
    assert (nothing["versions"], nothing["keywords"], nothing["categories"]) == (None, None, None)
    assert (nothing["crate"]["versions"], nothing["crate"]["recent_downloads"]) == (None, None)
    some = await read(server, "crates/apple?include=default_version,keywords,downloads")
    assert [each["num"] for each in some["versions"]] == ["1.0.0"]
    assert (some["crate"]["keywords"], some["crate"]["recent_downloads"]) == (["fruit", "red"], 0)
    reply = await server.get("/cargo/api/v1/crates/apple?include=everything")
    assert reply.status == 400


async def test_versions_are_chosen_and_sought() -> None:
    server = await orchard()
    ada = await server.token("ada")
    for version in ("2.0.0", "1.5.0"):
        server.now = Moment(server.now + 1000)
        await must_publish(server, ada, "Apple", version)

    async def numbers(query: str) -> list[str]:
        return [each["num"] for each in (await read(server, f"crates/apple/versions?{query}"))["versions"]]

    assert await numbers("") == ["2.0.0", "1.5.0", "1.0.0"]
    assert await numbers("sort=date") == ["1.5.0", "2.0.0", "1.0.0"]
    assert await numbers("nums[]=1.0.0&nums[]=2.0.0&nums[]=9.9.9") == ["2.0.0", "1.0.0"]
    first = await read(server, "crates/apple/versions?per_page=2&seek=-&sort=date")
    assert await numbers(first["meta"]["next_page"][1:]) == ["1.0.0"]


async def test_keywords_and_categories_are_counted() -> None:
    server = await orchard()
    found = await read(server, "keywords?sort=crates")
    assert [(each["keyword"], each["crates_cnt"]) for each in found["keywords"]] == [
        ("fruit", 3),
        ("jam", 1),
        ("red", 1),
    ]
    assert found["meta"]["total"] == 3
    assert (await read(server, "keywords/Fruit"))["keyword"]["crates_cnt"] == 3
    assert (await server.get("/cargo/api/v1/keywords/nothing")).status == 404
    top = await read(server, "categories?sort=crates&per_page=1")
    assert [(each["slug"], each["crates_cnt"]) for each in top["categories"]] == [("science", 2)]
    below = (await read(server, "categories/science::robotics"))["category"]
    assert (below["crates_cnt"], [each["slug"] for each in below["parent_categories"]]) == (1, ["science"])
    above = (await read(server, "categories/science"))["category"]
    assert "science::robotics" in [each["slug"] for each in above["subcategories"]]
    assert "science::robotics" in [each["slug"] for each in (await read(server, "category_slugs"))["category_slugs"]]
    assert (await server.get("/cargo/api/v1/categories/witchcraft")).status == 404


async def test_the_summary_tells_of_what_is_here() -> None:
    server = await orchard()
    await download(server, "Apple", "1.0.0", 2)
    await server.services.usage.write()
    summary = await read(server, "summary")
    assert (summary["num_crates"], summary["num_downloads"]) == (4, 2)
    assert [each["name"] for each in summary["new_crates"]] == ["quince", "plum_jam", "pear-tree", "Apple"]
    assert summary["most_downloaded"][0]["name"] == summary["most_recently_downloaded"][0]["name"] == "Apple"
    assert summary["popular_keywords"][0]["keyword"] == "fruit"
    assert summary["popular_categories"][0]["slug"] == "science"


async def test_the_summary_puts_ours_among_the_upstreams() -> None:
    upstream = UpstreamRegistry("crates", "cargo", INDEX, urls={"api": API})
    theirs = {"name": "pear", "created_at": "2026-01-02T00:00:00Z", "max_version": "1.0.0"}
    told = {"num_crates": 9, "new_crates": [theirs, {**theirs, "name": "Apple"}], "popular_keywords": [1]}
    answers: Mapping[str, MemoryAnswer] = {
        f"{INDEX}/config.json": CONFIG,
        f"{INDEX}/pe/ar/pear": index_file(line("pear", "1.0.0")),
        f"{WEB}/summary": json.dumps(told).encode(),
    }
    server = await orchard(Assembled(ECOSYSTEM, build_mount, answers, (upstream,)))
    summary = await read(server, "summary")
    assert [each["name"] for each in summary["new_crates"]] == ["quince", "plum_jam", "pear-tree", "pear", "Apple"]
    assert (summary["num_crates"], summary["popular_keywords"]) == (13, [1])


async def test_a_file_is_sent_or_named_as_is_accepted() -> None:
    server = await orchard()
    address = "/cargo/api/v1/crates/apple/1.0.0/download"
    named = await server.get(address, {"accept": "application/json"})
    assert (named.status, named.headers["vary"]) == (200, "Accept")
    sent = await server.get(address, {"accept": "*/*"})
    assert sent.headers["vary"] == "Accept"
    place = json.loads(named.body)["url"].removeprefix("http://packhouse.example")
    assert (await server.get(place)).body == sent.body
    assert (await server.get("/cargo/api/v1/crates/apple/9.9.9/download", {"accept": "application/json"})).status == 404


async def test_whoever_does_not_say_what_asks_is_sent_files_alone() -> None:
    server = await orchard()
    nameless = {"user-agent": ""}
    for path in ("crates", "crates/apple", "summary", "site_metadata", "crates/apple/1.0.0/readme"):
        reply = await server.get(f"/cargo/api/v1/{path}", nameless)
        assert (reply.status, reply.text.startswith("We require")) == (403, True)
    assert (await server.get("/cargo/api/v1/crates/apple/1.0.0/download", nameless)).status == 200
    assert (await server.get("/cargo/index/ap/pl/apple", nameless)).status == 200
