"""Answers of the real service that others have recorded, with their heads: what is equal, and what is not."""

import io
import json
import tarfile
from datetime import datetime
from functools import cache
from typing import Any

import pytest
import yaml

from packhouse.app import load_ecosystems
from packhouse.domain.package import Moment
from packhouse.domain.release import Release
from tests.apis.depsdev.conftest import site_of
from tests.apis.universe import record, services_of
from tests.asgi import call
from tests.shared import shared_path

pytestmark = pytest.mark.anyio

_FOLDER = "google/osv.dev/go/osv/ecosystem/testdata"

HEADERS = {
    "Access-Control-Allow-Origin": "pages of any site could read what a closed network has published",
    "Alt-Svc": "there is no HTTP/3 here",
    "Cache-Control": "ours says no-cache, with an entity tag: what is published is there at once",
    "Date": "the time; uvicorn writes it below this",
    "Strict-Transport-Security": "TLS is the business of a proxy",
    "Via": "there is no proxy",
}
"""Headers of the recorded answers that ours do not have, or have with another value, and why."""
FIELDS = {"deprecatedReason": "younger than the recordings"}


@cache
def _interactions(name: str) -> list[dict[str, Any]]:
    body = shared_path("data", "fixtures", "osvdev-cassettes.tar.xz").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        member = next(each for each in archive.getmembers() if each.name.endswith(f"{_FOLDER}/{name}.yaml"))
        file = archive.extractfile(member)
        assert file is not None
        read: list[dict[str, Any]] = yaml.safe_load(file.read())["interactions"]
        return read


def _path(interaction: dict[str, Any]) -> str:
    return str(interaction["request"]["url"]).split("deps.dev", 1)[1]


def _moment(text: str) -> Moment:
    return Moment(int(datetime.fromisoformat(text).timestamp() * 1000))


@pytest.mark.parametrize("position", [0, 1])
async def test_a_package_of_many_versions_is_answered_as_recorded(position: int) -> None:
    interaction = _interactions("TestMaven_GetVersions")[position]
    wanted = json.loads(interaction["response"]["body"])
    ecosystem, _ = load_ecosystems()["maven"]
    told = {each["versionKey"]["version"]: each for each in wanted["versions"]}
    releases = [
        Release(version, _moment(told[version]["publishedAt"])) for version in sorted(told, key=ecosystem.version_key)
    ]
    (default,) = (version for version, each in told.items() if each["isDefault"])
    known = record(wanted["packageKey"]["name"], releases, default, "maven")
    known.tags["release"] = default
    reply = await call(site_of(await services_of([known], ecosystem)), _path(interaction))
    ours = json.loads(reply.text)
    for each in ours["versions"]:
        for field in FIELDS:
            assert each.pop(field) == ""
    assert ours == wanted
    assert [list(each) for each in ours["versions"]] == [list(each) for each in wanted["versions"]]
    assert list(ours) == list(wanted)
    _compare_heads(interaction, reply.headers)


async def test_a_miss_is_answered_as_recorded() -> None:
    (interaction,) = _interactions("TestMaven_GetVersions_NotFound")
    ecosystem, _ = load_ecosystems()["maven"]
    reply = await call(site_of(await services_of([], ecosystem)), _path(interaction))
    assert (reply.status, reply.text) == (interaction["response"]["code"], interaction["response"]["body"])
    assert reply.headers["content-type"] == interaction["response"]["headers"]["Content-Type"][0]


def _compare_heads(interaction: dict[str, Any], ours: dict[str, str]) -> None:
    for name, (value,) in interaction["response"]["headers"].items():
        assert (ours.get(name.lower()) == value) != (name in HEADERS), name
