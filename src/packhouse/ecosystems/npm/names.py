"""Names of packages: what the registry has ever accepted, and how they are written in paths and package URLs.

Names are case-sensitive: JSONStream and jsonstream are two packages. Rules that only hold for new packages
(no capitals, no `~'!()*`) are not checked here, since what was published before must stay readable.
"""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 214
_RESERVED = frozenset({"node_modules", "favicon.ico"})
# What JavaScript's encodeURIComponent leaves alone.
_is_url_safe = re.compile(r"[A-Za-z0-9\-_.!~*'()]+").fullmatch


def parse_name(raw: str) -> NormalName:
    """Accept a name, plain or percent-encoded once as clients put it in a path; raise Invalid if it is none."""
    name = _decode(raw) if "%" in raw else raw
    if reason := next(_faults(name), None):
        raise Invalid(f"{_shown(raw)} is no package name: {reason}")
    return NormalName(name)


def split_scope(name: str) -> tuple[str, str]:
    """Take `@scope/name` apart; the scope keeps its `@` and is empty where there is none."""
    scope, _, bare = name.rpartition("/")
    return scope, bare


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL; capitals stay, since without them it would be another package's."""
    parts = [quote(part, safe=":") for part in split_scope(name) if part]
    purl = f"pkg:npm/{'/'.join(parts)}"
    return f"{purl}@{quote(version, safe=':')}" if version else purl


def from_purl(purl: str) -> tuple[NormalName, str]:
    """Read name and version (empty if none) from a package URL; raise Invalid if it is not of this ecosystem."""
    from packageurl import PackageURL  # noqa: PLC0415 (rarely needed, and start-up time is a feature)

    try:
        # Its own normalisation would turn capitals into small letters.
        found = PackageURL.from_string(purl, normalize_purl=False)
    except ValueError as error:
        raise Invalid(f"{_shown(purl)} is no package URL: {error}") from error
    if found.type != "npm":
        raise Invalid(f"{_shown(purl)} is not the package URL of an npm package")
    scope, bare = unquote(found.namespace or ""), unquote(found.name)
    return parse_name(f"{scope}/{bare}" if scope else bare), unquote(found.version or "")


def _decode(raw: str) -> str:
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise Invalid(f"{_shown(raw)} is no package name: its percent-encoding is not UTF-8") from None


def _faults(name: str) -> Iterator[str]:
    if not name:
        yield "it is empty"
    if len(name) > MAX_LENGTH:
        yield f"it is longer than {MAX_LENGTH} characters"
    if name.startswith((".", "_")):
        yield "it begins with a period or an underscore"
    if name.lower() in _RESERVED:
        yield "it is reserved"
    if name != name.strip():
        yield "it has space at an end"
    yield from _scope_faults(name) if name.startswith("@") else _part_faults(name)


def _scope_faults(name: str) -> Iterator[str]:
    scope, slash, bare = name[1:].partition("/")
    if not (scope and slash and bare):
        yield "a scoped name is @scope/name"
        return
    if scope in {".", ".."} or bare.startswith("."):
        # As the last part of a path, `..` would mean another package.
        yield "neither its scope is made of periods nor does its own part begin with one"
    yield from _part_faults(scope)
    yield from _part_faults(bare)


def _part_faults(part: str) -> Iterator[str]:
    if "/" in part:
        yield "a slash may only stand behind a scope"
    elif not _is_url_safe(part):
        yield "it has characters that are not safe in a URL"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}...")
