"""Packhouse in a process of its own, in front of one NuGet feed."""

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest
from msgspec import Struct

from tests.faults.server import serving


class Server(Struct, frozen=True):
    """A server that runs."""

    port: int
    settings: Path

    @property
    def mount(self) -> str:
        """The address of the mount."""
        return f"http://127.0.0.1:{self.port}/nuget"

    @property
    def index(self) -> str:
        """The address that clients are given."""
        return f"{self.mount}/v3/index.json"

    def status(self, path: str) -> int:
        """Ask for something, and tell the status alone."""
        try:
            with urllib.request.urlopen(f"{self.mount}/{path}", timeout=60) as answer:  # noqa: S310 (our own server)
                return int(answer.status)
        except HTTPError as error:
            error.close()
            return error.code

    def switch_off(self) -> None:
        """Cut the server from its upstream, and wait until it has noticed."""
        command = [sys.executable, "-m", "packhouse", "upstream", "off", "nuget", "--config", str(self.settings)]
        subprocess.run(command, check=True, capture_output=True)
        for number in range(100):
            if self.status(f"v3/flatcontainer/never{time.time_ns()}x{number}/index.json") == 503:
                return
            time.sleep(0.1)
        pytest.fail("the server still asks its upstream")


@contextmanager
def serving_nuget(folder: Path, upstream: str, settings: str = "") -> Iterator[Server]:
    """Run a server that has never asked anything."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "packhouse.toml"
    path.write_text(f'data = "data"\n{settings}\n[upstreams.nuget]\nurl = "{upstream}"\n')
    with serving(path) as (_, port):
        yield Server(port, path)
