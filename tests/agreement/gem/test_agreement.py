"""Recorded answers of Bundler are ours as well."""

from pathlib import Path

import pytest

from tests.agreement.gem.client import program, setting
from tests.agreement.gem.outcomes import outcome, outcomes
from tests.agreement.gem.record import ask_about
from tests.agreement.gem.recorded import REAL, UNIVERSES, Records, read
from tests.agreement.gem.universes import make

_LIVE_SEEDS = range(10_000, 10_004)
_LEAST = 0.95
_OWN_PLATFORM = "universal-linux"
"""Where there is a file for it, Bundler may lock that in place of the file for the machine: see resolution.md."""


@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real gems", "made-up worlds"])
def test_what_is_locked_is_what_bundler_says(path: Path) -> None:
    recording = read(path)
    found = list(outcomes(recording))
    missed = [each for each in found if each.difference]
    assert len(found) >= 40
    assert len(missed) <= len(found) * (1 - _LEAST)
    unexplained = [
        each
        for each, asked in zip(found, recording.asked, strict=True)
        if each.difference
        and not any(_OWN_PLATFORM in line for lines in recording.worlds[asked.world].values() for line in lines)
    ]
    assert unexplained == []


@pytest.mark.skipif(program() is None, reason="bundle is not here")
@pytest.mark.parametrize("seed", _LIVE_SEEDS)
def test_worlds_that_were_never_recorded_agree_as_well(seed: int) -> None:
    told = setting()
    universe = make(seed)
    asked = ask_about(universe, f"universe {seed}", told)
    assert not outcome(asked, Records(universe.world), told).difference
