"""One feed and one server for each module, and folders in front of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.nuget.feed import Feed, serving_feed
from tests.clients.nuget.program import need_nuget
from tests.clients.nuget.server import Server, serving_nuget
from tests.clients.nuget.workspace import Workspace

MakeWorkspace = Callable[..., Workspace]


@pytest.fixture(scope="module")
def upstream() -> Iterator[Feed]:
    """Run a feed with packages that need one another."""
    feed = Feed()
    fill(feed)
    with serving_feed(feed):
        yield feed


@pytest.fixture(scope="module")
def server(upstream: Feed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run Packhouse in front of the upstream."""
    with serving_nuget(tmp_path_factory.mktemp("server"), upstream.index) as server:
        yield server


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Make workspaces, each in a folder of its own."""
    program = need_nuget()

    def make(source: str = "") -> Workspace:
        number = sum(1 for _ in tmp_path.iterdir())
        return Workspace(tmp_path / f"work{number}", program, source)

    return make


def fill(feed: Feed) -> None:
    """Publish what the tests install."""
    for version in ("1.0.0", "1.2.0", "1.2.1", "2.0.0-beta.1"):
        feed.publish("Farm.Plum", version)
    feed.publish("Farm.Plum", "1.3.0", listed=False)
    feed.publish("Farm.Basket", "2.1.0", {"": {"Farm.Plum": "[1.2.0, 2.0.0)"}})
    feed.publish("Cider-Press", "1.4.0", {"": {"Farm.Basket": "[2.1.0, )", "Rope": "[0.3.0, )"}})
    feed.publish(
        "Rope", "0.3.0", deprecation={"reasons": ["Legacy"], "alternatePackage": {"id": "Twine", "range": "*"}}
    )
