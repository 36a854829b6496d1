"""A registry of crates, and Packhouse in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from tests.clients.cargo.crates import Crates, need, serving_crates
from tests.clients.cargo.workspace import Workspace
from tests.faults.server import serving

MakeWorkspace = Callable[..., Workspace]


class CrateServer(Struct, frozen=True):
    """Packhouse in a process of its own."""

    port: int
    folder: Path

    @property
    def base(self) -> str:
        """The address of the mount."""
        return f"http://127.0.0.1:{self.port}/cargo/"

    @property
    def index(self) -> str:
        """The address of the index."""
        return f"{self.base}index/"

    @property
    def settings(self) -> Path:
        """Its configuration."""
        return self.folder / "packhouse.toml"

    def log(self) -> str:
        """Read what it had to say."""
        return (self.folder / "packhouse.log").read_text()


@contextmanager
def crate_server(
    folder: Path, upstream: str, settings: str = "", environ: dict[str, str] | None = None
) -> Iterator[CrateServer]:
    """Run a server in front of one upstream, given by the address of its index."""
    folder.mkdir(exist_ok=True)
    ours = CrateServer(0, folder)
    ours.settings.write_text(f'data = "data"\n{settings}\n[upstreams.crates]\nurl = "{upstream}"\n')
    with serving(ours.settings, environ) as (_, port):
        yield CrateServer(port, folder)


@pytest.fixture(scope="session", autouse=True)
def _program() -> None:
    if shutil.which("cargo") is None:
        reason = "cargo is needed: it is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture
def crates() -> Iterator[Crates]:
    """Run a registry with crates of every kind that cargo treats differently."""
    registry = Crates()
    for version in ("1.0.0", "1.2.0", "1.2.3", "2.0.0-beta.1"):
        registry.publish("plum", version)
    registry.publish("Basket_Case", "0.3.0", need("plum", "^1"))
    registry.publish("zip", "2.0.1+zip.1.5")
    registry.publish("ab", "1.0.0")
    registry.publish("c", "1.0.0", need("ab", "1", optional=True), features2={"with": ["dep:ab"]}, v=2)
    registry.publish(
        "press", "1.4.0", need("juice", "^1", package="plum"), need("Basket_Case", "0.3"), need("zip", "2")
    )
    with serving_crates(registry):
        yield registry


@pytest.fixture
def server(crates: Crates, tmp_path: Path) -> Iterator[CrateServer]:
    """Run Packhouse in front of the registry."""
    with crate_server(tmp_path / "server", f"{crates.url}/index") as ours:
        yield ours


@pytest.fixture
def make_workspace(tmp_path: Path) -> MakeWorkspace:
    """Make projects, each in a folder of its own."""

    def make(index: str, **dependencies: str) -> Workspace:
        number = sum(1 for _ in tmp_path.iterdir())
        return Workspace(tmp_path / f"workspace{number}", index, **dependencies)

    return make
