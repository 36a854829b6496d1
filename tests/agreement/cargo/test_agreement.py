"""Every recorded answer of cargo is ours as well."""

import shutil
from pathlib import Path

import pytest

from packhouse.ecosystems.cargo.targets import DEFAULT_TARGET
from tests.agreement.cargo.outcomes import outcome, outcomes
from tests.agreement.cargo.record import ask_about
from tests.agreement.cargo.recorded import REAL, UNIVERSES, Asked, Records, read
from tests.agreement.cargo.universes import make

_LIVE_SEEDS = range(10_000, 10_006)


@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real crates", "made-up worlds"])
def test_what_is_locked_and_built_is_what_cargo_says(path: Path) -> None:
    found = list(outcomes(read(path)))
    assert len(found) >= 40
    assert [each for each in found if each.difference] == []


@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not here")
@pytest.mark.parametrize("seed", _LIVE_SEEDS)
def test_worlds_that_were_never_recorded_agree_as_well(seed: int) -> None:
    universe = make(seed)
    asked = Asked(f"universe {seed}", universe.project, ask_about(universe))
    assert not outcome(asked, Records(universe.world), DEFAULT_TARGET).difference
