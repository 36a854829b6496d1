"""What is counted as a download through this server, and when it is written."""

from collections.abc import Mapping

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import StorageFull
from packhouse.domain.index import Index, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.router import RoutedDoor, route
from packhouse.http.serving import file_answer
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from packhouse.services.usage import Usage
from tests.assembled import START, Assembled
from tests.toy import HOST, TOY, document, toy_key

pytestmark = pytest.mark.anyio

THING = toy_key("thing")
FILE = "/toy/thing/thing-1.0.zip"
DAY_MS = 86_400_000


def _mount(services: Services) -> Mount:
    async def download(request: Request, name: str, filename: str) -> Answer:
        return await file_answer(services, request, toy_key(name), filename)

    return Mount(RoutedDoor([route("{name}/{filename}", GET=download)]))


def _locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the beside-file of a release, too."""
    located = TOY.index.locate(key, index, filename.removesuffix(".sig"))
    if located is None or not filename.endswith(".sig"):
        return located
    return msgspec.structs.replace(located, artifact=msgspec.structs.replace(located.artifact, kind="signature"))


BESIDE = msgspec.structs.replace(TOY, index=msgspec.structs.replace(TOY.index, locate=_locate))


def _server() -> Assembled:
    answers = {
        f"{HOST}/thing": document("thing", {"1.0": b"content", "2.0": b"wrong"}),
        f"{HOST}/files/thing-1.0.zip": b"content",
        f"{HOST}/files/thing-2.0.zip": b"changed",
    }
    return Assembled(BESIDE, _mount, answers, [UpstreamRegistry("toy", "toy", HOST)])


async def _days(server: Assembled) -> dict[str, int]:
    return await server.services.usage.list_days(View(), THING)


async def test_every_file_that_was_sent_whole_counts() -> None:
    server = _server()
    assert await _days(server) == {}
    for _ in range(3):
        assert (await server.get(FILE)).body == b"content"
    assert await _days(server) == {"2026-01-01": 3}


async def test_what_was_not_sent_whole_does_not_count() -> None:
    server = _server()
    etag = (await server.get(FILE)).headers["etag"]
    assert (await server.get(FILE, method="HEAD")).status == 200
    assert (await server.get(FILE, {"if-none-match": etag})).status == 304
    assert (await server.get(FILE, {"range": "bytes=2-3"})).body == b"nt"
    assert (await server.get(FILE, {"range": "bytes=90-"})).status == 416
    assert (await server.get("/toy/thing/thing-2.0.zip")).status == 502
    assert (await server.get("/toy/thing/thing-3.0.zip")).status == 404
    assert await _days(server) == {"2026-01-01": 1}


async def test_a_file_that_only_goes_along_does_not_count() -> None:
    server = _server()
    assert (await server.get(f"{FILE}.sig")).status == 200
    assert await _days(server) == {}


async def test_each_day_is_counted_for_itself() -> None:
    server = _server()
    await server.get(FILE)
    await server.services.usage.write()
    server.now = Moment(START + 2 * DAY_MS - 1)
    await server.get(FILE)
    await server.get(FILE)
    assert await _days(server) == {"2026-01-01": 1, "2026-01-02": 2}


async def test_registries_are_counted_apart() -> None:
    store = MemoryStore()
    usage = Usage(store, lambda: START)
    for view in (View("team"), View("default"), View("team")):
        usage.tally(view, THING).add()
    assert await usage.list_days(View("team"), THING) == {"2026-01-01": 2}
    assert await usage.list_days(View("default"), THING) == {"2026-01-01": 1}


class _FullStore(MemoryStore):
    """A store whose disk is full for a while."""

    full = True

    async def add_downloads(self, day: str, counts: Mapping[tuple[str, PackageKey, str], int]) -> None:
        if self.full:
            raise StorageFull("no space left")
        await super().add_downloads(day, counts)


async def test_what_cannot_be_written_now_is_written_later() -> None:
    store = _FullStore()
    usage = Usage(store, lambda: START)
    tally = usage.tally(View(), THING)
    tally.add()
    tally.add()
    await usage.write()
    tally.add()
    store.full = False
    assert await usage.list_days(View(), THING) == {"2026-01-01": 3}
    assert await usage.list_days(View(), THING) == {"2026-01-01": 3}


async def test_downloads_are_counted_by_version() -> None:
    server = _server()
    await server.get(FILE)
    await server.get(FILE)
    usage = server.services.usage
    assert await usage.sum_versions(View(), THING) == {"1.0": 2}
    (counted,) = await usage.list_versions(View(), THING)
    assert (counted.version, counted.day, counted.count) == ("1.0", "2026-01-01", 2)
    server.now = Moment(START + 90 * DAY_MS)
    assert await usage.list_versions(View(), THING) == []
    assert await usage.sum_versions(View(), THING) == {"1.0": 2}


async def test_recent_counts_grow_old_once_a_day() -> None:
    aged: list[str] = []

    class Ageing(MemoryStore):
        async def age_downloads(self, day: str) -> None:
            if not aged:
                aged.append("")
                raise StorageFull("no space left")
            aged.append(day)

    now = [START]
    usage = Usage(Ageing(), lambda: now[0])
    for hours in (0, 1, 2, 25, 26):
        now[0] = Moment(START + hours * 3_600_000)
        await usage.age()
    assert aged == ["", "2026-01-01", "2026-01-02"]
