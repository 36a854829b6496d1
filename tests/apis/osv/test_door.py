"""The OSV API answers in the shapes and words of osv.dev."""

import json
from typing import Any

import pytest

from packhouse.apis.osv import door
from tests.apis.osv.served import Served, below, record

pytestmark = pytest.mark.anyio

PEAR = {"package": {"ecosystem": "npm", "name": "pear"}}


@pytest.fixture
async def served() -> Served:
    """Serve a few records."""
    made = Served()
    await made.add(
        record("GHSA-1", "npm", "pear", *below("1.2.0"), aliases=["CVE-1"], summary="Rots", odd={"kept": [1]}),
        record("GHSA-2", "npm", "pear", {"introduced": "1.1.0"}),
        record("GHSA-3", "PyPI", "Sour_Cherry", *below("2.0")),
        record("GHSA-4", "Go", "farm.example/plum", *below("1.5.0")),
        record("GHSA-5", "Maven", "org.farm:apple", *below("3.0"), withdrawn="2026-01-01T00:00:00Z"),
        record("GHSA-6", "Maven", "org.farm:apple", *below("2.0")),
        record("GHSA-7", "PyPI", "pear", *below("9")),
    )
    return made


async def test_a_release_is_answered_with_whole_records(served: Served) -> None:
    reply = await served.post("/v1/query", PEAR | {"version": "1.0.0"})
    assert reply.headers["content-type"] == "application/json"
    (found,) = json.loads(reply.body)["vulns"]
    assert found["odd"] == {"kept": [1]}
    assert found["summary"] == "Rots"
    assert "next_page_token" not in json.loads(reply.body)


async def test_versions_are_compared_as_the_ecosystem_does(served: Served) -> None:
    assert await served.ids(**PEAR, version="1.1.5") == ["GHSA-1", "GHSA-2"]
    assert await served.ids(**PEAR, version="1.2.0") == ["GHSA-2"]
    assert await served.ids(**PEAR, version="1.2.0-rc.1") == ["GHSA-1", "GHSA-2"]
    assert await served.ids(package={"ecosystem": "PyPI", "name": "sour.cherry"}, version="2.0rc1") == ["GHSA-3"]
    assert await served.ids(package={"ecosystem": "Go", "name": "farm.example/plum"}, version="v1.4.0") == ["GHSA-4"]


async def test_a_package_without_a_version_is_answered_with_all_that_is_known_of_it(served: Served) -> None:
    assert await served.ids(**PEAR) == ["GHSA-1", "GHSA-2"]


async def test_what_was_withdrawn_is_found_by_its_id_alone(served: Served) -> None:
    assert await served.ids(package={"ecosystem": "Maven", "name": "org.farm:apple"}) == ["GHSA-6"]
    assert json.loads((await served.get("/v1/vulns/GHSA-5")).body)["withdrawn"]


@pytest.mark.parametrize("name", ["maven", "MAVEN", "Maven:https://repo.example", "Maven:"])
async def test_ecosystems_are_known_in_any_case_and_with_any_suffix(served: Served, name: str) -> None:
    assert await served.ids(package={"ecosystem": name, "name": "org.farm:apple"}, version="1.0") == ["GHSA-6"]


async def test_a_version_without_an_ecosystem_is_looked_for_in_all(served: Served) -> None:
    assert await served.ids(package={"name": "pear"}, version="1.0.0") == ["GHSA-1", "GHSA-7"]


@pytest.mark.parametrize(
    ("purl", "ids"),
    [
        ("pkg:npm/pear@1.2.0", ["GHSA-2"]),
        ("pkg:npm/pear", ["GHSA-1", "GHSA-2"]),
        ("pkg:pypi/Sour-Cherry@1.0?extension=tar.gz#a/b", ["GHSA-3"]),
        ("pkg:golang/farm.example/plum@v1.0.0", ["GHSA-4"]),
        ("pkg:maven/org.farm/apple@1.9", ["GHSA-6"]),
        ("pkg:deb/debian/curl@7.50.3-1", []),
        ("pkg:npm/_no_name@1", []),
    ],
)
async def test_purls_mean_what_their_type_says(served: Served, purl: str, ids: list[str]) -> None:
    assert await served.ids(package={"purl": purl}) == ids


