"""Index files, configurations and documents of the Web API, for tests."""

import hashlib
import json
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

from packhouse.domain.index import Index
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.cargo.index import split, with_places
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.places import Places
from tests.shared import shared_path

INDEX = "http://index.example"
API = "http://api.example"
FILES = "http://files.example"
UPSTREAM = UpstreamRegistry("crates", "cargo", INDEX, urls={"api": API}, extra_hosts=("files.example",))
PLACES = Places(f"{FILES}/{{crate}}/{{crate}}-{{version}}.crate", API)
CONFIG = json.dumps({"dl": PLACES.dl, "api": API}).encode()
CASES = Path(__file__).parent.parent / "cases" / "cargo"


def key(name: str) -> PackageKey:
    """Make the key of a crate."""
    return PackageKey("cargo", parse_name(name))


WHOLE = PackageKey("cargo", NormalName(""))


def content(name: str, version: str) -> bytes:
    """Give the file of an invented release."""
    return f"{name} {version}\n".encode() * 50


def line(name: str, version: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (whatever a line may hold)
    """Write the line of an invented release."""
    return {
        "name": name,
        "vers": version,
        "deps": [],
        "cksum": hashlib.sha256(content(name, version)).hexdigest(),
        "features": {},
        "yanked": False,
        "pubtime": "2020-01-01T00:00:00Z",
        **fields,
    }


def index_file(*lines: dict[str, Any] | bytes) -> bytes:
    """Write an index file."""
    return b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)


def recorded(name: str) -> bytes:
    """Read a real index file."""
    return (CASES / f"{name}.index").read_bytes()


def parted(name: str, lines: bytes) -> Index:
    """Take an index file apart."""
    return split(key(name), with_places(PLACES, lines))


@cache
def recorded_crate(name: str) -> bytes:
    """Read the Web API's document of a crate as somebody has recorded it."""
    ending = f"crates_io_responses/{name}.json"
    with tarfile.open(shared_path("data", "fixtures", "dependabot-registry.tar.xz")) as archive:
        member = next(each for each in archive.getmembers() if each.name.endswith(ending))
        file = archive.extractfile(member)
        assert file is not None
        return file.read()


def release_facts(name: str, version: str, identity: int, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write what the Web API says of an invented release."""
    return {
        "id": identity,
        "crate": name,
        "num": version,
        "created_at": f"2020-01-{identity:02d}T00:00:00.123456Z",
        "downloads": identity * 10,
        "yanked": False,
        "license": "MIT/Apache-2.0",
        "crate_size": 1234,
        "yank_message": None,
        "later_field": {"kept": True},
        **fields,
    }


def crate_document(name: str, *releases: dict[str, Any], **fields: Any) -> bytes:  # noqa: ANN401
    """Write the Web API's document of an invented crate."""
    crate = {
        "id": name,
        "name": name,
        "description": f"All about {name}",
        "homepage": "https://home.example/",
        "repository": "javascript:alert(1)",
        "documentation": None,
        "downloads": 1000,
        "recent_downloads": 100,
        "keywords": ["fruit"],
        "versions": [each["id"] for each in releases],
        "max_version": releases[0]["num"],
        "max_stable_version": releases[0]["num"],
        "newest_version": releases[0]["num"],
        "default_version": releases[0]["num"],
        "num_versions": len(releases),
        "later_field": 1,
        **fields,
    }
    return json.dumps({"crate": crate, "versions": releases, "keywords": [], "categories": []}).encode()
