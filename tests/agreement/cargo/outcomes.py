"""Our answers beside the recorded ones."""

from collections.abc import Iterator

from tests.agreement.cargo.client import Answer
from tests.agreement.cargo.recorded import REAL, UNIVERSES, Asked, Recording, Records, read
from tests.agreement.cargo.replay import answer
from tests.agreement.report import Group, Outcome, compare

_REFUSED = "cargo gives up"


def groups() -> Iterator[Group]:
    """Answer again what was recorded: real crates, then made-up worlds."""
    for title, path in (("real crates", REAL), ("made-up worlds", UNIVERSES)):
        if path.exists():
            recording = read(path)
            yield Group(f"cargo, {title} ({recording.client}, {recording.date})", tuple(outcomes(recording)))


def outcomes(recording: Recording) -> Iterator[Outcome]:
    """Answer again what one recording has."""
    worlds = [Records(world) for world in recording.worlds]
    for asked in recording.asked:
        yield outcome(asked, worlds[asked.world], recording.target)


def outcome(asked: Asked, records: Records, target: str) -> Outcome:
    """Answer one of them again."""
    ours = answer(asked.project, records, target)
    nodes = [each.lower() for each in asked.answer.locked]
    return compare(asked.name, _lines(asked.answer), _lines(ours, like=asked.answer), nodes)


def _lines(told: Answer, like: Answer | None = None) -> list[str]:
    """List the lock file, then what is built, if that was recorded."""
    if told.error:
        return [_REFUSED]
    built = told.built if like is None or like.built else ()
    lines = [*told.locked, *(f"built: {each}" for each in built)]
    # Names in other capitals are the same crate.
    return sorted(line.lower() for line in lines)
