"""From `cargo publish` to a program that is built with the crate; and how many publishes the server takes.

Usage: python -m benchmarks.cargo_publish [rounds]

A round publishes a new crate, and then builds a program that has just been told of it, in a home that knows the
registry already: what cargo did not know a moment ago it has to find out. Beside that the same program is built with
the same sources by path, so that the compiler's own time is known. Aim: from the end of the one command to the end of
the other within a second, of which finding and fetching the crate is at most half.
Then releases are sent without cargo, 1 and 8 at once; an answer counts only if it says that the release is published.
"""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks.rig.publishing import make_publisher
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import LOAD_CORE, Server, packhouse
from tests.ecosystems.cargo.publications import publication

_GOAL_S = 1.0
_GOAL_FINDING_S = 0.5
_SETTINGS = 'access.reserved = ["cargo/*"]'
_HEAD = 'edition = "2021"\ndescription = "A pear"\nlicense = "MIT"\n'
_RELEASES = 200
_SYLLABLES = [first + second for first in "bcdfglmnprstv" for second in "aeiou"]


class Workshop:
    """A home of cargo, and the folders of crates."""

    def __init__(self, folder: Path, index: str, token: str) -> None:
        self.folder = folder
        self._home = folder / "home"
        self._home.mkdir()
        (self._home / "config.toml").write_text(f'[registries.here]\nindex = "sparse+{index}"\n')
        (self._home / "credentials.toml").write_text(f'[registries.here]\ntoken = "{token}"\n')

    def crate(self, name: str, dependency: str = "") -> Path:
        """Write a crate, which is a program where it depends on something."""
        path = self.folder / name
        (path / "src").mkdir(parents=True, exist_ok=True)
        needs = f"[dependencies]\n{dependency}\n" if dependency else ""
        (path / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "1.0.0"\n{_HEAD}{needs}')
        file, text = ("main.rs", "fn main() {}\n") if dependency else ("lib.rs", "pub fn ripe() -> bool { true }\n")
        (path / "src" / file).write_text(text)
        return path

    def cargo(self, path: Path, *arguments: str) -> float:
        """Run cargo; return how many seconds it took."""
        kept = ("PATH", "HOME", "RUSTUP_HOME")
        environ = {name: os.environ[name] for name in kept if name in os.environ}
        environ |= {"CARGO_HOME": str(self._home), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        command = ["taskset", "-c", LOAD_CORE, "cargo", *arguments]
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=path, env=environ, check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - begun
        if done.returncode:
            sys.exit(f"cargo failed:\n{done.stderr}")
        return seconds


def main() -> None:
    """Measure both."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        token = make_publisher(folder / "data")
        with packhouse(folder / "data", "http://127.0.0.1:9", _SETTINGS) as server:
            _build(Workshop(folder, f"{server.url}/cargo/index/", token), rounds)
            rows = [_send(server, token, in_flight) for in_flight in (1, 8)]
    table(["publishes at once", "a second", "p99 ms", "server's CPU ms each"], rows)


def _build(workshop: Workshop, rounds: int) -> None:
    published, built, alone = [], [], []
    for number in range(rounds + 1):
        name = f"pear{number}"
        path = workshop.crate(name)
        took = workshop.cargo(path, "publish", "--registry", "here", "--no-verify", "--allow-dirty")
        there = workshop.crate(f"mill{number}", f'{name} = {{ version = "1", registry = "here" }}')
        seconds = workshop.cargo(there, "build")
        beside = workshop.cargo(workshop.crate(f"press{number}", f'{name} = {{ path = "../{name}" }}'), "build")
        if number:  # the first round makes caches
            published.append(took)
            built.append(seconds)
            alone.append(beside)
    found = median(built) - median(alone)
    cells = [f"{median(published):.2f}", against(median(built), _GOAL_S, at_least=False)]
    cells += [f"{median(alone):.2f}", against(found, _GOAL_FINDING_S, at_least=False)]
    table(["cargo publish s", "then cargo build s", "the same by path s", "so finding it took s"], [cells])


def _send(server: Server, token: str, in_flight: int) -> list[object]:
    # Names that have nothing in common: those that look like others are looked at longer.
    names = {"".join(random.choices(_SYLLABLES, k=5)) for _ in range(_RELEASES)}
    bodies = [publication(name, "1.0.0") for name in names]
    cpu_s = server.cpu_s()
    begun = time.perf_counter()
    took = sorted(asyncio.run(_burst(server.url, token, bodies, in_flight)))
    per_s = len(took) / (time.perf_counter() - begun)
    each_ms = (server.cpu_s() - cpu_s) / len(took) * 1000
    return [in_flight, f"{per_s:.0f}", f"{took[int(len(took) * 0.99)] * 1000:.1f}", f"{each_ms:.2f}"]


async def _burst(url: str, token: str, bodies: list[bytes], in_flight: int) -> list[float]:
    left = iter(bodies)
    took: list[float] = []

    async def send(session: aiohttp.ClientSession) -> None:
        for body in left:
            begun = time.perf_counter()
            async with session.put(f"{url}/cargo/api/v1/crates/new", data=body) as answer:
                if answer.status != 200:
                    sys.exit(f"not published: {await answer.text()}")
            took.append(time.perf_counter() - begun)

    async with aiohttp.ClientSession(headers={"authorization": token}) as session:
        await asyncio.gather(*(send(session) for _ in range(in_flight)))
    return took


if __name__ == "__main__":
    main()
