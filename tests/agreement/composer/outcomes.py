"""Our answers beside the recorded ones."""

from collections.abc import Iterator
from pathlib import Path

from tests.agreement.composer.client import Answer
from tests.agreement.composer.recorded import REAL, UNIVERSES, read
from tests.agreement.composer.replay import Records, answer
from tests.agreement.report import Group, Outcome, compare

_REFUSED = "composer gives up"


def groups() -> Iterator[Group]:
    """Answer again what was recorded: real packages, then made-up worlds."""
    for title, path in (("real packages", REAL), ("made-up worlds", UNIVERSES)):
        recording = read(path)
        yield Group(f"Composer, {title} ({recording.client}, {recording.date})", outcomes(path))


def outcomes(path: Path) -> tuple[Outcome, ...]:
    """Answer again what is recorded in one file."""
    recording = read(path)
    worlds = [Records(world) for world in recording.worlds]
    return tuple(
        compare(each.name, _lines(each.answer), _lines(answer(each.project, worlds[each.world], recording.platform)))
        for each in recording.asked
    )


def _lines(told: Answer) -> list[str]:
    return [_REFUSED] if told.error else [*told.packages, *(f"{line} (development)" for line in told.dev)]
