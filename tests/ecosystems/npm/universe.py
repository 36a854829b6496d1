"""Records made of lines that hold the dependency fields of every version of a package."""

import base64
import lzma
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Artifact, Licence, PackageRecord, Release, encode_release, native
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.facts import NpmFacts
from packhouse.ecosystems.npm.requirements import requirement
from packhouse.ecosystems.npm.versions import version_key

Line = dict[str, Any]


class Records:
    """A universe of records that are made when they are first asked for; nothing else exists."""

    def __init__(self, lines: Mapping[str, Line | bytes]) -> None:
        self.lines = dict(lines)
        self._records: dict[str, PackageRecord] = {}

    def line(self, name: str) -> Line:
        line = self.lines[name]
        return msgspec.json.decode(line) if isinstance(line, bytes) else line

    def put(self, record: PackageRecord) -> None:
        self._records[record.key.name] = record

    def find(self, key: PackageKey) -> PackageRecord | None:
        record = self._records.get(key.name)
        if record is None and key.name in self.lines:
            record = self._records[key.name] = make_record(self.line(key.name))
        return record


class _Name(msgspec.Struct):
    name: str


@lru_cache(maxsize=1)
def read_universe(path: Path) -> Records:
    decode = msgspec.json.Decoder(_Name).decode
    with lzma.open(path) as lines:
        return Records({decode(line).name: line for line in lines})


def read_golden(path: Path) -> dict[str, Any]:
    with lzma.open(path) as file:
        golden: dict[str, Any] = msgspec.json.decode(file.read())
    return golden


def make_record(line: Line) -> PackageRecord:
    versions = sorted((version for version in line["versions"] if _is_version(version)), key=version_key)
    releases = [make_release(line["name"], version, line["versions"][version]) for version in versions]
    return PackageRecord(
        key=PackageKey("npm", NormalName(line["name"])),
        versions=tuple(versions),
        releases=tuple(encode_release(release) for release in releases),
        deprecated=frozenset(place for place, release in enumerate(releases) if release.deprecated),
        runtimes=tuple(release.runtimes.get("node") for release in releases),
        tags=dict(line["dist-tags"]),
    )


def make_release(name: str, version: str, fields: Mapping[str, Any]) -> Release:
    engines = fields.get("engines") if isinstance(fields.get("engines"), dict) else {}
    licence = fields.get("license")
    bare = name.rpartition("/")[2]
    return Release(
        version=version,
        requirements=tuple(read_requirements(fields)),
        artifacts=(_artifact(bare, version, fields.get("i")),),
        licences=(Licence(licence),) if isinstance(licence, str) else (),
        deprecated=fields.get("deprecated") or None,
        runtimes={key: value for key, value in (engines or {}).items() if isinstance(value, str)},
        native=native(_facts(fields)),
    )


def read_requirements(fields: Mapping[str, Any]) -> Iterator[Requirement]:
    meta = fields.get("peerDependenciesMeta") or {}
    for name, spec in (fields.get("dependencies") or {}).items():
        yield requirement(name, spec, "runtime")
    for name, spec in (fields.get("optionalDependencies") or {}).items():
        yield requirement(name, spec, "runtime", optional=True)
    for name, spec in (fields.get("peerDependencies") or {}).items():
        yield requirement(name, spec, "peer", optional=bool((meta.get(name) or {}).get("optional")))
    for name, spec in (fields.get("devDependencies") or {}).items():
        yield requirement(name, spec, "dev")


def _facts(fields: Mapping[str, Any]) -> NpmFacts:
    bundled = fields.get("bundleDependencies")
    bundled = fields.get("bundledDependencies") if bundled is None else bundled
    if bundled is True:
        bundled = list(fields.get("dependencies") or {})
    return NpmFacts(
        os=_entries(fields.get("os")),
        cpu=_entries(fields.get("cpu")),
        libc=_entries(fields.get("libc")),
        bundled=tuple(bundled or ()),
    )


def _entries(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else ()


def _artifact(bare: str, version: str, integrity: str | None) -> Artifact:
    digests: tuple[Digest, ...] = ()
    if integrity:
        algorithm, _, encoded = integrity.partition("-")
        digests = (Digest(algorithm, base64.b64decode(encoded).hex()),)
    return Artifact(filename=f"{bare}-{version}.tgz", url="", digests=digests)


def _is_version(version: str) -> bool:
    try:
        version_key(version)
    except Invalid:
        return False
    return True
