"""Ask NuGet anew and write down what it says.

Usage: python -m tests.agreement.nuget.record real | universes COUNT

Real packages are those of the shared data; see real.py.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.agreement.nuget.client import VERSION, ask
from tests.agreement.nuget.real import read_projects, read_world
from tests.agreement.nuget.recorded import REAL, UNIVERSES, Asked, Recording, write
from tests.agreement.nuget.universes import make


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
    """Ask about real packages."""
    world = tuple(read_world())
    projects = dict(read_projects())
    with tempfile.TemporaryDirectory() as temporary:
        answers = ask([(project, world) for project in projects.values()], Path(temporary))
    asked = [Asked(name, projects[name], answer) for name, answer in zip(projects, answers, strict=True)]
    return Recording(VERSION, _today(), asked, [world])


def record_universes(count: int) -> Recording:
    """Ask about made-up worlds."""
    universes = [make(seed) for seed in range(count)]
    with tempfile.TemporaryDirectory() as temporary:
        answers = ask([(each.project, each.world) for each in universes], Path(temporary))
    asked = [
        Asked(f"universe {seed}", universe.project, answer, seed)
        for seed, (universe, answer) in enumerate(zip(universes, answers, strict=True))
    ]
    return Recording(VERSION, _today(), asked, [each.world for each in universes])


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
