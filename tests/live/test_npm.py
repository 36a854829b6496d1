import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from msgspec import Struct

from tests.clients.programs import client
from tests.clients.project import Project
from tests.faults.server import serving

pytestmark = [pytest.mark.live, pytest.mark.client, pytest.mark.timeout(1200)]

WANTED = {"express": "4", "react-scripts": "5"}


class Live(Struct, frozen=True):
    """A server with empty data in front of the built-in upstream."""

    port: int
    settings: Path

    @property
    def registry(self) -> str:
        """The address that clients are given."""
        return f"http://127.0.0.1:{self.port}/npm/"

    def read(self, path: str) -> tuple[int, Any]:
        """Return status and document."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=120) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def switch_off(self) -> None:
        """Cut the server from its upstream, and wait until it has noticed."""
        command = [sys.executable, "-m", "packhouse", "upstream", "off", "npm", "--config", str(self.settings)]
        subprocess.run(command, check=True, capture_output=True)
        for _ in range(100):
            if self.read(f"/npm/packhouse-never-asked-{time.time_ns()}")[0] != 404:
                return
            time.sleep(0.1)
        pytest.fail("the server still asks its upstream")


@contextmanager
def live(folder: Path) -> Iterator[Live]:
    """Run a server that has never asked anything."""
    folder.mkdir()
    settings = folder / "packhouse.toml"
    settings.write_text('data = "data"\n')
    with serving(settings) as (_, port):
        yield Live(port, settings)


@pytest.mark.parametrize("package", WANTED)
@pytest.mark.parametrize("name", ["npm", "pnpm", "yarn1", "yarn4"])
def test_installs_are_the_same_directly_and_through_us_cold_warm_and_without_upstream(
    name: str, package: str, tmp_path: Path
) -> None:
    wanted = {package: WANTED[package]}
    direct = Project(client(name), tmp_path / "direct", "", dependencies=wanted)
    took = {"direct": timed(direct)}
    expected = direct.tree()
    # Some clients leave out a little where they follow a lock file; that is compared with itself.
    direct.forget()
    direct.install_frozen()
    frozen = direct.tree()
    with live(tmp_path / "server") as server:
        ours = Project(client(name), tmp_path / "ours", server.registry, dependencies=wanted)
        took["cold"] = timed(ours)
        assert ours.tree() == expected
        ours.forget(lock=True)
        took["warm"] = timed(ours)
        assert ours.tree() == expected
        server.switch_off()
        ours.forget(lock=True)
        took["without upstream"] = timed(ours)
        assert ours.tree() == expected
        ours.forget()
        ours.install_frozen()
        assert ours.tree() == frozen
    times = ", ".join(f"{how} {seconds:.1f} s" for how, seconds in took.items())
    print(f"\n{name}, {package}: {times}")  # noqa: T201 (shown by ARGS=-s)


def timed(project: Project) -> float:
    begun = time.perf_counter()
    project.install()
    return time.perf_counter() - begun


@pytest.mark.parametrize(("package", "version"), [("express", "4.21.2"), ("webpack", "5.98.0"), ("eslint", "8.57.1")])
def test_the_graph_of_a_release_is_that_of_the_lock_file_npm_writes_for_it(
    package: str, version: str, tmp_path: Path
) -> None:
    project = Project(client("npm"), tmp_path / "direct", "", dependencies={package: version})
    project.must("install", "--package-lock-only")
    nodes, edges = graph_of(project.npm_lock(), f"node_modules/{package}")
    with live(tmp_path / "server") as server:
        status, answer = server.read(f"/v3alpha/systems/npm/packages/{package}/versions/{version}:dependencies")
    assert (status, answer.get("error", "")) == (200, "")
    keys = [(node["versionKey"]["name"], node["versionKey"]["version"]) for node in answer["nodes"]]
    assert set(keys) == nodes
    assert {(keys[edge["fromNode"]], keys[edge["toNode"]]) for edge in answer["edges"]} == edges


Node = tuple[str, str]


def graph_of(packages: dict[str, Any], root: str) -> tuple[set[Node], set[tuple[Node, Node]]]:
    """Read who depends on whom out of a lock file: a name is looked for beside who asks, then further up."""
    keys = {path: (path.rpartition("node_modules/")[2], facts["version"]) for path, facts in packages.items()}
    edges: set[tuple[Node, Node]] = set()
    reached, waiting = {root}, [root]
    while waiting:
        path = waiting.pop()
        facts = packages[path]
        for field in ("dependencies", "optionalDependencies", "peerDependencies"):
            for name in facts.get(field, {}):
                target = found_from(packages, path, name)
                if target is None:
                    continue
                edges.add((keys[path], keys[target]))
                if target not in reached:
                    reached.add(target)
                    waiting.append(target)
    return {keys[path] for path in reached}, edges


def found_from(packages: dict[str, Any], path: str, name: str) -> str | None:
    while True:
        candidate = f"{path}/node_modules/{name}" if path else f"node_modules/{name}"
        if candidate in packages:
            return candidate
        if not path:
            return None
        path = path.rpartition("node_modules/")[0].rstrip("/")
