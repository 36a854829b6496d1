"""What the real rustdoc makes, uploaded and read in a real browser."""

import asyncio
import html
import io
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from tests.assembled import Assembled
from tests.clients.cargo.conftest import MakeWorkspace
from tests.clients.registry import listening
from tests.ecosystems.cargo.pages import place

pytestmark = pytest.mark.client

NAME = "green-pear"
SOURCE = """//! All about pears.
/// Lets a pear become ripe.
pub fn ripen_slowly() {}
/// What is left of it.
pub struct Core { /** How many seeds. */ pub seeds: u32 }
impl Core { /// Throws it away.
pub fn throw(&self) {} }
"""
# What a page must not be able to do; it writes down what came of each attempt.
EVIL = """<!DOCTYPE html><p id="said"></p><script>
const said = [];
const tried = async (name, attempt) => {
  try { said.push(name + ": " + await attempt()); } catch (error) { said.push(name + ": refused"); }
};
(async () => {
  await tried("origin", () => self.origin);
  await tried("cookie", () => document.cookie);
  await tried("storage", () => localStorage.length);
  await tried("api", async () => (await fetch("/cargo/index/config.json")).status);
  await tried("write", async () => (await fetch("/cargo/api/v1/crates/new", {method: "PUT", body: "x"})).status);
  await tried("frame", () => new Promise((resolve, reject) => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve(frame.contentDocument.title);
    frame.src = "/";
    document.body.append(frame);
    setTimeout(reject, 500);
  }));
  await tried("script", () => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = () => resolve("ran");
    script.onerror = reject;
    script.src = "/cargo/docs/green-pear/2.0.0/evil.js";
    document.body.append(script);
  }));
  await tried("words", async () => (await fetch("../help.html")).status);
  document.getElementById("said").textContent = said.join(", ");
})();
</script>"""


@pytest.fixture
def made(make_workspace: MakeWorkspace) -> Path:
    """Let cargo document a crate, and return the folder of the pages."""
    workspace = make_workspace("")
    (workspace.folder / "src" / "main.rs").unlink()
    (workspace.folder / "src" / "lib.rs").write_text(SOURCE)
    manifest = workspace.folder / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("orchard", NAME))
    workspace.must("doc", "--offline")
    return workspace.folder / "target" / "doc"


def packed(folder: Path) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w:gz") as archive:
        archive.add(folder, "doc")
    return plain.getvalue()


def zipped(folder: Path) -> bytes:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return plain.getvalue()


async def prepared(folder: Path, *, restricted: bool) -> tuple[Assembled, str]:
    server = Assembled(ECOSYSTEM, build_mount, {}, ())
    token = await place(server, NAME, "1.0.0", "2.0.0", owner="ann", restricted=restricted)
    (folder / "green_pear" / "evil.html").write_text(EVIL)
    for version, body in {"1.0.0": packed(folder), "2.0.0": zipped(folder)}.items():
        reply = await server.send("PUT", f"/cargo/api/v1/crates/{NAME}/{version}/docs", body, token)
        assert reply.status == 200, reply.text
    return server, token


@contextmanager
def serving_pages(folder: Path, *, restricted: bool = False) -> Iterator[str]:
    """Serve pages to somebody whose browser has a session, and yield the address of the mount."""
    server, token = asyncio.run(prepared(folder, restricted=restricted))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            headers = dict(self.headers.items())
            # The session's cookie is SameSite=Strict: it comes with what a person opens, and with nothing else.
            if headers.get("Sec-Fetch-Site") == "none":
                headers["cookie"] = f"packhouse_session={token}"
            reply = asyncio.run(server.get(self.path, headers))
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
            """Say nothing."""

    with listening(Handler) as url:
        yield f"{url}/cargo"


@pytest.fixture
def address(made: Path) -> Iterator[str]:
    """Serve pages for everybody."""
    with serving_pages(made) as url:
        yield url


def dump(url: str, folder: Path) -> str:
    """Open a page in a browser, and return what its programs have made of it."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"]
    command = [browser, *options, f"--user-data-dir={folder}", "--virtual-time-budget=8000", "--dump-dom", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    print(done.stderr)  # noqa: T201 (the browser's console, where something fails)
    return done.stdout


def test_the_pages_of_rustdoc_work_in_the_sandbox(address: str, tmp_path: Path) -> None:
    page = dump(f"{address}/docs/{NAME}?search=x", tmp_path / "first")
    assert "All about pears." in page
    page = dump(f"{address}/docs/{NAME}/1.0.0/green_pear/index.html?search=ripen", tmp_path / "second")
    results = page[page.index('id="search"') :]
    assert 'href="../green_pear/fn.ripen_slowly.html"' in results
    assert "Lets a pear become ripe." in html.unescape(re.sub("<[^>]*>", "", results))
    # The program that sets the theme has run.
    assert re.search('<html[^>]* data-theme="(light|dark|ayu)"', page)


def test_pages_that_not_everybody_may_see_work_as_well(made: Path, tmp_path: Path) -> None:
    with serving_pages(made, restricted=True) as address:
        page = dump(f"{address}/docs/{NAME}/1.0.0/green_pear/index.html?search=ripen", tmp_path / "browser")
    assert 'href="../green_pear/fn.ripen_slowly.html"' in page[page.index('id="search"') :]


def test_a_page_that_does_harm_reaches_nothing_of_this_server(address: str, tmp_path: Path) -> None:
    page = dump(f"{address}/docs/{NAME}/1.0.0/green_pear/evil.html", tmp_path / "browser")
    said = re.search('<p id="said">([^<]*)</p>', page)
    assert said is not None
    assert said[1].split(", ") == [
        "origin: null",
        "cookie: refused",
        "storage: refused",
        "api: refused",
        "write: refused",
        "frame: refused",
        "script: refused",
        "words: refused",
    ]
