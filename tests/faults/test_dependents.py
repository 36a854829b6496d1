"""Dependents of a whole server: made in the background, killed on the way, and complete after the next start."""

import json
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from packhouse.app import open_store
from packhouse.config import load
from packhouse.domain.events import Event
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.services.ports import IndexState
from tests.faults.server import serving, write_settings

PACKAGES = 60
OFFLINE = "offline = true\ndependents.share = 1"


def _packument(name: str, needs: Sequence[str]) -> bytes:
    dist = {"tarball": f"https://npm.example/{name}/-/{name}-1.0.0.tgz", "shasum": "0" * 40}
    version = {"name": name, "version": "1.0.0", "dependencies": dict.fromkeys(needs, "^1.0.0"), "dist": dist}
    document = {"name": name, "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}
    return json.dumps(document | {"time": {"1.0.0": "2020-01-01T00:00:00.000Z"}}).encode()


async def _fill(settings: Path) -> None:
    """Store what the server would have fetched: a package that all others need, every second by way of another."""
    config = load({}, {}, settings)
    (origin,) = (each.origin for each in config.upstreams if each.name == "npm")
    store = open_store(config)
    now = Moment(int(time.time() * 1000))
    for number in range(PACKAGES):
        name = f"p{number}" if number else "seed"
        needs = () if not number else ("seed",) if number % 2 else (f"p{number - 1}",)
        key = PackageKey("npm", NormalName(name))
        index = ECOSYSTEM.index.split(key, _packument(name, needs))
        state = IndexState(origin, key, 0, index.digest, now, now)
        await store.write_index(state, index, [Event("package_seen", now, origin, key)], None)
    store.close()


def _made(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        found: tuple[int] = connection.execute("SELECT count(*) FROM graph_body").fetchone()
        return found[0]


def _ask(port: int, path: str) -> Any:  # noqa: ANN401 (any JSON)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return json.load(answer)


@pytest.mark.anyio
async def test_a_server_that_was_killed_counts_all_dependents_in_the_end(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, "https://npm.example", OFFLINE)
    await _fill(settings)
    database = tmp_path / "data" / "packhouse.sqlite3"
    ends = time.monotonic() + 60
    with serving(settings) as (process, _):
        while not _made(database):
            assert time.monotonic() < ends
            time.sleep(0.01)  # noqa: ASYNC251 (the server is another process)
        process.kill()
    with serving(settings) as (_, port):
        while _made(database) < PACKAGES:
            assert time.monotonic() < ends
            time.sleep(0.05)  # noqa: ASYNC251
        counted = _ask(port, "/v3alpha/systems/npm/packages/seed/versions/1.0.0:dependents")
        listed = _ask(port, "/api/packages/npm/seed/versions/1.0.0/dependents?limit=1000")
    assert counted == {"dependentCount": 59, "directDependentCount": 30, "indirectDependentCount": 29}
    assert {each["name"] for each in listed["dependents"]} == {f"p{number}" for number in range(1, PACKAGES)}
    assert {len(each["path"]) for each in listed["dependents"]} == {2, 3}


@pytest.mark.anyio
async def test_a_server_that_is_told_not_to_keeps_no_graphs(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, "https://npm.example", "offline = true\ndependents.enabled = false")
    await _fill(settings)
    with serving(settings) as (_, port), pytest.raises(urllib.error.HTTPError, match="404"):
        _ask(port, "/v3alpha/systems/npm/packages/seed/versions/1.0.0:dependents")
    assert _made(tmp_path / "data" / "packhouse.sqlite3") == 0
