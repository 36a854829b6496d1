"""One upstream and one server for each module, and projects in front of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.maven.repository import Repository, serving_repository
from tests.clients.maven.server import Server, serving_maven
from tests.clients.maven.workspace import Workspace, need_maven

MakeWorkspace = Callable[..., Workspace]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Repository]:
    """Run a repository with packages that need one another."""
    repository = Repository()
    for version in ("1.0", "1.2", "1.10", "2.0-rc1", "2.0"):
        repository.publish("org.example:plum", version)
    repository.publish("org.example:basket", "2.1", "org.example:plum:1.2")
    repository.publish("org.example.press:cider-press", "1.4.0", "org.example:basket:2.1", "org.example:rope:0.3:test")
    repository.publish_snapshot("org.example:must", "3.0", 1, "20260101.120000")
    with serving_repository(repository):
        yield repository


@pytest.fixture(scope="module")
def server(upstream: Repository, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run Packhouse in front of the upstream."""
    with serving_maven(tmp_path_factory.mktemp("server"), upstream.url) as server:
        yield server


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Make projects, each in a folder of its own."""
    need_maven()

    def make(mirror: str, *needs: str, more: str = "") -> Workspace:
        number = sum(1 for _ in tmp_path.iterdir())
        return Workspace(tmp_path / str(number), mirror, needs, more)

    return make
