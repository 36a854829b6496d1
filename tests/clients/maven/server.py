"""Packhouse in a process of its own, in front of one Maven repository."""

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
    def url(self) -> str:
        """The address that clients are given."""
        return f"http://127.0.0.1:{self.port}/maven/"

    def status(self, path: str) -> int:
        """Ask for something, and tell the status alone."""
        try:
            with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:  # noqa: S310 (our own server)
                return int(answer.status)
        except HTTPError as error:
            error.close()
            return error.code

    def switch_off(self, *upstreams: str) -> None:
        """Cut the server from its upstreams, and wait until it has noticed."""
        for name in upstreams:
            command = [sys.executable, "-m", "packhouse", "upstream", "off", name, "--config", str(self.settings)]
            subprocess.run(command, check=True, capture_output=True)
        for number in range(100):
            if self.status(f"never/asked/{time.time_ns()}/{number}.jar") == 503:
                return
            time.sleep(0.1)
        pytest.fail("the server still asks its upstream")


@contextmanager
def serving_maven(folder: Path, upstream: str, settings: str = "") -> Iterator[Server]:
    """Run a server that has never asked anything; the other well-known repositories are switched off."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "packhouse.toml"
    others = "".join(f"[upstreams.{name}]\nenabled = false\n" for name in ("google", "jenkins"))
    path.write_text(f'data = "data"\n{settings}\n[upstreams.central]\nurl = "{upstream}"\n{others}')
    with serving(path) as (_, port):
        yield Server(port, path)
