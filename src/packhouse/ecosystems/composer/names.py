"""Names of packages: vendor and name in lower case; a document of branches beside that of tags.

Source: Composer's schema documentation, and its repository protocol.
"""

import re

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 200
BRANCHES = "~dev"
"""Ends the name under which the document of a package's branches is kept."""
# Composer's own pattern, written so that each text can be read in one way only: the other took for ever to refuse some.
_is_name = re.compile(r"[a-z0-9]+(?:[_.-][a-z0-9]+)*/[a-z0-9]+(?:(?:[_.]|-{1,2})[a-z0-9]+)*", re.ASCII).fullmatch


def parse_name(raw: str) -> NormalName:
    """Accept a name, capitals taken for small letters; raise Invalid if it is none."""
    name = raw.lower()
    if len(raw) > MAX_LENGTH or not raw.isascii() or not _is_name(name):
        hint = "write vendor/name in small letters, digits and ._-"
        raise Invalid(f"{raw[:80]!r} is no package name", hint)
    return NormalName(name)


def parse_document_name(raw: str) -> NormalName:
    """Accept the name of a document, which may be that of the branches; raise Invalid if it is none."""
    if raw.endswith(BRANCHES):
        return NormalName(parse_name(raw.removesuffix(BRANCHES)) + BRANCHES)
    return parse_name(raw)


def package_of(name: str) -> str:
    """Tell the package whose document has this name."""
    return name.removesuffix(BRANCHES)


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that a package URL means; raise Invalid for one without a vendor."""
    return parse_name(f"{namespace}/{name}")


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL."""
    purl = f"pkg:composer/{package_of(name)}"
    return f"{purl}@{version.replace('+', '%2B').replace('#', '%23')}" if version else purl
