"""One open and one closed server for each module; each test has names of its own, and each user a home of its own."""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.cargo.crates import Crates, need, serving_crates
from tests.clients.cargo_writes.orchard import Orchard
from tests.clients.cargo_writes.registry import CLOSED, CrateRegistry, serving_people

By = Callable[..., Orchard]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def _program() -> None:
    if shutil.which("cargo") is None:
        reason = "cargo is needed: it is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def crates() -> Iterator[Crates]:
    """Run a registry of somebody else's with a few crates."""
    registry = Crates()
    for version in ("1.0.0", "1.2.3"):
        registry.publish("plum", version)
    registry.publish("Basket_Case", "0.3.0", need("plum", "^1"))
    with serving_crates(registry):
        yield registry


@pytest.fixture(scope="module", params=["open", "closed"])
def registry(
    request: pytest.FixtureRequest, crates: Crates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CrateRegistry]:
    """Run the server: one that everybody may read, and one that wants a token for everything."""
    settings = CLOSED if request.param == "closed" else ""
    with serving_people(tmp_path_factory.mktemp("server") / "data", f"{crates.url}/index", settings) as running:
        yield running


@pytest.fixture
def name() -> str:
    """Give a name that nobody has used."""
    return f"pear-{next(_NUMBERS)}"


@pytest.fixture
def by(registry: CrateRegistry, tmp_path: Path) -> By:
    """Give folders in which cargo works for a user; `replaced` is whether the default source is this server too."""

    def make(user: str = "ada", *, replaced: bool = True, signed_in: bool = True) -> Orchard:
        folder = tmp_path / f"{user}{next(_NUMBERS)}"
        token = registry.tokens[user] if signed_in else ""
        return Orchard(folder, registry.index, token, replaced=replaced)

    return make
