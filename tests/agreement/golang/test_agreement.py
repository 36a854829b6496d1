"""Every recorded answer of the go command is ours as well."""

import shutil
from pathlib import Path

import pytest

from tests.agreement.golang.client import ask, environ
from tests.agreement.golang.outcomes import outcomes
from tests.agreement.golang.recorded import REAL, UNIVERSES
from tests.agreement.golang.replay import answer
from tests.agreement.golang.universes import make, write_proxy

_LIVE_SEEDS = range(10_000, 10_010)


@pytest.mark.parametrize("path", [REAL, UNIVERSES], ids=["real modules", "made-up worlds"])
def test_graph_and_build_list_are_those_of_the_go_command_line_by_line(path: Path) -> None:
    found = outcomes(path)
    assert len(found) >= 80
    assert [outcome for outcome in found if outcome.difference] == []


@pytest.mark.skipif(shutil.which("go") is None, reason="the go command is not here")
@pytest.mark.parametrize("seed", _LIVE_SEEDS)
def test_worlds_that_were_never_recorded_agree_as_well(seed: int, tmp_path: Path) -> None:
    universe = make(seed)
    environment = environ(write_proxy(universe, tmp_path / "proxy"), tmp_path / "cache")
    theirs = ask(universe.project, tmp_path / "project", environment)
    ours = answer(universe.project, {place: text.encode() for place, text in universe.files.items()})
    assert bool(ours.error) == bool(theirs.error)
    assert theirs.error or (ours.graph, ours.listed if theirs.listed else ()) == (theirs.graph, theirs.listed)
