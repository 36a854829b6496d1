"""Ids of packages: which there can be, and how they stand in package URLs.

Ids are not case-sensitive, and every address has them in lower case: that is the canonical form. How an id is written
is a fact of each release.
"""

import re
from urllib.parse import quote, unquote

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 100

# NuGet's own PackageIdValidator: words that are joined by single periods and hyphens.
_is_id = re.compile(r"\w+(?:[.-]\w+)*").fullmatch


def parse_name(raw: str) -> NormalName:
    """Make an id canonical; raise Invalid if it is none."""
    if len(raw) > MAX_LENGTH:
        raise Invalid(f"{raw[:MAX_LENGTH]!r}... is no package id: it is longer than {MAX_LENGTH} characters")
    if not _is_id(raw):
        hint = "an id has letters, digits and underscores, and single periods or hyphens between them"
        raise Invalid(f"{raw!r} is no package id", hint)
    return NormalName(lower(raw))


def lower(text: str) -> str:
    """Lower the case as .NET's ToLowerInvariant does: letter by letter, so that the length stays."""
    if text.isascii():
        return text.lower()
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL, the id as it is given; raise Invalid if it is none."""
    parse_name(name)
    purl = f"pkg:nuget/{quote(name, safe='')}"
    return f"{purl}@{quote(version, safe=':')}" if version else purl


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that a package URL means; raise Invalid if it names a namespace, which no id has."""
    if namespace:
        raise Invalid(f"a package URL of NuGet has no namespace, and this one has {namespace[:80]!r}")
    return parse_name(name)


def from_purl(purl: str) -> tuple[NormalName, str]:
    """Read name and version (empty if none) from a package URL; raise Invalid if it is not of this ecosystem."""
    from packageurl import PackageURL  # noqa: PLC0415 (rarely needed, and start-up time is a feature)

    try:
        found = PackageURL.from_string(purl)
    except ValueError as error:
        raise Invalid(f"{purl[:200]!r} is no package URL: {error}") from error
    if found.type != "nuget":
        raise Invalid(f"{purl[:200]!r} is not the package URL of a NuGet package")
    return purl_name(unquote(found.namespace or ""), unquote(found.name)), unquote(found.version or "")
