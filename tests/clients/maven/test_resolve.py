"""The real mvn resolves through the server."""

from pathlib import Path

import pytest

from tests.clients.maven.conftest import MakeWorkspace
from tests.clients.maven.repository import Repository
from tests.clients.maven.server import Server, serving_maven

pytestmark = [pytest.mark.client, pytest.mark.timeout(300)]

PRESS = "org.example.press:cider-press:1.4.0"
TREE = ["org.example.press:cider-press:1.4.0:compile", "org.example:basket:2.1:compile", "org.example:plum:1.2:compile"]


def test_a_tree_is_the_same_directly_cold_warm_and_without_upstream(
    upstream: Repository, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    direct = make_workspace(upstream.url, PRESS)
    assert direct.tree() == TREE
    with serving_maven(tmp_path / "server", upstream.url) as server:
        through = make_workspace(server.url, PRESS)
        assert through.tree() == TREE
        through.forget()
        upstream.asked.clear()
        assert through.tree() == TREE
        assert [path for path in upstream.asked if "org/example" in path] == []
        server.switch_off("central")
        through.forget()
        assert through.tree() == TREE


def test_a_range_takes_the_highest_within(server: Server, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(server.url, "org.example:plum:[1.0,2.0-alpha)")
    assert workspace.tree() == ["org.example:plum:1.10:compile"]


def test_a_snapshot_is_resolved_by_its_metadata(server: Server, make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace(server.url, "org.example:must:3.0-SNAPSHOT")
    assert workspace.tree() == ["org.example:must:3.0-SNAPSHOT:compile"]
    assert list(workspace.local.glob("org/example/must/3.0-SNAPSHOT/must-3.0-20260101.120000-1.pom"))


def test_a_release_that_does_not_exist_fails_as_it_does_directly(server: Server, make_workspace: MakeWorkspace) -> None:
    done = make_workspace(server.url, "org.example:plum:9.9").resolve()
    assert done.returncode != 0
    assert "Could not find artifact org.example:plum:jar:9.9" in done.stdout
