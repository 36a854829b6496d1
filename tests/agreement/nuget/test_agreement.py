"""Every recorded answer of NuGet is ours as well."""

from pathlib import Path

import pytest

from tests.agreement.nuget.client import ask
from tests.agreement.nuget.outcomes import lines, outcomes
from tests.agreement.nuget.recorded import REAL, UNIVERSES
from tests.agreement.nuget.replay import Records, answer
from tests.agreement.nuget.universes import make

_LIVE_SEEDS = range(10_000, 10_020)


@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real packages", "made-up worlds"])
def test_what_is_chosen_is_what_nuget_chooses(path: Path) -> None:
    found = outcomes(path)
    assert len(found) >= 40
    assert [outcome for outcome in found if outcome.difference] == []


@pytest.mark.client
@pytest.mark.timeout(300)
def test_worlds_that_were_never_recorded_agree_as_well(tmp_path: Path) -> None:
    universes = [make(seed) for seed in _LIVE_SEEDS]
    answers = ask([(each.project, each.world) for each in universes], tmp_path)
    for universe, theirs in zip(universes, answers, strict=True):
        assert lines(answer(universe.project, Records(universe.world))) == lines(theirs)
