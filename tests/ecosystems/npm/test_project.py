"""Projects as their files say them: what a lock file keeps, and what it can no longer have."""

import json
from typing import Any

import pytest

from packhouse.domain.errors import Invalid
from packhouse.domain.graph import Graph
from packhouse.ecosystems.npm.environment import Environment
from packhouse.ecosystems.npm.project import ProjectRun, read_project
from tests.ecosystems.npm.universe import Records

PACKAGES: dict[str, dict[str, Any]] = {
    "juice": {"1.0.0": {"dependencies": {"peel": "1"}}, "1.2.0": {"dependencies": {"peel": "1"}}},
    "peel": {"1.0.0": {}, "1.1.0": {}},
    "core": {"1.0.0": {}},
    "cider": {"1.0.0": {"peerDependencies": {"juice": "2"}}},
}


def resolve(manifest: object, lock: object = None) -> tuple[ProjectRun, Graph]:
    records = Records(
        {
            name: {"name": name, "dist-tags": {"latest": list(versions)[-1]}, "versions": versions}
            for name, versions in PACKAGES.items()
        }
    )
    files = {"package.json": json.dumps(manifest).encode()}
    if lock is not None:
        files["package-lock.json"] = json.dumps(lock).encode()
    run = ProjectRun(read_project(files), Environment())
    while keys := run.needed():
        run.load({key: records.find(key) for key in keys})
    return run, run.resolve()


def places(graph: Graph) -> dict[str, str]:
    return {node.path: node.version for node in graph.nodes[1:]}


def lock_of(**entries: dict[str, Any]) -> dict[str, Any]:
    return {"lockfileVersion": 3, "packages": {f"node_modules/{name}": entry for name, entry in entries.items()}}


def test_what_is_locked_and_still_wanted_is_kept_and_what_nothing_leads_to_is_dropped() -> None:
    lock = lock_of(
        juice={"version": "1.0.0", "dependencies": {"peel": "1"}},
        peel={"version": "1.0.0"},
        core={"version": "1.0.0"},
    )
    _, graph = resolve({"dependencies": {"juice": "^1.0.0"}}, lock)
    assert places(graph) == {"node_modules/juice": "1.0.0", "node_modules/peel": "1.0.0"}
    _, graph = resolve({"dependencies": {"juice": "^1.1.0"}}, lock)
    assert places(graph) == {"node_modules/juice": "1.2.0", "node_modules/peel": "1.0.0"}


def test_a_locked_release_that_is_gone_is_an_error_of_its_node() -> None:
    lock = lock_of(juice={"version": "1.1.5", "dependencies": {"peel": "1"}}, peel={"version": "1.0.0"})
    _, graph = resolve({"dependencies": {"juice": "^1.0.0"}}, lock)
    assert places(graph)["node_modules/juice"] == "1.1.5"
    assert graph.error == "juice@1.1.5 is in the lock file and cannot be had"


def test_peers_that_contradict_the_project_are_the_error_of_the_whole() -> None:
    _, graph = resolve({"dependencies": {"juice": "1", "cider": "1"}})
    assert "juice" in graph.error


def test_workspaces_are_named_as_not_looked_at() -> None:
    _, graph = resolve({"workspaces": ["a"]})
    assert graph.nodes[0].errors == ("its workspaces are not looked at",)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"package-lock.json": b"{}"}, "there is no package.json"),
        ({"package.json": b"[]"}, "package.json is no object"),
        ({"package.json": b"{"}, "package.json is no JSON"),
        ({"package.json": b'{"overrides": []}'}, "overrides"),
        ({"package.json": b"{}", "package-lock.json": b'{"lockfileVersion": 1}'}, "lockfileVersion 1"),
        ({"package.json": b"{}", "package-lock.json": b'{"packages": {"node_modules/..": {"version": "1"}}}'}, "name"),
    ],
)
def test_files_that_are_not_what_their_names_say_are_refused(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_project(files)
