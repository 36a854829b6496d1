"""The Web API's documents, without what is refused."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import (
    API,
    CONFIG,
    INDEX,
    UPSTREAM,
    crate_document,
    index_file,
    line,
    recorded,
    recorded_crate,
    release_facts,
)
from tests.ecosystems.cargo.test_door import deny, details

pytestmark = pytest.mark.anyio

RELEASES = [
    release_facts("plum", version, identity) for identity, version in ((3, "2.0.0"), (2, "1.1.0"), (1, "1.0.0"))
]
WEB = f"{API}/api/v1"
FOUND = {
    "crates": [
        {"id": "plum", "name": "plum", "max_version": "2.0.0", "max_stable_version": "2.0.0", "newest_version": "2.0.0"}
        | {"description": "A plum", "recent_downloads": 5, "later_field": 1, "updated_at": "2020-01-03T00:00:00Z"},
        {"id": "pear", "name": "pear", "max_version": "1.0.0", "newest_version": "1.0.0", "description": None},
        {"id": "gone", "name": "gone", "max_version": "1.0.0", "newest_version": "1.0.0", "description": "Not there"},
    ],
    "meta": {"total": 57, "next_page": "?page=2", "prev_page": None},
}
NEEDED = {
    "dependencies": [{"id": 1, "version_id": 7, "crate_id": "plum"}, {"id": 2, "version_id": 8, "crate_id": "plum"}],
    "versions": [{"id": 7, "crate": "pear", "num": "1.0.0"}, {"id": 8, "crate": "pear", "num": "0.9.0"}],
    "meta": {"total": 2},
}
COUNTS = {
    "version_downloads": [{"version": each, "date": "2026-01-02", "downloads": each} for each in (1, 2, 3)],
    "meta": {"extra_downloads": [{"date": "2026-01-01", "downloads": 50}, {"date": "2026-01-02", "downloads": 4}]},
}
ANSWERS: Mapping[str, MemoryAnswer] = {
    f"{INDEX}/config.json": CONFIG,
    f"{INDEX}/pl/um/plum": index_file(*(line("plum", version) for version in ("1.0.0", "1.1.0", "2.0.0"))),
    f"{INDEX}/pe/ar/pear": index_file(
        line("pear", "0.9.0"), line("pear", "1.0.0", deps=[{"name": "plum", "req": "^1"}])
    ),
    f"{INDEX}/fo/o_/foo_bar": index_file(line("foo_bar", "1.0.0")),
    f"{WEB}/crates/plum": crate_document("plum", *RELEASES),
    f"{WEB}/crates/plum/downloads": json.dumps(COUNTS).encode(),
    f"{WEB}/crates/plum/owners": b'{"users":[{"id":1,"login":"grower","kind":"user","later":1}]}',
    f"{WEB}/crates/plum/owner_team": b'{"teams":[]}',
    f"{WEB}/crates/plum/1.0.0/dependencies": b'{"dependencies":[{"id":1,"later":1}]}',
    f"{WEB}/crates/plum/1.0.0/downloads": b'{"version_downloads":[]}',
    f"{WEB}/crates/plum/1.0.0/readme": UpstreamAnswer(200, b"<h1>Plum</h1>", content_type="text/html"),
    f"{WEB}/crates/plum/reverse_dependencies?page=1&per_page=10": json.dumps(NEEDED).encode(),
    f"{WEB}/crates?q=plum&page=1&per_page=10": json.dumps(FOUND).encode(),
    f"{WEB}/crates?page=1&per_page=10&sort=new": json.dumps(FOUND).encode(),
    f"{WEB}/summary": json.dumps({"num_crates": 9, "new_crates": FOUND["crates"], "popular_keywords": [1]}).encode(),
    f"{WEB}/categories?page=2": b'{"categories":[{"id":"science"}]}',
    f"{WEB}/categories/science%3A%3Arobotics": b'{"category":{}}',
    f"{WEB}/users/grower": b'{"user":{"id":12,"login":"grower"}}',
}


def server(*denied: str, answers: Mapping[str, MemoryAnswer] = ANSWERS) -> Assembled:
    rules = [deny(name, wanted or "*") for name, _, wanted in (each.partition("@") for each in denied)]
    return Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,), rules)


async def read(ours: Assembled, path: str) -> Any:  # noqa: ANN401 (any document)
    reply = await ours.get(f"/cargo/api/v1/{path}")
    assert reply.status == 200, reply.text
    assert "errors" not in json.loads(reply.body)  # cargo takes such a document for a failure
    return json.loads(reply.body)


async def test_a_crates_document_is_the_upstreams_own() -> None:
    assert await read(server(), "crates/plum") == json.loads(crate_document("plum", *RELEASES))


async def test_a_real_document_passes_unchanged() -> None:
    answers = {**ANSWERS, f"{INDEX}/ut/f8/utf8-ranges": recorded("utf8-ranges")}
    answers[f"{WEB}/crates/utf8-ranges"] = recorded_crate("utf8-ranges")
    assert await read(server(answers=answers), "crates/utf8-ranges") == json.loads(recorded_crate("utf8-ranges"))


async def test_no_field_of_a_crate_names_a_refused_release() -> None:
    document = await read(server("plum@^2"), "crates/plum")
    assert "2.0.0" not in json.dumps(document)
    crate = document["crate"]
    assert (crate["max_version"], crate["newest_version"], crate["default_version"]) == ("1.1.0", "1.1.0", "1.1.0")
    assert (crate["versions"], crate["num_versions"], crate["later_field"]) == ([2, 1], 2, 1)
    assert [each["later_field"] for each in document["versions"]] == [{"kept": True}] * 2


async def test_all_of_a_crates_releases_are_answered_from_one_document() -> None:
    ours = server()
    assert (await read(ours, "crates/plum/1.1.0"))["version"] == RELEASES[1]
    assert [each["num"] for each in (await read(ours, "crates/plum/versions"))["versions"]] == [
        "2.0.0",
        "1.1.0",
        "1.0.0",
    ]
    assert len([each for each in ours.asked() if each.startswith(API)]) == 1


async def test_releases_come_in_pages_and_in_two_orders() -> None:
    ours = server()
    first = await read(ours, "crates/plum/versions?per_page=2&sort=date")
    assert [each["num"] for each in first["versions"]] == ["2.0.0", "1.1.0"]
    assert first["meta"] == {"total": 3, "next_page": "?page=2&per_page=2&sort=date"}
    second = await read(ours, "crates/plum/versions?per_page=2&page=2&include=release_tracks")
    assert [each["num"] for each in second["versions"]] == ["1.0.0"]
    assert second["meta"]["next_page"] is None
    assert second["meta"]["release_tracks"] == {"2": {"highest": "2.0.0"}, "1": {"highest": "1.1.0"}}


async def test_a_refused_release_is_in_no_list() -> None:
    ours = server("plum@^2")
    listed = await read(ours, "crates/plum/versions")
    assert [each["num"] for each in listed["versions"]] == ["1.1.0", "1.0.0"]
    assert listed["meta"]["total"] == 2
    assert [each["version"] for each in (await read(ours, "crates/plum/downloads"))["version_downloads"]] == [1, 2]


@pytest.mark.parametrize("path", ["", "/dependencies", "/authors", "/downloads", "/readme", "/download"])
async def test_a_refused_release_is_refused_at_every_address(path: str) -> None:
    reply = await server("plum@=1.0.0").get(f"/cargo/api/v1/crates/plum/1.0.0{path}")
    assert reply.status == 403
    assert "denied packages" in details(reply.body)[0]


@pytest.mark.parametrize("path", ["", "/versions", "/owners", "/downloads", "/reverse_dependencies", "/1.0.0"])
async def test_a_refused_crate_is_refused_at_every_address(path: str) -> None:
    reply = await server("plum").get(f"/cargo/api/v1/crates/plum{path}")
    assert reply.status == 403


@pytest.mark.parametrize(
    "path", ["nothing", "nothing/versions", "nothing/1.0.0", "plum/9.9.9", "plum/9.9.9/dependencies", "a%00b", "..%2fx"]
)
async def test_what_does_not_exist_is_not_found(path: str) -> None:
    reply = await server().get(f"/cargo/api/v1/crates/{path}")
    assert reply.status == 404
    assert "does not" in details(reply.body)[0]


async def test_a_name_is_found_by_any_of_the_spellings_that_cargo_tries() -> None:
    ours = server()
    for name in ("foo_bar", "foo-bar", "Foo-Bar"):
        assert (await read(ours, f"crates/{name}"))["crate"]["name"] == "foo_bar"


async def test_documents_without_releases_pass_as_they_are() -> None:
    ours = server()
    assert await read(ours, "crates/plum/owners") == {
        "users": [{"id": 1, "login": "grower", "kind": "user", "later": 1}]
    }
    assert await read(ours, "crates/plum/owner_team") == {"teams": []}
    assert await read(ours, "crates/plum/1.0.0/dependencies") == {"dependencies": [{"id": 1, "later": 1}]}
    assert await read(ours, "crates/plum/1.0.0/downloads") == {"version_downloads": []}
    assert await read(ours, "categories?page=2&other=1") == {"categories": [{"id": "science"}]}
    assert await read(ours, "categories/science::robotics") == {"category": {}}
    assert await read(ours, "users/grower") == {"user": {"id": 12, "login": "grower"}}
    assert await read(ours, "crates/plum/1.0.0/authors") == {"users": [], "meta": {"names": []}}


async def test_what_a_release_depends_on_is_fetched_once_for_ever() -> None:
    ours = server()
    for _ in range(2):
        await read(ours, "crates/plum/1.0.0/dependencies")
        ours.now = type(ours.now)(ours.now + 100_000_000)
    assert len([each for each in ours.asked() if each.endswith("/dependencies")]) == 1


async def test_a_readme_is_a_page_that_can_do_nothing() -> None:
    reply = await server().get("/cargo/api/v1/crates/plum/1.0.0/readme")
    assert reply.body == b"<h1>Plum</h1>"
    assert reply.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    asked = await server().get("/cargo/api/v1/crates/plum/1.0.0/readme", {"Accept": "application/json"})
    assert json.loads(asked.body) == {"url": "http://packhouse.example/cargo/api/v1/crates/plum/1.0.0/readme"}


async def test_a_search_shows_what_can_be_installed() -> None:
    found = await read(server(), "crates?q=plum&per_page=10")
    assert [(each["name"], each["max_version"], each["description"]) for each in found["crates"]] == [
        ("plum", "2.0.0", "A plum"),
        ("pear", "1.0.0", ""),
    ]
    assert found["meta"]["total"] == 57
    assert found["meta"]["next_page"] == "?page=2&per_page=10&q=plum"
    assert [each["exact_match"] for each in found["crates"]] == [True, False]


async def test_a_search_writes_names_as_a_manifest_must() -> None:
    found = {"crates": [{"id": "Inflector", "max_version": "0.11.4"}], "meta": {"total": 1}}
    answers = {**ANSWERS, f"{INDEX}/in/fl/inflector": recorded("inflector")}
    answers[f"{WEB}/crates?q=inflector&page=1&per_page=10"] = json.dumps(found).encode()
    ours = server(answers=answers)
    for _ in range(2):
        (crate,) = (await read(ours, "crates?q=inflector"))["crates"]
        assert (crate["id"], crate["name"], crate["exact_match"]) == ("Inflector", "Inflector", True)
        ours.off.add("crates")
        ours.now = type(ours.now)(ours.now + 100_000_000)  # now it is found in what is known here


async def test_a_search_shows_no_refused_release() -> None:
    found = await read(server("plum@^2", "pear"), "crates?q=plum")
    assert [(each["name"], each["max_version"]) for each in found["crates"]] == [("plum", "1.1.0")]
    assert "2.0.0" not in json.dumps(found)


async def test_lists_of_crates_show_no_refused_release() -> None:
    ours = server("plum@^2", "pear")
    listed = await read(ours, "crates?sort=new&unknown=1")
    assert [(each["name"], each["max_version"], each["later_field"]) for each in listed["crates"]] == [
        ("plum", "1.1.0", 1)
    ]
    summary = await read(ours, "summary")
    assert summary["new_crates"] == listed["crates"]
    assert summary["popular_keywords"] == [1]


async def test_what_depends_on_a_crate_is_listed_without_refused_releases() -> None:
    document = await read(server("pear@^1"), "crates/plum/reverse_dependencies")
    assert [each["num"] for each in document["versions"]] == ["0.9.0"]
    assert [each["id"] for each in document["dependencies"]] == [2]
    assert await read(server(), "crates/plum/reverse_dependencies") == NEEDED


@pytest.mark.parametrize(
    "query",
    ["per_page=0", "per_page=101", "per_page=-1", "per_page=x", "page=0", "page=201", "page=\u0661", "page=1e9"],
)
async def test_a_page_that_there_cannot_be_is_refused(query: str) -> None:
    for path in ("crates?q=plum&", "crates?", "crates/plum/versions?", "crates/plum/reverse_dependencies?"):
        reply = await server().get(f"/cargo/api/v1/{path}{query}")
        assert reply.status == 400
        assert details(reply.body)


async def test_a_search_finds_what_is_known_here_while_the_upstream_is_off() -> None:
    ours = server()
    await ours.get("/cargo/index/pl/um/plum")
    ours.off.add("crates")
    found = await read(ours, "crates?q=plum&per_page=5")
    assert [(each["name"], each["max_version"]) for each in found["crates"]] == [("plum", "2.0.0")]


async def test_without_the_web_api_the_index_answers() -> None:
    answers = {address: answer for address, answer in ANSWERS.items() if not address.startswith(API)}
    ours = server(answers=answers)
    crate = await read(ours, "crates/plum")
    assert crate["crate"]["max_version"] == "2.0.0"
    assert [each["num"] for each in crate["versions"]] == ["2.0.0", "1.1.0", "1.0.0"]
    assert crate["crate"]["versions"] == [each["id"] for each in crate["versions"]]
    assert (await read(ours, "crates/plum/1.0.0"))["version"]["checksum"] == line("plum", "1.0.0")["cksum"]
    (needed,) = (await read(ours, "crates/pear/1.0.0/dependencies"))["dependencies"]
    assert (needed["crate_id"], needed["req"], needed["kind"]) == ("plum", "^1", "normal")


async def test_a_web_api_that_is_down_is_told_where_only_it_could_answer() -> None:
    ours = server(answers={**ANSWERS, f"{WEB}/crates/plum/owners": UpstreamDown("api.example cannot be reached")})
    assert (await ours.get("/cargo/api/v1/crates/plum/owners")).status == 503


async def test_the_web_api_of_a_registry_is_found_by_its_configuration() -> None:
    private = UpstreamRegistry("acme", "cargo", INDEX, well_known=False)
    ours = Assembled(ECOSYSTEM, build_mount, ANSWERS, (private,))
    assert (await read(ours, "crates/plum"))["crate"]["description"] == "All about plum"


async def test_a_registry_without_a_web_api_answers_from_its_index() -> None:
    private = UpstreamRegistry("acme", "cargo", INDEX, well_known=False)
    answers = {**ANSWERS, f"{INDEX}/config.json": json.dumps({"dl": "http://files.example"}).encode()}
    ours = Assembled(ECOSYSTEM, build_mount, answers, (private,))
    assert (await read(ours, "crates/plum"))["crate"]["max_version"] == "2.0.0"
    assert (await ours.get("/cargo/api/v1/crates/plum/owners")).status == 404


async def test_nobody_is_logged_in() -> None:
    reply = await server().get("/cargo/api/v1/me")
    assert reply.status == 403
    assert "requires authentication" in details(reply.body)[0]


async def test_what_cannot_be_written_is_said_so() -> None:
    ours = server()
    for method, path in (("PUT", "crates/plum/versions"), ("POST", "crates")):
        reply = await ours.get(f"/cargo/api/v1/{path}", method=method)
        assert reply.status == 405
        assert details(reply.body)


@pytest.mark.parametrize(
    "path", ["users/..", "users/.", "keywords/..%2f..%2fsummary", "teams/%2e%2e", "teams/a%0d%0ab"]
)
async def test_no_address_leads_out_of_the_web_api(path: str) -> None:
    ours = server()
    reply = await ours.get(f"/cargo/api/v1/{path}")
    assert reply.status in {400, 404}
    for asked in ours.asked():
        assert ".." not in asked.replace("..%2F", "")
        assert "\r" not in asked


@pytest.mark.parametrize("body", [b"[]", b"<html>", b"null", b'{"crate":3,"versions":{"a":1}}', b"[" * 100_000])
async def test_a_document_of_another_shape_breaks_nothing(body: bytes) -> None:
    broken = {address: (body if address.startswith(API) else answer) for address, answer in ANSWERS.items()}
    ours = server("plum@^2", answers=broken)
    for path in ("crates/plum", "crates/plum/versions", "crates/plum/1.0.0", "crates/plum/downloads", "summary"):
        assert (await ours.get(f"/cargo/api/v1/{path}")).status in {200, 404}, path


async def test_a_release_that_the_web_api_does_not_know_yet_comes_from_the_index() -> None:
    answers = {**ANSWERS, f"{WEB}/crates/plum": crate_document("plum", *RELEASES[1:])}
    found = (await read(server(answers=answers), "crates/plum/2.0.0"))["version"]
    assert (found["num"], found["checksum"]) == ("2.0.0", line("plum", "2.0.0")["cksum"])


async def test_a_found_crate_whose_index_cannot_be_asked_just_now_is_shown() -> None:
    ours = server(answers={**ANSWERS, f"{INDEX}/pe/ar/pear": UpstreamDown("index.example cannot be reached")})
    found = await read(ours, "crates?q=plum")
    assert [each["name"] for each in found["crates"]] == ["plum", "pear"]


async def test_a_crate_of_the_future_is_not_found_in_a_view_of_the_past() -> None:
    ours = server()
    for path in ("crates/plum", "crates/plum/versions", "crates/plum/1.0.0"):
        assert (await ours.get(f"/@2019-01-01/cargo/api/v1/{path}")).status == 404


async def test_a_version_in_the_web_api_that_is_none_stands_for_nothing() -> None:
    odd = release_facts("plum", "not.a.version", 9)
    ours = server("plum@^2", answers={**ANSWERS, f"{WEB}/crates/plum": crate_document("plum", odd, *RELEASES)})
    assert (await read(ours, "crates/plum"))["crate"]["max_version"] == "1.1.0"
    listed = await read(ours, "crates/plum/versions")
    assert [each["num"] for each in listed["versions"]] == ["1.1.0", "1.0.0"]


async def test_the_site_says_that_it_can_only_be_read() -> None:
    assert (await read(server(), "site_metadata"))["read_only"] is False


def test_hints_name_our_address() -> None:
    assert ECOSYSTEM.install_hint("http://p.example/cargo", "plum", "1.0.0") == ("cargo add plum@1.0.0",)
    assert ECOSYSTEM.install_hint("http://p.example/cargo", "plum", "") == ("cargo add plum",)
    assert 'index = "sparse+http://p.example/cargo/index/"' in ECOSYSTEM.setup_hint("http://p.example/cargo")
