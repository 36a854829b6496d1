"""Every recorded answer of mvn is ours as well, but for what is explained."""

import shutil

import pytest

from tests.agreement.maven.outcomes import outcomes
from tests.agreement.maven.record import ask_universes
from tests.agreement.maven.recorded import REAL, UNIVERSES
from tests.agreement.maven.replay import Shelf, answer
from tests.agreement.maven.universes import make

_LIVE_SEEDS = range(10_000, 10_012)
_EXPLAINED = 0.99
"""mvn shows the tree of a second resolution, which repeats the choice of the first (docs/reference/resolution.md)."""


@pytest.mark.timeout(600)
def test_trees_of_real_releases_are_those_of_mvn_line_by_line() -> None:
    found = outcomes(REAL)
    assert len(found) >= 190
    assert [outcome for outcome in found if outcome.difference] == []


@pytest.mark.timeout(600)
def test_trees_of_made_up_projects_are_those_of_mvn_line_by_line() -> None:
    found = outcomes(UNIVERSES)
    assert len(found) >= 400
    missed = [outcome for outcome in found if outcome.difference]
    assert len(missed) <= len(found) * (1 - _EXPLAINED), missed


@pytest.mark.timeout(600)
@pytest.mark.skipif(shutil.which("mvn") is None, reason="mvn is not here")
def test_worlds_that_were_never_recorded_agree_as_well() -> None:
    missed = []
    for number, (seed, theirs) in enumerate(zip(_LIVE_SEEDS, ask_universes(_LIVE_SEEDS), strict=True)):
        universe = make(seed)
        ours = answer(number, universe.project, Shelf(universe.world))
        if (bool(ours.error), ours.lines) != (bool(theirs.error), theirs.lines):
            missed.append((seed, theirs, ours))
    assert missed == []
