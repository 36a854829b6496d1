"""What memory a server takes while npm publishes packages of 30 MB: one, and four at once.

Usage: python -m benchmarks.publish_memory

Aim: never more than 150 MB while one is published. The archive does not compress, as most of what is large does not.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rig.npm import environ
from benchmarks.rig.publishing import make_publisher
from benchmarks.rig.report import against, table
from benchmarks.rig.servers import Server, nginx, packhouse

GOAL_MB = 150.0
_ARCHIVE_BYTES = 30_000_000
_SAMPLE_S = 0.005


def main() -> None:
    """Start a fresh server for each number of packages."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary, _empty_registry(Path(temporary) / "nginx") as upstream:
        for at_once, goal in ((1, GOAL_MB), (4, 0.0)):
            folder = Path(temporary) / str(at_once)
            token = make_publisher(folder / "data")
            with packhouse(folder / "data", upstream.url) as server:
                rows.append(_row(server, folder, token, at_once, goal))
    table(["at once", "MB at the start", "MB at most", "MB after it", "seconds"], rows)


@contextlib.contextmanager
def _empty_registry(folder: Path) -> Iterator[Server]:
    (folder / "files").mkdir(parents=True)
    with nginx(folder) as server:
        yield server


def _row(server: Server, folder: Path, token: str, at_once: int, goal: float) -> list[object]:
    projects = [_make_project(folder / f"pear-{number}", server, token) for number in range(at_once)]
    started = server.memory_bytes() / 1e6
    watch = _Watch(server)
    begun = time.perf_counter()
    running = [_publish(project) for project in projects]
    for each in running:
        said = each.communicate()[0]
        if each.returncode:
            sys.exit(f"npm failed:\n{said.decode()}")
    seconds = time.perf_counter() - begun
    most = watch.stop() / 1e6
    shown = against(most, goal, at_least=False) if goal else f"{most:.0f}"
    return [at_once, f"{started:.0f}", shown, f"{server.memory_bytes() / 1e6:.0f}", f"{seconds:.1f}"]


def _make_project(folder: Path, server: Server, token: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": folder.name, "version": "1.0.0", "license": "MIT"}))
    (folder / "content.bin").write_bytes(os.urandom(_ARCHIVE_BYTES))
    registry = f"{server.url}/npm/"
    (folder / ".npmrc").write_text(f"registry={registry}\n{registry.partition(':')[2]}:_authToken={token}\n")
    return folder


def _publish(project: Path) -> subprocess.Popen[bytes]:
    command = ["npm", "publish", "--no-progress"]
    return subprocess.Popen(
        command, cwd=project, env=environ(project), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


class _Watch:
    """Notes the most memory that a server ever had: what it frees between two looks, the kernel has counted."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._most = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> int:
        """Return the most, in bytes."""
        self._done.set()
        self._thread.join()
        return max(self._most, self._server.peak_bytes())

    def _run(self) -> None:
        while not self._done.wait(_SAMPLE_S):
            self._most = max(self._most, self._server.memory_bytes())


if __name__ == "__main__":
    main()
