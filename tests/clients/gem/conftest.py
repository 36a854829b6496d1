"""A registry of gems, and Packhouse in front of it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct

from tests.clients.gem.gems import Gems, serving_gems
from tests.clients.gem.orchard import Orchard
from tests.faults.server import serving

MakeOrchard = Callable[[str], Orchard]
QUICK = '[cache]\nindex_fresh = "0s"\nindex_stale = "0s"\n'
"""Has every question asked of the upstream again."""


class GemServer(Struct, frozen=True):
    """Packhouse in a process of its own."""

    port: int
    folder: Path

    @property
    def source(self) -> str:
        """The address that clients are given."""
        return f"http://127.0.0.1:{self.port}/gem/"

    @property
    def settings(self) -> Path:
        """Its configuration."""
        return self.folder / "packhouse.toml"


@contextmanager
def gem_server(folder: Path, upstream: str, settings: str = "") -> Iterator[GemServer]:
    """Run a server in front of one upstream."""
    folder.mkdir(exist_ok=True)
    ours = GemServer(0, folder)
    ours.settings.write_text(f'data = "data"\n{settings}\n[upstreams.rubygems]\nurl = "{upstream}"\n')
    with serving(ours.settings) as (_, port):
        yield GemServer(port, folder)


@pytest.fixture(scope="session", autouse=True)
def _programs() -> None:
    for program in ("ruby", "gem", "bundle"):
        if shutil.which(program) is None:
            reason = f"{program} is needed: it is not installed"
            if os.environ.get("CI") == "true":
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)


@pytest.fixture
def gems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gems]:
    """Run a registry with gems of every kind that clients treat differently."""
    registry = Gems(tmp_path_factory.getbasetemp() / "gems")
    registry.publish(
        {"name": "plum", "version": "1.0.0"},
        {"name": "plum", "version": "1.2.0"},
        {"name": "plum", "version": "1.2.3"},
        {"name": "plum", "version": "2.0.0.beta1"},
        {"name": "rope", "version": "0.3.0"},
        {"name": "rope", "version": "0.3.0", "platform": "java"},
        {"name": "basket-2-go", "version": "2.0", "dependencies": [["plum", "~> 1.0"], ["rope", ">= 0.3", "< 1"]]},
        {"name": "Press", "version": "1.4", "dependencies": [["basket-2-go", ">= 2"]], "ruby": ">= 2.3"},
        {"name": "Press", "version": "2.0", "dependencies": [["plum", "~> 1.2"]], "ruby": ">= 99"},
    )
    with serving_gems(registry):
        yield registry


@pytest.fixture
def make_orchard(tmp_path: Path) -> MakeOrchard:
    """Make projects, each in a folder of its own."""

    def make(source: str) -> Orchard:
        return Orchard(tmp_path / f"orchard-{sum(1 for _ in tmp_path.iterdir())}", source)

    return make
