"""Graphs and requirements of packages, as the whole server answers for them."""

import json
from typing import Any

import pytest

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.composer import ECOSYSTEM, build_mount
from tests.agreement.composer.client import is_branch
from tests.agreement.composer.replay import key_of_package
from tests.assembled import Assembled

pytestmark = pytest.mark.anyio

APP = key_of_package("acme/app")
PACKAGES: dict[str, list[dict[str, Any]]] = {
    "acme/app": [
        {
            "version": "1.0.0",
            "require": {"acme/log": "^2.0@dev", "php": ">=8.1", "ext-json": "*"},
            "require-dev": {"acme/pen": "^3"},
            "conflict": {"acme/ink": "<2"},
            "replace": {"acme/old-app": "self.version"},
            "provide": {"acme/app-implementation": "1.0"},
            "suggest": {"acme/pen": "to write"},
        }
    ],
    "acme/log": [
        {"version": "dev-main", "default-branch": True, "extra": {"branch-alias": {"dev-main": "2.x-dev"}}},
        {"version": "1.0.0"},
    ],
}


def _server() -> Assembled:
    root = UpstreamAnswer(200, json.dumps({"packages": [], "metadata-url": "/p2/%package%.json"}).encode())
    answers: dict[str, MemoryAnswer] = {"https://php.example/packages.json": root}
    for name, releases in PACKAGES.items():
        for ending, of_branches in (("", False), ("~dev", True)):
            listed = [{"name": name, **each} for each in releases if is_branch(each) == of_branches]
            body = json.dumps({"packages": {name: listed}}).encode()
            answers[f"https://php.example/p2/{name}{ending}.json"] = UpstreamAnswer(200, body)
    return Assembled(ECOSYSTEM, build_mount, answers, [UpstreamRegistry("php", "composer", "https://php.example")])


async def test_documents_of_releases_and_branches_make_one_graph() -> None:
    graph = await _server().services.resolver.resolve(View(), APP, "1.0.0", {"minimum-stability": "dev"})
    assert [(node.package.name, node.version) for node in graph.nodes] == [
        ("acme/app", "1.0.0"),
        ("acme/log", "dev-main"),
    ]
    assert [edge.requirement for edge in graph.edges] == ["^2.0@dev"]


async def test_a_flag_of_a_dependency_means_nothing() -> None:
    graph = await _server().services.resolver.resolve(View(), APP, "1.0.0")
    assert "acme/app 1.0.0 requires acme/log ^2.0@dev, but no version of it is in that range" in graph.error


async def test_a_branch_is_resolved_by_the_document_of_branches() -> None:
    key = PackageKey("composer", key_of_package("acme/log~dev").name)
    graph = await _server().services.resolver.resolve(View(), key, "dev-main")
    assert [(node.package.name, node.version) for node in graph.nodes] == [("acme/log", "dev-main")]


async def test_a_project_is_resolved_by_its_manifest() -> None:
    manifest = json.dumps({"require": {"acme/app": "*"}, "minimum-stability": "dev"}).encode()
    graph = await _server().services.resolver.resolve_manifest(View(), {"composer.json": manifest})
    assert [(node.package.name, node.version) for node in graph.nodes[1:]] == [
        ("acme/app", "1.0.0"),
        ("acme/log", "dev-main"),
    ]


async def test_requirements_are_told_in_the_words_of_the_manifest() -> None:
    record = await _server().services.records.get(View(), APP)
    assert ECOSYSTEM.requirements_wire(record.release(0)) == {
        "dependencies": [{"name": "acme/log", "requirement": "^2.0@dev"}],
        "devDependencies": [{"name": "acme/pen", "requirement": "^3"}],
        "platform": [{"name": "php", "requirement": ">=8.1"}, {"name": "ext-json", "requirement": "*"}],
        "conflicts": [{"name": "acme/ink", "requirement": "<2"}],
        "replaces": [{"name": "acme/old-app", "requirement": "self.version"}],
        "provides": [{"name": "acme/app-implementation", "requirement": "1.0"}],
        "suggests": [{"name": "acme/pen", "reason": "to write"}],
    }
