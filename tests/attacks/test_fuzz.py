"""Whatever is asked, the server stays well, keeps to its own files and asks its upstream for packages only."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.attacks import requests
from tests.attacks.asking import HOST, Headers, ask_decently
from tests.attacks.conftest import Farm

pytestmark = pytest.mark.anyio

HELD = (
    b"/npm/thing",
    b"/npm/@scope%2fpart",
    b"/npm/thing/1.0.0",
    b"/npm/thing/-/thing-1.0.0.tgz",
    b"/npm/-/package/thing/dist-tags",
    b"/npm/-/v1/search?text=thing",
    b"/npm/-/ping",
    b"/npm/",
    b"/v3/systems/npm/packages/thing",
    b"/ui/npm/thing",
    b"/",
)

some = settings(max_examples=250, deadline=None)
few = settings(max_examples=80, deadline=None)


@some
@given(requests.paths)
@example(b"..%2f..%2fcanary")
@example(b"@s%2f..%2fx")
@example(b"%2e%2e/-/x.tgz")
@example(b"-/../")
async def test_any_path_of_the_npm_mount_gets_a_decent_answer(farm: Farm, path: bytes) -> None:
    said = await ask_decently(farm.app, b"/npm/" + path)
    assert b"canary sings" not in said.body
    farm.check_untouched()


@some
@given(requests.paths)
@example(b"@9999-12-31/npm/thing")
@example(b"@0001-01-01T00:00:00+23:59/npm/thing")
@example(b"@2026-08-11%2212:00:00/npm/thing")
@example(b"@2026-08-11%E2%80%A812:00:00/npm/thing")
async def test_any_path_of_the_server_gets_a_decent_answer(farm: Farm, path: bytes) -> None:
    said = await ask_decently(farm.app, b"/" + path)
    assert b"canary sings" not in said.body
    farm.check_untouched()


@few
@given(
    st.sampled_from(
        [b"/v3/systems/npm/packages/", b"/v3alpha/", b"/ui/npm/", b"/ui/", b"/r/", b"/r/default/npm/", b"/@"]
    ),
    requests.paths,
    requests.queries,
)
async def test_any_path_of_the_other_doors_gets_a_decent_answer(
    farm: Farm, door: bytes, path: bytes, query: bytes
) -> None:
    await ask_decently(farm.app, door + path + b"?" + query)
    farm.check_untouched()


@some
@given(st.sampled_from(HELD), requests.queries)
@example(b"/npm/-/v1/search", b"text=%00")
async def test_any_query_gets_a_decent_answer(farm: Farm, path: bytes, query: bytes) -> None:
    await ask_decently(farm.app, path.partition(b"?")[0] + b"?" + query)
    farm.check_untouched()


@some
@given(st.sampled_from(HELD), requests.header_lists)
@example(b"/npm/thing", [(b"if-modified-since", b"Thu, 01 Jan 0001 00:00:00 -0000")])
@example(b"/npm/thing/-/thing-1.0.0.tgz", [(b"range", b"bytes=-0")])
async def test_any_headers_get_a_decent_answer(farm: Farm, path: bytes, headers: Headers) -> None:
    sent = [HOST, *headers] if not any(name == b"host" for name, _ in headers) else list(headers)
    said = await ask_decently(farm.app, path, headers=sent)
    if said.status == 206:
        assert said.header(b"content-range").startswith(b"bytes ")
    farm.check_untouched()


@few
@given(st.sampled_from(HELD), requests.methods)
async def test_any_method_gets_a_decent_answer(farm: Farm, path: bytes, method: str) -> None:
    said = await ask_decently(farm.app, path, method)
    assert said.status == 200 or (method not in {"GET", "HEAD"} and 400 <= said.status < 500)
    farm.check_untouched()


@few
@given(requests.paths, requests.queries, requests.header_lists, requests.methods)
async def test_anything_at_once_gets_a_decent_answer(
    farm: Farm, path: bytes, query: bytes, headers: Headers, method: str
) -> None:
    await ask_decently(farm.app, b"/npm/" + path + b"?" + query, method, [HOST, *headers])
    farm.check_untouched()
