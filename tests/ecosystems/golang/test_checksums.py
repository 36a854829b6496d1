"""The checksum database behind the proxy."""

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment
from tests.assembled import START, Assembled
from tests.ecosystems.golang.modules import server

pytestmark = pytest.mark.anyio

SUM = "https://sum.example"
HEAD = "go.sum database tree\n7\nabc=\n\n— sum.farm.example Az3grabc=\n".encode()
DAY = 86_400_000


def guarded() -> Assembled:
    answers: dict[str, MemoryAnswer] = {
        f"{SUM}/latest": HEAD,
        f"{SUM}/lookup/example.com/!acme/thing@v1.0.0": b"1\nexample.com/Acme/thing v1.0.0 h1:x\n",
        f"{SUM}/tile/8/0/x001/234": b"\x00\xff",
        f"{SUM}/tile/8/1/000.p/7": b"\x01",
        f"{SUM}/tile/8/data/000": b"text",
    }
    return server(urls={"sumdb": SUM}, more=answers)


async def test_everything_that_the_command_asks_for_is_passed_on() -> None:
    ours = guarded()
    reply = await ours.get("/go/sumdb/sum.farm.example/supported")
    assert (reply.status, reply.body) == (200, b"")
    assert (await ours.get("/go/sumdb/sum.farm.example/latest")).body == HEAD
    for path in ("example.com/!acme/thing@v1.0.0", "example.com/%21acme/thing@v1.0.0"):
        reply = await ours.get(f"/go/sumdb/sum.farm.example/lookup/{path}")
        assert reply.body == b"1\nexample.com/Acme/thing v1.0.0 h1:x\n"
        assert "immutable" in reply.headers["cache-control"]
    assert (await ours.get("/go/sumdb/sum.farm.example/tile/8/0/x001/234")).body == b"\x00\xff"
    assert (await ours.get("/go/sumdb/sum.farm.example/tile/8/1/000.p/7")).body == b"\x01"
    assert (await ours.get("/go/sumdb/sum.farm.example/tile/8/data/000")).body == b"text"


async def test_tiles_and_entries_are_asked_for_once_and_for_ever_and_the_head_is_not() -> None:
    ours = guarded()
    for _ in range(3):
        await ours.get("/go/sumdb/sum.farm.example/tile/8/data/000")
        await ours.get("/go/sumdb/sum.farm.example/lookup/example.com/!acme/thing@v1.0.0")
        ours.now = Moment(ours.now + DAY)
    asked = [url.removeprefix(SUM) for url in ours.asked()]
    assert (asked.count("/tile/8/data/000"), asked.count("/lookup/example.com/!acme/thing@v1.0.0")) == (1, 1)
    assert asked.count("/latest") == 3


@pytest.mark.parametrize(
    "path",
    ["other.example/supported", "other.example/latest", "other.example/tile/8/0/000", "sum.farm.example/secret",
     "sum.farm.example/lookup/..%2f..%2fx@v1.0.0", "sum.farm.example/lookup/example.com/x@main",
     "sum.farm.example/lookup/example.com/X@v1.0.0", "sum.farm.example/tile/8/0/../../latest", "sum.farm.example",
     "sum.farm.example/tile/8/0/1", "..%2fx/latest", "%00/latest", "a?b/latest"],
)  # fmt: skip
async def test_another_database_and_what_is_none_of_its_documents_is_a_404(path: str) -> None:
    ours = guarded()
    ours.upstream.answers |= {f"{SUM}/secret": b"s", f"{SUM}/tile/8/0/000": b"t"}
    reply = await ours.get(f"/go/sumdb/{path}")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/plain; charset=utf-8")


async def test_an_entry_that_the_database_has_not_is_a_404_and_a_database_that_is_down_is_not() -> None:
    ours = guarded()
    assert (await ours.get("/go/sumdb/sum.farm.example/lookup/example.com/absent@v1.0.0")).status == 404
    ours.upstream.answers[f"{SUM}/lookup/example.com/x@v1.0.0"] = UpstreamDown("sum.example is silent")
    assert (await ours.get("/go/sumdb/sum.farm.example/lookup/example.com/x@v1.0.0")).status == 503


async def test_support_is_promised_only_while_the_database_can_be_asked() -> None:
    supported = "/go/sumdb/sum.farm.example/supported"
    assert (await server().get(supported)).status == 404
    ours = guarded()
    ours.upstream.answers[f"{SUM}/latest"] = UpstreamDown("sum.example is silent")
    assert (await ours.get(supported)).status == 404
    ours = guarded()
    assert (await ours.get(supported)).status == 200
    ours.off.add("golang")
    ours.now = Moment(START + 60_000)
    assert (await ours.get(supported)).status == 404
    assert (await ours.get("/go/sumdb/sum.farm.example/latest")).body == HEAD


async def test_a_module_may_be_called_like_the_database() -> None:
    assert (await server().get("/go/sumdb/@v/list")).status == 404
    assert (await server().get("/go/sumdb")).status == 404
