"""Names of packages: Dart identifiers in lower case.

Source: the pubspec reference and repository specification v2 of dart-lang.
"""

import re

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 64
_is_name = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII).fullmatch


def parse_name(raw: str) -> NormalName:
    """Accept a name, whose capitals are taken for small letters; raise Invalid if it is none."""
    name = raw.lower()
    if not name.isascii() or not _is_name(name) or len(name) > MAX_LENGTH:
        hint = "small letters, digits and underscores, not beginning with a digit"
        raise Invalid(f"{raw[:80]!r} is no package name", hint)
    return NormalName(name)


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that a package URL means; raise Invalid for one with a namespace."""
    if namespace:
        raise Invalid("packages of pub have no namespace", "write pkg:pub/name")
    return parse_name(name)


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL; the plus before build metadata is escaped."""
    return f"pkg:pub/{name}@{version.replace('+', '%2B')}" if version else f"pkg:pub/{name}"
