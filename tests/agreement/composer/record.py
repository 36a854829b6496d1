"""Ask composer anew and write down what it says.

Usage: python -m tests.agreement.composer.record real | universes COUNT

Real packages are those of the shared data, as one repository; composer is asked about real projects and each package.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.agreement.composer.client import Answer, ask, platform, version, write_repository
from tests.agreement.composer.real import read_projects, read_world
from tests.agreement.composer.recorded import REAL, UNIVERSES, Asked, Recording, write
from tests.agreement.composer.universes import make


def main() -> None:
    """Record one kind of worlds."""
    match sys.argv[1:]:
        case ["real"]:
            write(REAL, record_real())
        case ["universes", count]:
            write(UNIVERSES, record_universes(int(count)))
        case _:
            raise SystemExit(__doc__)


def record_real() -> Recording:
    """Ask about real projects and packages."""
    world = read_world()
    asked: list[Asked] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        projects = list(read_projects(world))
        write_repository(world, folder / "repository", *(project for _, project in projects))
        for name, project in projects:
            answer = ask(project, (folder / "repository").as_uri(), folder / "project")
            asked.append(Asked(name, project, _plain(answer)))
    return Recording(version(), _today(), platform(), asked, [world])


def record_universes(count: int) -> Recording:
    """Ask about made-up worlds."""
    asked: list[Asked] = []
    worlds: list[dict[str, list[dict[str, Any]]]] = []
    for seed in range(count):
        universe = make(seed)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            write_repository(universe.world, folder / "repository", universe.project)
            answer = ask(universe.project, (folder / "repository").as_uri(), folder / "project")
        asked.append(Asked(f"universe {seed}", universe.project, _plain(answer), len(worlds)))
        worlds.append(universe.world)
    return Recording(version(), _today(), platform(), asked, worlds)


def _plain(answer: Answer) -> Answer:
    """Keep of an error that there was one: its words name folders of this machine."""
    return Answer(error="composer gives up") if answer.error else answer


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
