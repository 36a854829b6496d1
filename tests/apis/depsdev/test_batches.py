"""Batches: pages, tokens, limits and misses."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from packhouse.apis.depsdev.batches import MOST, Pager
from packhouse.apis.depsdev.insights import Insights
from packhouse.domain.errors import Invalid, TooLarge
from packhouse.http.site import Site
from packhouse.services.assembly import Services
from tests.apis.depsdev.conftest import RECORDS, site_over
from tests.apis.depsdev.reflected import NPM, client, opened
from tests.apis.universe import services_of
from tests.asgi import Reply, call

pytestmark = pytest.mark.anyio


async def _post(site: Site, path: str, body: object, edition: str = "v3alpha") -> Reply:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await call(site, f"/{edition}/{path}", "POST", body=raw)


def _key(name: str, version: str, system: str = "toy") -> dict[str, Any]:
    return {"versionKey": {"system": system, "name": name, "version": version}}


async def test_a_batch_answers_each_request_in_its_order_and_a_miss_without_a_version(site: Site) -> None:
    asked = [
        _key("Crate", "2.0.0"),
        _key("crate", "9"),
        _key("x", "1", "GO"),
        _key("_bad", "1"),
        {},
        _key("leaf", "1.0.0", "ToY"),
    ]
    reply = await _post(site, "versionbatch", {"requests": asked})
    answer = json.loads(reply.text)
    assert list(answer) == ["responses", "nextPageToken"]
    assert answer["nextPageToken"] == ""
    repeated = [each["request"]["versionKey"] for each in answer["responses"]]
    assert repeated == [
        {"system": "TOY", "name": "Crate", "version": "2.0.0"},
        {"system": "TOY", "name": "crate", "version": "9"},
        {"system": "SYSTEM_UNSPECIFIED", "name": "x", "version": "1"},
        {"system": "TOY", "name": "_bad", "version": "1"},
        {"system": "SYSTEM_UNSPECIFIED", "name": "", "version": ""},
        {"system": "TOY", "name": "leaf", "version": "1.0.0"},
    ]
    assert [("version" in each) for each in answer["responses"]] == [True, False, False, False, False, True]
    alone = await call(site, "/v3alpha/systems/toy/packages/crate/versions/2.0.0")
    assert answer["responses"][0]["version"] == json.loads(alone.text)


@pytest.mark.parametrize(
    "body",
    [
        {"requests": [_key("leaf", "1.0.0")], "pageToken": None, "unknown": [1, {"a_b": 2}]},
        {"requests": [{"version_key": {"system": "TOY", "name": "leaf", "version": "1.0.0"}}], "page_token": ""},
    ],
)
async def test_a_body_goes_by_either_spelling_with_null_and_unknown_fields(site: Site, body: object) -> None:
    answer = json.loads((await _post(site, "versionbatch", body)).text)
    assert answer["responses"][0]["version"]["versionKey"]["name"] == "leaf"


async def test_an_empty_batch_has_an_empty_answer(site: Site) -> None:
    for body in (b"", b"{}", b'{"requests": []}'):
        assert json.loads((await _post(site, "purlbatch", body)).text) == {"responses": [], "nextPageToken": ""}


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"{",
        b"\xff",
        b'{"requests": 1}',
        b'{"requests": [1]}',
        b'{"requests": [{"versionKey": {"name": 7}}]}',
        b'{"requests":' + b"[" * 100_000,
        b'{"requests": [{"versionKey": "' + b"a" * 100 + b'"}]}',
    ],
)
async def test_a_body_that_cannot_be_read_is_explained(site: Site, body: bytes) -> None:
    reply = await _post(site, "versionbatch", body)
    assert reply.status == 400
    assert reply.headers["grpc-status"] == "3"
    assert reply.text.startswith("the body ")
    assert len(reply.text) < 300


async def test_more_requests_than_there_may_be_are_refused(site: Site) -> None:
    full = [_key("none", "1")] * MOST
    assert (await _post(site, "versionbatch", {"requests": full})).status == 200
    reply = await _post(site, "versionbatch", {"requests": [*full, _key("none", "1")]})
    assert reply.status == 413
    assert "5000" in reply.text


async def test_a_batch_takes_a_post_and_is_not_in_v3(site: Site) -> None:
    reply = await call(site, "/v3alpha/versionbatch")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert (await _post(site, "versionbatch", {}, "v3")).status == 404
    assert (await _post(site, "systems/toy/packages/crate", {})).status == 405


async def test_an_upstream_that_is_down_is_no_miss(site: Site) -> None:
    reply = await _post(site, "versionbatch", {"requests": [_key("leaf", "1.0.0"), _key("behind", "1")]})
    assert (reply.status, reply.headers["grpc-status"]) == (503, "14")


async def test_purls_need_a_version_in_a_batch(site: Site) -> None:
    purls = ["pkg:toy/crate@2.0.0", "pkg:toy/crate", "rubbish", "pkg:toy/crate@2.0.0#sub", "pkg:npm/crate@2.0.0"]
    reply = await _post(site, "purlbatch", {"requests": [{"purl": each} for each in purls]})
    answer = json.loads(reply.text)
    assert [each["request"]["purl"] for each in answer["responses"]] == purls
    assert ["result" in each for each in answer["responses"]] == [True, False, False, False, False]
    assert answer["responses"][0]["result"]["version"]["purl"] == "pkg:toy/crate@2.0.0"


async def test_pages_put_together_are_the_whole_batch(services: Services) -> None:
    names = ["crate", "leaf", "none", "apple"] * 60
    asked = [_key(name, "1.0.0") for name in names]
    whole = json.loads((await _post(site_over(Insights({"toy": services})), "versionbatch", {"requests": asked})).text)
    paged = site_over(Insights({"toy": services}, pager=Pager(page_bytes=4000)))
    found: list[object] = []
    token, pages = "", 0
    while token or not pages:
        reply = await _post(paged, "versionbatch", {"requests": asked, "pageToken": token})
        assert len(reply.body) < 5000
        answer = json.loads(reply.text)
        found += answer["responses"]
        token, pages = answer["nextPageToken"], pages + 1
    assert found == whole["responses"]
    assert pages > 10


async def test_a_page_has_one_answer_at_least() -> None:
    async def one(request: str) -> str:
        return request * 100

    answered, token = await Pager(page_bytes=1).page(["a", "b"], "", one)
    assert answered == ("a" * 100,)
    assert await Pager(page_bytes=1).page(["a", "b"], token, one) == (("b" * 100,), "")


async def test_a_page_that_takes_long_ends() -> None:
    async def one(request: int) -> int:
        return request

    first, token = await Pager(page_s=-1).page(list(range(200)), "", one)
    assert first == tuple(range(64))
    rest, _ = await Pager().page(list(range(200)), token, one)
    assert first + rest == tuple(range(200))


async def test_what_is_answered_fast_is_asked_in_larger_parts_and_answered_in_order() -> None:
    parts: list[int] = []

    async def some(requests: Sequence[int]) -> Sequence[int]:
        parts.append(len(requests))
        return requests

    answered, token = await Pager().page_of(list(range(1000)), "", some)
    assert (answered, token) == (tuple(range(1000)), "")
    assert parts[0] == 64
    assert max(parts) == 256


@pytest.mark.parametrize("token", ["x", "AAAA", "é", "AAAAAAAAAAAAAAAAAAAAAAAA", "=" * 20])
async def test_a_token_that_was_not_given_is_refused(token: str) -> None:
    async def one(request: str) -> str:
        return request

    with pytest.raises(Invalid, match="pageToken"):
        await Pager().page(["a", "b"], token, one)


async def test_a_token_of_other_requests_is_refused() -> None:
    async def one(request: str) -> str:
        return request

    _, token = await Pager(page_bytes=1).page(["a", "b"], "", one)
    with pytest.raises(Invalid, match="same requests"):
        await Pager().page(["a", "c"], token, one)
    with pytest.raises(TooLarge):
        await Pager().page(["a"] * (MOST + 1), token, one)


async def test_a_page_of_the_largest_batch_fits_into_a_message_of_grpc() -> None:
    services = await services_of(RECORDS, NPM)
    requests = [_key("crate", "2.0.0", "NPM")] * MOST
    async with opened(Insights({"toy": services})) as port, client(port) as alpha:
        answers, token = 0, ""
        while True:
            # The client would refuse more than 4 MiB.
            page = await alpha.ask("GetVersionBatch", {"requests": requests, "pageToken": token})
            answers += len(page.responses)
            token = page.next_page_token
            if not token:
                break
        assert answers == MOST
