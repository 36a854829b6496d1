"""Whatever is sent as a publication: it is refused or published, and never an error of the server."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.attacks.cargo_writes.grove import Grove
from tests.ecosystems.cargo.publications import framed, publication
from tests.formats.tars import END, entry, gzipped

pytestmark = pytest.mark.anyio

_PLAIN = publication("fuzzy", "1.0.0", "[features]\na = []")
_value: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ("deps", "features", "authors", "keywords", "license", "links", "badges", "readme", "rust_version", "x")
_paths = st.sampled_from([b"fuzzy-1.0.0/", b"", b"../", b"/", b"fuzzy-1.0.0/../", b"fuzzy-1.0.0//", b"./fuzzy-1.0.0/"])
_entries = st.lists(
    st.tuples(_paths, st.binary(max_size=12), st.binary(max_size=60), st.sampled_from(b"0123456789gxLKSV5\0")),
    max_size=5,
)
_many = settings(
    deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a body that is wrong in a few places; drawn before the test begins, since a task cannot give up drawing."""
    body = bytearray(_PLAIN)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(body) - 1))
        match draw(st.integers(0, 2)):
            case 0:
                body[at] = draw(st.integers(0, 255))
            case 1:
                del body[at : at + draw(st.integers(1, 40))]
            case _:
                body[at:at] = draw(st.binary(max_size=9))
    return bytes(body)


async def check(grove: Grove, body: bytes) -> None:
    """Send a body; nothing may fail, and nothing may lie where nothing belongs."""
    reply = await grove.put(body)
    assert reply.status in (200, 400, 403, 413), (reply.status, reply.body)
    assert json.loads(reply.body)
    top = {path.name for path in grove.folder.iterdir()}
    assert top == {"data", "packhouse.toml"}
    outside = {path for path in grove.files() if not path.startswith("data/blobs/objects/")}
    assert outside <= {"packhouse.toml", "data/server.key", "data/lock"}, outside
    assert len(await grove.lines("fuzzy")) <= 1


@_many
@given(damaged())
async def test_a_damaged_body_fails_in_no_unexpected_way(grove: Grove, body: bytes) -> None:
    await check(grove, body)


@_many
@given(st.dictionaries(st.sampled_from(_FIELDS), _value, max_size=4))
async def test_no_metadata_fails_in_an_unexpected_way(grove: Grove, said: dict[str, Any]) -> None:
    await check(grove, publication("fuzzy", "1.0.0", said=said))


@_many
@given(_entries, st.booleans())
async def test_no_archive_fails_in_an_unexpected_way(
    grove: Grove,
    entries: list[tuple[bytes, bytes, bytes, int]],
    ended: bool,  # noqa: FBT001 (drawn)
) -> None:
    blocks = b"".join(entry((path + name)[:100], body, bytes([kind])) for path, name, body, kind in entries)
    await check(grove, framed({"name": "fuzzy", "vers": "1.0.0"}, gzipped(blocks + (END if ended else b""))))
