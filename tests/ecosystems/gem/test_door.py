"""Compact index, files and specifications, as gem and bundler ask for them."""

import base64
import gzip
import hashlib

import pytest
from msgspec.structs import replace

from packhouse.domain.errors import UpstreamDown
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.gem import ECOSYSTEM, build_mount
from packhouse.ecosystems.gem.marshal import read_specs, write_specs
from tests.asgi import Reply
from tests.assembled import Assembled
from tests.ecosystems.gem.gems import (
    UPSTREAM,
    URL,
    answer,
    content,
    deny,
    info,
    line,
    list_of,
    md5,
    recorded_infos,
    registry,
    server,
    spec,
)

pytestmark = pytest.mark.anyio

PLUM = info(line("plum", "1.0.0"), line("plum", "1.1.0", "", "later:kept"), line("plum", "2.0.0.rc1"))
INFOS = {
    "plum": PLUM,
    "rope": info(line("rope", "0.3.0"), line("rope", "0.3.0-java")),
    "basket-2-go": info(line("basket-2-go", "2.0", "plum:~> 1.0")),
    "basket": info(line("basket", "2-go")),
    "RedCloth": info(line("RedCloth", "4.3.2")),
}


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def is_checked(reply: Reply, body: bytes) -> bool:
    """Tell whether a client would believe that an answer belongs to this whole body."""
    return (
        reply.headers["etag"].removeprefix("W/") == f'"{md5(body)}"'
        and reply.headers["repr-digest"] == f"sha-256=:{sha256(body)}:"
        and reply.headers["digest"] == f"sha-256={sha256(body)}"
    )


@pytest.mark.parametrize("name", INFOS)
async def test_an_info_file_is_the_upstreams_own_and_tagged_by_its_md5(name: str) -> None:
    reply = await server(registry(INFOS)).get(f"/gem/info/{name}")
    assert (reply.status, reply.body) == (200, INFOS[name])
    assert is_checked(reply, INFOS[name])
    assert reply.headers["accept-ranges"] == "bytes"
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


async def test_every_recorded_info_file_is_passed_on() -> None:
    infos = recorded_infos()
    ours = server(registry(infos))
    for name, body in infos.items():
        assert (await ours.get(f"/gem/info/{name}")).body == body


async def test_the_list_and_the_names_are_the_upstreams_own() -> None:
    ours = server(registry(INFOS))
    listed = await ours.get("/gem/versions")
    assert (listed.status, listed.body) == (200, list_of(INFOS))
    assert is_checked(listed, list_of(INFOS))
    names = await ours.get("/gem/names")
    assert names.body.decode().splitlines() == ["---", *INFOS]


@pytest.mark.parametrize("path", ["versions", "info/plum"])
async def test_a_client_that_has_all_of_it_gets_nothing_even_where_it_asks_for_the_rest(path: str) -> None:
    ours = server(registry(INFOS))
    first = await ours.get(f"/gem/{path}")
    size = len(first.body)
    for more in ({}, {"Range": f"bytes={size - 1}-"}, {"Accept-Encoding": "gzip"}):
        reply = await ours.get(f"/gem/{path}", {"If-None-Match": first.headers["etag"], **more})
        assert (reply.status, reply.body) == (304, b"")


@pytest.mark.parametrize("path", ["versions", "info/plum"])
async def test_a_client_that_has_the_beginning_gets_the_rest_and_the_digest_of_the_whole(path: str) -> None:
    ours = server(registry(INFOS))
    whole = (await ours.get(f"/gem/{path}")).body
    headers = {"If-None-Match": '"something older"', "Range": "bytes=19-", "Accept-Encoding": "gzip"}
    reply = await ours.get(f"/gem/{path}", headers)
    assert (reply.status, reply.body) == (206, whole[19:])
    assert reply.headers["content-range"] == f"bytes 19-{len(whole) - 1}/{len(whole)}"
    assert "content-encoding" not in reply.headers
    assert is_checked(reply, whole)


@pytest.mark.parametrize("path", ["versions", "info/plum"])
async def test_a_range_beyond_the_end_is_said_to_be_none(path: str) -> None:
    reply = await server(registry(INFOS)).get(f"/gem/{path}", {"Range": "bytes=999999-"})
    assert reply.status == 416


