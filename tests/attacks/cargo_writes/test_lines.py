"""Nothing that a publisher writes makes a second line of the index, or changes one that is there."""

import json

import pytest

from tests.asgi import call
from tests.attacks.cargo_writes.grove import Grove
from tests.ecosystems.cargo.publications import archive, framed, publication
from tests.ecosystems.cargo.releases import check_line

pytestmark = pytest.mark.anyio

ENDS = ("\n", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\0", '"}\n{"name":"quince","vers":"9.9.9"')
_MANIFESTS = (
    "[features]\n{} = []",
    "[features]\na = [{}]",
    '[dependencies]\n{} = "1"',
    "[dependencies]\nfig = {}",
    '[dependencies]\nfig = {{ version = "1", package = {} }}',
    '[dependencies]\nfig = {{ version = "1", features = [{}] }}',
    '[dependencies]\nfig = {{ version = "1", registry-index = {} }}',
    '[target.{}.dependencies]\nfig = "1"',
    "links = {}",
    "rust-version = {}",
    "edition2 = {}",
    "keywords = [{}]",
    "categories = [{}]",
    "homepage = {}",
    "license-file = {}",
    "readme = {}",
)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("text", _MANIFESTS)
async def test_no_text_of_a_manifest_ends_a_line(grove: Grove, text: str, end: str) -> None:
    name = f"lime{_MANIFESTS.index(text)}x{ENDS.index(end)}"
    body = publication(name, "1.0.0", text.format(json.dumps(f"a{end}b")))
    reply = await grove.put(body)
    assert reply.status in (200, 400), reply.body
    raw = (await call(grove.app, f"/cargo/index/li/me/{name}")).body if reply.status == 200 else b""
    assert raw.count(b"\n") == (reply.status == 200)
    if raw:
        assert len(raw.decode().splitlines()) == 1
        check_line(raw.rstrip(b"\n"))
    assert [each["vers"] for each in await grove.lines("quince")] == ["1.0.0"]


@pytest.mark.parametrize("field", ["name", "vers", "license", "links", "rust_version", "description"])
@pytest.mark.parametrize("end", ENDS)
async def test_no_text_of_the_metadata_ends_a_line(grove: Grove, field: str, end: str) -> None:
    said = {"name": "lime", "vers": "1.0.0"} | {field: f"lime{end}"}
    reply = await grove.put(framed(said, archive("lime", "1.0.0")))
    assert reply.status in (200, 400)
    assert len(await grove.lines("lime")) <= 1
    for other in ("Cargo", "9.9.9"):
        assert other not in str(await grove.lines("quince"))


async def test_a_line_never_changes_but_for_the_yank(grove: Grove) -> None:
    assert (await grove.publish("damson", "1.0.0")).status == 200
    (before,) = await grove.lines("damson")
    for version in ("1.0.0", "1.0.0+x", "01.0.0"):
        for user in ("ada", "eve"):
            assert (await grove.publish("damson", version, user, "[features]\nb = []")).status in (400, 403)
    assert await grove.lines("damson") == [before]


@pytest.mark.parametrize(
    "name",
    [
        "..",
        "../x",
        "a/b",
        "a%2fb",
        "con",
        "nul",
        "aux",
        "com1",
        "a.git",
        "a b",
        "-a",
        "1a",
        "é",
        "a\0",
        "",
        "a" * 65,
        "\uff41",
    ],
)
async def test_no_name_leads_anywhere_else(grove: Grove, name: str) -> None:
    before = grove.files()
    reply = await grove.put(framed({"name": name, "vers": "1.0.0"}, archive("pear", "1.0.0")))
    assert reply.status == 400, reply.body
    assert grove.files() == before


@pytest.mark.parametrize("version", ["../1.0.0", "1.0.0/..", "1", "1.0", "v1.0.0", "1.0.0\n", "1.0.0-", "", "1" * 151])
async def test_no_version_leads_anywhere_else(grove: Grove, version: str) -> None:
    before = grove.files()
    reply = await grove.put(framed({"name": "pear", "vers": version}, archive("pear", "1.0.0")))
    assert reply.status == 400, reply.body
    assert grove.files() == before


@pytest.mark.parametrize("name", ["a", "ab", "abc", "A-b", "x_"])
async def test_short_names_have_places_of_their_own(grove: Grove, name: str) -> None:
    assert (await grove.publish(name, "1.0.0")).status == 200
    assert [each["name"] for each in await grove.lines(name)] == [name]
