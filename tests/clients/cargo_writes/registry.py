"""A server in a process of its own with some people, in front of a registry of crates."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
from msgspec import Struct

from tests.clients.cargo.crates import index_path
from tests.clients.npm_writes.registry import Answer, Registry, settle
from tests.faults.server import serving

CLOSED = 'access.upstream = "users"\naccess.hosted = "users"\n'
"""Settings with which nobody reads anything without signing in."""


class CrateRegistry(Struct, frozen=True):
    """A server, and a token of everybody."""

    url: str
    data: Path
    tokens: Mapping[str, str]

    @property
    def index(self) -> str:
        """The address of the index."""
        return f"{self.url}index/"

    def send(self, method: str, path: str, user: str = "", body: object = None) -> Answer:
        """Send a request, as somebody or as nobody."""
        return Registry(self.url, self.data, self.tokens).send(method, path, user, body)

    def lines(self, name: str, user: str = "ada") -> list[dict[str, Any]]:
        """Read an index file; empty where there is none."""
        answer = self.send("GET", f"index/{index_path(name)}", user)
        return [json.loads(line) for line in answer.body.splitlines()] if answer.status == 200 else []


def write_settings(folder: Path, upstream: str, settings: str = "") -> Path:
    """Write a packhouse.toml that knows one upstream, given by the address of its index."""
    folder.mkdir(exist_ok=True)
    path = folder / "packhouse.toml"
    path.write_text(f'data = "data"\n{settings}\n[upstreams.crates]\nurl = "{upstream}"\n')
    return path


@contextmanager
def serving_people(folder: Path, upstream: str, settings: str = "") -> Iterator[CrateRegistry]:
    """Run a server on which everybody has an account and a token."""
    path = write_settings(folder, upstream, settings)
    tokens = anyio.run(settle, path)
    with serving(path) as (_, port):
        yield CrateRegistry(f"http://127.0.0.1:{port}/cargo/", folder / "data", tokens)