@pytest.mark.parametrize("path", ["versions", "info/plum"])
async def test_a_whole_document_is_compressed_and_tagged_as_the_text_that_it_is(path: str) -> None:
    ours = server(registry(INFOS))
    plain = await ours.get(f"/gem/{path}")
    packed = await ours.get(f"/gem/{path}", {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
    assert is_checked(packed, plain.body)


@pytest.mark.parametrize("path", ["", "versions", "info/plum", "gems/plum-1.0.0.gem"])
async def test_every_document_answers_head(path: str) -> None:
    ours = server(registry(INFOS))
    reply = await ours.get(f"/gem/{path}", method="HEAD")
    assert (reply.status, reply.body) == (200, b"")


@pytest.mark.parametrize(
    "full",
    [
        "plum-1.0.0",
        "plum-2.0.0.rc1",
        "rope-0.3.0",
        "rope-0.3.0-java",
        "basket-2-go-2.0",
        "basket-2-go",
        "RedCloth-4.3.2",
    ],
)
async def test_a_gem_and_its_specification_are_found_by_a_full_name_that_only_the_index_can_read(full: str) -> None:
    ours = server(registry(INFOS))
    reply = await ours.get(f"/gem/gems/{full}.gem")
    assert (reply.status, reply.body) == (200, content(full))
    found = await ours.get(f"/gem/quick/Marshal.4.8/{full}.gemspec.rz")
    assert (found.status, found.body) == (200, spec(full))
    assert "content-encoding" not in found.headers


async def test_a_gem_that_is_not_what_the_index_says_is_not_handed_out() -> None:
    answers = registry(INFOS)
    answers[f"{URL}/gems/plum-1.0.0.gem"] = b"something else"
    reply = await server(answers).get("/gem/gems/plum-1.0.0.gem")
    assert reply.status == 502
    assert b"something else" not in reply.body


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("info/nothing", "This rubygem could not be found."),
        ("info/no%2fname", "This rubygem could not be found."),
        ("info/%00", "This rubygem could not be found."),
        ("info/" + "a" * 300, "This rubygem could not be found."),
        ("info/Plum", "This rubygem could not be found."),
        ("gems/plum-9.9.9.gem", "This version could not be found."),
        ("gems/plum-1.0.0", "This version could not be found."),
        ("gems/..-1.gem", "This version could not be found."),
        ("gems/nothing.gem", "This version could not be found."),
        ("quick/Marshal.4.8/plum-9.9.9.gemspec.rz", "This version could not be found."),
        ("quick/Marshal.4.8/plum-1.0.0", "This version could not be found."),
        ("quick/Marshal.4.8/..%2f..%2fx-1.gemspec.rz", "This version could not be found."),
        ("nothing", "there is nothing at this address"),
    ],
)
async def test_what_is_not_there_is_worded_as_the_public_registry_does(path: str, text: str) -> None:
    ours = server(registry(INFOS))
    reply = await ours.get(f"/gem/{path}")
    assert (reply.status, reply.text) == (404, text)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert not any(".." in url or "%" in url for url in ours.asked())


async def test_an_upstream_that_is_down_is_never_not_found() -> None:
    answers = {url: UpstreamDown("it is down", retry_after_s=7) for url in registry(INFOS)}
    ours = server(answers)
    for path in ("info/plum", "versions", "names", "specs.4.8.gz", "gems/plum-1.0.0.gem"):
        answers.setdefault(f"{URL}/{path}", UpstreamDown("it is down", retry_after_s=7))
    ours.upstream.answers = dict(answers)
    for path in ("info/plum", "versions", "names", "specs.4.8.gz", "gems/plum-1.0.0.gem"):
        reply = await ours.get(f"/gem/{path}")
        assert (reply.status, reply.headers["retry-after"]) == (503, "7")


async def test_what_was_asked_for_once_is_there_while_the_upstream_is_off() -> None:
    answers = registry(INFOS)
    answers[f"{URL}/specs.4.8.gz"] = gzip.compress(write_specs([("plum", "1.0.0", "ruby")]))
    ours = server(answers)
    paths = (
        "info/plum",
        "versions",
        "names",
        "specs.4.8.gz",
        "gems/plum-1.0.0.gem",
        "quick/Marshal.4.8/plum-1.0.0.gemspec.rz",
    )
    before = [(await ours.get(f"/gem/{path}")).body for path in paths]
    ours.off.add(UPSTREAM.name)
    ours.now = type(ours.now)(ours.now + 86_400_000)
    after = [await ours.get(f"/gem/{path}") for path in paths]
    assert [each.status for each in after] == [200] * len(paths)
    assert [each.body for each in after] == before


async def test_an_upstream_without_a_compact_index_is_named_as_such() -> None:
    reply = await server({f"{URL}/specs.4.8.gz": b""}).get("/gem/info/plum")
    assert reply.status == 502
    assert "no compact index" in reply.text


@pytest.mark.parametrize("path", ["versions", "specs.4.8.gz", "quick/Marshal.4.8/plum-1.0.0.gemspec.rz", "info/plum"])
async def test_a_web_page_is_not_passed_on_nor_kept_in_place_of_what_was_there(path: str) -> None:
    answers = registry(INFOS)
    answers[f"{URL}/specs.4.8.gz"] = gzip.compress(write_specs([("plum", "1.0.0", "ruby")]))
    good, page = answers[f"{URL}/{path}"], UpstreamAnswer(200, b"<html>Sign in</html>")
    ours = server(answers | {f"{URL}/{path}": page})
    assert (await ours.get(f"/gem/{path}")).status == 502
    ours.upstream.answers[f"{URL}/{path}"] = good
    before = await ours.get(f"/gem/{path}")
    assert before.status == 200
    ours.upstream.answers[f"{URL}/{path}"] = page
    ours.now = type(ours.now)(ours.now + 86_400_000)
    after = await ours.get(f"/gem/{path}")
    assert (after.status, after.body) == (200, before.body)


