"""What is asked of Bundler, how it is asked, and what it answered."""

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from msgspec import Struct

from packhouse.ecosystems.gem.lines import read_release
from packhouse.ecosystems.gem.platforms import distance, runs_on

World = Mapping[str, Sequence[str]]
"""Lines of info files by gem."""
_TOLD = "print [RUBY_VERSION, Gem::VERSION, Gem::Platform.local.to_s].join(' ')"
_locked_gem = re.compile(r"    ([^ (]+) \(([^)]+)\)").fullmatch


class Project(Struct, frozen=True, omit_defaults=True):
    """A Gemfile without its source, and perhaps a lock file, as it stood before."""

    gemfile: str
    lock: str = ""


class Answer(Struct, frozen=True, omit_defaults=True):
    """What Bundler says of a project."""

    locked: Sequence[str] = ()
    """`name version` of each gem, and of which platform its file for the recorded platform is."""
    error: str = ""


class Setting(Struct, frozen=True):
    """With what it answered."""

    ruby: str
    rubygems: str
    bundler: str
    platform: str


def program() -> str | None:
    """Find Bundler: what the variable BUNDLE_PROGRAM names, or what is installed."""
    return os.environ.get("BUNDLE_PROGRAM") or shutil.which("bundle")


def setting() -> Setting:
    """Ask Bundler and Ruby who they are."""
    bundler = _run([str(program()), "--version"], Path.cwd(), {}).stdout.split()[-1]
    ruby, rubygems, platform = _run(["ruby", "-e", _TOLD], Path.cwd(), {}).stdout.split()
    return Setting(ruby, rubygems, bundler, platform)


def write_index(world: World, folder: Path) -> None:
    """Write a world as a registry has it."""
    (folder / "info").mkdir(parents=True, exist_ok=True)
    listed = ["created_at: 2024-01-02T03:04:05Z", "---"]
    for name, lines in sorted(world.items()):
        body = "".join(f"{line}\n" for line in ("---", *lines)).encode()
        (folder / "info" / name).write_bytes(body)
        releases = ",".join(line.split(" ", 1)[0] for line in lines)
        listed.append(f"{name} {releases} {hashlib.md5(body).hexdigest()}")  # noqa: S324 (as the format has it)
    (folder / "versions").write_text("".join(f"{line}\n" for line in listed))
    (folder / "names").write_text("".join(f"{line}\n" for line in ("---", *sorted(world))))


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on the loopback interface."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (its name there)
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def ask(project: Project, url: str, folder: Path, platform: str) -> tuple[Answer, str]:
    """Have a lock file made; return what it says, and the file without the address."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "Gemfile").write_text(f'source "{url}"\n{project.gemfile}')
    lock = folder / "Gemfile.lock"
    if project.lock:
        lock.write_text(project.lock.replace("http://gems.example", url))
    run = run_bundle(["lock"], folder)
    if run.returncode:
        return Answer(error=(run.stderr or run.stdout).strip().replace(url, "http://gems.example")[:2000]), ""
    text = lock.read_text()
    return Answer(read_lock(text, platform)), text.replace(url, "http://gems.example")


def run_bundle(arguments: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run Bundler in a folder, with a home of its own there."""
    home = {"HOME": str(folder / "home"), "BUNDLE_USER_HOME": str(folder / "home" / "bundle")}
    return _run([str(program()), *arguments], folder, home)


def read_lock(text: str, platform: str) -> list[str]:
    """List the gems of a lock file, each with the platform of the file that is the closest to this one."""
    found: dict[str, tuple[int, str]] = {}
    for line in text.partition("\nPLATFORMS")[0].splitlines():
        match = _locked_gem(line)
        release = read_release(match[2].encode()) if match else None
        if match is None or release is None:
            continue
        version, built = release
        rank = distance(built, platform) if runs_on(built, platform) else 1 << 30
        found[match[1]] = min(found.get(match[1], (1 << 31, "")), (rank, f"{match[1]} {version} {built}"))
    return sorted(line for _, line in found.values())


def _run(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environ}
    kept |= {"BUNDLE_SILENCE_ROOT_WARNING": "1", "BUNDLE_IGNORE_CONFIG": "1", "BUNDLE_RETRY": "0"}
    return subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True, check=False)
