"""Documents of the API: the list of a gem's versions, and one gem or version.

Every field may be missing or of another type, in old answers and in those of other registries' APIs: such a field
says nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from packhouse.domain.release import Licence, Link, Person
from packhouse.domain.requirement import Requirement, Scope

Json = dict[str, Any]

_MAX_LINK = 2000
_LABELS = {
    "homepage_uri": "homepage",
    "source_code_uri": "repository",
    "bug_tracker_uri": "issues",
    "documentation_uri": "documentation",
    "changelog_uri": "changelog",
    "funding_uri": "funding",
    "wiki_uri": "wiki",
    "mailing_list_uri": "mailing list",
    "download_uri": "download",
}
_GROUPS: tuple[tuple[str, Scope], ...] = (("runtime", "runtime"), ("development", "dev"))
_is_web = re.compile(r"https?://[^\s\x00-\x20\"<>\\^`{|}]+", re.IGNORECASE).fullmatch
_decode = msgspec.json.Decoder().decode
_MAX_PEOPLE = 100


def versions_path(name: str) -> str:
    """Name the list of versions among the further documents: its path behind the base of the API."""
    return f"api/v1/versions/{name}.json"


def gem_path(name: str) -> str:
    """Name the document of a gem's newest version."""
    return f"api/v1/gems/{name}.json"


def version_path(name: str, version: str, platform: str = "") -> str:
    """Name the document of one version, for a platform that is not ruby where one is given."""
    path = f"api/v2/rubygems/{name}/versions/{version}.json"
    return f"{path}?platform={platform}" if platform else path


def read_object(body: bytes) -> Json | None:
    """Read a JSON object; None for anything else."""
    value = _read(body)
    return value if isinstance(value, dict) else None


def read_objects(body: bytes) -> list[Json] | None:
    """Read a JSON list of objects, what is none left out; None for anything else."""
    value = _read(body)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else None


def text(fields: Mapping[str, object], name: str) -> str | None:
    """Read a field that is a text and not empty."""
    value = fields.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def number(fields: Mapping[str, object], name: str) -> int | None:
    """Read a field that is a number."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def read_links(*documents: Mapping[str, object]) -> tuple[Link, ...]:
    """Read the links that a browser can follow safely; of each kind the first that a document gives."""
    found: dict[str, Link] = {}
    for document in documents:
        metadata = document.get("metadata")
        for fields in (document, metadata if isinstance(metadata, dict) else {}):
            for field, label in _LABELS.items():
                url = text(fields, field) or ""
                if field not in found and len(url) <= _MAX_LINK and _is_web(url):
                    found[field] = Link(label, url)
    return tuple(found[field] for field in _LABELS if field in found)


def read_licences(fields: Mapping[str, object]) -> tuple[Licence, ...]:
    """Read the licences, each an entry of its own: that all or any of them hold, the field does not say."""
    from packhouse.formats.licences import to_spdx  # noqa: PLC0415 (start-up time)

    value = fields.get("licenses")
    texts = [each.strip() for each in value if isinstance(each, str)] if isinstance(value, list) else []
    return tuple(Licence(each, to_spdx(each)) for each in texts if each)


def read_authors(fields: Mapping[str, object]) -> tuple[Person, ...]:
    """Read the authors, whose names are joined by commas."""
    names = (text(fields, "authors") or "").split(",")[:_MAX_PEOPLE]
    return tuple(Person(name.strip()) for name in names if name.strip())


def read_description(fields: Mapping[str, object]) -> str | None:
    """Read what a version says of itself, the short text first."""
    return next((found for name in ("summary", "info", "description") if (found := text(fields, name))), None)


def read_requirements(fields: Mapping[str, object], scope: Scope) -> tuple[Requirement, ...]:
    """Read the dependencies of one scope."""
    groups = fields.get("dependencies")
    if not isinstance(groups, dict):
        return ()
    found = []
    for group, its_scope in _GROUPS:
        entries = groups.get(group)
        for each in entries if its_scope == scope and isinstance(entries, list) else ():
            name = text(each, "name") if isinstance(each, dict) else None
            if name:
                found.append(Requirement(name, text(each, "requirements") or "", scope))
    return tuple(found)


def is_web(url: str) -> bool:
    """Tell whether a browser can follow an address safely."""
    return len(url) <= _MAX_LINK and _is_web(url) is not None


def _read(body: bytes) -> object:
    try:
        return _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
