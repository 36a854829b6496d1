import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest

from tests.clients.conftest import WANTED, MakeProject
from tests.clients.programs import Client
from tests.clients.registry import Registry, listening
from tests.faults.server import serving, write_settings

pytestmark = pytest.mark.client

PREFIX = "/team"


class Target:
    """Where the proxy sends what it is asked."""

    url = ""


@contextmanager
def proxying(target: Target, headers: dict[str, str]) -> Iterator[str]:
    """Run a proxy that takes the prefix off, as most do, and adds headers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if not self.path.startswith(f"{PREFIX}/"):
                self.send_error(404)
                return
            kept = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
            request = urllib.request.Request(target.url + self.path[len(PREFIX) :], headers=kept | headers)  # noqa: S310 (our own server)
            try:
                answer = urllib.request.urlopen(request, timeout=30)  # noqa: S310
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                body = answer.read()
                self.send_response(answer.status)
                for name in ("content-type", "content-encoding", "etag", "cache-control", "vary"):
                    if value := answer.headers[name]:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        yield url + PREFIX


@pytest.fixture(params=["configured", "forwarded"])
def prefixed(
    request: pytest.FixtureRequest, upstream: Registry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Run a server behind a proxy under a path; it knows the path from its settings or from the proxy."""
    folder = tmp_path_factory.mktemp("behind")
    target = Target()
    forwarded = {"X-Forwarded-Prefix": PREFIX, "X-Forwarded-Proto": "http"}
    with proxying(target, forwarded if request.param == "forwarded" else {}) as url:
        trusted = 'trusted_proxies = ["127.0.0.1"]'
        settings = trusted if request.param == "forwarded" else f'public_url = "{url}"'
        with serving(write_settings(folder, upstream.url, settings)) as (_, port):
            target.url = f"http://127.0.0.1:{port}"
            yield f"{url}/npm/"


def test_clients_stay_below_the_prefix_under_which_they_see_us(
    each_client: Client, prefixed: str, make_project: MakeProject
) -> None:
    project = make_project(each_client, prefixed, **WANTED, bench="4.0.0")
    project.install()
    assert (project.folder / "node_modules" / "plum" / "index.js").exists()
    if each_client.name in {"npm", "yarn1"}:
        assert f"{prefixed}plum/-/plum-1.2.3.tgz" in project.lock()
    else:
        assert "http" not in project.lock()
