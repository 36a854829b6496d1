"""Advisories of the PHP community's database, FriendsOfPHP/security-advisories, as OSV records.

Source: the README of that repository. A file is an advisory; it has branches, each a range whose parts must all hold.
They have no ids of their own: one is made of the file's path, which never changes.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.versions import version_key
from packhouse.formats.osv_writing import Statement, osv_record, text, texts, utc_text
from packhouse.formats.version_sets import Spans, compared, intersection, osv_ranges, union

_REFERENCE = "composer://"
_part = re.compile(r"\s*(<=|>=|==|!=|<|>|=)?\s*([^\s<>=!]+)\s*").fullmatch
_PATH_PARTS = 3


def to_osv(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Turn such an advisory into an OSV record; None for another, and raise Invalid for one that cannot be read."""
    reference, branches = raw.get("reference"), raw.get("branches")
    if not isinstance(reference, str) or not reference.startswith(_REFERENCE) or not isinstance(branches, Mapping):
        return None
    name = reference.removeprefix(_REFERENCE)
    link, cve = text(raw.get("link")), text(raw.get("cve"))
    times = sorted(filter(None, (utc_text(each.get("time")) for each in _branches(branches))))
    return osv_record(
        Statement(
            id=_id(raw, name, cve),
            ecosystem="Packagist",
            name=name,
            ranges=osv_ranges(union(_branch(each) for each in _branches(branches)), "ECOSYSTEM", _above),
            published=times[0] if times else "",
            modified=times[-1] if times else "",
            aliases=(cve,) if cve.startswith("CVE-") else (),
            summary=text(raw.get("title")),
            advisory=link,
            specific={"composer-repository": raw["composer-repository"]} if "composer-repository" in raw else {},
        )
    )


def _id(raw: Mapping[str, Any], name: str, cve: str) -> str:
    parts = PurePosixPath(text(raw.get("path")).removesuffix(".yaml")).parts[-_PATH_PARTS:]
    if len(parts) == _PATH_PARTS:
        return f"FOP-{':'.join(parts)}"
    if not cve:
        raise Invalid(f"an advisory about {name[:120]!r} has neither the path of its file nor a CVE number")
    return f"FOP-{name.replace('/', ':')}:{cve}"


def _branches(branches: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in branches.values() if isinstance(each, Mapping)]


def _branch(branch: Mapping[str, Any]) -> Spans:
    parts = texts(branch.get("versions"))
    if not parts:
        raise Invalid("a branch of an advisory names no versions")
    return intersection(_comparison(each) for each in parts)


def _comparison(part: str) -> Spans:
    found = _part(part)
    if found is None:
        raise Invalid(f"{part[:120]!r} is no comparison with a version")
    sign, version = found.groups()
    return compared("=" if sign in (None, "==") else sign, version_key(version), version)


def _above(version: str) -> str:
    """Name the lowest version above another: its first patch, or the next of its pre-releases."""
    number = re.search(r"(?<=[A-Za-z])[0-9]+$", version)
    if number is not None:
        return f"{version[: number.start()]}{int(number[0]) + 1}"
    return f"{version}1" if version[-1:].isalpha() else f"{version}-p1"
