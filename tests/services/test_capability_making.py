"""Code is analysed when somebody asks what it can do."""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from packhouse.adapters.analysing import analyse
from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.capability import Analyser, Analysis, Capability, CapableRelease
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.capabilities import Capabilities, CapabilityImport
from packhouse.services.capability_making import CapabilityMaker
from tests.toy import TOY

pytestmark = pytest.mark.anyio

KEY = PackageKey(TOY.key, NormalName("presser"))


def _read(body: bytes, name: str) -> Sequence[CapableRelease]:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise Invalid("it is no JSON") from error
    return [CapableRelease(NormalName(name), told["version"], (Capability(told["can"], 1),))]


def _maker(store: MemoryStore, code: str, log: Path) -> CapabilityMaker:
    def plan(address: str, name: str, version: str) -> Analysis:
        noted = f"open({str(log)!r}, 'a').write({f'{address} {name} {version};'!r})"
        return Analysis({}, {}, ((sys.executable, "-c", f"{noted}; {code.replace('VERSION', version)}"),))

    intake = CapabilityImport(store, [], lambda: Moment(1))
    return CapabilityMaker(
        {KEY.ecosystem: (Analyser(_read, plan), "http://packhouse.example/toy")}, intake, analyse, 60
    )


GOOD = """print('{"version": "VERSION", "can": "CAPABILITY_FILES"}')"""


async def test_what_is_wanted_is_analysed_once_and_kept(tmp_path: Path) -> None:
    store, log = MemoryStore(), tmp_path / "log"
    maker = _maker(store, GOOD, log)
    for _ in range(3):
        maker.want(KEY, "1.0.0")
    maker.want(PackageKey("other", NormalName("presser")), "1.0.0")
    running = asyncio.create_task(maker.run())
    kept = Capabilities(store)
    while await kept.find(KEY, "1.0.0") is None:  # noqa: ASYNC110 (what it waits for tells nobody)
        await asyncio.sleep(0.05)
    maker.want(KEY, "1.0.0")
    running.cancel()
    assert await kept.find(KEY, "1.0.0") == (Capability("CAPABILITY_FILES", 1),)
    assert log.read_text() == "http://packhouse.example/toy presser 1.0.0;"


@pytest.mark.parametrize("code", ["raise SystemExit('broken')", "print('none')"])
async def test_what_cannot_be_analysed_stops_nothing_and_is_not_kept(tmp_path: Path, code: str) -> None:
    store = MemoryStore()
    maker = _maker(store, code, tmp_path / "log")
    await maker.make(KEY, "1.0.0")
    assert await Capabilities(store).find(KEY, "1.0.0") is None


async def test_an_analysis_ends_with_the_server(tmp_path: Path) -> None:
    maker = _maker(MemoryStore(), "import time; time.sleep(100)", tmp_path / "log")
    maker.want(KEY, "1.0.0")
    begun = time.monotonic()
    running = asyncio.create_task(maker.run())
    while not (tmp_path / "log").exists():  # noqa: ASYNC110 (what it waits for tells nobody)
        await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.get_running_loop().shutdown_default_executor()
    assert time.monotonic() - begun < 60
