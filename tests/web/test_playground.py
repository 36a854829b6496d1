"""The page on which the API is tried: safe as every page, and it works in a browser."""

import base64
import hashlib
import html
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import anyio
import pytest
import uvicorn

from packhouse.apis.packages.door import PackagesDoor, packages_problem
from packhouse.apis.packages.openapi import OpenApiDoor
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.web.door import WebDoor, web_problem
from tests.apis.packages.conftest import TELLING, serve
from tests.apis.universe import clock
from tests.asgi import call

_BROWSER_S = 90


def _site() -> Site:
    services = {"toy": anyio.run(serve, TELLING)[0]}
    mounts = {
        "packages": Mount(PackagesDoor(services), packages_problem),
        "openapi.json": Mount(OpenApiDoor(services)),
    }
    return Site(mounts, Mount(WebDoor(services), web_problem), PublicAddress(None, ()), ("default",), Ready(0, clock))


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve pages and API on a loopback address."""
    running = uvicorn.Server(uvicorn.Config(_site(), port=0, lifespan="off", log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join()


def test_the_one_script_is_allowed_by_its_hash_and_nothing_else_may_run() -> None:
    reply = anyio.run(call, _site(), "/ui/playground")
    assert reply.status == 200
    policy = dict(part.strip().split(" ", 1) for part in reply.headers["content-security-policy"].split(";"))
    (script,) = re.findall(r"<script>(.*?)</script>", reply.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert (policy["default-src"], policy["connect-src"]) == ("'none'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert reply.text.count("<script") == 1
    assert not re.search(r"<[^>]*\son\w+\s*=", reply.text.replace(script, ""))
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert unsafe not in script


def test_it_is_reached_from_the_first_page_and_from_every_release() -> None:
    site = _site()
    assert 'href="/ui/playground"' in anyio.run(call, site, "/").text
    question = urlencode({"operation": "version", "registry": "toy", "package": "crate", "version": "2.0.0"})
    link = html.escape(f"/ui/playground?{question}")
    assert f'href="{link}"' in anyio.run(call, site, "/ui/toy/crate").text
    dated = anyio.run(call, site, "/@2026-01-02/ui/playground").text
    assert 'data-root="/@2026-01-02"' in dated


def _dump(address: str, folder: Path, **question: str) -> str:
    """Open the page in a browser, wait until nothing is under way, and return what has become of it, as text."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={folder}",
        "--virtual-time-budget=10000",
        "--dump-dom",
        f"{address}/ui/playground?{urlencode(question)}",
    ]
    made = subprocess.run(command, capture_output=True, text=True, check=True, timeout=_BROWSER_S)
    return re.sub(r"<script>.*</script>", "", made.stdout, flags=re.DOTALL)


def _text(dump: str, element: str) -> str:
    found = re.search(rf'<(\w+) [^>]*id="{element}"[^>]*>(.*?)</\1>', dump, re.DOTALL)
    assert found is not None, element
    return html.unescape(re.sub(r"<[^>]+>", "", found[2]))


@pytest.mark.client
def test_a_question_is_filled_in_asked_and_shown_as_code(address: str, tmp_path: Path) -> None:
    dump = _dump(address, tmp_path, operation="versions", registry="toy", package="crate", page_size="2")
    assert _text(dump, "status").startswith("Answered with 200 in ")
    assert '"version": "3.0.0-b"' in _text(dump, "answer")
    assert '"page_size": 2' in _text(dump, "answer")
    for field in ("registry", "package", "page", "page_size"):
        assert f'id="field-{field}"' in dump


@pytest.mark.client
@pytest.mark.parametrize(
    ("language", "program"),
    [("curl", ("sh", "-c")), ("python", (sys.executable, "-c")), ("javascript", ("node", "--input-type=module", "-e"))],
)
def test_the_call_works_as_it_is_written_down(
    address: str, tmp_path: Path, language: str, program: tuple[str, ...]
) -> None:
    needed = "curl" if language == "curl" else program[0]
    if shutil.which(needed) is None:
        pytest.skip(f"{needed} is not installed")
    asked = {"operation": "search", "registry": "toy", "query": 'it\'s "odd" \\ $(x) ü', "page": "2"}
    snippet = _text(_dump(address, tmp_path, language=language, **asked), "snippet")
    assert f"{address}/packages/v1/search" in snippet
    made = subprocess.run([*program, snippet], capture_output=True, text=True, check=True)
    for said in ("told_by", "here", "odd", "$(x)", "ü"):
        assert said in made.stdout


@pytest.mark.client
def test_what_goes_wrong_is_shown_too(address: str, tmp_path: Path) -> None:
    dump = _dump(address, tmp_path, operation="package", registry="toy", package="<b>'none'</b>")
    assert _text(dump, "status").startswith("Refused with 404 in ")
    assert '"code": "unknown_package"' in _text(dump, "answer")
    assert "<b>'none'</b>" in _text(dump, "answer").replace("\\", "")
    made = subprocess.run(_text(dump, "snippet"), shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert '"unknown_package"' in made.stdout