# What is refused


async def test_a_refused_release_is_nowhere_and_its_file_says_why() -> None:
    ours = server(registry(INFOS), deny("plum", ">= 1.1, < 2.a"))
    reply = await ours.get("/gem/info/plum")
    left = info(line("plum", "1.0.0"), line("plum", "2.0.0.rc1"))
    assert reply.body == left
    assert is_checked(reply, left)
    for path in ("gems/plum-1.1.0.gem", "quick/Marshal.4.8/plum-1.1.0.gemspec.rz"):
        refused = await ours.get(f"/gem/{path}")
        assert refused.status == 403
        assert "on the list of denied packages" in refused.text
    assert (await ours.get("/gem/gems/plum-1.0.0.gem")).status == 200


@pytest.mark.parametrize("path", ["info/plum", "quick/Marshal.4.8/plum-1.0.0.gemspec.rz", "gems/plum-1.0.0.gem"])
async def test_a_gem_that_is_refused_altogether_says_why(path: str) -> None:
    reply = await server(registry(INFOS), deny("plum")).get(f"/gem/{path}")
    assert reply.status == 403
    assert "on the list of denied packages" in reply.text


async def test_lists_of_releases_are_passed_on_where_nothing_is_refused() -> None:
    answers = registry(INFOS)
    body = gzip.compress(write_specs([("plum", "1.1.0", "ruby")]))
    for path in ("specs.4.8.gz", "latest_specs.4.8.gz", "prerelease_specs.4.8.gz"):
        answers[f"{URL}/{path}"] = body
        reply = await server(answers).get(f"/gem/{path}", {"Accept-Encoding": "gzip"})
        assert (reply.status, reply.body) == (200, body)
        assert "content-encoding" not in reply.headers


async def test_a_refused_release_leaves_the_lists_of_releases_and_the_next_best_takes_its_place() -> None:
    answers = registry(INFOS)
    everything = [("plum", "1.0.0", "ruby"), ("plum", "1.1.0", "ruby"), ("rope", "0.3.0", "java")]
    answers[f"{URL}/specs.4.8.gz"] = gzip.compress(write_specs(everything))
    answers[f"{URL}/latest_specs.4.8.gz"] = gzip.compress(write_specs(everything[1:]))
    ours = server(answers, deny("plum", ">= 1.1, < 2.a"))
    await ours.get("/gem/info/plum")
    whole = await ours.get("/gem/specs.4.8.gz")
    assert list(read_specs(gzip.decompress(whole.body))) == [everything[0], everything[2]]
    latest = await ours.get("/gem/latest_specs.4.8.gz")
    assert sorted(read_specs(gzip.decompress(latest.body))) == [everything[0], everything[2]]
    assert (await ours.get("/gem/specs.4.8.gz")).headers["etag"] == whole.headers["etag"]


async def test_a_list_of_releases_that_cannot_be_read_is_bad_where_it_must_be() -> None:
    answers = registry(INFOS)
    answers[f"{URL}/specs.4.8.gz"] = gzip.compress(b"\x04\x08[\x06o:\x0bobject")
    ours = server(answers, deny("plum", "1.1"))
    await ours.get("/gem/info/plum")
    assert (await ours.get("/gem/specs.4.8.gz")).status == 502


# Views of the past


async def test_a_dated_view_has_what_was_published_by_then() -> None:
    early, late = "1.0 |checksum:x,created_at:2020-01-01T00:00:00Z", "1.1 |checksum:y,created_at:2021-01-01T00:00:00Z"
    infos = {"plum": info(early, late)}
    ours = server(registry(infos))
    then = await ours.get("/@2020-06-01/gem/info/plum")
    assert then.body == info(early)
    listed = await ours.get("/@2020-06-01/gem/versions")
    assert listed.body == list_of(infos) + f"plum -1.1 {md5(info(early))}\n".encode()
    assert (await ours.get("/gem/versions")).body == list_of(infos)


async def test_dates_that_a_line_does_not_give_come_from_the_api() -> None:
    lines = [line("plum", "1.0", dated=False), line("plum", "1.1", dated=False)]
    answers = registry({"plum": info(*lines)})
    api = UpstreamRegistry("rubygems", "gem", URL)
    dates = b'[{"number":"1.1","platform":"ruby","created_at":"2021-01-01T00:00:00Z"},'
    dates += b'{"number":"1.0","platform":"ruby","created_at":"2020-01-01T00:00:00Z"}]'
    answers[f"{URL}/api/v1/versions/plum.json"] = replace(answer(dates), content_type="application/json")
    ours = Assembled(ECOSYSTEM, build_mount, answers, (api,))
    assert (await ours.get("/@2020-06-01/gem/info/plum")).body == info(lines[0])
    assert ours.asked().count(f"{URL}/api/v1/versions/plum.json") == 1
