"""Real packages, recorded once from the machine's registry into the cache folder."""

import gzip
import json
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import quote

from benchmarks.rig.npm import environ
from benchmarks.rig.servers import CACHE

PLACE = b"http://registry.invalid"
"""Stands in recorded documents where the registry's address stood."""


def registry() -> str:
    """Give the address of the registry that this machine uses."""
    said = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True)
    return said.stdout.strip().rstrip("/")


def recorded_install(wanted: str) -> Path:
    """Return a folder with every packument and file that installing a package takes."""
    folder = CACHE / "corpus" / quote(wanted, safe="@")
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        locked = _lock(wanted)
        for name, address in locked:
            record_packument(folder, name)
            path = folder / file_name(address.removeprefix(registry()))
            if not path.exists():
                path.write_bytes(_read(address))
        (folder / "complete").touch()
    return folder


def record_packument(folder: Path, name: str) -> bytes:
    """Return a packument, recorded into a folder when first asked for."""
    path = folder / f"{file_name('/' + name)}.json.gz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        body = _read(f"{registry()}/{quote(name, safe='@')}").replace(registry().encode(), PLACE)
        path.write_bytes(gzip.compress(body))
    return gzip.decompress(path.read_bytes())


def file_name(path: str) -> str:
    """Make the name of the file that holds what a path leads to."""
    return quote(path.lstrip("/"), safe="@")


def _lock(wanted: str) -> list[tuple[str, str]]:
    """Ask npm what it would install: packages with the addresses of their files."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "package.json").write_text('{"name": "asking", "version": "1.0.0", "private": true}')
        # The registry's certificate may be one that only this machine's settings know.
        command = ["npm", "install", "--package-lock-only", "--ignore-scripts", f"--registry={registry()}/", wanted]
        subprocess.run(command, cwd=folder, env=environ(folder), check=True, capture_output=True)
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    return [(path.rpartition("node_modules/")[2], facts["resolved"]) for path, facts in packages.items() if path]


def _read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310
        body: bytes = answer.read()
    return body
