"""A live database of advisories is followed: all of it first, then no more than what has changed."""

import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from packhouse.adapters.feeds.osv_bucket import OsvBucket
from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.app import load_ecosystems
from packhouse.cli.main import run
from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.services import advisory_following
from packhouse.services.advisory_following import AdvisoryFollowing
from packhouse.services.advisory_import import AdvisoryImport

pytestmark = pytest.mark.anyio

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ECOSYSTEMS = [each for each, _ in load_ecosystems().values()]
Records = dict[str, int]
"""Ids, and on which day they were last changed."""


def _moment(day: int) -> str:
    return (BEGIN + timedelta(days=day, microseconds=123456)).isoformat().replace("+00:00", "Z")


def _record(name: str, day: int) -> bytes:
    affected = {"package": {"ecosystem": "npm", "name": name.lower()}, "versions": ["1.0.0"]}
    return json.dumps({"id": name, "modified": _moment(day), "affected": [affected]}).encode()


def _archive(records: Records) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, day in records.items():
            archive.writestr(f"{name}.json", _record(name, day))
    return body.getvalue()


def _serve(server: HTTPServer, records: Records) -> None:
    server.clear()
    server.clear_log()
    lines = [f"{_moment(day)},{name}\n" for name, day in sorted(records.items(), key=lambda each: -each[1])]
    server.expect_request("/npm/modified_id.csv").respond_with_data("".join(lines), content_type="text/csv")
    server.expect_request("/npm/all.zip").respond_with_data(_archive(records), content_type="application/zip")
    for name, day in records.items():
        server.expect_request(f"/npm/{name}.json").respond_with_data(_record(name, day), content_type="text/plain")
    server.expect_request("/none/all.zip").respond_with_data("", status=404)


def _asked(server: HTTPServer) -> list[str]:
    return [request.path.removeprefix("/npm/") for request, _ in server.log]


@pytest.fixture
async def bucket(httpserver: HTTPServer, tmp_path: Path) -> AsyncIterator[OsvBucket]:
    """Ask a bucket on this machine."""
    bucket = OsvBucket(httpserver.url_for("").rstrip("/"), UpstreamSettings(retries=0), folder=tmp_path, environ={})
    yield bucket
    await bucket.close()
    assert os.listdir(tmp_path) == []  # noqa: PTH208 (what is left over)


@pytest.fixture
def store() -> MemoryStore:
    """Keep advisories."""
    return MemoryStore()


@pytest.fixture
def following(bucket: OsvBucket, store: MemoryStore) -> AdvisoryFollowing:
    """Follow it."""
    return AdvisoryFollowing("osv", bucket, AdvisoryImport(store, ECOSYSTEMS), store, ["npm"])


async def test_all_of_it_is_fetched_once_and_then_only_what_has_changed(
    following: AdvisoryFollowing, httpserver: HTTPServer, store: MemoryStore
) -> None:
    _serve(httpserver, {"A-1": 1, "A-2": 2})
    assert (await following.update("npm")).new == 2
    assert _asked(httpserver) == ["all.zip"]
    _serve(httpserver, {"A-1": 3, "A-2": 2, "A-3": 4})
    report = await following.update("npm")
    assert (report.new, report.changed) == (1, 1)
    assert sorted(_asked(httpserver)) == ["A-1.json", "A-3.json", "modified_id.csv"]
    _serve(httpserver, {"A-1": 3, "A-2": 2, "A-3": 4})
    assert (await following.update("npm")).read == 0
    assert _asked(httpserver) == ["modified_id.csv"]
    assert [each.source for each in await store.count_advisories()] == ["osv:npm"]


async def test_of_too_many_changes_the_whole_is_fetched_and_what_is_gone_is_dropped(
    following: AdvisoryFollowing, httpserver: HTTPServer, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advisory_following, "_MOST", 2)
    _serve(httpserver, {"A-1": 1, "A-2": 2})
    await following.update("npm")
    _serve(httpserver, {"A-2": 2, **{f"B-{number}": 3 + number for number in range(5)}})
    report = await following.update("npm")
    assert (report.new, report.dropped) == (5, 1)
    assert _asked(httpserver) == ["modified_id.csv", "all.zip"]


async def test_what_breaks_off_goes_on_where_it_was_the_next_time(
    following: AdvisoryFollowing, httpserver: HTTPServer, store: MemoryStore
) -> None:
    _serve(httpserver, {"A-1": 1})
    await following.update("npm")
    records = {"A-1": 1, "A-2": 2, "A-3": 3, "A-4": 4}
    _serve(httpserver, records)
    httpserver.handlers.clear()
    _serve(httpserver, {name: day for name, day in records.items() if name != "A-3"})
    lines = [f"{_moment(day)},{name}\n" for name, day in sorted(records.items(), key=lambda each: -each[1])]
    httpserver.clear_all_handlers()
    httpserver.expect_request("/npm/modified_id.csv").respond_with_data("".join(lines))
    httpserver.expect_request("/npm/A-2.json").respond_with_data(_record("A-2", 2))
    httpserver.expect_request("/npm/A-3.json").respond_with_data("", status=503)
    httpserver.expect_request("/npm/A-4.json").respond_with_data(_record("A-4", 4))
    await following.update("npm")
    known = {each.id for each in await store.list_advisory_states("osv:npm")}
    assert known == {"A-1", "A-2"}


async def test_a_record_that_is_named_and_not_there_stops_nothing(
    following: AdvisoryFollowing, httpserver: HTTPServer
) -> None:
    _serve(httpserver, {"A-1": 1})
    await following.update("npm")
    httpserver.clear_all_handlers()
    httpserver.expect_request("/npm/modified_id.csv").respond_with_data(f"{_moment(3)},npm/A-3\n{_moment(2)},A-2\n")
    httpserver.expect_request("/npm/A-2.json").respond_with_data(_record("A-2", 2))
    httpserver.expect_request("/npm/A-3.json").respond_with_data("", status=404)
    report = await following.update("npm")
    assert (report.new, [each.where for each in report.failed]) == (1, ["npm/A-3.json"])


@pytest.mark.parametrize("line", ["nonsense", "2026-01-01T00:00:00Z,", "yesterday,A-1", "x" * 5000])
async def test_a_list_of_changes_that_is_none_is_an_error_of_the_database(
    following: AdvisoryFollowing, httpserver: HTTPServer, line: str
) -> None:
    _serve(httpserver, {"A-1": 1})
    await following.update("npm")
    httpserver.clear_all_handlers()
    httpserver.expect_request("/npm/modified_id.csv").respond_with_data(line)
    with pytest.raises(UpstreamBad):
        await following.update("npm")


async def test_a_part_that_there_is_not_is_said_to_be_none(
    following: AdvisoryFollowing, httpserver: HTTPServer
) -> None:
    _serve(httpserver, {})
    with pytest.raises(NotFound):
        await following.update("none")


def test_the_command_brings_in_what_has_changed(
    httpserver: HTTPServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _serve(httpserver, {"A-1": 1, "A-2": 2})
    flags = ["--data", str(tmp_path / "data"), "--advisories-url", httpserver.url_for("").rstrip("/")]
    for counted in ("2", "1"):
        assert run(["advisories", "update", *flags, "--advisories-parts", "npm"]) == 0
        told = capsys.readouterr().out
        assert f"new     {counted}" in told
        assert "osv:npm" in told
        _serve(httpserver, {"A-1": 1, "A-2": 2, "A-3": 3})


@pytest.fixture(autouse=True)
def _quiet_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
