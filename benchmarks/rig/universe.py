"""Recorded packages with the dependency fields of every version, as an upstream that serves them and as records."""

import gzip
import json
import lzma
import os
from pathlib import Path
from typing import Any

from benchmarks.rig.corpus import PLACE, file_name
from benchmarks.rig.servers import CACHE

_REPOSITORY = Path(__file__).resolve().parents[2]
_LONG_AGO = "2020-01-01T00:00:00.000Z"


def data_path(name: str) -> Path:
    """Find a file of the shared data."""
    named = os.environ.get("PACKHOUSE_SHARED")
    shared = Path(named) if named else _REPOSITORY.parent / "shared"
    return shared / "data" / "npm-universe" / name


def universe_file() -> Path:
    """Find the recorded packages."""
    return data_path("universe-2026-11-21.jsonl.xz")


def recorded_versions() -> dict[str, list[str]]:
    """Read which versions each recorded package has."""
    with lzma.open(universe_file(), "rt") as lines:
        return {each["name"]: list(each["versions"]) for each in map(json.loads, lines)}


def golden_locks() -> dict[str, Any]:
    """Read the lock files that npm wrote from these packages."""
    with lzma.open(data_path("golden-locks-npm11.json.xz")) as file:
        locks: dict[str, Any] = json.load(file)
    return locks


def universe_folder() -> Path:
    """Return a folder of packuments made of the recorded packages."""
    folder = CACHE / "corpus" / "universe"
    if not (folder / "complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        with lzma.open(universe_file(), "rt") as lines:
            for line in lines:
                packument = _packument(json.loads(line))
                path = folder / f"{file_name('/' + packument['name'])}.json.gz"
                path.write_bytes(gzip.compress(json.dumps(packument, separators=(",", ":")).encode(), 1))
        (folder / "complete").touch()
    return folder


def _packument(line: dict[str, Any]) -> dict[str, Any]:
    name = line["name"]
    bare = name.rpartition("/")[2]
    versions = {}
    for version, facts in line["versions"].items():
        fields = dict(facts)
        dist = {"tarball": f"{PLACE.decode()}/{name}/-/{bare}-{version}.tgz"}
        if integrity := fields.pop("i", None):
            dist["integrity"] = integrity
        versions[version] = {"name": name, "version": version, **fields, "dist": dist}
    times = {"created": _LONG_AGO, "modified": _LONG_AGO} | dict.fromkeys(versions, _LONG_AGO)
    return {"_id": name, "name": name, "dist-tags": line["dist-tags"], "versions": versions, "time": times}
