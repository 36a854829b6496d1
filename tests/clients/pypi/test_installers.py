"""The real pip and uv: cold, warm, with the upstream away, past yanked, incompatible and refused files."""

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.clients.registry import listening
from tests.faults.server import serving

OLD = "2020-01-01T00:00:00.000000Z"
SIMPLE = "application/vnd.pypi.simple.v1+json"


class Index:
    """An index on the loopback interface, which can be switched off."""

    def __init__(self) -> None:
        self.url = ""
        self.away = False
        self.asked: list[str] = []
        self._files: dict[str, list[dict[str, object]]] = {}
        self._bodies: dict[str, bytes] = {}

    def publish(self, name: str, version: str, *needs: str, metadata: bool = True, **more: object) -> None:
        """Add a wheel; `metadata`: whether its metadata can be asked for alone."""
        wheel, described = _wheel(name, version, needs)
        filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        self._bodies[f"/files/{filename}"] = wheel
        entry: dict[str, object] = {
            "filename": filename,
            "hashes": {"sha256": hashlib.sha256(wheel).hexdigest()},
            "size": len(wheel),
            "upload-time": OLD,
            "yanked": False,
        }
        if metadata:
            self._bodies[f"/files/{filename}.metadata"] = described
            entry["core-metadata"] = {"sha256": hashlib.sha256(described).hexdigest()}
        self._files.setdefault(name, []).append(entry | {key.replace("_", "-"): value for key, value in more.items()})

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return media type and body for a path."""
        self.asked.append(path)
        if path in self._bodies:
            return "application/octet-stream", self._bodies[path]
        name = path.removeprefix("/simple/").rstrip("/")
        if name not in self._files:
            return None
        files = [{**each, "url": f"{self.url}/files/{each['filename']}"} for each in self._files[name]]
        page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": files}
        return SIMPLE, json.dumps(page).encode()


def _wheel(name: str, version: str, needs: tuple[str, ...]) -> tuple[bytes, bytes]:
    stem = name.replace("-", "_")
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {need}" for need in needs),
    ]
    metadata = ("\n".join(lines) + "\n").encode()
    info = f"{stem}-{version}.dist-info"
    files = {
        f"{stem}.py": b"ripe = True\n",
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: farm\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_hash(body)},{len(body)}" for path, body in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, body in files.items():
            archive.writestr(zipfile.ZipInfo(path), body)
    return packed.getvalue(), metadata


def _hash(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


@pytest.fixture
def upstream() -> Iterator[Index]:
    """Run the upstream."""
    index = Index()
    index.publish("press", "1.0", "plum>=1,<2", "rope; python_version >= '3'")
    index.publish("plum", "1.0")
    index.publish("plum", "1.1", metadata=False)
    index.publish("plum", "1.2", yanked="sour")
    index.publish("plum", "1.3", requires_python=">=99")
    index.publish("plum", "2.0")
    index.publish("rope", "0.3")
    index.publish("rope", "0.4rc1")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = None if index.away else index.answer(self.path)
            media_type, body = found or ("text/plain", b"")
            self.send_response(200 if found else 503 if index.away else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
            """Say nothing."""

    with listening(Handler) as url:
        index.url = url
        yield index


@contextmanager
def _packhouse(folder: Path, upstream: Index, settings: str = "") -> Iterator[str]:
    path = folder / "packhouse.toml"
    path.write_text(f'data = "data"\n{settings}\n[upstreams.pypi]\nurl = "{upstream.url}"\n')
    with serving(path) as (_, port):
        yield f"http://127.0.0.1:{port}/pypi/simple/"


@pytest.fixture(scope="module")
def pip(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Make an environment with a pip of its own."""
    folder = tmp_path_factory.mktemp("pip")
    venv.create(folder, with_pip=True)
    return [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "--isolated"]


@pytest.fixture(scope="module")
def uv() -> list[str]:
    """Find uv."""
    beside = Path(sys.executable).with_name("uv")
    program = str(beside) if beside.exists() else shutil.which("uv")
    if program is None:
        pytest.skip("uv is not installed")
    return [program, "--no-cache", "--no-config", "--no-python-downloads", "pip"]


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, tmp_path: Path) -> "Installer":
    """Give each installer, one after another."""
    return Installer(request.param, request.getfixturevalue(request.param), tmp_path)


class Installer:
    """An installer, and folders to install into."""

    def __init__(self, name: str, command: list[str], folder: Path) -> None:
        self.name = name
        self._command = command
        self._folder = folder

    def run(self, index: str, into: str, *wanted: str) -> subprocess.CompletedProcess[str]:
        """Install into an empty folder."""
        option = "--index-url" if self.name == "pip" else "--default-index"
        command = [*self._command, "install", option, index, "--target", str(self._folder / into), *wanted]
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        return subprocess.run(command, capture_output=True, text=True, env=environ, check=False)

    def install(self, index: str, into: str, *wanted: str) -> set[str]:
        """Install, and return what is there, as `name-version`."""
        done = self.run(index, into, *wanted)
        assert done.returncode == 0, done.stderr
        return {path.name.removesuffix(".dist-info") for path in (self._folder / into).glob("*.dist-info")}


EXPECTED = {"press-1.0", "plum-1.1", "rope-0.3"}


def test_projects_are_installed_cold_warm_and_with_the_upstream_away(
    upstream: Index, installer: Installer, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as index:
        assert installer.install(index, "cold", "press") == EXPECTED
        asked = len(upstream.asked)
        assert installer.install(index, "warm", "press") == EXPECTED
        assert len(upstream.asked) == asked
    upstream.away = True
    with _packhouse(tmp_path, upstream) as index:
        assert installer.install(index, "away", "press") == EXPECTED


def test_a_yanked_release_is_installed_only_by_its_exact_version(
    upstream: Index, installer: Installer, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as index:
        assert installer.install(index, "pinned", "plum==1.2") == {"plum-1.2"}


def test_a_refused_release_is_not_chosen_and_its_files_are_not_handed_out(
    upstream: Index, installer: Installer, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream, '[policy]\ndeny = ["pypi/plum@==1.1"]') as index:
        assert installer.install(index, "target", "press") == {"press-1.0", "plum-1.0", "rope-0.3"}
        refused = installer.run(index, "refused", "plum==1.1")
        assert refused.returncode != 0


def test_an_unknown_project_and_an_upstream_that_is_away_are_told_apart(
    upstream: Index, installer: Installer, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as index:
        absent = installer.run(index, "absent", "absent")
        upstream.away = True
        away = installer.run(index, "away", "other")
    assert absent.returncode != 0
    assert away.returncode != 0
    if installer.name == "uv":
        assert "503" in away.stderr
        assert "503" not in absent.stderr
