"""Our answers against those that the real server gave."""

import random
from datetime import datetime
from typing import Any

import msgspec
import pytest

from packhouse.apis.depsdev import answers
from packhouse.apis.depsdev.editions import Edition, in_edition
from packhouse.domain import release as domain
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from tests.apis.universe import ORCHARD, record
from tests.shared import shared_path

EDITIONS: tuple[Edition, ...] = ("v3", "v3alpha")


def _recorded(edition: str, test: str) -> Any:  # noqa: ANN401 (any JSON)
    recordings = msgspec.json.decode(shared_path("data", "depsdev", "real-answers.json").read_bytes())
    return next(each["response"] for each in recordings if (each["api"], each["test"]) == (edition, test))


def _ours(edition: Edition, message: object) -> Any:  # noqa: ANN401
    chosen = in_edition(edition, message)
    return msgspec.json.decode(msgspec.json.encode(chosen))


def _moment(text: str) -> Moment:
    return Moment(int(datetime.fromisoformat(text).timestamp() * 1000) + 123)


def _ecosystem() -> Ecosystem:
    def purl(name: str, version: str) -> str:
        return f"pkg:npm/{name.replace('@', '%40')}" + (f"@{version}" if version else "")

    return msgspec.structs.replace(ORCHARD, system="NPM", purl=purl)


UPSTREAM = UpstreamRegistry("public", "toy", "https://npm.example")


def _defaults_left_out(value: object) -> object:
    """Drop what the recorder dropped from v3 answers, on both sides: false, 0 and empty text."""
    match value:
        case dict():
            kept = {name: _defaults_left_out(each) for name, each in value.items()}
            return {name: each for name, each in kept.items() if each not in (False, 0, "")}
        case list():
            return [_defaults_left_out(each) for each in value]
        case _:
            return value


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_package_is_answered_as_recorded(edition: Edition) -> None:
    wanted = _recorded(edition, "TestGetPackage")
    releases = [
        domain.Release(each["versionKey"]["version"], _moment(each["publishedAt"])) for each in wanted["versions"]
    ]
    ours = _ours(edition, answers.package(_ecosystem(), record(wanted["packageKey"]["name"], releases)))
    assert _defaults_left_out(ours) == _defaults_left_out(wanted)


@pytest.mark.parametrize(
    ("edition", "test"), [("v3", "TestGetVersion"), ("v3alpha", "TestGetVersion"), ("v3alpha", "TestPurlLookup")]
)
def test_a_version_is_answered_as_recorded(edition: Edition, test: str) -> None:
    wanted = _recorded(edition, test)
    wanted = wanted.get("version", wanted)
    key = wanted["versionKey"]
    urls = {link["label"]: link["url"] for link in wanted["links"]}
    release = domain.Release(
        key["version"],
        _moment(wanted["publishedAt"]),
        licences=tuple(domain.Licence(each, each) for each in wanted["licenses"]),
        links=(
            domain.Link("repository", urls["SOURCE_REPO"]),
            domain.Link("homepage", urls["HOMEPAGE"]),
            domain.Link("issues", urls["ISSUE_TRACKER"]),
        ),
    )
    releases = [release] if wanted["isDefault"] else [release, domain.Release("99.0.0")]
    ours = _ours(edition, answers.version(_ecosystem(), record(key["name"], releases), release, [UPSTREAM]))
    for each in wanted.get("upstreamIdentifiers", []):
        # The recording's host was replaced everywhere but here.
        each["source"] = each["source"].replace("NPM_NPMJS_ORG", "NPM_NPM_EXAMPLE")
    assert _defaults_left_out(ours) == _defaults_left_out(wanted)
    if edition == "v3alpha":
        assert [name for name in ours if name in wanted] == list(wanted)


@pytest.mark.parametrize("edition", EDITIONS)
def test_dependencies_are_answered_as_recorded_whatever_order_they_were_found_in(edition: Edition) -> None:
    wanted = _recorded(edition, "TestGetDependencies")
    keys = [node["versionKey"] for node in wanted["nodes"]]
    rest = list(range(1, len(keys)))
    random.Random(7).shuffle(rest)
    order = [0, *rest]
    moved = {old: new for new, old in enumerate(order)}
    nodes = tuple(Node(PackageKey("toy", NormalName(keys[old]["name"])), keys[old]["version"]) for old in order)
    edges = tuple(
        Edge(moved[each.get("fromNode", 0)], moved[each["toNode"]], each["requirement"])
        for each in wanted["edges"][::-1]
    )
    ours = _ours(edition, answers.dependencies(lambda _: "NPM", Graph(nodes, edges)))
    assert _defaults_left_out(ours) == _defaults_left_out(wanted)
    assert ours["nodes"][0]["bundled"] is False
    assert ours["edges"][0]["fromNode"] == 0
