"""The legacy index as the real git and the real cargo read it."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from msgspec.structs import replace

from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.http.site import Mount
from packhouse.services.assembly import Services
from tests.asgi import Reply
from tests.assembled import Assembled
from tests.clients.cargo.conftest import MakeWorkspace
from tests.clients.registry import listening
from tests.ecosystems.cargo.pages import hide, place
from tests.ecosystems.cargo.releases import pack

pytestmark = pytest.mark.client


def crate(name: str, version: str) -> bytes:
    manifest = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n'
    source = f'pub const VERSION: &str = "{version}";\n'
    return pack(name, version, {"Cargo.toml": manifest.encode(), "src/lib.rs": source.encode()})


class Running:
    """A server whose clock stands still, on the loopback interface and in one event loop."""

    def __init__(self, folder: Path) -> None:
        def build(services: Services) -> Mount:
            return build_mount(replace(services, git_folder=folder))

        self.url = ""
        self.asked: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._server = Assembled(ECOSYSTEM, build, {}, ())

    def publish(self, name: str, version: str, *, restricted: bool = False) -> None:
        """Have a release published, a while after whatever was before."""
        self._server.now = Moment(self._server.now + 20_000)
        placed = place(self._server, name, version, owner="ann", restricted=restricted, make=crate)
        asyncio.run_coroutine_threadsafe(placed, self._loop).result(30)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answer a request of a client."""
        self.asked.append(f"{method} {path}")
        sent = self._server.send(method, path, body, headers=headers)
        return asyncio.run_coroutine_threadsafe(sent, self._loop).result(30)

    def hide(self, name: str) -> None:
        """Let a crate be seen by its owners only."""
        self._server.now = Moment(self._server.now + 20_000)
        asyncio.run_coroutine_threadsafe(hide(self._server, name), self._loop).result(30)

    def run(self) -> None:
        """Run the loop until it is stopped."""
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def stop(self) -> None:
        """Stop the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Serve crates that were published here, with a git index."""
    server = Running(tmp_path / "git")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self._body()
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.answer(self.command, self.path, headers, body)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", 0)))
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_POST = answer  # noqa: N815 (the library's names)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    loop = threading.Thread(target=server.run)
    loop.start()
    try:
        with listening(Handler) as url:
            server.url = url
            yield server
    finally:
        server.stop()
        loop.join()


def git(*arguments: str, folder: Path | None = None) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_git_clones_and_fetches_the_index(running: Running, tmp_path: Path) -> None:
    running.publish("green-pear", "1.0.0")
    running.publish("secret", "1.0.0", restricted=True)
    clone = tmp_path / "clone"
    git("clone", "--quiet", f"{running.url}/cargo/git/index", str(clone))
    assert (clone / "gr" / "ee" / "green-pear").read_text().count("\n") == 1
    assert f'"{running.url}/cargo/api/v1/crates"' in (clone / "config.json").read_text()
    assert not (clone / "se").exists()
    running.publish("green-pear", "1.1.0")
    git("pull", "--quiet", folder=clone)
    assert (clone / "gr" / "ee" / "green-pear").read_text().count("\n") == 2
    assert git("log", "--format=%s", folder=clone) == "Update crates\n" * 2
    git("fsck", "--strict", folder=clone)
    git("clone", "--quiet", "--depth", "1", f"{running.url}/cargo/git/index", str(tmp_path / "shallow"))


def test_cargo_builds_from_the_git_index_and_sees_what_is_published(
    running: Running, make_workspace: MakeWorkspace
) -> None:
    running.publish("green-pear", "1.0.0")
    workspace = make_workspace("", green_pear='{ version = "1", registry = "old", package = "green-pear" }')
    settings = f'[registries.old]\nindex = "{running.url}/cargo/git/index"\n'
    (workspace.home / "config.toml").write_text(settings)
    (workspace.folder / "src" / "main.rs").write_text('fn main() { println!("{}", green_pear::VERSION); }\n')
    assert workspace.must("run", "--quiet").out == "1.0.0\n"
    assert workspace.locked() == {"green-pear": "1.0.0"}
    running.publish("green-pear", "1.2.0")
    workspace.must("update")
    assert workspace.must("run", "--quiet").out == "1.2.0\n"
    # Nothing was asked of the sparse index.
    assert not any("/cargo/index/" in each for each in running.asked)


def test_cargo_follows_an_index_from_which_something_was_removed(
    running: Running, make_workspace: MakeWorkspace
) -> None:
    running.publish("green-pear", "1.0.0")
    running.publish("fig", "1.0.0")
    workspace = make_workspace("", green_pear='{ version = "1", registry = "old", package = "green-pear" }')
    (workspace.home / "config.toml").write_text(f'[registries.old]\nindex = "{running.url}/cargo/git/index"\n')
    workspace.must("fetch")
    running.hide("fig")
    running.publish("green-pear", "1.2.0")
    workspace.must("update")
    assert workspace.locked() == {"green-pear": "1.2.0"}
    said = workspace.run("add", "fig", "--registry", "old")
    assert said.code != 0
    assert "could not be found" in said.err
