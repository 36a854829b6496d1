"""Our answers beside the recorded ones."""

from collections.abc import Iterator
from pathlib import Path

from tests.agreement.maven.client import Answer
from tests.agreement.maven.recorded import REAL, UNIVERSES, Recording, read
from tests.agreement.maven.replay import Shelf, answer
from tests.agreement.report import Group, Outcome, compare

_REFUSED = "mvn gives up"


def groups() -> Iterator[Group]:
    """Answer again what was recorded: real releases, then made-up worlds."""
    for title, path in (("real releases", REAL), ("made-up worlds", UNIVERSES)):
        recording = read(path)
        yield Group(f"maven, {title} ({recording.client}, {recording.date})", tuple(_outcomes(recording)))


def outcomes(path: Path) -> tuple[Outcome, ...]:
    """Answer again what is recorded in one file."""
    return tuple(_outcomes(read(path)))


def _outcomes(recording: Recording) -> Iterator[Outcome]:
    shelves = [Shelf(world) for world in recording.worlds]
    for number, asked in enumerate(recording.asked):
        ours = answer(number, asked.project, shelves[asked.world], recording.environment)
        yield compare(asked.name, _lines(asked.answer), _lines(ours))


def _lines(told: Answer) -> list[str]:
    return [_REFUSED] if told.error else list(told.lines)
