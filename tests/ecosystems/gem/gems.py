"""Info files, lists of gems and documents of the API, for tests."""

import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cache

from packhouse.adapters.memory.upstream import MemoryAnswer
from packhouse.domain.index import Index
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.gem import ECOSYSTEM, build_mount
from packhouse.ecosystems.gem.index import split
from packhouse.ecosystems.gem.names import full_name, parse_name
from packhouse.ecosystems.gem.ranges import satisfies
from packhouse.policy.decision import Rule
from packhouse.policy.rules.deny import Denied, Deny
from tests.assembled import Assembled
from tests.shared import shared_path

URL = "http://rubygems.example"
API = "http://api.example"
UPSTREAM = UpstreamRegistry("rubygems", "gem", URL, urls={"api": API})
WHOLE = PackageKey("gem", NormalName(""))
LONG_AGO = "2020-01-01T00:00:00.000Z"
_FOLDER = "dependabot/dependabot-core/bundler/spec/fixtures/rubygems_responses/"


def key(name: str) -> PackageKey:
    """Make the key of a gem."""
    return PackageKey("gem", parse_name(name))


def content(full: str) -> bytes:
    """Give the file of an invented release."""
    return f"{full}\n".encode() * 50


def spec(full: str) -> bytes:
    """Give what stands for the specification of an invented release."""
    return zlib.compress(b"spec of " + full.encode())


def line(name: str, version: str, dependencies: str = "", *facts: str, dated: bool = True) -> str:
    """Write the line of an invented release; the version has the platform behind it."""
    checksum = hashlib.sha256(content(f"{name}-{version}")).hexdigest()
    told = [f"checksum:{checksum}", *facts, *([f"created_at:{LONG_AGO}"] if dated else [])]
    return f"{version} {dependencies}|{','.join(told)}"


def info(*lines: str) -> bytes:
    """Write an info file."""
    return "\n".join(("---", *lines, "")).encode()


def md5(body: bytes) -> str:
    """Give the digest by which a list of gems knows an info file."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def list_of(infos: Mapping[str, bytes]) -> bytes:
    """Write a list of gems."""
    lines = [f"{name} {','.join(numbers(body))} {md5(body)}\n" for name, body in infos.items()]
    return b"created_at: 2026-01-01T00:00:00Z\n---\n" + "".join(lines).encode()


def numbers(body: bytes) -> list[str]:
    """Read the versions of an info file with their platforms."""
    return [each.split(" ")[0] for each in body.decode().split("---\n", 1)[1].splitlines() if each]


def answer(body: bytes) -> UpstreamAnswer:
    """Give a body with the tag that the public registry gives it."""
    return UpstreamAnswer(200, body, f'"{md5(body)}"', content_type="text/plain; charset=utf-8")


def registry(infos: Mapping[str, bytes]) -> dict[str, MemoryAnswer]:
    """Answer as a registry of these gems: list, info files and files."""
    answers: dict[str, MemoryAnswer] = {f"{URL}/versions": answer(list_of(infos))}
    answers[f"{URL}/names"] = answer("\n".join(("---", *infos, "")).encode())
    for name, body in infos.items():
        answers[f"{URL}/info/{name}"] = answer(body)
        for number in numbers(body):
            version, _, platform = number.partition("-")
            full = full_name(name, version, platform or "ruby")
            answers[f"{URL}/gems/{full}.gem"] = content(full)
            answers[f"{URL}/quick/Marshal.4.8/{full}.gemspec.rz"] = spec(full)
    return answers


def as_json(value: object) -> UpstreamAnswer:
    """Give a document of the API."""
    return UpstreamAnswer(200, json.dumps(value).encode(), content_type="application/json")


def deny(name: str, wanted: str = ">= 0.a") -> Deny:
    """Refuse versions of a gem."""

    def matches(asked: PackageKey, version: str) -> bool:
        return asked.name == name and satisfies(version, wanted)

    return Deny((Denied(f"gem/{name}@{wanted}", matches),))


def server(answers: Mapping[str, MemoryAnswer], *rules: Rule) -> Assembled:
    """Run a server in front of answers."""
    return Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,), rules)


def index_of(name: str, body: bytes) -> Index:
    """Take an info file apart."""
    return split(key(name), body)


@cache
def recorded() -> Mapping[str, bytes]:
    """Read the recorded answers of the public registry, by file name."""
    with tarfile.open(shared_path("data", "fixtures", "dependabot-registry.tar.xz")) as archive:
        return dict(_members(archive))


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in archive.getmembers():
        found = archive.extractfile(member) if member.name.startswith(_FOLDER) else None
        if found is not None:
            yield member.name.removeprefix(_FOLDER), found.read()


def recorded_infos() -> dict[str, bytes]:
    """Read the recorded info files, by gem."""
    return {
        name.removeprefix("info-"): body
        for name, body in recorded().items()
        if name.startswith("info-") and body.startswith(b"---\n")
    }
