"""A world of real packages: what real lock files and recorded answers of a registry say of their releases."""

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from typing import Any

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.links import read_constraint
from packhouse.ecosystems.composer.names import parse_name
from packhouse.ecosystems.composer.versions import normalise, version_key
from tests.agreement.composer.client import Project
from tests.shared import shared_path

_ARCHIVES = ("dependabot-lockfiles", "dependabot-registry", "osvdev-cassettes")
_FIELDS = ("require", "conflict", "replace", "provide", "default-branch")
_RULES = ("require", "conflict", "replace", "provide")
_ROOT_FIELDS = (*_RULES[:1], "require-dev", *_RULES[1:], "minimum-stability", "prefer-stable")
_EXTENSIONS = ("ext-dom", "ext-simplexml", "ext-xml", "ext-xmlwriter", "ext-xmlreader", "ext-pdo", "ext-gd", "ext-zip")
_recorded_body = re.compile(rb"body: '(\{.*?\})'\n", re.DOTALL).finditer
World = dict[str, list[dict[str, Any]]]


def read_world() -> World:
    """Put together all releases that are known, the newest of each package first."""
    found: dict[str, dict[str, dict[str, Any]]] = {}  # 1.0.2 and v1.0.2 are one release
    for release in _releases():
        name, version = str(release.get("name", "")).lower(), release.get("version")
        if isinstance(version, str) and _is_sound(name, version, release):
            found.setdefault(name, {}).setdefault(normalise(version), _kept(version, release))
    return {
        name: [releases[version] for version in sorted(releases, key=version_key, reverse=True)]
        for name, releases in sorted(found.items())
    }


def read_projects(world: World) -> Iterator[tuple[str, Project]]:
    """Make the projects: real ones, on an old and a new PHP; and each package by itself, in turn on one of them."""
    seen: set[str] = set()
    for path, body in _files(".json"):
        manifest = _manifest(body) if path.endswith("/composer.json") else {}
        text = json.dumps(manifest)
        if manifest.get("require") and text not in seen:
            seen.add(text)
            for php in ("7.4.33", "8.2.35"):
                yield f"{path.split('/')[-2]} on PHP {php}", Project({**manifest, **_on(php)})
    for position, name in enumerate(world):
        php = ("7.4.33", "8.2.35", "7.1.3")[position % 3]
        lowest = ("--prefer-lowest",) if position % 5 == 0 else ()
        yield f"{name} {' '.join(lowest)} on PHP {php}", Project({"require": {name: "*"}, **_on(php)}, lowest)


def _on(php: str) -> dict[str, Any]:
    return {"config": {"platform": {"php": php, **dict.fromkeys(_EXTENSIONS, php)}}}


def _manifest(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return {field: told[field] for field in _ROOT_FIELDS if told.get(field)} if isinstance(told, dict) else {}


def _files(ending: str) -> Iterator[tuple[str, bytes]]:
    for archive in _ARCHIVES:
        with tarfile.open(shared_path("data", "fixtures", f"{archive}.tar.xz")) as opened:
            for member in opened:
                if member.name.endswith(ending) and (handle := opened.extractfile(member)) is not None:
                    yield member.name, handle.read()


def _releases() -> Iterator[Mapping[str, Any]]:
    for path, body in _files(".lock"):
        if path.endswith("/composer.lock"):
            told = _object(body)
            yield from _entries(told.get("packages"))
            yield from _entries(told.get("packages-dev"))
    for path, body in _files(".json"):
        if "/packagist_responses/" in path:
            yield from _document(_object(body))
    for path, body in _files(".yaml"):
        if "packagist" in path.lower():
            for found in _recorded_body(body):
                yield from _document(_object(found[1].replace(b"''", b"'")))


def _document(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List the releases of a registry's document, minified or not."""
    packages = document.get("packages")
    for name, listed in packages.items() if isinstance(packages, dict) else ():
        current: dict[str, Any] = {}
        for entry in _entries(list(listed.values()) if isinstance(listed, dict) else listed):
            current = {**current, **entry} if "minified" in document else dict(entry)
            yield {"name": name, **{field: each for field, each in current.items() if each != "__unset"}}


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _entries(listed: object) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()


def _kept(version: str, release: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"version": version} | {field: release[field] for field in _FIELDS if release.get(field)}
    extra = release.get("extra")
    aliases = extra.get("branch-alias") if isinstance(extra, dict) else None
    return kept | ({"extra": {"branch-alias": aliases}} if isinstance(aliases, dict) else {})


def _is_sound(name: str, version: str, release: Mapping[str, Any]) -> bool:
    """Tell whether a registry would have such a release: fixtures have some that are broken on purpose."""
    try:
        parse_name(name)
        version_key(version)
        for field in _RULES:
            links = release.get(field) or {}
            for text in links.values() if isinstance(links, dict) else ("",):
                if text != "self.version":
                    read_constraint(text)
    except (Invalid, TypeError):
        return False
    return True
