"""As of a date, a server of ours resolves as npm does with `--before` and uv with `--exclude-newer`."""

from pathlib import Path

import pytest

from tests.agreement.as_of import client, ours
from tests.agreement.as_of.outcomes import groups
from tests.agreement.as_of.worlds import Kind, make, serving
from tests.clients.programs import client as program

_LIVE = range(1000, 1005)


def test_as_of_a_date_the_answers_are_those_that_were_recorded() -> None:
    for group in groups():
        assert len(group.outcomes) >= 100
        assert [each for each in group.outcomes if each.difference] == []


@pytest.mark.parametrize("kind", ["npm", "pypi"])
def test_as_of_a_date_worlds_that_were_never_recorded_agree_as_well(kind: Kind, tmp_path: Path) -> None:
    if kind == "npm":
        program("npm")
    worlds = [make(kind, seed) for seed in _LIVE]
    (tmp_path / "server").mkdir()
    with serving(worlds) as upstream, ours.server_of(upstream, tmp_path / "server") as port:
        for place, world in enumerate(worlds):
            assert ours.ask(world, port) == client.ask(world, upstream, tmp_path / str(place)), world
