"""Whatever is sent to /v1, the answer is JSON and the fault is never ours."""

import asyncio
import json
from functools import cache
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.apis.osv.pages import read_token, write_token
from tests.apis.osv.served import Served, below, record
from tests.asgi import Reply, call

TEXT = st.text(max_size=20) | st.sampled_from(["", "npm", "PyPI", "Maven:", "Debian:12", "pear", "1.0.0", "abcd", "0"])
PURLS = st.builds("pkg:{}/{}@{}".format, st.sampled_from(["npm", "pypi", "golang", "maven", "deb", ""]), TEXT, TEXT)
LOOSE = st.none() | st.booleans() | st.integers() | TEXT
PACKAGES = st.fixed_dictionaries({}, optional={"name": LOOSE, "ecosystem": LOOSE, "purl": PURLS | LOOSE})
TOKENS = TEXT | st.builds(write_token, st.text(max_size=20))
QUERIES = st.fixed_dictionaries(
    {},
    optional={"version": LOOSE, "commit": LOOSE, "package": PACKAGES | LOOSE, "page_token": TOKENS, "pageToken": LOOSE},
)
WELL_FORMED = st.fixed_dictionaries(
    {"package": st.fixed_dictionaries({"name": TEXT, "ecosystem": st.sampled_from(["npm", "PyPI", "Go", "Maven"])})},
    optional={"version": TEXT},
)
JSON = st.recursive(LOOSE | st.floats(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner))


@cache
def _served() -> Served:
    served = Served()
    records = (
        record("GHSA-1", "npm", "pear", *below("1.2.0"), aliases=["CVE-1"]),
        record("GHSA-2", "PyPI", "pear", {"introduced": "0"}),
    )
    asyncio.run(served.add(*records))
    return served


def ask(path: str, method: str, body: bytes) -> Reply:
    return asyncio.run(call(_served().site, path, method, {}, body))


def check(reply: Reply) -> None:
    assert reply.status in {200, 400, 404, 405, 413}
    assert reply.headers["content-type"] == "application/json"
    body = json.loads(reply.body)
    if reply.status != 200:
        assert set(body) == {"code", "message"}


@settings(deadline=None)
@given(JSON | QUERIES)
def test_a_question_of_any_form_is_answered_or_refused(body: object) -> None:
    check(ask("/v1/query", "POST", json.dumps(body).encode()))


@settings(deadline=None)
@given(st.fixed_dictionaries({"queries": st.lists(QUERIES | LOOSE, max_size=5)}) | JSON)
def test_a_batch_of_any_form_is_answered_or_refused(body: object) -> None:
    check(ask("/v1/querybatch", "POST", json.dumps(body).encode()))


@settings(deadline=None)
@given(st.lists(WELL_FORMED, max_size=5))
def test_names_and_versions_of_any_text_are_answered(queries: list[object]) -> None:
    reply = ask("/v1/querybatch", "POST", json.dumps({"queries": queries}).encode())
    named = all(query["package"]["name"] for query in queries)  # type: ignore[index]
    assert reply.status == (200 if named else 400)
    if named:
        assert len(json.loads(reply.body)["results"]) == len(queries)


@settings(deadline=None)
@given(st.sampled_from(["/v1/query", "/v1/querybatch"]), st.binary(max_size=50))
def test_bytes_of_any_kind_are_answered_or_refused(path: str, body: bytes) -> None:
    check(ask(path, "POST", body))


@settings(deadline=None)
@given(
    st.lists(st.text(min_size=1, max_size=12) | st.sampled_from(["vulns", "query", "GHSA-1", "CVE-1"]), max_size=3),
    st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "X"]),
)
def test_any_path_and_method_is_answered_or_refused(segments: list[str], method: str) -> None:
    reply = ask("/v1/" + "/".join(quote(each, safe="") for each in segments), method, b"{}")
    assert reply.status in {200, 400, 404, 405}


@settings(deadline=None)
@given(st.text(max_size=200))
def test_a_token_says_where_to_go_on(last: str) -> None:
    assert read_token(write_token(last)) == last
