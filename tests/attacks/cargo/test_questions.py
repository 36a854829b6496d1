"""No query, no path and no body makes cargo's door fail, dawdle or answer more than was asked."""

import json
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from packhouse.ecosystems.cargo.openapi_document import OPERATIONS
from packhouse.ecosystems.cargo.openapi_operations import Operation
from tests.asgi import Reply
from tests.attacks.cargo.ground import API, Ground, a_ground, details
from tests.attacks.cargo.test_tokens import sent

pytestmark = pytest.mark.anyio

READS = [each for each in OPERATIONS if each.method == "GET"]
NASTY = {
    "nothing": "",
    "a blank": "%20",
    "zero": "0",
    "negative": "-1",
    "a fraction": "1.5",
    "an exponent": "1e9",
    "31 bits": str(1 << 31),
    "64 bits": str(1 << 64),
    "more digits than Python reads": "9" * 5_000,
    "zeros before digits": "0" * 20 + "9" * 5_000,
    "other digits": "%D9%A1",
    "no number": "NaN",
    "infinity": "inf",
    "a plus": "%2B1",
    "an underscore": "1_0",
    "NUL": "a%00b",
    "a line": "a%0d%0aSet-Cookie:%20x=1",
    "a wildcard": "%25",
    "another wildcard": "_",
    "a quote": "'%22%29%3B--",
    "words of a search": "%22%20OR%20name%3A%2A%20NEAR%28a%20b%29",
    "broken UTF-8": "%ff%fe",
    "a surrogate": "%ed%a0%80",
    "an escape": "%1b%5b31m",
    "markup": "%3Cscript%3E",
    "up": "..%2f..%2fetc%2fpasswd",
    "base64": "eyJpZCI6MX0%3D",
    "long": "a" * 20_000,
    "many blanks": "%20" * 5_000,
    "many words": "a%20" * 5_000,
    "a prototype": "__proto__",
}
TEXTS = ("sort", "q", "seek", "include", "letter", "category", "keyword", "all_keywords", "page", "per_page", "ids[]")
BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "NaN": b'{"user":NaN,"crate":NaN,"version":NaN,"users":NaN}',
    "a large number": b'{"crate_owner_invite":{"crate_id":1e400,"accepted":true}}',
    "a surrogate": b'{"users":["\\ud800"],"owners":["\\ud800"],"jwt":"\\ud800","api_token":{"name":"\\ud800"}}',
    "NUL": b'{"users":["a\\u0000b"],"api_token":{"name":"\\u0000"},"user":{"email":"\\u0000"},"jwt":"\\u0000"}',
    "broken UTF-8": b'{"users":["\xff"]}',
    "twins": b'{"users":["bob"],"users":["eve"],"owners":["ada"]}',
    "other types": b'{"users":{},"owners":1,"crate":[],"version":"x","api_token":[],"user":[],"jwt":{}}',
    "other types within": b'{"users":[[]],"crate":{"trustpub_only":"x"},"version":{"yanked":3},"user":{"email":[]}}',
    "many": b'{"users":[' + b",".join(b'"u%d"' % number for number in range(20_000)) + b"]}",
    "long": b'{"users":["' + b"a" * 60_000 + b'"],"jwt":"' + b"a" * 60_000 + b'"}',
    "a megabyte": b'{"jwt":"' + b"a" * (1 << 20) + b'"}',
    "gzip": b"\x1f\x8b\x08\x00" + b"\x00" * 100,
}


