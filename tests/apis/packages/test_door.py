"""How questions are put and what is said about wrong ones."""

import gzip
import json

import pytest

from packhouse.apis.packages.operations import OPERATIONS
from tests.apis.packages.conftest import Client, failure

pytestmark = pytest.mark.anyio

CRATE: dict[str, object] = {"registry": "toy", "package": "crate"}


async def test_every_operation_answers_get_as_it_answers_post(client: Client) -> None:
    questions: dict[str, tuple[str, dict[str, object]]] = {
        "registries": ("", {}),
        "package": ("registry=toy&package=crate&view=version-info", {**CRATE, "view": "version-info"}),
        "versions": (
            "registry=toy&package=many&page=2&page_size=3",
            {**CRATE, "package": "many", "page": 2, "page_size": 3},
        ),
        "version": ("registry=toy&package=crate&version=2.0.0", {**CRATE, "version": "2.0.0"}),
        "dependencies": ("registry=toy&package=crate", CRATE),
        "resolve": ("registry=toy&package=crate&version=1.0.0", {**CRATE, "version": "1.0.0"}),
        "provenance": ("registry=toy&package=crate", CRATE),
        "downloads": ("registry=toy&package=crate&period=last-week", {**CRATE, "period": "last-week"}),
        "maintainer": ("registry=toy&login=grace", {"registry": "toy", "login": "grace"}),
        "search": ("registry=toy&query=fruit&page_size=50", {"registry": "toy", "query": "fruit"}),
    }
    assert questions.keys() == OPERATIONS.keys()
    for operation, (query, body) in questions.items():
        reply = await client.send(f"/packages/v1/{operation}?{query}")
        assert reply.status == 200, reply.text
        assert json.loads(reply.body) == await client.ask(operation, **body)
        head = await client.send(f"/packages/v1/{operation}?{query}", "HEAD")
        assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("operation", "question", "status", "code"),
    [
        ("package", {"registry": "tox", "package": "crate"}, 404, "unknown_registry"),
        ("package", {"registry": "toy", "package": "crat"}, 404, "unknown_package"),
        ("package", {"registry": "toy", "package": "_crate"}, 400, "invalid_package"),
        ("package", {"registry": "toy", "package": "behind"}, 503, "upstream_down"),
        ("package", {"registry": "toy", "package": "crate", "view": "half"}, 400, "invalid_request"),
        ("package", {"registry": "toy"}, 400, "invalid_request"),
        ("package", {"registry": "toy", "package": ""}, 400, "invalid_request"),
        ("package", {"registry": "toy", "package": 7}, 400, "invalid_request"),
        ("package", {"registry": "toy", "name": "crate"}, 400, "invalid_request"),
        ("versions", {"registry": "toy", "package": "none"}, 404, "unknown_package"),
        ("versions", {"registry": "toy", "package": "crate", "page": 0}, 400, "bad_paging"),
        ("versions", {"registry": "toy", "package": "crate", "page": -1}, 400, "bad_paging"),
        ("versions", {"registry": "toy", "package": "crate", "page": "two"}, 400, "bad_paging"),
        ("versions", {"registry": "toy", "package": "crate", "page": 10**30}, 400, "bad_paging"),
        ("versions", {"registry": "toy", "package": "crate", "page_size": 0}, 400, "bad_paging"),
        ("versions", {"registry": "toy", "package": "crate", "page_size": 1.5}, 400, "bad_paging"),
        ("search", {"registry": "toy", "query": "fruit", "page_size": None}, 400, "bad_paging"),
        ("search", {"registry": "toy", "query": ""}, 400, "invalid_request"),
        ("search", {"registry": "toy", "query": "leaks"}, 200, ""),
        ("maintainer", {"registry": "toy", "login": "grace", "page": 0}, 400, "bad_paging"),
        ("maintainer", {"registry": "toy", "login": "-"}, 400, "invalid_request"),
        ("version", {"registry": "toy", "package": "crate", "version": "9.9.9"}, 404, "unknown_version"),
        ("version", {"registry": "toy", "package": "crate", "version": "newest"}, 404, "unknown_version"),
        ("version", {"registry": "toy", "package": "behind", "version": "1"}, 503, "upstream_down"),
        ("dependencies", {"registry": "toy", "package": "crate", "version": "9"}, 404, "unknown_version"),
        ("downloads", {"registry": "toy", "package": "none"}, 404, "unknown_package"),
        ("downloads", {"registry": "toy", "package": "behind"}, 503, "upstream_down"),
        ("maintainer", {"registry": "toy", "package": "none"}, 404, "unknown_package"),
        ("nothing", {}, 404, "not_found"),
    ],
)
async def test_each_mistake_has_a_code_of_its_own(
    client: Client, operation: str, question: dict[str, object], status: int, code: str
) -> None:
    reply = await client.post(operation, **question)
    if code:
        assert failure(reply) == (status, code)
    else:
        assert reply.status == status


async def test_a_whole_number_may_be_written_with_a_point(client: Client) -> None:
    reply = await client.send("/packages/v1/versions", "POST", b'{"registry":"toy","package":"crate","page":1.0}')
    assert json.loads(reply.body)["page"] == 1


async def test_an_unknown_registry_is_answered_with_those_that_there_are(client: Client) -> None:
    error = json.loads((await client.post("package", registry="plaithing", package="x")).body)["error"]
    assert error["message"] == "there is no registry 'plaithing' here"
    assert error["hint"] == "did you mean plaything? known are toy"


async def test_an_unknown_version_is_answered_with_the_latest(client: Client) -> None:
    error = json.loads((await client.post("version", **CRATE, version="9")).body)["error"]
    assert error["hint"] == "its latest version is 2.0.0"


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 5000, b'{"registry":"\\ud800"}'])
async def test_a_body_that_is_no_question_is_invalid(client: Client, body: bytes) -> None:
    reply = await client.send("/packages/v1/package", "POST", body)
    assert failure(reply) == (400, "invalid_request")


async def test_a_body_that_is_too_large_is_not_read(client: Client) -> None:
    reply = await client.send("/packages/v1/package", "POST", b" " * 70_000)
    assert failure(reply) == (413, "too_large")


async def test_a_query_that_cannot_be_read_is_invalid(client: Client) -> None:
    for query in ("registry=%ff&package=crate", "registry=toy&package=crate&color=red"):
        assert failure(await client.send(f"/packages/v1/package?{query}")) == (400, "invalid_request")
    assert failure(await client.send("/packages/v1/versions?registry=toy&package=crate&page=x")) == (400, "bad_paging")


async def test_other_methods_are_refused_with_those_that_work(client: Client) -> None:
    for method in ("PUT", "DELETE", "PATCH"):
        reply = await client.send("/packages/v1/package", method)
        assert failure(reply) == (405, "not_allowed")
        assert reply.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("path", ["/packages", "/packages/v1", "/packages/v2/package", "/packages/v1/package/x"])
async def test_an_address_that_is_none_is_told(client: Client, path: str) -> None:
    assert failure(await client.send(path)) == (404, "not_found")


async def test_an_answer_is_compressed_and_can_be_compared(client: Client) -> None:
    path = "/packages/v1/versions?registry=toy&package=many&page_size=250"
    plain = await client.send(path)
    packed = await client.send(path, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body
    again = await client.send(path, headers={"if-none-match": plain.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
