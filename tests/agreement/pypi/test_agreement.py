"""Every recorded answer of pip and of uv is ours as well."""

import shutil
import sys
from pathlib import Path

import pytest

from tests.agreement.pypi.client import CLIENTS, ask
from tests.agreement.pypi.outcomes import outcomes
from tests.agreement.pypi.recorded import REAL, UNIVERSES, read
from tests.agreement.pypi.replay import Index, answer
from tests.agreement.pypi.universes import make, serving_world

_LIVE_SEEDS = range(10_000, 10_004)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real projects", "made-up worlds"])
def test_what_is_chosen_is_what_the_client_chose(path: Path, client: str) -> None:
    found = list(outcomes(read(path), client))
    assert len(found) >= 40
    assert [outcome for outcome in found if outcome.difference] == []


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("seed", _LIVE_SEEDS)
def test_worlds_that_were_never_recorded_agree_as_well(seed: int, client: str, tmp_path: Path) -> None:
    if client == "uv" and not shutil.which("uv", path=str(Path(sys.executable).parent)):
        pytest.skip("uv is not here")
    universe = make(seed)
    with serving_world(universe.world) as address:
        theirs = ask(
            client, universe.requirements, address, tmp_path, constraints=universe.constraints, newest=universe.newest
        )
    python = ".".join(map(str, sys.version_info[:3]))
    index = Index(universe.world, universe.newest)
    ours = answer(universe.requirements, index, {"client": client, "python": python}, universe.constraints)
    assert bool(ours.error) == bool(theirs.error), (theirs.error, ours.error)
    assert list(ours.chosen) == list(theirs.chosen)
