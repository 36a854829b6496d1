"""Our answers beside the recorded ones."""

from collections.abc import Iterator

from tests.agreement.gem.client import Answer, Setting
from tests.agreement.gem.recorded import REAL, UNIVERSES, Asked, Recording, Records, read
from tests.agreement.gem.replay import answer
from tests.agreement.report import Group, Outcome, compare

_REFUSED = "Bundler gives up"


def groups() -> Iterator[Group]:
    """Answer again what was recorded: worlds of real gems, then made-up ones."""
    for title, path in (("real gems", REAL), ("made-up worlds", UNIVERSES)):
        if path.exists():
            recording = read(path)
            told = recording.setting
            client = f"Bundler {told.bundler}, Ruby {told.ruby}, {recording.date}"
            yield Group(f"gem, {title} ({client})", tuple(outcomes(recording)))


def outcomes(recording: Recording) -> Iterator[Outcome]:
    """Answer again what one recording has."""
    worlds = [Records(world) for world in recording.worlds]
    for asked in recording.asked:
        yield outcome(asked, worlds[asked.world], recording.setting)


def outcome(asked: Asked, records: Records, setting: Setting) -> Outcome:
    """Answer one of them again."""
    return compare(asked.name, _lines(asked.answer), _lines(answer(asked.project, records, setting)))


def _lines(told: Answer) -> list[str]:
    return [_REFUSED] if told.error else sorted(told.locked)