async def test_a_purl_without_a_version_takes_that_of_the_question(served: Served) -> None:
    assert await served.ids(package={"purl": "pkg:npm/pear"}, version="1.2.0") == ["GHSA-2"]


@pytest.mark.parametrize(
    "query",
    [
        {"package": {"ecosystem": "npm", "name": "unknown"}, "version": "1.0.0"},
        {"package": {"ecosystem": "Debian:12", "name": "curl"}, "version": "7.0"},
        {"package": {"ecosystem": "GIT", "name": "https://git.example/a"}, "version": "7.0"},
        {"package": {"ecosystem": "npm", "name": "not a name"}, "version": "7.0"},
        {"package": {"ecosystem": "npm", "name": "pear"}, "version": "x" * 2_000},
        {"commit": "233cb49903fa17637bd51f4a16b4ca61e0750f24"},
    ],
)
async def test_what_nobody_knows_is_an_empty_object(served: Served, query: dict[str, Any]) -> None:
    assert (await served.post("/v1/query", query)).body == b"{}"
    assert await served.batch([query]) == [{}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "Invalid query."),
        ({"version": "1.0.0"}, "Invalid query."),
        ({"package": {"name": "pear"}}, "Invalid query."),
        ({"package": {"ecosystem": "npm"}}, "Invalid query."),
        ({"package": {"ecosystem": "npmm", "name": "pear"}, "version": "1"}, "Invalid ecosystem."),
        ({"package": {"ecosystem": ":", "name": "pear"}, "version": "1"}, "Invalid ecosystem."),
        ({"package": {"ecosystem": "npm", "purl": "pkg:npm/pear@1"}}, "ecosystem specified in a PURL query"),
        ({"package": {"name": "pear", "purl": "pkg:npm/pear@1"}}, "name specified in a PURL query"),
        ({"package": {"purl": "pkg:npm/pear@1"}, "version": "1"}, "version specified in params and PURL query"),
        ({"package": {"purl": "npm/pear@1"}}, "Invalid Package URL."),
        ({"commit": "xyz"}, "Invalid hash."),
        ({"commit": "abc"}, "Invalid hash."),
        ({"commit": "abcd", "version": "1"}, "Invalid query."),
        (PEAR | {"page_token": "nonsense"}, "Invalid page token."),
        (PEAR | {"page_token": "ä"}, "Invalid page token."),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_the_words_of_osv(
    served: Served, query: dict[str, Any], message: str
) -> None:
    for path, body in (("/v1/query", query), ("/v1/querybatch", {"queries": [PEAR, query]})):
        reply = await served.post(path, body)
        assert reply.status == 400
        assert json.loads(reply.body) == {"code": 3, "message": message}


@pytest.mark.parametrize("body", [b"", b"[]", b"nonsense", b"\xff", b"[" * 9999, b'{"version": 1, "queries": 1}'])
async def test_a_body_that_is_no_question_is_refused(served: Served, body: bytes) -> None:
    for path in ("/v1/query", "/v1/querybatch"):
        reply = await served.post(path, body)
        assert reply.status == 400
        assert json.loads(reply.body)["code"] == 3


async def test_a_batch_tells_ids_in_the_order_of_the_questions(served: Served) -> None:
    first = {"id": "GHSA-1", "modified": "2026-01-02T03:04:05Z"}
    second = {"id": "GHSA-2", "modified": "2026-01-02T03:04:05Z"}
    asked = [PEAR | {"version": "9.0.0"}, {"package": {"purl": "pkg:npm/none@1"}}, PEAR | {"version": "1.1.0"}]
    assert await served.batch(asked) == [{"vulns": [second]}, {}, {"vulns": [first, second]}]
    assert await served.batch([]) == []


async def test_a_batch_has_at_most_a_thousand_questions(served: Served) -> None:
    assert len(await served.batch([PEAR] * 1000)) == 1000
    reply = await served.post("/v1/querybatch", {"queries": [PEAR] * 1001})
    assert json.loads(reply.body) == {"code": 3, "message": "Too many queries."}


