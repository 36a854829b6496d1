"""`cargo generate-lockfile` of 300 made-up crates from a warm cache, beside nginx with the same bytes.

Usage: python -m benchmarks.cargo_lockfile [rounds]

Each crate has 40 releases, of which each needs up to three other crates, so that cargo learns of them step by step.
Aim: at most 1.2 times what cargo takes from nginx.
"""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.rig.crates import locked, publish
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, Server, nginx, packhouse
from packhouse.ecosystems.cargo.names import index_path, parse_name

CRATES = 300
_RELEASES = 40
_GOAL = 1.2
_NOWHERE = "http://127.0.0.1:9"


def main() -> None:
    """Take both servers in turn, round by round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        files = folder / "nginx" / "files"
        files.mkdir(parents=True)
        _make_index(folder / "made")
        with nginx(folder / "nginx") as static:
            publish(folder / "made", files, static.url)
            upstream = f'[upstreams.crates]\nurl = "{static.url}/index"\n'
            with packhouse(folder / "data", _NOWHERE, upstream) as ours:
                places = {"Packhouse": (ours, "/cargo/index/"), "nginx": (static, "/gzip/index/")}
                for server, path in places.values():
                    _generate(folder, server, path)
                took = [
                    {name: _generate(folder, server, path) for name, (server, path) in places.items()}
                    for _ in range(rounds)
                ]
    of_nginx = median(each["Packhouse"] / each["nginx"] for each in took)
    middle = {name: median(each[name] for each in took) for name in ("Packhouse", "nginx")}
    row = [CRATES, *(f"{seconds:.2f}" for seconds in middle.values()), against(of_nginx, _GOAL, at_least=False)]
    table(("crates", "Packhouse s", "nginx s", "times nginx"), [row])
    sys.exit(of_nginx > _GOAL)


def _make_index(folder: Path) -> None:
    """Write the index files as `publish` reads them; files of crates are asked for by nobody here."""
    chance = random.Random(3)
    names = [f"{_word(chance)}-{number}" for number in range(CRATES)]
    (folder / "crates").mkdir(parents=True)
    for number, name in enumerate(names):
        later = names[number + 1 :]
        # One dependency is the next crate, so that all of them are needed.
        needed = [*later[:1], *chance.sample(later, min(len(later), 2))]
        lines = [_line(name, f"1.{minor}.0", needed) for minor in range(_RELEASES)]
        path = folder / "index" / index_path(parse_name(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines))
    (folder / "first").write_text(names[0])


def _word(chance: random.Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=8))


def _line(name: str, version: str, needed: list[str]) -> str:
    usual = {"req": "^1", "features": [], "optional": False, "default_features": True, "target": None, "kind": "normal"}
    fields = {
        "name": name,
        "vers": version,
        "deps": [{"name": each, **usual} for each in dict.fromkeys(needed)],
        "cksum": hashlib.sha256(f"{name} {version}".encode()).hexdigest(),
        "features": {"default": ["std"], "std": [], "alloc": []},
        "yanked": False,
    }
    return json.dumps(fields, separators=(",", ":"))


def _generate(folder: Path, server: Server, index: str) -> float:
    """Let cargo resolve with an empty home, and return how many seconds it took."""
    project = folder / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "main.rs").write_text("fn main() {}\n")
    first = (folder / "made" / "first").read_text()
    package = '[package]\nname = "orchard"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n'
    (project / "Cargo.toml").write_text(f'{package}{first} = "1"\n')
    (project / "home").mkdir()
    settings = f'[source.crates-io]\nreplace-with = "here"\n[registries.here]\nindex = "sparse+{server.url}{index}"\n'
    (project / "home" / "config.toml").write_text(settings)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "RUSTUP_HOME") if name in os.environ}
    environ = kept | {"CARGO_HOME": str(project / "home"), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    command = ["taskset", "-c", LOAD_CORE, "cargo", "generate-lockfile"]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=project, env=environ, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"cargo failed:\n{done.stderr}")
    if len(locked(project)) != CRATES:
        sys.exit(f"cargo chose {len(locked(project))} crates")
    shutil.rmtree(project)
    return seconds


if __name__ == "__main__":
    main()