@pytest.fixture(scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server with a few crates."""
    async with a_ground(tmp_path_factory.mktemp("questions")) as ground:
        ada = await ground.user("ada")
        for number in range(12):
            await ground.publish(f"berry-{number}", "1.0.0", ada, 'keywords = ["a_b"]')
        await ground.publish("berry", "1.0.0", ada)
        yield ground


def path_of(operation: Operation) -> str:
    """Fill an address with what is there."""
    values = {"crate": "berry", "version": "1.0.0", "first": "be", "second": "rr", "filename": "berry-1.0.0.crate"}
    path = f"/cargo{operation.path}"
    for name in ("user", "id", "team", "keyword", "category", "page", "token", "crate_id", "email_token"):
        values.setdefault(name, "1")
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def check_calm(reply: Reply, began: float) -> None:
    """Check that an answer is none of a fault."""
    assert reply.status < 500 or reply.status == 501, reply.text[:300]
    assert time.perf_counter() - began < 3
    assert not set("\r\n\0") & set("".join(reply.headers.values()))
    assert "set-cookie" not in reply.headers
    if reply.status >= 400:
        assert json.loads(reply.body)["errors"]
        assert len(reply.body) < 6_000
        assert "\x1b" not in reply.text
        for secret in ("Traceback", ".py", "sqlite", "site-packages"):
            assert secret not in reply.text


@pytest.mark.parametrize("operation", READS, ids=lambda each: each.name)
async def test_no_parameter_of_a_query_is_too_much(ground: Ground, operation: Operation) -> None:
    for token in ("", await ground.user("ada")):
        for name in dict.fromkeys((*(each.name for each in operation.query), *TEXTS[:3])):
            for what, value in NASTY.items():
                began = time.perf_counter()
                reply = await ground.send("GET", f"{path_of(operation)}?{quote(name)}={value}", token=token)
                try:
                    check_calm(reply, began)
                except AssertionError as error:
                    message = f"{name} is {what}"
                    raise AssertionError(message) from error


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
async def test_no_part_of_a_path_is_too_much(ground: Ground, operation: Operation) -> None:
    ada = await ground.user("ada")
    parts = operation.path.split("/")
    for place in (number for number, part in enumerate(parts) if part.startswith("{")):
        for what, value in NASTY.items():
            if not value:
                continue
            path = "/".join(value if number == place else part for number, part in enumerate(parts))
            began = time.perf_counter()
            body = sent(operation, "berry", 1).body
            path = path_of(Operation(name="", path=path, says="", answers={}))
            reply = await ground.send(operation.method, path, body, ada)
            try:
                check_calm(reply, began)
            except AssertionError as error:
                message = f"{parts[place]} is {what}"
                raise AssertionError(message) from error


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method != "GET"], ids=lambda each: each.name)
async def test_no_body_is_too_much(ground: Ground, operation: Operation) -> None:
    session, _ = await ground.people.tokens.begin_session(await ground.people.accounts.get("eve"), "x")
    signed_in = {"cookie": f"packhouse_session={session}", "origin": "http://packhouse.example"}
    request = sent(operation, "berry", 1)
    for what, body in BODIES.items():
        for headers in ({"authorization": await ground.user("eve")}, signed_in, {}):
            began = time.perf_counter()
            reply = await ground.send(request.method, request.path, body, headers=headers)
            try:
                check_calm(reply, began)
            except AssertionError as error:
                message = f"the body is {what}"
                raise AssertionError(message) from error


@pytest.fixture(autouse=True)
async def _eve(ground: Ground) -> None:
    await ground.user("eve")


@pytest.mark.parametrize("path", ["crates", "crates/berry/versions", "crates/berry/reverse_dependencies", "keywords"])
@pytest.mark.parametrize("query", ["per_page=0", "per_page=101", "per_page=-1", "per_page=1e9", f"page={1 << 31}"])
async def test_no_page_is_larger_or_further_than_may_be_asked_for(ground: Ground, path: str, query: str) -> None:
    reply = await ground.send("GET", f"{API}/{path}?{query}")
    assert reply.status == 400, reply.text
    if query == "per_page=101":
        assert "cannot request more than 100 items" in details(reply)


@pytest.mark.parametrize("path", ["crates?sort=new&", "crates/berry/versions?"])
async def test_a_page_and_a_place_are_not_both_asked_for_and_places_are_not_made_up(ground: Ground, path: str) -> None:
    for query in ("page=2&seek=x", "seek=x", "seek=", "seek=%00", "seek=LTE%3D", f"seek={'A' * 2000}"):
        reply = await ground.send("GET", f"{API}/{path}{query}")
        assert reply.status in (200, 400), reply.text
        if query.startswith("page="):
            assert reply.status == 400


async def test_a_wildcard_of_a_database_is_a_character(ground: Ground) -> None:
    for query in ("q=%25", "q=_", "q=b_rry", "letter=%25", "letter=_", "keyword=a%25", "keyword=a-b"):
        found = await ground.send("GET", f"{API}/crates?{query}")
        assert found.status in (200, 404), query
        assert "berry-1" not in found.text, query


async def test_ten_thousand_names_are_refused_or_answered_in_time(ground: Ground) -> None:
    began = time.perf_counter()
    reply = await ground.send("GET", f"{API}/crates?" + "&".join(f"ids%5B%5D=berry-{n}" for n in range(10_000)))
    assert reply.status in (200, 400, 414)
    assert time.perf_counter() - began < 3
    assert len(reply.body) < 200_000


async def test_who_does_not_say_what_it_is_is_told_to(ground: Ground) -> None:
    silent = {"user-agent": ""}
    assert (await ground.send("GET", f"{API}/crates/berry", headers=silent)).status == 403
    assert (await ground.send("GET", f"{API}/crates/berry/1.0.0/download", headers=silent)).status in (200, 302)
    assert (await ground.send("GET", "/cargo/index/be/rr/berry", headers=silent)).status == 200
