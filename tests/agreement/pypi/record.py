"""Ask pip and uv anew and write down what they say.

Usage: python -m tests.agreement.pypi.record real INDEX CACHE | universes COUNT

INDEX is the simple page of a real index; what it says is kept in the folder CACHE, so that both clients are told the
same. A line of roots.txt is what is asked for, requirements with ` + ` between them.
"""

import platform
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from packhouse.ecosystems.pypi.shelves import choose_file
from packhouse.ecosystems.pypi.targets import read_target
from tests.agreement.pypi.client import CLIENTS, ask, metadata_of_report, versions
from tests.agreement.pypi.proxy import Upstream, serving
from tests.agreement.pypi.recorded import REAL, UNIVERSES, Answer, Asked, File, Recording, World, make_record, write
from tests.agreement.pypi.universes import make, serving_world

ROOTS = Path(__file__).parent / "roots.txt"
_BUILD_FAILED = re.compile("generation-failed|subprocess|[Ff]ailed to (?:build|fetch|download)|404 Client Error")
_RECORDED_PYTHON = ("3", "11")


def main() -> None:
    """Record one kind of worlds."""
    if platform.python_version_tuple()[:2] != _RECORDED_PYTHON:
        raise SystemExit("the recordings are of Python 3.11 on Linux")
    match sys.argv[1:]:
        case ["real", index, cache]:
            write(REAL, record_real(index, Path(cache)))
        case ["universes", count]:
            write(UNIVERSES, record_universes(int(count)))
        case _:
            raise SystemExit(__doc__)


def record_real(index: str, cache: Path) -> Recording:
    """Ask about the lines of roots.txt; an answer that is in the cache already is not asked for again."""
    cache.mkdir(parents=True, exist_ok=True)
    upstream = Upstream(index, cache)
    asked: list[Asked] = []
    with serving(upstream) as address:
        for root in ROOTS.read_text().splitlines():
            requirements = root.split(" + ")
            # uv first: it fetches side by side what pip fetches one after the other.
            answers = {client: _ask_once(client, root, address, cache) for client in reversed(CLIENTS)}
            line = " ".join(f"{client}: {len(each.chosen)} {each.error[-80:]!r}" for client, each in answers.items())
            sys.stderr.write(f"{root}: {line}\n")
            # That a source could not be built says nothing about resolution.
            told = {client: each for client, each in answers.items() if not _BUILD_FAILED.search(each.error)}
            asked.append(Asked(root, requirements, told))
    for report in cache.glob("*.built"):
        for filename, fields in msgspec.json.decode(report.read_bytes(), type=dict[str, dict[str, object]]).items():
            if not filename.endswith(".whl"):
                upstream.note_built(str(fields["name"]).lower().replace("_", "-"), str(fields["version"]), fields)
    # Whatever was fetched for an answer that was kept is looked up once more.
    upstream.look_up_again()
    upstream.note_sources()
    world = World(_thinned(upstream), upstream.world.metadata)
    return _recording(asked, [world])


def record_universes(count: int) -> Recording:
    """Ask about made-up worlds."""
    asked: list[Asked] = []
    worlds: list[World] = []
    for seed in range(count):
        universe = make(seed)
        with tempfile.TemporaryDirectory() as temporary, serving_world(universe.world) as address:
            answers = {
                client: ask(
                    client,
                    universe.requirements,
                    address,
                    Path(temporary),
                    constraints=universe.constraints,
                    newest=universe.newest,
                )
                for client in CLIENTS
            }
        plain = {client: Answer(each.chosen, "gives up" if each.error else "") for client, each in answers.items()}
        asked.append(
            Asked(f"universe {seed}", universe.requirements, plain, universe.constraints, len(worlds), universe.newest)
        )
        worlds.append(universe.world)
    return _recording(asked, worlds)


def _ask_once(client: str, root: str, address: str, cache: Path) -> Answer:
    kept = cache / f"{root.replace('/', '-')}.{client}"
    if kept.exists():
        return msgspec.json.decode(kept.read_bytes(), type=Answer)
    answer = ask(client, root.split(" + "), address, cache / "clients")
    if client == "pip" and not answer.error:
        (cache / f"{root}.built").write_bytes(msgspec.json.encode(metadata_of_report(cache / "clients")))
    answer = Answer(answer.chosen, answer.error.replace(address, "http://index.example"))
    kept.write_bytes(msgspec.json.encode(answer))
    return answer


def _thinned(upstream: Upstream) -> dict[str, list[File]]:
    """Keep of each release the files that one of the clients could take, and any one where there is none."""
    targets = [read_target({"client": client}) for client in CLIENTS]
    found: dict[str, list[File]] = {}
    for name, files in upstream.seen():
        by_name = {file.filename: file for file in files}
        record = make_record(name, files)
        kept: dict[str, File] = {}
        for position in range(len(record.versions)):
            release = record.release(position)
            picks = [choose_file(release, target) for target in targets]
            names = {pick.artifact.filename for pick in picks if pick is not None}
            names |= {each.filename for each in release.artifacts if each.filename in upstream.world.metadata}
            names |= {each.filename for each in release.artifacts if not each.filename.endswith(".whl")}
            for each in sorted(names) or [release.artifacts[0].filename]:
                kept[each] = by_name[each]
        found[name] = list(kept.values())
    return found


def _recording(asked: Iterable[Asked], worlds: Iterable[World]) -> Recording:
    today = datetime.now(UTC).date().isoformat()
    clients: Mapping[str, str] = versions()
    return Recording(clients, platform.python_version(), today, list(asked), list(worlds))


if __name__ == "__main__":
    main()
