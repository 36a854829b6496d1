"""The API's read side: the upstream's documents, without what is refused."""

import json
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from tests.ecosystems.gem.gems import API, as_json, content, deny, info, line, registry, server

pytestmark = pytest.mark.anyio

OURS = "http://packhouse.example/gem"
INFOS = {
    "plum": info(line("plum", "1.0"), line("plum", "1.1"), line("plum", "1.1-java")),
    "rope.rb": info(line("rope.rb", "0.3-java")),
}


def gem(name: str, version: str, platform: str = "ruby", **more: object) -> dict[str, Any]:
    full = f"{name}-{version}" if platform == "ruby" else f"{name}-{version}-{platform}"
    return {
        "name": name,
        "version": version,
        "platform": platform,
        "downloads": 10,
        "info": f"A {name}",
        "gem_uri": f"http://rubygems.example/gems/{full}.gem",
        "later": {"kept": [1]},
        **more,
    }


VERSIONS = [
    {"number": "1.1", "platform": "java", "sha": "x", "later": 1},
    {"number": "1.1", "platform": "ruby", "sha": "y"},
    {"number": "1.0", "platform": "ruby", "sha": "z"},
]


def answers() -> dict[str, MemoryAnswer]:
    given = registry(INFOS)
    documents: dict[str, object] = {
        "v1/gems/plum.json": gem("plum", "1.1"),
        "v1/gems/rope.rb.json": gem("rope.rb", "0.3", "java"),
        "v1/versions/plum.json": VERSIONS,
        "v2/rubygems/plum/versions/1.0.json": gem("plum", "1.0", number="1.0"),
        "v2/rubygems/plum/versions/1.1.json": gem("plum", "1.1", number="1.1"),
        "v2/rubygems/plum/versions/1.1.json?platform=java": gem("plum", "1.1", "java"),
        "v2/rubygems/rope.rb/versions/0.3.json?platform=java": gem("rope.rb", "0.3", "java"),
        "v1/search.json?query=plum%20tree&page=2": [gem("plum", "1.1"), gem("gone", "1"), gem("no/name", "1"), 3],
        "v1/owners/grower/gems.json": [gem("plum", "1.1"), gem("rope.rb", "0.3", "java")],
        "v1/activity/latest.json": [gem("plum", "1.1")],
        "v1/gems/plum/owners.json": [{"handle": "grower"}],
        "v1/gems/plum/reverse_dependencies.json": ["rope.rb"],
        "v1/gems/plum/reverse_dependencies.json?only=runtime": [],
        "v1/downloads.json": {"total": 5},
        "v1/downloads/plum-1.1-java.json": {"version_downloads": 1, "total_downloads": 10},
        "v1/attestations/plum-1.1.json": [{"mediaType": "x"}],
    }
    given |= {f"{API}/api/{path}": as_json(document) for path, document in documents.items()}
    given[f"{API}/api/v1/gems/plum/owners.yaml"] = b"---\n- handle: grower\n"
    return given


async def test_a_gems_document_is_the_upstreams_own_with_its_file_here() -> None:
    ours = server(answers())
    for name, full in (("plum", "plum-1.1"), ("rope.rb", "rope.rb-0.3-java")):
        reply = await ours.get(f"/gem/api/v1/gems/{name}.json")
        document = json.loads(reply.body)
        assert document.pop("gem_uri") == f"{OURS}/gems/{full}.gem"
        assert document["later"] == {"kept": [1]}
        assert (await ours.get(f"/gem/gems/{full}.gem")).body == content(full)


@pytest.mark.parametrize(
    "path",
    [
        "v1/gems/plum/owners.json",
        "v1/gems/plum/owners.yaml",
        "v1/gems/plum/reverse_dependencies.json",
        "v1/gems/plum/reverse_dependencies.json?only=runtime",
        "v1/downloads.json",
        "v1/downloads/plum-1.1-java.json",
        "v1/attestations/plum-1.1.json",
        "v1/versions/plum.json",
    ],
)
async def test_documents_that_name_nothing_refused_are_passed_on_byte_for_byte(path: str) -> None:
    given = answers()
    reply = await server(given).get(f"/gem/api/{path}")
    expected = given[f"{API}/api/{path}"]
    assert not isinstance(expected, Exception)
    assert reply.status == 200
    assert reply.body == (expected if isinstance(expected, bytes) else expected.body)


