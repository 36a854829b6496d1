"""Ask cargo anew and write down what it says.

Usage: python -m tests.agreement.cargo.record real INDEX | universes COUNT

INDEX is the address of the index of a Packhouse, e.g. http://127.0.0.1:8080/cargo/index/. Each crate of roots.txt is
asked about as the only dependency of an empty project.
"""

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from packhouse.ecosystems.cargo.targets import DEFAULT_TARGET
from tests.agreement.cargo.client import Answer, ask, ask_built, environ, version, write_home
from tests.agreement.cargo.real import ROOTS, Index, ask_root, read_roots
from tests.agreement.cargo.recorded import REAL, UNIVERSES, Asked, Recording, write
from tests.agreement.cargo.universes import Universe, make, write_registry


def main() -> None:
    """Record one kind of worlds."""
    match sys.argv[1:]:
        case ["real", index]:
            write(REAL, record_real(index))
        case ["universes", count]:
            write(UNIVERSES, record_universes(range(int(count))))
        case _:
            raise SystemExit(__doc__)


def record_real(address: str) -> Recording:
    """Ask about the crates of roots.txt."""
    index = Index(address)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_home(folder / "home", f'registry = "sparse+{address}"')
        environment = environ(folder / "home")
        asked = [ask_root(root, folder, environment) for root in read_roots(ROOTS.read_text(), index)]
        told = [each for each in asked if not each.answer.error]
        world = index.world(folder / "home", (each.answer for each in told))
    return Recording(version(), today(), DEFAULT_TARGET, told, [world])


def record_universes(seeds: range) -> Recording:
    """Ask about made-up worlds."""
    universes = [make(seed) for seed in seeds]
    asked = [
        Asked(f"universe {seed}", each.project, ask_about(each), seed - seeds.start)
        for seed, each in zip(seeds, universes, strict=True)
    ]
    return Recording(version(), today(), DEFAULT_TARGET, asked, [each.world for each in universes])


def ask_about(universe: Universe) -> Answer:
    """Ask cargo about a made-up world."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_registry(universe.world, folder / "registry")
        write_home(folder / "home", f'local-registry = "{folder / "registry"}"')
        environment = environ(folder / "home")
        project = folder / "project"
        answer = ask(universe.project, project, environment, "--offline")
        if answer.error:
            return Answer(error=plain(answer.error))
        return Answer(answer.locked, ask_built(project, environment, DEFAULT_TARGET))


def plain(error: str) -> str:
    """Keep the first sentence of an error: others name folders of this machine."""
    return error.strip().splitlines()[0].removeprefix("error: ")


def today() -> str:
    """Write the date."""
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
