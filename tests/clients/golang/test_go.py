"""The real go command: cold, warm, with the upstream away, past what is refused, and what it says of it."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote
from urllib.request import urlopen

import pytest

from tests.clients.registry import listening
from tests.ecosystems.golang.asking import build
from tests.faults.server import serving

OLD = "2020-01-01T00:00:00Z"
YOUNG = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
"""An hour ago."""
MODULES: dict[str, dict[str, str]] = {
    "farm.example/plum": {
        "v1.0.0": "module farm.example/plum\n\ngo 1.19\n",
        "v1.1.0": "module farm.example/plum\n\ngo 1.19\n",
        "v1.2.0": "module farm.example/plum\n\ngo 1.19\n\nretract v1.1.0 // sour\n",
    },
    "farm.example/Acme/press": {
        "v0.3.0": "module farm.example/Acme/press\n\ngo 1.19\n\nrequire farm.example/plum v1.0.0\n",
    },
    "farm.example/commit": {},
    "farm.example/fresh": {
        "v1.0.0": "module farm.example/fresh\n\ngo 1.19\n",
        "v1.1.0": "module farm.example/fresh\n\ngo 1.19\n",
    },
    "farm.example/before": {
        # What a proxy makes up for versions from before modules.
        "v1.0.0": "module farm.example/before\n",
        "v2.0.0+incompatible": "module farm.example/before\n",
    },
    "farm.example/since": {
        "v1.0.0": "module farm.example/since\n\ngo 1.19\n",
        "v2.0.0+incompatible": "module farm.example/since\n",
    },
    "farm.example/withdrawn": {
        "v1.0.0": "module farm.example/withdrawn\n\ngo 1.19\n",
        "v1.0.1": "// Deprecated: use farm.example/plum\nmodule farm.example/withdrawn\n\ngo 1.19\n\nretract v1.0.1\n",
    },
}
YOUNG_ONES = {("farm.example/fresh", "v1.1.0")}
PSEUDO = "v0.0.0-20191109021931-daa7c04131f5"


class Proxy:
    """A module proxy on the loopback interface, which can be switched off."""

    def __init__(self) -> None:
        self.away = False
        self.has_latest = True
        self.code = "const Ripe = true"
        self.asked: list[str] = []

    def answer(self, path: str) -> bytes | None:
        """Return the body for a path."""
        self.asked.append(path)
        for module, versions in MODULES.items():
            prefix = f"/{''.join(f'!{letter.lower()}' if letter.isupper() else letter for letter in module)}/"
            if path.startswith(prefix):
                return self._file(module, versions, path.removeprefix(prefix))
        return None

    def _file(self, module: str, versions: dict[str, str], name: str) -> bytes | None:
        if name == "@v/list":
            return "".join(f"{version}\n" for version in versions).encode()
        if name == "@latest":
            return self._info(module, max(versions, default=PSEUDO)) if self.has_latest else None
        stem, _, kind = name.removeprefix("@v/").rpartition(".")
        if stem not in versions and not (module == "farm.example/commit" and stem == PSEUDO):
            return None
        mod = versions.get(stem, f"module {module}\n").encode()
        return {"info": self._info(module, stem), "mod": mod, "zip": _zip(module, stem, mod, self.code)}.get(kind)

    def _info(self, module: str, version: str) -> bytes:
        return json.dumps({"Version": version, "Time": YOUNG if (module, version) in YOUNG_ONES else OLD}).encode()


def _zip(module: str, version: str, mod: bytes, code: str) -> bytes:
    archive = io.BytesIO()
    name = module.rpartition("/")[2]
    with zipfile.ZipFile(archive, "w") as files:
        for file, body in {"go.mod": mod, "x.go": f"package {name}\n\n{code}\n".encode()}.items():
            files.writestr(zipfile.ZipInfo(f"{module}@{version}/{file}"), body)
    return archive.getvalue()


@pytest.fixture
def proxy() -> Iterator[tuple[Proxy, str]]:
    """Run the upstream."""
    upstream = Proxy()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = None if upstream.away else upstream.answer(unquote(self.path))
            self.send_response(200 if body is not None else 503 if upstream.away else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the standard library's name)
            """Say nothing."""

    with listening(Handler) as url:
        yield upstream, url


class Go:
    """The go command in a project of its own, with an empty cache."""

    def __init__(self, folder: Path, url: str, **environ: str) -> None:
        program = shutil.which("go")
        if program is None:
            pytest.skip("go is not installed")
        self._program = program
        self.folder = folder
        folder.mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GO")}
        self._environ = (
            kept
            | {
                "GOPROXY": f"{url}/go",
                "GOSUMDB": "off",
                "GOTOOLCHAIN": "local",
                "GOFLAGS": "-mod=mod -modcacherw",
                "GOPATH": str(folder / "path"),
                "GOMODCACHE": str(folder / "cache"),
                "GOCACHE": str(folder.parent / "build"),
                "GOENV": "off",
            }
            | environ
        )
        (folder / "go.mod").write_text("module work.example/me\n\ngo 1.19\n")
        imported = '"farm.example/Acme/press"\n\t"farm.example/plum"'
        (folder / "main.go").write_text(
            f"package main\n\nimport (\n\t{imported}\n)\n\nfunc main() {{ println(press.Ripe, plum.Ripe) }}\n"
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of it."""
        return subprocess.run(
            [self._program, *arguments], cwd=self.folder, env=self._environ, capture_output=True, text=True, check=False
        )

    def ok(self, *arguments: str) -> str:
        """Run a command that must succeed, and return what it prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def _packhouse(folder: Path, url: str, settings: str = "", checksums: str = "http://127.0.0.1:9") -> Iterator[str]:
    folder.mkdir(exist_ok=True)
    path = folder / "packhouse.toml"
    urls = f'urls = {{ sumdb = "{checksums}" }}'
    path.write_text(f'data = "data"\n{settings}\n[upstreams.golang]\nurl = "{url}"\n{urls}\n')
    with serving(path) as (_, port):
        yield f"http://127.0.0.1:{port}"


def test_a_program_is_built_cold_warm_and_with_the_upstream_away(proxy: tuple[Proxy, str], tmp_path: Path) -> None:
    upstream, url = proxy
    with _packhouse(tmp_path, url) as server:
        first = Go(tmp_path / "first", server)
        first.ok("get", "farm.example/Acme/press@latest", "farm.example/plum@latest")
        first.ok("build", "-o", "program", ".")
        assert "farm.example/plum v1.2.0" in first.ok("list", "-m", "all")
        asked = len(upstream.asked)
        second = Go(tmp_path / "second", server)
        shutil.copy(first.folder / "go.mod", second.folder / "go.mod")
        shutil.copy(first.folder / "go.sum", second.folder / "go.sum")
        second.ok("build", "-o", "program", ".")
        assert len(upstream.asked) == asked
    upstream.away = True
    with _packhouse(tmp_path, url) as server:
        third = Go(tmp_path / "third", server)
        shutil.copy(first.folder / "go.mod", third.folder / "go.mod")
        shutil.copy(first.folder / "go.sum", third.folder / "go.sum")
        third.ok("build", "-o", "program", ".")


def test_versions_retractions_and_commits_are_seen_as_the_upstream_has_them(
    proxy: tuple[Proxy, str], tmp_path: Path
) -> None:
    with _packhouse(tmp_path, proxy[1]) as server:
        go = Go(tmp_path / "project", server)
        versions = json.loads(go.ok("list", "-m", "-versions", "-json", "farm.example/plum"))["Versions"]
        assert versions == ["v1.0.0", "v1.2.0"]
        retracted = json.loads(go.ok("list", "-m", "-retracted", "-json", "farm.example/plum@v1.1.0"))
        assert retracted["Retracted"] == ["sour"]
        downloaded = json.loads(go.ok("mod", "download", "-json", f"farm.example/commit@{PSEUDO}"))
        assert downloaded["Version"] == PSEUDO
        go.ok("get", "farm.example/plum@v1.0.0")
        assert "[v1.2.0]" in go.ok("list", "-m", "-u", "farm.example/plum")


def test_a_refused_version_is_not_chosen_and_the_command_shows_why(proxy: tuple[Proxy, str], tmp_path: Path) -> None:
    with _packhouse(tmp_path, proxy[1], '[policy]\ndeny = ["golang/farm.example/plum@v1.2.0"]') as server:
        go = Go(tmp_path / "project", server)
        go.ok("get", "farm.example/plum@latest")
        assert "v1.2.0" not in go.ok("list", "-m", "all")
        refused = go.run("mod", "download", "farm.example/plum@v1.2.0")
        assert refused.returncode != 0
        assert "403" in refused.stderr
        assert "is refused" in refused.stderr


def test_a_module_that_nobody_has_is_a_404_and_an_upstream_that_is_away_is_not(
    proxy: tuple[Proxy, str], tmp_path: Path
) -> None:
    upstream, url = proxy
    with _packhouse(tmp_path, url) as server:
        go = Go(tmp_path / "project", server)
        assert "404" in go.run("get", "farm.example/absent").stderr
        upstream.away = True
        assert "503" in go.run("get", "farm.example/other").stderr


def test_what_is_too_young_is_neither_listed_nor_the_latest_nor_downloaded(
    proxy: tuple[Proxy, str], tmp_path: Path
) -> None:
    with _packhouse(tmp_path, proxy[1], '[policy]\nminimum_age = "72h"') as server:
        go = Go(tmp_path / "project", server)
        assert json.loads(go.ok("list", "-m", "-versions", "-json", "farm.example/fresh"))["Versions"] == ["v1.0.0"]
        go.ok("get", "farm.example/fresh@latest")
        assert "farm.example/fresh v1.0.0" in go.ok("list", "-m", "all")
        assert "[" not in go.ok("list", "-m", "-u", "farm.example/fresh")
        refused = go.run("get", "farm.example/fresh@v1.1.0")
        assert refused.returncode != 0
        assert "403" in refused.stderr
        assert "the minimum age is 72 hours" in refused.stderr


@pytest.mark.parametrize("has_latest", [True, False])
def test_the_latest_is_what_the_command_itself_would_choose(
    proxy: tuple[Proxy, str],
    tmp_path: Path,
    has_latest: bool,  # noqa: FBT001 (a case)
) -> None:
    upstream, url = proxy
    upstream.has_latest = has_latest
    modules = ["plum", "Acme/press", "fresh", "before", "since", "withdrawn"]
    with _packhouse(tmp_path, url) as server:
        go, straight = Go(tmp_path / "ours", server), Go(tmp_path / "straight", server, GOPROXY=url)
        for name in modules:
            found = [
                json.loads(each.ok("list", "-m", "-json", f"farm.example/{name}@latest"))["Version"]
                for each in (go, straight)
            ]
            assert found[0] == found[1]
            path = "".join(f"!{letter.lower()}" if letter.isupper() else letter for letter in name)
            with urlopen(f"{server}/go/farm.example/{path}/@latest", timeout=30) as answer:  # noqa: S310 (our own)
                # The go command has the list first; the upstream's choice may be another one.
                ours = json.load(answer)["Version"]
            assert ours == found[0] or (has_latest and name == "since")
        assert "use farm.example/plum" in go.ok("list", "-m", "-u", "-json", "farm.example/withdrawn@v1.0.0")


def test_a_toolchain_is_a_module_like_any_other(proxy: tuple[Proxy, str], tmp_path: Path) -> None:
    upstream, url = proxy
    with _packhouse(tmp_path, url) as server:
        go = Go(tmp_path / "project", server, GOTOOLCHAIN="go1.99.0")
        wanted = go.run("version").stderr
        assert "golang.org/toolchain" in wanted or "go1.99.0" in wanted
        asked = [path for path in upstream.asked if path.startswith("/golang.org/toolchain/@v/v0.0.1-go1.99.0.")]
        assert [path.rpartition(".")[2] for path in asked] == ["zip"]


@contextmanager
def _checksums(url: str) -> Iterator[tuple[str, str]]:
    """Run a checksum database over the modules of a proxy; give its address and its key."""
    parts = ("module", "semver", "internal/lazyregexp", "sumdb")
    program = build(Path(__file__).parent / "checksums" / "main.go", *parts)
    with subprocess.Popen([str(program), url], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address, key = process.stdout.readline().split()
            yield address, key
        finally:
            process.terminate()


def test_the_checksum_database_is_asked_through_the_server_and_finds_what_was_changed(
    proxy: tuple[Proxy, str], tmp_path: Path
) -> None:
    upstream, url = proxy
    # Nothing answers at the address that the key's name stands for: whatever is checked, is checked through us.
    with _checksums(url) as (database, key), _packhouse(tmp_path / "good", url, checksums=database) as server:
        go = Go(tmp_path / "project", server, GOSUMDB=key)
        go.ok("get", "farm.example/Acme/press@latest", "farm.example/plum@latest")
        assert "farm.example/Acme/press v0.3.0 h1:" in (go.folder / "go.sum").read_text()
        upstream.code = "const Ripe = false"
        with _packhouse(tmp_path / "changed", url, checksums=database) as other:
            changed = Go(tmp_path / "second", other, GOSUMDB=key).run("get", "farm.example/plum@latest")
        assert changed.returncode != 0
        assert "SECURITY ERROR" in changed.stderr


def test_where_no_checksum_database_can_be_asked_the_command_asks_it_itself(
    proxy: tuple[Proxy, str], tmp_path: Path
) -> None:
    with _checksums(proxy[1]) as (database, key), _packhouse(tmp_path, proxy[1]) as server:
        go = Go(tmp_path / "project", server, GOSUMDB=f"{key} {database}")
        go.ok("get", "farm.example/plum@latest")
        assert "farm.example/plum v1.2.0 h1:" in (go.folder / "go.sum").read_text()