async def test_a_release_has_a_document_for_each_platform() -> None:
    ours = server(answers())
    for query, full in (("", "plum-1.1"), ("?platform=java", "plum-1.1-java")):
        reply = await ours.get(f"/gem/api/v2/rubygems/plum/versions/1.1.json{query}")
        assert json.loads(reply.body)["gem_uri"] == f"{OURS}/gems/{full}.gem"
    # Of a release without a file for every platform, the first is meant.
    reply = await ours.get("/gem/api/v2/rubygems/rope.rb/versions/0.3.json")
    assert json.loads(reply.body)["platform"] == "java"


async def test_the_newest_release_is_named() -> None:
    reply = await server(answers()).get("/gem/api/v1/versions/plum/latest.json")
    assert json.loads(reply.body) == {"version": "1.1"}


async def test_a_search_names_gems_that_there_are() -> None:
    reply = await server(answers()).get("/gem/api/v1/search.json?query=plum%20tree&page=2")
    assert [(each["name"], each["gem_uri"]) for each in json.loads(reply.body)] == [
        ("plum", f"{OURS}/gems/plum-1.1.gem")
    ]


@pytest.mark.parametrize("query", ["", "?query=", "?query=x&page=0", "?query=x&page=a", "?query=x&page=99999999999"])
async def test_a_search_that_makes_no_sense_is_said_to_make_none(query: str) -> None:
    assert (await server(answers()).get(f"/gem/api/v1/search.json{query}")).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "v1/gems/nothing.json",
        "v1/gems/plum",
        "v1/gems/plum.yaml",
        "v1/gems/..json",
        "v1/gems/%2e%2e%2fx.json",
        "v1/versions/nothing.json",
        "v1/versions/nothing/latest.json",
        "v1/gems/nothing/owners.json",
        "v1/gems/rope.rb/owners.json",
        "v2/rubygems/plum/versions/9.json",
        "v2/rubygems/plum/versions/1.0.json?platform=java",
        "v2/rubygems/plum/versions/1.0.json?platform=..%2f..%2fx",
        "v1/downloads/plum-9.json",
        "v1/attestations/plum-1.0.json",
        "v1/owners/../gems.json",
        "v1/owners/%2e%2e/gems.json",
        "v1/activity/other.json",
        "v1/dependencies?gems=plum",
        "v1/dependencies.json",
        "v3/anything",
    ],
)
async def test_what_is_not_there_is_not_found(path: str) -> None:
    ours = server(answers())
    reply = await ours.get(f"/gem/api/{path}")
    assert reply.status == 404
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert not any(".." in url for url in ours.asked())


async def test_a_refused_release_is_in_no_document_and_the_next_best_takes_its_place() -> None:
    ours = server(answers(), deny("plum", "1.1"))
    assert json.loads((await ours.get("/gem/api/v1/gems/plum.json")).body)["version"] == "1.0"
    assert json.loads((await ours.get("/gem/api/v1/versions/plum.json")).body) == VERSIONS[2:]
    assert json.loads((await ours.get("/gem/api/v1/versions/plum/latest.json")).body) == {"version": "1.0"}
    for path in ("search.json?query=plum%20tree&page=2", "owners/grower/gems.json", "activity/latest.json"):
        listed = json.loads((await ours.get(f"/gem/api/v1/{path}")).body)
        assert [each["version"] for each in listed if each["name"] == "plum"] == ["1.0"]
    for path in (
        "v2/rubygems/plum/versions/1.1.json",
        "v1/downloads/plum-1.1-java.json",
        "v1/attestations/plum-1.1.json",
    ):
        reply = await ours.get(f"/gem/api/{path}")
        assert reply.status == 403
        assert "on the list of denied packages" in reply.text


async def test_what_is_left_of_a_gem_is_told_even_where_the_api_does_not_describe_it() -> None:
    given = answers()
    given[f"{API}/api/v2/rubygems/plum/versions/1.0.json"] = UpstreamDown("it is down")
    document = json.loads((await server(given, deny("plum", "1.1")).get("/gem/api/v1/gems/plum.json")).body)
    assert (document["version"], document["info"], document["downloads"]) == ("1.0", "A plum", 10)
    assert "later" not in document


async def test_a_gem_that_is_refused_altogether_is_in_no_list_and_says_why() -> None:
    ours = server(answers(), deny("plum"))
    listed = json.loads((await ours.get("/gem/api/v1/owners/grower/gems.json")).body)
    assert [each["name"] for each in listed] == ["rope.rb"]
    for path in ("gems/plum.json", "versions/plum.json", "gems/plum/owners.json"):
        reply = await ours.get(f"/gem/api/v1/{path}")
        assert reply.status == 403
        assert "on the list of denied packages" in reply.text
