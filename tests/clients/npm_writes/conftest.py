"""One server for each module; each test has names of its own, and each client a home of its own."""

import itertools
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.clients.npm_writes.registry import Registry, serving_people
from tests.clients.npm_writes.workshop import Workshop
from tests.clients.programs import client
from tests.clients.registry import Registry as Upstream
from tests.clients.registry import serving_registry

By = Callable[..., Workshop]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    """Run a registry of somebody else's with one package."""
    with serving_registry(Upstream()) as registry:
        registry.publish("melon", "1.0.0", description="a melon")
        yield registry


@pytest.fixture(scope="module")
def registry(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Run the server."""
    with serving_people(tmp_path_factory.mktemp("server"), upstream.url) as running:
        yield running


@pytest.fixture(params=["pear", "@farm/pear"])
def name(request: pytest.FixtureRequest) -> str:
    """Give a name that nobody has used, once without a scope and once with one."""
    return f"{request.param}-{next(_NUMBERS)}"


@pytest.fixture
def scoped() -> str:
    """Give a name with a scope that nobody has used, where the scope makes the harder case and none other is needed."""
    return f"@farm/quince-{next(_NUMBERS)}"


@pytest.fixture
def by(registry: Registry, tmp_path: Path) -> By:
    """Give workshops in which a client works for a user, or for nobody."""

    @cache
    def make(user: str, program: str) -> Workshop:
        folder = tmp_path / f"{user or 'nobody'}-{program}"
        return Workshop(client(program), folder, registry.url, registry.tokens.get(user, ""))

    return lambda user, program="npm": make(user, program)