async def test_many_records_come_page_by_page_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    served = Served()
    ids = [f"A-{number:02}" for number in range(25)]
    await served.add(*(record(each, "npm", "pear", {"introduced": "0"}) for each in ids))
    monkeypatch.setattr(door, "_PAGE", 10)
    seen: list[str] = []
    token = ""
    for size in (10, 10, 5):
        body = json.loads((await served.post("/v1/query", PEAR | {"page_token": token})).body)
        (result,) = await served.batch([PEAR | {"pageToken": token}])
        assert result["vulns"] == [{"id": each["id"], "modified": each["modified"]} for each in body["vulns"]]
        assert result.get("next_page_token") == body.get("next_page_token")
        assert len(body["vulns"]) == size
        seen += [each["id"] for each in body["vulns"]]
        token = body.get("next_page_token", "")
    assert seen == ids
    assert token == ""


async def test_what_is_beyond_a_batch_can_be_asked_for_with_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    served = Served()
    await served.add(*(record(f"A-{number}", "npm", "pear", {"introduced": "0"}) for number in range(3)))
    monkeypatch.setattr(door, "_BATCH_RECORDS", 4)
    results = await served.batch([PEAR, PEAR, PEAR])
    assert [len(each.get("vulns", ())) for each in results] == [3, 1, 0]
    again = await served.batch([PEAR | {"page_token": results[1]["next_page_token"]}])
    assert [each["id"] for each in again[0]["vulns"]] == ["A-1", "A-2"]
    (whole,) = await served.batch([PEAR | {"page_token": results[2]["next_page_token"]}])
    assert len(whole["vulns"]) == 3


async def test_a_record_is_served_as_its_database_wrote_it(served: Served) -> None:
    expected = record("GHSA-2", "npm", "pear", {"introduced": "1.1.0"})
    assert (await served.get("/v1/vulns/GHSA-2")).body == json.dumps(expected).encode()


async def test_a_record_is_found_by_an_alias_the_best_name_first(served: Served) -> None:
    assert json.loads((await served.get("/v1/vulns/CVE-1")).body)["id"] == "GHSA-1"
    await served.add(
        record("PYSEC-1", "PyPI", "plum", *below("2"), aliases=["CVE-2"]),
        record("GHSA-9", "PyPI", "plum", *below("2"), aliases=["CVE-2"]),
        record("MAL-1", "PyPI", "plum", *below("2"), aliases=["CVE-2"], withdrawn="2026-01-01T00:00:00Z"),
    )
    assert json.loads((await served.get("/v1/vulns/CVE-2")).body)["id"] == "PYSEC-1"


async def test_an_unknown_record_is_not_found_in_the_words_of_osv(served: Served) -> None:
    reply = await served.get("/v1/vulns/GHSA-0")
    assert (reply.status, json.loads(reply.body)) == (404, {"code": 5, "message": "Bug not found."})
    assert (await served.get(f"/v1/vulns/{'x' * 300}")).status == 400


async def test_other_methods_and_paths_are_explained(served: Served) -> None:
    reply = await served.get("/v1/query")
    assert (reply.status, reply.headers["allow"], json.loads(reply.body)["code"]) == (405, "POST", 12)
    assert (await served.post("/v1/vulns/GHSA-1", b"{}")).status == 405
    assert (await served.get("/v1/nothing")).status == 404


async def test_what_is_imported_is_seen_by_the_next_question(served: Served) -> None:
    assert await served.ids(**PEAR, version="5.0.0") == ["GHSA-2"]
    await served.add(record("GHSA-2", "npm", "pear", *below("2.0.0"), modified="2026-02-01T00:00:00Z"))
    assert await served.ids(**PEAR, version="5.0.0") == []


async def test_what_somebody_uses_is_kept_by_nobody_on_the_way(served: Served) -> None:
    for path, body in (("/v1/query", PEAR), ("/v1/query", {"commit": "abcd"}), ("/v1/querybatch", {"queries": [PEAR]})):
        assert (await served.post(path, body)).headers["cache-control"] == "no-store"
