"""Ask the go command anew and write down what it says.

Usage: python -m tests.agreement.golang.record real PROXY | universes COUNT

PROXY is the address of a Packhouse for the go command, e.g. http://127.0.0.1:8080/go. Each module of roots.txt is asked
about twice: as the main module, and as the only requirement of an empty one.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from packhouse.ecosystems.golang.names import escape, unescape
from tests.agreement.golang.client import Answer, Project, ask, environ, run_go, version
from tests.agreement.golang.recorded import REAL, UNIVERSES, Asked, Recording, write
from tests.agreement.golang.universes import make, write_proxy

ROOTS = Path(__file__).parent / "roots.txt"


def main() -> None:
    """Record one kind of worlds."""
    match sys.argv[1:]:
        case ["real", proxy]:
            write(REAL, record_real(proxy))
        case ["universes", count]:
            write(UNIVERSES, record_universes(int(count)))
        case _:
            raise SystemExit(__doc__)


def record_real(proxy: str) -> Recording:
    """Ask about the modules of roots.txt."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        environment = environ(proxy, folder / "cache")
        asked = [each for root in ROOTS.read_text().split() for each in _ask_root(root, folder, environment)]
        files = dict(_files(folder / "cache" / "cache" / "download"))
    return Recording(version(), _today(), asked, [files])


def record_universes(count: int) -> Recording:
    """Ask about made-up worlds."""
    asked: list[Asked] = []
    worlds: list[dict[str, str]] = []
    for seed in range(count):
        universe = make(seed)
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            environment = environ(write_proxy(universe, folder / "proxy"), folder / "cache")
            answer = ask(universe.project, folder / "project", environment)
        asked.append(Asked(f"universe {seed}", universe.project, _plain(answer), len(worlds)))
        worlds.append(universe.files)
    return Recording(version(), _today(), asked, worlds)


def _ask_root(root: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Asked]:
    folder.joinpath("look").mkdir(exist_ok=True)
    found = run_go(folder / "look", environment, "list", "-m", root if "@" in root else f"{root}@latest")
    if found.returncode:
        sys.stderr.write(f"{root}: {found.stderr}")
        return
    path, chosen = found.stdout.split()[:2]
    requiring = Project(f"module example.com/project\n\ngo 1.26\n\nrequire {path} {chosen}\n")
    answer = ask(requiring, folder / "project", environment)
    projects = [(f"{path}@{chosen} required", requiring, answer)]
    own = folder / "cache" / "cache" / "download" / escape(path) / "@v" / f"{escape(chosen)}.mod"
    if own.exists():
        project = Project(_without_directories(own, folder / "project", environment))
        projects.append((f"{path}@{chosen}", project, ask(project, folder / "project", environment)))
    for name, project, told in projects:
        sys.stderr.write(f"{name}: {len(told.graph)} {len(told.listed)} {told.error[:200]}\n")
        # What a public registry refuses today and what takes a newer client is no fact about resolution.
        if not told.error:
            yield Asked(name, project, told)


def _without_directories(own: Path, project: Path, environment: Mapping[str, str]) -> str:
    """Read a go.mod, less the directories in it that were not published along with it."""
    (project / "go.mod").write_bytes(own.read_bytes())
    lines = own.read_text().splitlines()
    for line in lines:
        old, arrow, new = line.partition("//")[0].removeprefix("replace").partition("=>")
        if arrow and new.strip().startswith("."):
            run_go(project, environment, "mod", "edit", f"-dropreplace={'@'.join(old.split())}")
    return (project / "go.mod").read_text()


def _files(download: Path) -> Iterator[tuple[str, str]]:
    for found in sorted(download.rglob("*.mod")):
        path, named = str(found.relative_to(download)).split("/@v/")
        yield f"{unescape(path)}@{unescape(named.removesuffix('.mod'))}", found.read_text()


def _plain(answer: Answer) -> Answer:
    """Keep of an error that there was one: its words name folders of this machine."""
    return Answer(error="go mod graph gives up") if answer.error else answer


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    main()
