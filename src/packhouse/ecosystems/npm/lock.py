"""The tree as the client writes it down: `packages` of package-lock.json, version 3."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from packhouse.domain.release import Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.catalogue import Catalogue
from packhouse.ecosystems.npm.collation import sort_key
from packhouse.ecosystems.npm.facts import NpmFacts
from packhouse.ecosystems.npm.graphs import Resolved, location, places
from packhouse.resolver.flags import Flag
from packhouse.resolver.tree import Place

Entry = dict[str, Any]
"""One value of `packages`, ready to become JSON."""


def render_packages(tree: Resolved) -> dict[str, Entry]:
    """Write every place but the project, by location."""
    return {path: _entry(tree.catalogue, place) for path, place in places(tree.root) if _is_written(place)}


def _is_written(place: Place) -> bool:
    return not place.is_project and not place.candidate.failure


def _entry(catalogue: Catalogue, place: Place) -> Entry:
    if place.link_to is not None:
        return {"resolved": location(place.link_to), "link": True}
    entry: Entry = {}
    candidate = place.candidate
    if candidate.package != place.name:
        entry["name"] = candidate.package
    entry["version"] = candidate.version
    entry |= _flags(place)
    known = catalogue.known(candidate)
    if known is not None:
        release, found = known
        entry |= _origin(release)
        entry |= _requirements(release.requirements, found)
        entry |= _platform(release, found)
    index = place.root.index
    if index is not None and index.bundles and place.bundler() is not None:
        entry["inBundle"] = True
    return entry


def _origin(release: Release) -> Entry:
    if not release.artifacts:
        return {}
    artifact = release.artifacts[0]
    entry: Entry = {"resolved": artifact.url} if artifact.url else {}
    digests = {digest.algorithm: digest.value for digest in artifact.digests}
    algorithm = next((each for each in ("sha512", "sha384", "sha256", "sha1") if each in digests), None)
    if algorithm is not None:
        entry["integrity"] = f"{algorithm}-{base64.b64encode(bytes.fromhex(digests[algorithm])).decode()}"
    return entry


def _flags(place: Place) -> Entry:
    flags = Flag(place.flags)
    if Flag.EXTRANEOUS in flags:
        return {"extraneous": True}
    names = (("peer", Flag.PEER), ("dev", Flag.DEV), ("optional", Flag.OPTIONAL), ("devOptional", Flag.DEV_OPTIONAL))
    return {name: True for name, flag in names if flag in flags}


def _requirements(requirements: Sequence[Requirement], found: NpmFacts) -> Entry:
    optional = _texts(each for each in requirements if each.scope == "runtime" and each.optional)
    required = _texts(each for each in requirements if each.scope == "runtime" and not each.optional)
    peers = [each for each in requirements if each.scope == "peer"]
    fields = {
        "dependencies": {name: text for name, text in required.items() if name not in optional},
        "optionalDependencies": optional,
        "peerDependencies": _texts(peers),
        "peerDependenciesMeta": {each.alias or each.name: {"optional": True} for each in peers if each.optional},
    }
    entry: Entry = {name: values for name, values in fields.items() if values}
    if found.bundled:
        entry["bundleDependencies"] = list(found.bundled)
    if found.accepted:
        entry["acceptDependencies"] = found.accepted
    return entry


def _texts(requirements: Iterable[Requirement]) -> dict[str, str]:
    found = {each.alias or each.name: each.range if each.raw is None else each.raw for each in requirements}
    return dict(sorted(found.items(), key=lambda item: sort_key(item[0])))


def _platform(release: Release, found: NpmFacts) -> Entry:
    fields: Mapping[str, object] = {
        "engines": release.runtimes,
        "os": list(found.os),
        "cpu": list(found.cpu),
        "libc": list(found.libc),
        "hasShrinkwrap": found.has_shrinkwrap,
        "hasInstallScript": found.has_install_script,
        "bin": found.bin,
        "funding": msgspec.msgpack.decode(found.funding),
        "deprecated": release.deprecated,
        "license": release.licences[0].raw if release.licences else None,
    }
    return {name: value for name, value in fields.items() if value}
