"""What stands beside a name in `dependencies`: a range, a tag, an alias, or a place outside the registry."""

import re
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.requirement import Kind, Requirement, Scope
from packhouse.ecosystems.npm.git_specs import read_committish, read_git_url, read_hosted
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.ranges import is_range
from packhouse.ecosystems.npm.versions import BLANKS, is_valid

SpecKind = Literal["range", "version", "tag", "git", "url", "file", "directory", "workspace"]


class Spec(Struct, frozen=True, omit_defaults=True):
    """One requirement, understood."""

    kind: SpecKind
    """For an alias: the kind of what it stands for."""
    name: str
    """The real package, behind an alias too."""
    text: str
    """The range, version or tag; of git the range or commit asked for; else the address or path."""
    raw: str
    """As the manifest has it."""
    alias: str | None = None
    """The name that it is installed under, where that is not its own."""


_KINDS: dict[SpecKind, Kind] = {
    "range": "range",
    "version": "range",
    "tag": "tag",
    "git": "git",
    "url": "url",
    "file": "file",
    "directory": "file",
    "workspace": "workspace",
}
_IN_REGISTRY = frozenset({"range", "version", "tag"})
_ANYTHING = "*"

_is_path = re.compile(r"[.]|~/|/|[a-zA-Z]:").match
_is_address = re.compile(r"(?:git\+)?[a-z]+:", re.IGNORECASE).match
_is_archive = re.compile(r"[.](?:tgz|tar\.gz|tar)$", re.IGNORECASE).search
# What JavaScript's encodeURIComponent leaves alone; the empty text is a range.
_is_tag = re.compile(r"[A-Za-z0-9\-_.!~*'()]+").fullmatch


def parse_requirement(name: str, spec: str) -> Spec:
    """Understand a requirement as npm-package-arg does; raise Invalid for a bad name, tag, alias or protocol."""
    parse_name(name)
    if spec.lower().startswith("npm:"):
        return _read_alias(name, spec)
    return _read(name, spec, spec)


# Release after release of a package asks for the same.
@lru_cache(maxsize=32_768)
def requirement(name: str, spec: str, scope: Scope, *, optional: bool = False) -> Requirement:
    """Make the domain's requirement; what cannot be understood is kept as it is, with the kind `unknown`."""
    try:
        found = parse_requirement(name, spec)
    except Invalid:
        return Requirement(name=name, range=spec, scope=scope, optional=optional, kind="unknown")
    # Of what is not in the registry, all that was written counts; `found.text` is only what is asked of it.
    written = found.text if found.kind in _IN_REGISTRY else spec
    return Requirement(
        name=found.name,
        range=written,
        scope=scope,
        optional=optional,
        alias=found.alias,
        kind=_KINDS[found.kind],
        raw=spec if spec != written else None,
    )


def _read(name: str, spec: str, raw: str) -> Spec:
    """Read anything but an alias."""
    if spec.startswith("workspace:"):
        return Spec("workspace", name, spec.removeprefix("workspace:"), raw)
    if spec.lower().startswith("file:") or _is_path(spec):
        return _read_path(name, spec, raw)
    if (committish := read_hosted(spec)) is not None:
        return Spec("git", name, read_committish(committish), raw)
    if _is_address(spec):
        return _read_address(name, spec, raw)
    if "/" in spec or _is_archive(spec):
        return _read_path(name, spec, raw)
    return _read_registry(name, spec, raw)


def _read_registry(name: str, spec: str, raw: str) -> Spec:
    text = spec.strip(BLANKS)
    if is_valid(text, loose=True):
        return Spec("version", name, text, raw)
    if is_range(text):
        return Spec("range", name, text, raw)
    if not _is_tag(text):
        raise Invalid(f"{text[:120]!r}, asked of {name}, is neither a version range nor a tag")
    return Spec("tag", name, text, raw)


def _read_path(name: str, spec: str, raw: str) -> Spec:
    path = spec[5:] if spec.lower().startswith("file:") else spec
    return Spec("file" if _is_archive(spec) else "directory", name, path, raw)


def _read_address(name: str, spec: str, raw: str) -> Spec:
    try:
        urlsplit(spec)
    except ValueError as error:
        raise Invalid(f"{spec[:120]!r}, asked of {name}, is no address: {error}") from error
    if (committish := read_git_url(spec)) is not None:
        return Spec("git", name, read_committish(committish), raw)
    protocol = spec.partition(":")[0].lower()
    if protocol not in {"http", "https"}:
        raise Invalid(f"{spec[:120]!r}, asked of {name}, has a protocol that is not supported")
    if not spec.partition(":")[2].strip("/\\"):
        raise Invalid(f"{spec[:120]!r}, asked of {name}, names no host")
    return Spec("url", name, spec, raw)


def _read_alias(alias: str, raw: str) -> Spec:
    target = raw[4:]
    # The first character may be the @ of a scope.
    end = target.find("@", 1)
    name, spec = (target, _ANYTHING) if end < 0 else (target[:end], target[end + 1 :] or _ANYTHING)
    # An address or path as a whole comes before the reading as name@range.
    outside = _is_address(target) or (not name.startswith("@") and ("/" in name or _is_archive(name)))
    if outside or spec.lower().startswith("npm:"):
        raise Invalid(f"{raw[:120]!r}, the alias {alias}, does not name a package of the registry")
    found = _read(parse_name(name), spec, raw)
    if found.kind not in _IN_REGISTRY:
        raise Invalid(f"{raw[:120]!r}, the alias {alias}, leads out of the registry")
    return Spec(found.kind, found.name, found.text, raw, alias)
