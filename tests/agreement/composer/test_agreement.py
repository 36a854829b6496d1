"""Every recorded answer of composer is ours as well."""

import shutil
from pathlib import Path

import pytest

from tests.agreement.composer.client import ask, platform, write_repository
from tests.agreement.composer.outcomes import outcomes
from tests.agreement.composer.recorded import REAL, UNIVERSES
from tests.agreement.composer.replay import Records, answer
from tests.agreement.composer.universes import make

_LIVE_SEEDS = range(10_000, 10_020)


@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real packages", "made-up worlds"])
def test_what_is_locked_is_what_composer_locks(path: Path) -> None:
    found = outcomes(path)
    assert len(found) >= 80
    assert [outcome for outcome in found if outcome.difference] == []


@pytest.mark.skipif(shutil.which("composer") is None, reason="composer is not here")
def test_worlds_that_were_never_recorded_agree_as_well(tmp_path: Path) -> None:
    there = platform()
    for seed in _LIVE_SEEDS:
        universe = make(seed)
        folder = tmp_path / str(seed)
        write_repository(universe.world, folder / "repository", universe.project)
        theirs = ask(universe.project, (folder / "repository").as_uri(), folder / "project")
        ours = answer(universe.project, Records(universe.world), there)
        assert bool(ours.error) == bool(theirs.error), seed
        assert (ours.packages, ours.dev) == (theirs.packages, theirs.dev), seed
