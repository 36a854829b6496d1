"""The real composer: cold, from a lock file, with the upstream away, and past what is refused."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.clients.registry import listening
from tests.faults.server import serving

MODIFIED = "Wed, 01 Jan 2020 00:00:00 GMT"
Releases = list[tuple[str, dict[str, Any]]]
PACKAGES: dict[str, Releases] = {
    "farm/press": [("1.0.0", {"require": {"farm/plum": "^1.0", "farm/rope": "*"}})],
    "farm/plum": [
        ("2.0.0", {}),
        ("1.2.0", {}),
        ("1.1.0", {}),
        ("1.0.0", {}),
        ("dev-main", {"extra": {"branch-alias": {"dev-main": "1.x-dev"}}}),
    ],
    "farm/rope": [("0.4.0-beta1", {}), ("0.3.0", {"abandoned": "farm/twine"})],
}


class Repository:
    """A repository on the loopback interface, which can be switched off."""

    def __init__(self) -> None:
        self.url = ""
        self.away = False
        self.asked: list[str] = []

    def answer(self, path: str) -> tuple[str, bytes] | None:
        """Return media type and body for a path."""
        self.asked.append(path)
        if path == "/packages.json":
            return "application/json", json.dumps({"metadata-url": "/p2/%package%.json"}).encode()
        if path.startswith("/zips/"):
            vendor, name, version = path.removeprefix("/zips/").removesuffix(".zip").split("/", 2)
            return "application/zip", _zip(f"{vendor}/{name}", version)
        name = path.removeprefix("/p2/").removesuffix(".json")
        package = name.removesuffix("~dev")
        if package not in PACKAGES:
            return None
        releases = [each for each in PACKAGES[package] if each[0].startswith("dev-") == name.endswith("~dev")]
        document = {"minified": "composer/2.0", "packages": {package: self._minified(package, releases)}}
        return "application/json", json.dumps(document).encode()

    def _minified(self, package: str, releases: Releases) -> list[dict[str, Any]]:
        """Write releases as the registry does: each as what differs from the one before."""
        written: list[dict[str, Any]] = []
        before: dict[str, Any] = {}
        for version, more in releases:
            archive = _zip(package, version)
            whole = {
                "name": package,
                "version": version,
                "version_normalized": version if version.startswith("dev-") else _normal(version),
                "type": "library",
                "license": ["MIT"],
                "dist": {
                    "type": "zip",
                    "url": f"{self.url}/zips/{package}/{version}.zip",
                    "reference": hashlib.sha1(archive, usedforsecurity=False).hexdigest(),
                    "shasum": hashlib.sha1(archive, usedforsecurity=False).hexdigest(),
                },
                "time": "2020-01-01T00:00:00+00:00",
                **more,
            }
            entry = {field: value for field, value in whole.items() if before.get(field) != value}
            written.append(entry | dict.fromkeys(before.keys() - whole.keys(), "__unset"))
            before = whole
        return written


def _normal(version: str) -> str:
    core, _, stability = version.partition("-")
    return f"{core}.0-{stability}" if stability else f"{core}.0"


def _zip(package: str, version: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        info = zipfile.ZipInfo(f"{package.replace('/', '-')}/composer.json")
        archive.writestr(info, json.dumps({"name": package, "description": version}))
    return packed.getvalue()


@pytest.fixture
def upstream() -> Iterator[Repository]:
    """Run the upstream."""
    repository = Repository()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = None if repository.away else repository.answer(self.path)
            media_type, body = found or ("text/plain", b"")
            self.send_response(200 if found else 503 if repository.away else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Last-Modified", MODIFIED)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
            """Say nothing."""

    with listening(Handler) as url:
        repository.url = url
        yield repository


@contextmanager
def _packhouse(folder: Path, upstream: Repository, settings: str = "") -> Iterator[str]:
    path = folder / "packhouse.toml"
    path.write_text(f'data = "data"\n{settings}\n[upstreams.packagist]\nurl = "{upstream.url}"\n')
    with serving(path) as (_, port):
        yield f"http://127.0.0.1:{port}/composer"


class Project:
    """A project of composer's, with a home and a cache of its own."""

    def __init__(self, folder: Path, url: str, **wanted: str) -> None:
        program = shutil.which("composer")
        if program is None:
            pytest.skip("composer is not installed")
        self._program = program
        self.folder = folder
        folder.mkdir()
        self._environ = os.environ | {"COMPOSER_HOME": str(folder / "home"), "COMPOSER_ALLOW_SUPERUSER": "1"}
        document = {
            "require": {name.replace("_", "/"): constraint for name, constraint in (wanted or WANTED).items()},
            "repositories": {"packagist.org": {"type": "composer", "url": url}},
            "config": {"secure-http": False},
        }
        (folder / "composer.json").write_text(json.dumps(document))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of it."""
        command = [self._program, *arguments, "--no-interaction", "--no-ansi"]
        return subprocess.run(command, cwd=self.folder, env=self._environ, capture_output=True, text=True, check=False)

    def ok(self, *arguments: str) -> str:
        """Run a command that must succeed; return all that it prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def installed(self) -> dict[str, str]:
        """Read what stands in the folder of packages."""
        found = (json.loads(path.read_text()) for path in self.folder.glob("vendor/*/*/composer.json"))
        return {each["name"]: each["description"] for each in found if each["name"].startswith("farm/")}


