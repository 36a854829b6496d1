"""Nothing that can be sent makes the server fail: it is answered, or refused in so many words."""

import json
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.wire import Definition
from packhouse.domain.errors import Invalid
from packhouse.http.site import Site
from packhouse.services.assembly import Services
from tests.apis.depsdev.conftest import RECORDS, site_over
from tests.apis.depsdev.reflected import NPM, Reflected, client, opened
from tests.apis.universe import services_of
from tests.asgi import call

pytestmark = pytest.mark.anyio

_BATCHES = ("versionbatch", "findingsbatch", "projectbatch", "purlbatch")
_WORDS = (
    b"systems npm packages crate versions 2.0.0 projects purl query advisories pkg:toy%2Fcrate %00 %ff .. :findings"
    b" x:dependencies %3Afindings %"
)
_PARTS = [b"", *_WORDS.split()]
_ALL = settings(max_examples=200, database=None, suppress_health_check=list(HealthCheck))

_names = st.sampled_from(["requests", "versionKey", "version_key", "system", "name", "purl", "pageToken", "id", "x_"])
_leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
_values = st.recursive(
    _leaves | st.sampled_from(["NPM", "crate", "2.0.0", "pkg:toy/crate@2.0.0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4),
    max_leaves=20,
)
_paths = st.lists(
    st.sampled_from(_PARTS) | st.binary(max_size=8).map(lambda raw: raw.replace(b"?", b"").replace(b"#", b"")),
    max_size=8,
)
_queries = st.lists(
    st.tuples(
        st.sampled_from(
            ["hash.type", "hash.value", "versionKey.name", "versionKey.system", "version_key.version", "z"]
        ),
        st.sampled_from(["SHA1", "AAAA", "crate", "NPM", "%ff", "", "+", "%00"]) | st.text("abc%=&+", max_size=9),
    ),
    max_size=4,
)


@pytest.fixture
async def toys() -> Services:
    return await services_of(RECORDS, NPM)


def _insights(toys: Services) -> Insights:
    store: Any = toys.events
    return Insights({"toy": toys}, Behind(digests=store))


async def _ask(site: Site, target: bytes, method: str = "GET", body: bytes = b"") -> None:
    reply = await call(site, target, method, body=body)
    assert reply.status < 500, (target, body, reply.text)
    assert reply.status == 200 or reply.text, target


async def test_no_path_makes_it_fail(toys: Services) -> None:
    targets: list[bytes] = []

    @_ALL
    @given(st.sampled_from([b"v3", b"v3alpha"]), _paths, _queries)
    def collect(edition: bytes, parts: list[bytes], query: list[tuple[str, str]]) -> None:
        asked = "&".join(f"{name}={value}" for name, value in query).encode()
        targets.append(b"/" + b"/".join((edition, *parts)) + (b"?" + asked if asked else b""))

    collect()
    site = site_over(_insights(toys))
    for target in targets:
        await _ask(site, target)


async def test_no_body_makes_it_fail(toys: Services) -> None:
    bodies: list[tuple[str, bytes]] = []

    @_ALL
    @given(st.sampled_from(_BATCHES), _values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40))
    def collect(path: str, body: bytes) -> None:
        bodies.append((path, body))

    @_ALL
    @given(st.sampled_from(_BATCHES), st.lists(_values, max_size=4), _values)
    def collect_lists(path: str, requests: list[object], token: object) -> None:
        bodies.append((path, json.dumps({"requests": requests, "pageToken": token}).encode()))

    collect()
    collect_lists()
    site = site_over(_insights(toys))
    for path, body in bodies:
        await _ask(site, f"/v3alpha/{path}".encode(), "POST", body)


async def test_no_message_makes_it_fail(toys: Services) -> None:
    insights = _insights(toys)
    sent: list[tuple[str, bytes]] = []

    @_ALL
    @given(st.sampled_from(sorted(insights.methods)), st.binary(max_size=30) | _almost())
    def collect(method: str, body: bytes) -> None:
        sent.append((method, body))

    collect()
    allowed = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND, grpc.StatusCode.OK}
    async with opened(insights) as port, client(port) as alpha:
        for method, body in sent:
            code = await _code(alpha, method, body)
            assert code in allowed, (method, body)


async def _code(alpha: Reflected, method: str, body: bytes) -> grpc.StatusCode:
    try:
        await alpha.send(method, body)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def _almost() -> st.SearchStrategy[bytes]:
    """Write fields with any number and content, nested as those of questions are."""
    field = st.tuples(st.integers(1, 3), st.binary(max_size=6) | st.sampled_from([b"crate", b"2.0.0", b"\x08\x03"]))
    fields = st.lists(field, max_size=4).map(_join)
    return st.lists(st.tuples(st.integers(1, 2), fields), max_size=3).map(_join)


def _join(fields: list[tuple[int, bytes]]) -> bytes:
    return b"".join(bytes((number << 3 | 2, len(body) % 128)) + body for number, body in fields)


@_ALL
@given(st.binary(max_size=60) | _almost())
def test_a_message_is_read_or_it_is_invalid(body: bytes) -> None:
    definition = Definition("v3alpha")
    for name, method in Insights({}).methods.items():
        try:
            assert isinstance(definition.read(name, body, method.request), method.request)
        except Invalid:
            continue
