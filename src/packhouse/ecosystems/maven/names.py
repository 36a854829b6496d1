"""Names of packages: `group:artifact`, as Maven's own model validator allows them.

Both parts are case-sensitive, and the group's periods are the folders of the repository.
"""

import re
from urllib.parse import quote

from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName

MAX_LENGTH = 400
# maven-model-builder, DefaultModelValidator: an id is made of these; a folder name must not be empty or lead elsewhere.
_is_group = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*").fullmatch
_is_artifact = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*").fullmatch


def parse_name(raw: str) -> NormalName:
    """Accept `group:artifact`; raise Invalid if it is none."""
    if len(raw) > MAX_LENGTH:
        raise Invalid(f"{_shown(raw)} is no package name: it is longer than {MAX_LENGTH} characters")
    group, colon, artifact = raw.partition(":")
    if not colon:
        raise Invalid(f"{_shown(raw)} is no package name", "write group and artifact, e.g. org.example:thing")
    return make_name(group, artifact)


def make_name(group: str, artifact: str) -> NormalName:
    """Put a name together; raise Invalid if a part of it is no identifier."""
    name = f"{group}:{artifact}"
    if len(name) > MAX_LENGTH or not _is_group(group) or not _is_artifact(artifact):
        hint = "group and artifact are made of letters, digits, periods, hyphens and underscores"
        raise Invalid(f"{_shown(name)} is no package name", hint)
    return NormalName(name)


def split_name(name: str) -> tuple[str, str]:
    """Take a name apart into group and artifact."""
    group, _, artifact = name.partition(":")
    return group, artifact


def to_purl(name: str, version: str = "") -> str:
    """Write the package URL: the group is the namespace."""
    group, artifact = split_name(name)
    purl = f"pkg:maven/{quote(group, safe='')}/{quote(artifact, safe='')}"
    return f"{purl}@{quote(version, safe='')}" if version else purl


def purl_name(namespace: str, name: str) -> NormalName:
    """Make the name that namespace and name of a package URL mean; raise Invalid."""
    if not namespace:
        raise Invalid(f"{_shown(name)} has no group", "write pkg:maven/<group>/<artifact>")
    return make_name(namespace, name)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:80]}...")
