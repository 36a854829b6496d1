"""Resolving keeps nobody else waiting, and ends when nobody waits for it."""

import asyncio
import gc
import threading
import time
from collections.abc import Mapping

import anyio
import msgspec
import pytest

from packhouse.domain.errors import Invalid, NotFound, TooHard
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.domain.view import View
from packhouse.services import apart, resolve
from packhouse.services.apart import work_apart
from packhouse.services.resolve import Resolver
from tests.apis.universe import NOW, ORCHARD, record, services_of

pytestmark = pytest.mark.anyio

CRATE = PackageKey("toy", NormalName("crate"))


class Endless:
    """A search that goes on until it is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = threading.Event()
        self._is_cancelled = threading.Event()

    def needed(self) -> frozenset[PackageKey]:
        return frozenset()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        del records

    def cancel(self) -> None:
        self._is_cancelled.set()

    def resolve(self) -> Graph:
        self.begun.set()
        while not self._is_cancelled.is_set():
            sum(range(1000))
        self.ended.set()
        raise TooHard("nobody waits")


async def _resolver(run: Endless) -> Resolver:
    def begin(*asked: object) -> Endless:
        assert asked
        return run

    toys = msgspec.structs.replace(ORCHARD, begin_resolution=begin, environment={"moon": "new"}, begin_manifest=begin)
    return (await services_of([record("crate", [Release("1.0.0", NOW)])], toys)).resolver


async def test_a_search_ends_when_who_asked_has_left() -> None:
    run = Endless()
    resolver = await _resolver(run)
    asking = asyncio.create_task(resolver.resolve(View(), CRATE, "1.0.0"))
    await asyncio.to_thread(run.begun.wait)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(run.ended.wait, 10)


async def test_a_search_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve, "_LONGEST_S", 0.05)
    run = Endless()
    with pytest.raises(TooHard):
        await (await _resolver(run)).resolve_manifest(View(), {"toys.txt": b""})
    assert await asyncio.to_thread(run.ended.wait, 10)


async def test_searches_keep_neither_other_requests_nor_other_threads_waiting() -> None:
    runs = [Endless() for _ in range(8)]
    asking = [asyncio.create_task((await _resolver(run)).resolve(View(), CRATE, "1.0.0")) for run in runs]
    await asyncio.to_thread(runs[0].begun.wait)
    late_s = []
    for _ in range(20):
        before = time.monotonic()
        assert await asyncio.to_thread(lambda: 7) == 7
        await asyncio.sleep(0)
        late_s.append(time.monotonic() - before)
    assert sorted(late_s)[10] < 1.0
    for run, task in zip(runs, asking, strict=True):
        run.cancel()
        with pytest.raises(TooHard):
            await task


async def test_the_collector_rests_for_a_moment_only_and_is_back_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_UNCOLLECTED_S", 0.05)
    assert gc.isenabled()
    seen: list[bool] = []
    resting, going_on = threading.Event(), threading.Event()

    def work() -> None:
        seen.append(gc.isenabled())
        resting.set()
        going_on.wait(10)
        seen.append(gc.isenabled())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work_apart, work)
        await asyncio.to_thread(resting.wait)
        await anyio.sleep(0.2)
        going_on.set()
    assert seen == [False, True]
    assert gc.isenabled()


async def test_an_environment_with_names_of_its_own_is_refused() -> None:
    run = Endless()
    with pytest.raises(Invalid, match="has no 'sun'"):
        await (await _resolver(run)).resolve(View(), CRATE, "1.0.0", {"sun": "up"})


async def test_what_is_not_there_is_not_resolved() -> None:
    resolver = (await services_of([record("crate", [Release("1.0.0", NOW)])])).resolver
    with pytest.raises(NotFound, match="no version"):
        await resolver.resolve(View(), CRATE, "2.0.0")
    with pytest.raises(NotFound, match="projects of"):
        await resolver.resolve_manifest(View(), {"toys.txt": b""})
    graph = await resolver.resolve(View(), CRATE, "1.0.0")
    assert graph == Graph((Node(CRATE, "1.0.0"),), ())


class Dated(Endless):
    """A resolution that heeds dates itself, and notes which versions it was given."""

    def __init__(self, key: PackageKey) -> None:
        super().__init__()
        self.key = key
        self.given: PackageRecord | None = None

    def needed(self) -> frozenset[PackageKey]:
        return frozenset() if self.given else frozenset({self.key})

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        self.given = records[self.key]

    def resolve(self) -> Graph:
        return Graph((Node(self.key, "1.0.0"),), ())


async def test_a_resolution_that_heeds_dates_is_told_the_date_and_shown_what_came_later() -> None:
    run = Dated(CRATE)
    told: list[Mapping[str, str]] = []

    def begin(_key: PackageKey, _version: str, environment: Mapping[str, str]) -> Dated:
        told.append(environment)
        return run

    toys = msgspec.structs.replace(ORCHARD, begin_resolution=begin, environment={"until": ""}, dating="until")
    releases = [Release("1.0.0", Moment(1_000_001)), Release("2.0.0", Moment(3_000_000))]
    resolver = (await services_of([record("crate", releases)], toys)).resolver
    await resolver.resolve(View(as_of=Moment(2_000_123)), CRATE, "1.0.0")
    assert told == [{"until": "1970-01-01T00:33:20.123+00:00"}]
    assert run.given is not None
    assert run.given.versions == ("1.0.0", "2.0.0")
