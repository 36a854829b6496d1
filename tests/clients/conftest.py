"""One upstream and one server for each module, and projects in front of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from tests.clients.programs import CLIENTS, NPM, Client, client
from tests.clients.project import Project
from tests.clients.registry import Registry, serving_registry
from tests.faults.server import serving, write_settings

WANTED = {"cider-press": "^1.0.0", "@farm/basket": "^2.0.0", "plum": "~1.2.0"}

MakeProject = Callable[..., Project]


class Server(Struct, frozen=True):
    """Packhouse in a process of its own."""

    port: int
    data: Path

    @property
    def registry(self) -> str:
        """The address that clients are given."""
        return f"http://127.0.0.1:{self.port}/npm/"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Registry]:
    """Run a registry with packages of every kind that clients treat differently."""
    registry = Registry()
    registry.publish("plum", "1.0.0", description="A plum")
    registry.publish("plum", "1.2.0", description="A plum")
    registry.publish("plum", "1.2.3", description="A ripe plum", keywords=["fruit"])
    registry.publish("plum", "2.0.0-beta.1", description="A plum without a stone", tag="next")
    registry.publish("@farm/basket", "2.0.0", dependencies={"plum": "^1.0.0"})
    registry.publish("@farm/basket", "2.1.0", dependencies={"plum": "1.0.0"})
    registry.publish("rope", "0.3.0", deprecated="use twine")
    registry.publish("bench", "4.0.0")
    registry.publish("frost-fan", "1.0.0", os=["aix"])
    registry.publish(
        "cider-press",
        "1.4.0",
        dependencies={"rope": "^0.3.0", "@farm/basket": "2.0.0"},
        optionalDependencies={"frost-fan": "1.0.0"},
        peerDependencies={"bench": ">=4"},
        bin={"press": "bin/press.js"},
    )
    registry.publish("cider-press", "2.0.0")
    with serving_registry(registry):
        yield registry


@pytest.fixture(scope="module")
def server(upstream: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run Packhouse in front of the upstream."""
    folder = tmp_path_factory.mktemp("server")
    with serving(write_settings(folder, upstream.url)) as (_, port):
        yield Server(port, folder / "data")


@pytest.fixture(params=CLIENTS)
def each_client(request: pytest.FixtureRequest) -> Client:
    """Give every client, one after another."""
    return client(str(request.param))


@pytest.fixture
def npm() -> Client:
    """Give npm."""
    return client(NPM.name)


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Make projects, each in a folder of its own."""

    def make(of: Client, registry: str, **dependencies: str) -> Project:
        number = sum(1 for _ in tmp_path.iterdir())
        return Project(of, tmp_path / str(number), registry, dependencies=dependencies)

    return make
