"""Names of gems, full names of their files, and how both stand in package URLs."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName
from packhouse.ecosystems.gem.versions import is_prefix

MAX_LENGTH = 255
"""Of a name; longer ones could not be the name of a file."""
FILE = ".gem"
"""What the names of files end in."""
RUBY = "ruby"
"""The platform of gems that run on any."""
_is_name = re.compile(r"[A-Za-z0-9._-]+").fullmatch


def parse_name(raw: str) -> NormalName:
    """Accept a name as it is, since capitals count; raise Invalid if it is none."""
    if len(raw) > MAX_LENGTH:
        raise Invalid(f"{raw[:60]!r}... is no name of a gem: it is longer than {MAX_LENGTH} characters")
    # Names of dots alone would lead to another folder.
    if not _is_name(raw) or not raw.strip("."):
        raise Invalid(f"{raw[:80]!r} is no name of a gem", "a name has letters, digits, dots, - and _")
    return NormalName(raw)


def identity(name: str) -> str:
    """Give what two names share that the public registry lets no two gems have: it does not tell capitals apart."""
    return name.lower()


def full_name(name: str, version: str, platform: str = RUBY) -> str:
    """Write the name that tells a release for one platform from all others."""
    return f"{name}-{version}" if platform == RUBY else f"{name}-{version}-{platform}"


def names_of(full: str) -> list[NormalName]:
    """List the names that a full name may begin with, the likeliest first; only the index tells which one it is.

    What follows a name begins with a version, most likely with a dot in it: `a-1.0-x86-mswin32-60` is no gem
    `a-1.0-x86-mswin32`, and `a-2-tools-1.0` hardly one called `a`.
    """
    return [name for _, _, name in sorted(_candidates(full))]


def _candidates(full: str) -> Iterator[tuple[bool, int, NormalName]]:
    position = full.find("-", 1)
    while position > 0:
        name, rest = full[:position], full[position + 1 :]
        if is_prefix(rest) and len(name) <= MAX_LENGTH and _is_name(name) and name.strip("."):
            yield "." not in rest.partition("-")[0], -position, NormalName(name)
        position = full.find("-", position + 1)


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL; raise Invalid if the name is none."""
    purl = f"pkg:gem/{quote(parse_name(name), safe='')}"
    return f"{purl}@{quote(version, safe=':')}" if version else purl


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that a package URL means; raise Invalid where it has a namespace."""
    if namespace:
        raise Invalid("the package URL of a gem has no namespace", "write pkg:gem/name@version")
    return parse_name(name)
