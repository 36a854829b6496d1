"""A server whose upstream has the packages of the recordings answers as the real service did, by either transport."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.apis.depsdev.insights import Insights
from packhouse.app import load_ecosystems
from packhouse.domain.upstream import UpstreamRegistry
from tests.apis.depsdev.conftest import site_over
from tests.apis.depsdev.reflected import client, opened
from tests.asgi import call
from tests.assembled import Assembled
from tests.shared import shared_path

pytestmark = pytest.mark.anyio

EDITIONS = ("v3", "v3alpha")
HOST = "https://npm.example"

PATHS = {
    "TestGetPackage": ("GetPackage", "systems/npm/packages/defangjs"),
    "TestGetVersion": ("GetVersion", "systems/npm/packages/defangjs/versions/1.0.7"),
    "TestGetRequirements": ("GetRequirements", "systems/npm/packages/pino/versions/6.14.0:requirements"),
    "TestGetDependencies": ("GetDependencies", "systems/npm/packages/pino/versions/6.14.0:dependencies"),
    "TestQuery": ("Query", "query?versionKey.system=NPM&versionKey.name=defangjs&versionKey.version=1.0.7"),
    "TestPurlLookup": ("PurlLookup", "purl/pkg%3Anpm%2F%2540colors%2Fcolors%401.5.0"),
}
QUESTIONS: dict[str, dict[str, Any]] = {
    "GetPackage": {"packageKey": {"system": "NPM", "name": "defangjs"}},
    "GetVersion": {"versionKey": {"system": "NPM", "name": "defangjs", "version": "1.0.7"}},
    "GetRequirements": {"versionKey": {"system": "NPM", "name": "pino", "version": "6.14.0"}},
    "GetDependencies": {"versionKey": {"system": "NPM", "name": "pino", "version": "6.14.0"}},
    "Query": {"versionKey": {"system": "NPM", "name": "defangjs", "version": "1.0.7"}},
    "PurlLookup": {"purl": "pkg:npm/%40colors/colors@1.5.0"},
}

DIFFERENCES = {
    "defaults": "the program that recorded left out what is false, 0 or empty; the service itself writes it",
    "Bundled": "the program that recorded spelled a field's name as its own; the definition has `bundled`",
    "upstreamIdentifiers": (
        "the name of the source is made of the upstream's host, which is another one here; and what is found by a query"
        " has none there, where a release that is asked for by name has them: here both are the same"
    ),
}
"""What is not the same, and why."""


def _recorded(edition: str, test: str) -> Any:  # noqa: ANN401 (any JSON)
    recordings = json.loads(shared_path("data", "depsdev", "real-answers.json").read_bytes())
    return next((each["response"] for each in recordings if (each["api"], each["test"]) == (edition, test)), None)


_Releases = dict[str, tuple[dict[str, Any], str]]
"""Manifests with when they were published."""


def _packuments() -> Iterator[dict[str, Any]]:
    """Write what the upstream must have had."""
    versions = {each["versionKey"]["version"]: each for each in _recorded("v3alpha", "TestGetPackage")["versions"]}
    told = _recorded("v3alpha", "TestGetVersion")
    releases: _Releases = {version: ({}, each["publishedAt"]) for version, each in versions.items()}
    yield _packument("defangjs", releases | {"1.0.7": (_manifest(told), told["publishedAt"])}, "1.0.7")
    told = _recorded("v3alpha", "TestPurlLookup")["version"]
    newer: _Releases = {"1.6.0": ({}, "2023-01-01T00:00:00Z")}
    yield _packument("@colors/colors", {"1.5.0": (_manifest(told), told["publishedAt"])} | newer, "1.6.0")
    graph = _recorded("v3alpha", "TestGetDependencies")
    needs = _recorded("v3alpha", "TestGetRequirements")["npm"]["dependencies"]
    for position, node in enumerate(graph["nodes"]):
        key = node["versionKey"]
        manifest: dict[str, Any] = {
            "dependencies": {
                graph["nodes"][edge["toNode"]]["versionKey"]["name"]: edge["requirement"]
                for edge in graph["edges"]
                if edge.get("fromNode", 0) == position
            }
        }
        if not position:
            manifest = {
                kind: {each["name"]: each["requirement"] for each in needs[kind]}
                for kind in ("dependencies", "devDependencies")
            }
        yield _packument(key["name"], {key["version"]: (manifest, "2021-01-01T00:00:00Z")}, key["version"])


def _manifest(told: dict[str, Any]) -> dict[str, Any]:
    urls = {link["label"]: link["url"] for link in told["links"]}
    return {
        "license": told["licenses"][0],
        "homepage": urls["HOMEPAGE"],
        "bugs": {"url": urls["ISSUE_TRACKER"]},
        "repository": {"type": "git", "url": urls["SOURCE_REPO"]},
    }


def _packument(name: str, releases: _Releases, latest: str) -> dict[str, Any]:
    def facts(version: str, manifest: dict[str, Any]) -> dict[str, Any]:
        tarball = f"{HOST}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        dist = {"tarball": tarball, "shasum": "0" * 40}
        return {"name": name, "version": version, "dist": dist, **manifest}

    return {
        "name": name,
        "dist-tags": {"latest": latest},
        "versions": {version: facts(version, manifest) for version, (manifest, _) in releases.items()},
        "time": {version: published.replace("Z", ".123Z") for version, (_, published) in releases.items()},
    }


@pytest.fixture
def insights() -> Insights:
    ecosystem, build_mount = load_ecosystems()["npm"]
    answers: dict[str, MemoryAnswer] = {}
    for each in _packuments():
        answers[f"{HOST}/{each['name'].replace('/', '%2f')}"] = json.dumps(each).encode()
    server = Assembled(ecosystem, build_mount, answers, [UpstreamRegistry("npm", "npm", HOST)])
    return Insights({"npm": server.services})


def _without_differences(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    """Leave out what is known to differ, on both sides."""
    match value:
        case dict():
            kept = {
                name: _without_differences(each)
                for name, each in value.items()
                if name not in ("upstreamIdentifiers", "Bundled", "bundled")
            }
            return {name: each for name, each in kept.items() if each not in (False, 0, "", [])}
        case list():
            return [_without_differences(each) for each in value]
        case _:
            return value


def _order(value: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401 (any JSON)
    """List the order of the keys of every object."""
    match value:
        case dict():
            yield path, list(value)
            for name, each in value.items():
                yield from _order(each, f"{path}.{name}")
        case list():
            for position, each in enumerate(value):
                yield from _order(each, f"{path}[{position}]")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("test", PATHS)
async def test_a_question_is_answered_as_it_was_recorded(insights: Insights, edition: str, test: str) -> None:
    wanted = _recorded(edition, test)
    if wanted is None:
        assert (edition, test) == ("v3", "TestPurlLookup")
        return
    reply = await call(site_over(insights), f"/{edition}/{PATHS[test][1]}")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json; charset=utf-8")
    ours = json.loads(reply.text)
    assert _without_differences(ours) == _without_differences(wanted)
    orders = dict(_order(ours))
    for path, names in _order(wanted):
        assert [name for name in orders[path] if name in names] == [name for name in names if name != "Bundled"]


@pytest.mark.parametrize("test", PATHS)
async def test_the_same_is_answered_over_grpc(insights: Insights, test: str) -> None:
    wanted = _recorded("v3alpha", test)
    name = PATHS[test][0]
    async with opened(insights) as port, client(port) as alpha:
        assert _without_differences(await alpha.ask_json(name, QUESTIONS[name])) == _without_differences(wanted)
