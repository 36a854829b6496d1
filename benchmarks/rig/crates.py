"""Real crates, recorded once through Packhouse into the cache folder, and cargo as a stop watch sees it."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.request
from pathlib import Path

from benchmarks.rig.servers import CACHE, LOAD_CORE, Server, free_port, running

WANTED = {
    "axum": '"0.7"',
    "reqwest": '{ version = "0.12", default-features = false, features = ["json", "rustls-tls"] }',
    "clap": '{ version = "4", features = ["derive"] }',
    "tracing-subscriber": '"0.3"',
}
"""What a web service in Rust asks for: about 150 crates."""


def recorded_crates() -> Path:
    """Return a folder with a lock file, and the index file and the file of every crate that fetching it takes."""
    folder = CACHE / "crates"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _record(folder)
        (folder / "complete").touch()
    return folder


def publish(recorded: Path, files: Path, url: str) -> None:
    """Lay the recorded crates out as a registry of static files.

    Under /index as an upstream has them; under /gzip/index as they go over the wire, for a server that is told that
    everything there is compressed.
    """
    config = json.dumps({"dl": f"{url}/crates/{{crate}}/{{crate}}-{{version}}.crate"}).encode()
    shutil.copytree(recorded / "crates", files / "crates")
    shutil.copytree(recorded / "index", files / "index")
    (files / "index" / "config.json").write_bytes(config)
    for path in (files / "index").rglob("*"):
        if path.is_file():
            packed = files / "gzip" / path.relative_to(files)
            packed.parent.mkdir(parents=True, exist_ok=True)
            packed.write_bytes(gzip.compress(path.read_bytes(), 6))


def make_project(folder: Path, index: str, lock: Path | None = None) -> Path:
    """Make a project that takes its crates from an index; with a lock file it asks for just these."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.rs").write_text("fn main() {}\n")
    lines = [f"{name} = {wanted}" for name, wanted in WANTED.items()]
    package = '[package]\nname = "orchard"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\n'
    (folder / "Cargo.toml").write_text(package + "\n".join(lines) + "\n")
    (folder / "home").mkdir()
    settings = f'[source.crates-io]\nreplace-with = "here"\n[registries.here]\nindex = "sparse+{index}"\n'
    (folder / "home" / "config.toml").write_text(settings)
    if lock is not None:
        shutil.copy(lock, folder / "Cargo.lock")
    return folder


def timed_fetch(folder: Path, *arguments: str) -> float:
    """Let cargo fetch what a project needs into an empty home, and return how many seconds it took."""
    kept = ("PATH", "HOME", "RUSTUP_HOME", "SSL_CERT_FILE")
    environ = {name: os.environ[name] for name in kept if name in os.environ} | {
        "CARGO_HOME": str(folder / "home"),
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    command = ["taskset", "-c", LOAD_CORE, "cargo", "fetch", *arguments]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environ, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    if done.returncode:
        sys.exit(f"cargo failed:\n{done.stderr}")
    return seconds


def locked(folder: Path) -> list[tuple[str, str]]:
    """List names and versions in a project's lock file."""
    packages = tomllib.loads((folder / "Cargo.lock").read_text())["package"]
    return [(each["name"], each["version"]) for each in packages if "source" in each]


def _record(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        port = free_port()
        command = [sys.executable, "-m", "packhouse", "serve", "--port", str(port), "--data", str(work / "data")]
        with running("Packhouse", command, port, LOAD_CORE, path="/cargo/index/config.json") as server:
            project = make_project(work / "project", f"{server.url}/cargo/index/")
            timed_fetch(project)
            shutil.copy(project / "Cargo.lock", folder / "Cargo.lock")
            for path in _index_files(project):
                _save(server, f"/cargo/index/{path}", folder / "index" / path)
            for name, version in locked(project):
                file = f"crates/{name}/{name}-{version}.crate"
                _save(server, f"/cargo/{file}", folder / file)


def _index_files(project: Path) -> list[str]:
    """List the index files that cargo has asked for, of which it keeps copies in a form of its own."""
    (kept,) = (project / "home" / "registry" / "index").glob("*/.cache")
    return [str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()]


def _save(server: Server, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with urllib.request.urlopen(server.url + path, timeout=60) as answer:  # noqa: S310 (our own server)
        target.write_bytes(answer.read())
