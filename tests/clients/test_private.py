"""A private registry beside the public one: its names are asked for there alone, its credentials go nowhere else."""

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.clients.conftest import MakeProject, Server
from tests.clients.programs import Client
from tests.clients.registry import Registry, listening
from tests.faults.server import serving

pytestmark = pytest.mark.client

TOKEN = "s3cr3t-of-the-farm"


class Guarded(Registry):
    """A registry that notes which credentials it was shown, and wants its own if it has any."""

    def __init__(self, token: str = "") -> None:
        super().__init__()
        self.token = token
        self.shown: set[str] = set()


def _serve(registry: Guarded) -> Iterator[Guarded]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            shown = self.headers.get("Authorization", "")
            registry.shown.add(shown)
            allowed = not registry.token or shown == f"Bearer {registry.token}"
            found = registry.answer(self.path) if allowed else None
            media_type, body = found or ("application/json", b'{"error":"no"}')
            self.send_response(401 if not allowed else 404 if found is None else 200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
            """Say nothing."""

    with listening(Handler) as url:
        registry.url = url
        yield registry


@pytest.fixture(scope="module")
def public() -> Iterator[Guarded]:
    """Run the public registry, where somebody has published a name of ours with a higher version."""
    registry = Guarded()
    registry.publish("plum", "1.0.0")
    registry.publish("@farm/basket", "99.0.0", description="not ours")
    yield from _serve(registry)


@pytest.fixture(scope="module")
def private() -> Iterator[Guarded]:
    """Run the private registry."""
    registry = Guarded(TOKEN)
    registry.publish("@farm/basket", "1.0.0", dependencies={"plum": "^1.0.0"}, description="ours")
    yield from _serve(registry)


@pytest.fixture(scope="module")
def both(public: Guarded, private: Guarded, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server in front of both."""
    folder = tmp_path_factory.mktemp("both")
    path = folder / "packhouse.toml"
    path.write_text(
        f'data = "data"\n[log]\nlevel = "debug"\n[upstreams.npm]\nurl = "{public.url}"\n'
        f'[upstreams.farm]\necosystem = "npm"\nurl = "{private.url}"\n'
        'packages = ["@farm/*"]\nsecret_variable = "FARM_TOKEN"\n'
    )
    with serving(path, os.environ | {"FARM_TOKEN": TOKEN}) as (_, port):
        yield Server(port, folder / "data")


def test_a_private_package_is_installed_from_its_registry_and_its_name_is_told_to_nobody_else(
    each_client: Client, both: Server, public: Guarded, private: Guarded, make_project: MakeProject
) -> None:
    project = make_project(each_client, both.registry, **{"@farm/basket": "*", "plum": "*"})
    project.install()
    installed = (project.folder / "node_modules/@farm/basket/package.json").read_text()
    assert '"1.0.0"' in installed
    assert '"ours"' in installed
    assert not any("basket" in path for path in public.asked)
    assert public.shown == {""}
    assert private.shown == {f"Bearer {TOKEN}"}


def test_the_secret_stands_nowhere_but_where_the_operator_keeps_it(both: Server) -> None:
    log = both.data.parent / "packhouse.log"
    files: list[Path] = [log, *(path for path in both.data.rglob("*") if path.is_file())]
    assert any(path.suffix == ".sqlite3" for path in files)
    assert [path.name for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_what_the_private_registry_does_not_have_is_not_looked_for_elsewhere(
    npm: Client, both: Server, public: Guarded, make_project: MakeProject
) -> None:
    public.publish("@farm/absent", "1.0.0")
    said = make_project(npm, both.registry).run("view", "@farm/absent")
    assert "E404" in said.err
    assert not any(quote("@farm/absent") in path or "@farm/absent" in path for path in public.asked)
