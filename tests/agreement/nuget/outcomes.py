"""Our answers beside the recorded ones."""

from collections.abc import Iterator
from pathlib import Path

from tests.agreement.nuget.client import Answer
from tests.agreement.nuget.recorded import REAL, UNIVERSES, read
from tests.agreement.nuget.replay import Records, answer
from tests.agreement.report import Group, Outcome, compare

_GIVES_UP = "NuGet gives up"
_WARNINGS = ("NU1605", "NU1608")
"""Told by NuGet of rejected releases as well, and not at all once there is a circle."""


def groups() -> Iterator[Group]:
    """Answer again what was recorded: real packages, then made-up worlds."""
    for title, path in (("real packages", REAL), ("made-up worlds", UNIVERSES)):
        if path.exists():
            recording = read(path)
            yield Group(f"NuGet, {title} ({recording.client}, {recording.date})", outcomes(path))


def outcomes(path: Path) -> tuple[Outcome, ...]:
    """Answer again what is recorded in one file."""
    recording = read(path)
    worlds = [Records(world) for world in recording.worlds]
    return tuple(
        compare(each.name, lines(each.answer), lines(answer(each.project, worlds[each.world])), _nodes(each.answer))
        for each in recording.asked
    )


def lines(told: Answer) -> list[str]:
    """Write what is compared: releases, what they require, and whether anything is wrong."""
    errors = [each for each in told.said if not each.startswith(_WARNINGS)]
    return [*told.lines, _GIVES_UP] if errors else list(told.lines)


def _nodes(told: Answer) -> list[str]:
    return [line for line in told.lines if " > " not in line]
