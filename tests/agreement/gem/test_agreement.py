"""Recorded answers of Bundler are ours as well."""

from pathlib import Path

import pytest

from tests.agreement.gem.client import World, program, setting
from tests.agreement.gem.outcomes import outcome, outcomes
from tests.agreement.gem.record import ask_about
from tests.agreement.gem.recorded import REAL, UNIVERSES, Records, read
from tests.agreement.gem.universes import make

_LIVE_SEEDS = range(10_000, 10_004)
_LEAST = 0.95
_EXPLAINED = frozenset(
    {
        "irb 1.13.1",
        "irb 1.8.3",
        "projects/bundler2/checksums_bundler_dep_pinned, locked",
        "bundler_sinatra_app/original, locked",
    }
)
"""See resolution.md."""
_OWN_PLATFORM = "universal-linux"
"""Where there is a file for it, Bundler may lock that in place of the file for the machine: see resolution.md."""


@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real gems", "made-up worlds"])
def test_what_is_locked_is_what_bundler_says(path: Path) -> None:
    recording = read(path)
    found = list(outcomes(recording))
    missed = [each for each in found if each.difference]
    assert len(found) >= 40
    assert len(missed) <= len(found) * (1 - _LEAST)
    worlds = {asked.name: recording.worlds[asked.world] for asked in recording.asked}
    unexplained = [each for each in missed if each.name not in _EXPLAINED and not _is_odd(worlds[each.name])]
    assert unexplained == []


def _is_odd(world: World) -> bool:
    return any(_OWN_PLATFORM in line for lines in world.values() for line in lines)


@pytest.mark.skipif(program() is None, reason="bundle is not here")
@pytest.mark.parametrize("seed", _LIVE_SEEDS)
def test_worlds_that_were_never_recorded_agree_as_well(seed: int) -> None:
    told = setting()
    universe = make(seed)
    asked = ask_about(universe, f"universe {seed}", told)
    assert not outcome(asked, Records(universe.world), told).difference
