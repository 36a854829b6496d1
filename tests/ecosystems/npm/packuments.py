"""Real packuments and made ones."""

import json
import tarfile
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from packhouse.domain.package import NormalName, PackageKey
from tests.shared import shared_path

RECORDED = {
    "dependabot-registry.tar.xz": "npm_and_yarn/spec/fixtures/npm_responses/",
    "fetchcode-data.tar.xz": "data/npm",
}


def key_of(name: str) -> PackageKey:
    """Name a package."""
    return PackageKey("npm", NormalName(name))


@cache
def recorded() -> dict[str, bytes]:
    """Read every recorded packument, by the file it is in."""
    found = {}
    for archive, folder in RECORDED.items():
        with tarfile.open(shared_path("data", "fixtures", archive)) as tar:
            for member in tar:
                if folder in member.name and member.name.endswith(".json") and (file := tar.extractfile(member)):
                    found[member.name.rpartition("/")[2]] = file.read()
    return {name: body for name, body in sorted(found.items()) if _is_packument(body)}


def packument(name: str = "pad", *versions: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make a packument as a registry would."""
    versions = versions or ("1.0.0", "1.1.0")
    document: dict[str, Any] = {
        "_id": name,
        "_rev": "3-abc",
        "name": name,
        "dist-tags": {"latest": versions[-1]},
        "versions": {version: manifest(name, version) for version in versions},
        "time": {"created": "2020-01-01T00:00:00.000Z", "modified": "2020-02-01T00:00:00.000Z"}
        | {version: f"2020-01-{day:02}T12:00:00.000Z" for day, version in enumerate(versions, 1)},
        "readme": "# pad",
    }
    return document | fields


def manifest(name: str, version: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    """Make one version's manifest."""
    unscoped = name.rpartition("/")[2]
    made: dict[str, Any] = {
        "name": name,
        "version": version,
        "dist": {
            "shasum": "0" * 40,
            "tarball": f"https://npm.example/{name}/-/{unscoped}-{version}.tgz",
            "integrity": f"sha512-{'A' * 86}==",
        },
    }
    return made | fields


def encode(document: Mapping[str, Any]) -> bytes:
    """Write as registries do, without blanks."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def tarballs(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """List the addresses of files by version."""
    for version, each in document["versions"].items():
        if isinstance(each.get("dist"), dict) and "tarball" in each["dist"]:
            yield version, each["dist"]["tarball"]


def _is_packument(body: bytes) -> bool:
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return isinstance(document, dict) and isinstance(document.get("versions"), dict)
