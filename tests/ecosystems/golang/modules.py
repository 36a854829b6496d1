"""A module as its proxy has it, and our server before that."""

import json

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.golang import ECOSYSTEM, build_mount
from packhouse.policy.decision import Rule
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import Assembled

PROXY = "https://go.example"
ESCAPED = f"{PROXY}/example.com/!acme/thing"
KEY = PackageKey("golang", NormalName("example.com/Acme/thing"))
PSEUDO = "v0.0.0-20191109021931-daa7c04131f5"


def info(version: str, time: str = "2020-01-01T00:00:00Z") -> bytes:
    """Write what a proxy says of a version."""
    return json.dumps({"Version": version, "Time": time, "Origin": {"URL": "https://code.example/thing"}}).encode()


def module(
    name: str, files: dict[str, str | None], latest: str | None = None, more: str = ""
) -> dict[str, MemoryAnswer]:
    """Write what a proxy has of a module: go.mod by version, None for what a proxy makes up where there is none."""
    base = f"{PROXY}/{name}"
    found: dict[str, MemoryAnswer] = {
        f"{base}/@v/list": "".join(f"{version}\n" for version in files).encode() + more.encode()
    }
    for version, text in files.items():
        found[f"{base}/@v/{version}.info"] = info(version)
        said = f"module {name}\n" if text is None else f"module {name}\n\ngo 1.19\n\n{text}"
        found[f"{base}/@v/{version}.mod"] = said.encode()
        found[f"{base}/@v/{version}.zip"] = f"zip of {version}".encode()
    if latest is not None:
        found[f"{base}/@latest"] = info(latest)
    return found


def server(*rules: Rule, urls: dict[str, str] | None = None, more: dict[str, MemoryAnswer] | None = None) -> Assembled:
    """Assemble a server before a proxy with a module, of which v1.2.0 is an hour old, and more answers."""
    answers: dict[str, MemoryAnswer] = {
        f"{ESCAPED}/@v/list": b"v1.0.0\nv1.1.0  extra\nv1.2.0\nv2.0.0-rc.1\n",
        f"{ESCAPED}/@latest": info("v1.2.0", "2025-12-31T23:00:00Z"),
        f"{ESCAPED}/@v/v1.2.0.info": info("v1.2.0", "2025-12-31T23:00:00Z"),
        f"{ESCAPED}/@v/v2.0.0-rc.1.info": info("v2.0.0-rc.1"),
        f"{ESCAPED}/@v/v1.2.0.mod": b"module example.com/Acme/thing\n\nretract v1.0.0 // leaks\n",
        f"{ESCAPED}/@v/main.info": info("v1.2.0"),
    }
    for version in ("v1.0.0", "v1.1.0"):
        answers[f"{ESCAPED}/@v/{version}.info"] = info(version)
        answers[f"{ESCAPED}/@v/{version}.mod"] = b"module example.com/Acme/thing\n\nrequire example.com/x v0.1.0\n"
    for version in ("v1.0.0", "v1.1.0", "v1.2.0", PSEUDO):
        answers[f"{ESCAPED}/@v/{version}.zip"] = f"zip of {version}".encode()
    registry = UpstreamRegistry("golang", "golang", PROXY, urls=urls or {})
    return Assembled(ECOSYSTEM, build_mount, answers | (more or {}), [registry], rules)


def deny(name: str, *versions: str) -> Deny:
    """Make a rule that refuses versions of a module."""

    def matches(key: PackageKey, version: str) -> bool:
        return key.name == name and version in versions

    return Deny((Denied(f"golang/{name}", matches),))