WANTED = {"farm_press": "^1.0"}
EXPECTED = {"farm/press": "1.0.0", "farm/plum": "1.2.0", "farm/rope": "0.3.0"}


def test_packages_are_installed_cold_from_a_lock_file_and_with_the_upstream_away(
    upstream: Repository, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as url:
        first = Project(tmp_path / "first", url)
        said = first.ok("update")
        assert first.installed() == EXPECTED
        assert "farm/rope is abandoned" in said
        lock = (first.folder / "composer.lock").read_text()
        assert upstream.url not in lock
        asked = len(upstream.asked)
        second = Project(tmp_path / "second", url)
        (second.folder / "composer.lock").write_text(lock)
        second.ok("install")
        assert second.installed() == EXPECTED
        assert len(upstream.asked) == asked
        port = url.rpartition(":")[2].partition("/")[0]
    upstream.away = True
    with _packhouse(tmp_path, upstream) as url:
        third = Project(tmp_path / "third", url)
        moved = lock.replace(f":{port}/", f":{url.rpartition(':')[2].partition('/')[0]}/")
        (third.folder / "composer.lock").write_text(moved)
        third.ok("install")
        assert third.installed() == EXPECTED


def test_lowest_versions_branches_and_what_is_outdated_are_seen_as_upstream_has_them(
    upstream: Repository, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as url:
        lowest = Project(tmp_path / "lowest", url)
        lowest.ok("update", "--prefer-lowest")
        assert lowest.installed()["farm/plum"] == "1.0.0"
        assert "2.0.0" in lowest.run("outdated", "--all").stdout
        branch = Project(tmp_path / "branch", url, farm_plum="dev-main")
        branch.ok("update")
        assert branch.installed() == {"farm/plum": "dev-main"}
        assert "No security vulnerability" in branch.ok("audit")


def test_a_refused_release_is_not_chosen_and_its_archive_is_not_handed_out(
    upstream: Repository, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as url:
        before = Project(tmp_path / "before", url)
        before.ok("update")
        lock = (before.folder / "composer.lock").read_text()
        old_port = url.rpartition(":")[2].partition("/")[0]
    with _packhouse(tmp_path, upstream, '[policy]\ndeny = ["composer/farm/plum@1.2.0"]') as url:
        project = Project(tmp_path / "project", url)
        project.ok("update")
        assert project.installed()["farm/plum"] == "1.1.0"
        locked = Project(tmp_path / "locked", url)
        port = url.rpartition(":")[2].partition("/")[0]
        (locked.folder / "composer.lock").write_text(lock.replace(f":{old_port}/", f":{port}/"))
        refused = locked.run("install")
        assert refused.returncode != 0
        assert "403" in refused.stderr


def test_a_package_that_nobody_has_and_an_upstream_that_is_away_are_told_apart(
    upstream: Repository, tmp_path: Path
) -> None:
    with _packhouse(tmp_path, upstream) as url:
        absent = Project(tmp_path / "absent", url, farm_absent="*").run("update")
        assert absent.returncode != 0
        assert "could not be found" in absent.stderr
        upstream.away = True
        away = Project(tmp_path / "away", url, farm_other="*").run("update")
        assert away.returncode != 0
        assert "503" in away.stderr
