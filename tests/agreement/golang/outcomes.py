"""Our answers beside the recorded ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.agreement.golang.client import Answer
from tests.agreement.golang.recorded import REAL, UNIVERSES, Recording, read
from tests.agreement.golang.replay import answer
from tests.agreement.report import Group, Outcome, compare

_REFUSED = "go gives up"


def groups() -> Iterator[Group]:
    """Answer again what was recorded: real modules, then made-up worlds."""
    for title, path in (("real modules", REAL), ("made-up worlds", UNIVERSES)):
        recording = read(path)
        yield Group(f"go, {title} ({recording.client}, {recording.date})", tuple(_outcomes(recording)))


def outcomes(path: Path) -> tuple[Outcome, ...]:
    """Answer again what is recorded in one file."""
    return tuple(_outcomes(read(path)))


def _outcomes(recording: Recording) -> Iterator[Outcome]:
    worlds = [{place: text.encode() for place, text in world.items()} for world in recording.worlds]
    for asked in recording.asked:
        ours = answer(asked.project, worlds[asked.world])
        # The build list counts as nodes; the graph has to be the same as well, line by line.
        listed = asked.answer.listed
        yield compare(asked.name, _lines(asked.answer, listed), _lines(ours, ours.listed if listed else ()), listed)


def _lines(told: Answer, listed: Sequence[str]) -> list[str]:
    return [_REFUSED] if told.error else [*listed, *told.graph]
