"""Our answers beside the recorded ones."""

from collections.abc import Iterator

from tests.agreement.pypi.recorded import REAL, UNIVERSES, Answer, Asked, Recording, read
from tests.agreement.pypi.replay import Index, answer
from tests.agreement.report import Group, Outcome, compare

_REFUSED = "nothing fits"


def groups() -> Iterator[Group]:
    """Answer again what was recorded: real projects, then made-up worlds, as each client."""
    for title, path in (("real projects", REAL), ("made-up worlds", UNIVERSES)):
        if path.exists():
            recording = read(path)
            for client, version in recording.clients.items():
                found = tuple(outcomes(recording, client))
                yield Group(f"{version}, {title} (Python {recording.python}, {recording.date})", found)


def outcomes(recording: Recording, client: str) -> Iterator[Outcome]:
    """Answer again as one client what a recording has of it."""
    indexes: dict[tuple[int, str], Index] = {}
    for asked in recording.asked:
        if client in asked.answers:
            where = asked.world, asked.newest
            if where not in indexes:
                indexes[where] = Index(recording.worlds[asked.world], asked.newest)
            yield outcome(asked, indexes[where], client, recording.python)


def outcome(asked: Asked, index: Index, client: str, python: str) -> Outcome:
    """Answer one of them again."""
    environment = {"client": client, "python": python}
    ours = answer(asked.requirements, index, environment, asked.constraints)
    return compare(asked.name, _lines(asked.answers[client]), _lines(ours), asked.answers[client].chosen)


def _lines(told: Answer) -> list[str]:
    return [_REFUSED] if told.error else sorted(told.chosen)
