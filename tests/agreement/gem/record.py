"""Ask Bundler anew and write down what it says.

Usage: python -m tests.agreement.gem.record real FOLDER | universes COUNT

The variable BUNDLE_PROGRAM names another Bundler than the one that is installed. Real gems are those of
FOLDER, the fixtures of the shared data; all info files are served on the loopback interface.
"""

import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.agreement.gem.client import Answer, Project, Setting, ask, serving, setting, write_index
from tests.agreement.gem.real import read_projects, read_world
from tests.agreement.gem.recorded import REAL, UNIVERSES, Asked, Recording, write
from tests.agreement.gem.universes import Universe, make


def main() -> None:
    """Record one kind of worlds."""
    match sys.argv[1:]:
        case ["real", folder]:
            write(REAL, record_real(Path(folder), setting()))
        case ["universes", count]:
            write(UNIVERSES, record_universes(range(int(count)), setting()))
        case _:
            raise SystemExit(__doc__)


def record_real(fixtures: Path, told: Setting) -> Recording:
    """Ask about real gems."""
    world = read_world(fixtures)
    projects = list(read_projects(fixtures, world))
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(3) as pool:
        folder = Path(temporary)
        write_index(world, folder / "index")
        with serving(folder / "index") as url:

            def ask_one(number: int) -> Asked:
                name, project = projects[number]
                answer, _ = ask(project, url, folder / f"project{number}", told.platform)
                return Asked(name, project, Answer(answer.locked, plain(answer.error)))

            asked = list(pool.map(ask_one, range(len(projects))))
    return Recording(told, today(), asked, [world])


def record_universes(seeds: Iterable[int], told: Setting) -> Recording:
    """Ask about made-up worlds."""
    universes = [(seed, make(seed)) for seed in seeds]
    with ThreadPoolExecutor(3) as pool:
        asked = list(pool.map(lambda each: ask_about(each[1], f"universe {each[0]}", told), universes))
    numbered = [Asked(each.name, each.project, each.answer, number) for number, each in enumerate(asked)]
    return Recording(told, today(), numbered, [each.world for _, each in universes])


def ask_about(universe: Universe, name: str, told: Setting) -> Asked:
    """Ask Bundler about a made-up world."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_index(universe.world, folder / "index")
        with serving(folder / "index") as url:
            lock = ""
            if universe.before is not None:
                _, lock = ask(universe.before, url, folder / "project", told.platform)
            project = Project(universe.project.gemfile, lock)
            answer, _ = ask(project, url, folder / "project", told.platform)
    return Asked(name, project, Answer(answer.locked, plain(answer.error)))


def plain(error: str) -> str:
    """Keep the first lines of an error."""
    return "\n".join(error.splitlines()[:4])


def today() -> str:
    """Write the date."""
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
