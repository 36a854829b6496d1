"""The Web API's document of a crate: what it says beyond the index, of the crate and of each release.

Every field may be missing or of another type, in old answers and in those of other registries' APIs: such a field
says nothing.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.release import Licence, Link, Person
from packhouse.ecosystems.cargo.lines import parse_moment

_MAX_LINK = 2000
_LINKS = ("homepage", "repository", "documentation")
_WEB = r"(?i:https?)://[^\s\x00-\x20\"<>\\^`{|}]+"
_decode = msgspec.json.Decoder(dict[str, Any]).decode


class ReleaseFacts(Struct, frozen=True):
    """What the document says of one release."""

    created_at: str | None
    description: str | None
    licences: tuple[Licence, ...]
    links: tuple[Link, ...]
    publishers: tuple[Person, ...]
    size_bytes: int | None
    yank_message: str
    rust_version: str | None
    downloads: int | None


class CrateDocument(Struct, frozen=True):
    """What the document says of the crate."""

    name: str
    """As its author writes it."""
    description: str | None
    links: tuple[Link, ...]
    keywords: tuple[str, ...]
    downloads: int | None
    recent_downloads: int | None
    """Of the last 90 days."""
    releases: dict[str, ReleaseFacts]


def crate_path(name: str) -> str:
    """Name the document among the further ones: its path behind `/api/v1/`."""
    return f"crates/{name}"


def read_object(body: bytes) -> dict[str, Any] | None:
    """Read a JSON object; None for anything else."""
    try:
        return _decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def read_crate(body: bytes) -> CrateDocument | None:
    """Read a crate's document; None where it is none."""
    document = read_object(body)
    crate = document.get("crate") if document else None
    if document is None or not isinstance(crate, dict):
        return None
    return CrateDocument(
        name=text(crate, "name") or text(crate, "id") or "",
        description=text(crate, "description"),
        links=read_links(crate),
        keywords=tuple(each for each in listed(crate, "keywords") if isinstance(each, str)),
        downloads=number(crate, "downloads"),
        recent_downloads=number(crate, "recent_downloads"),
        releases={each["num"]: _release(each) for each in objects(document, "versions") if text(each, "num")},
    )


def read_links(fields: Mapping[str, object]) -> tuple[Link, ...]:
    """Read the links that a browser can follow safely."""
    found = ((label, text(fields, label) or "") for label in _LINKS)
    return tuple(Link(label, url) for label, url in found if len(url) <= _MAX_LINK and re.fullmatch(_WEB, url))


def text(fields: Mapping[str, object], name: str) -> str | None:
    """Read a field that is a text and not empty."""
    value = fields.get(name)
    return (value.strip() or None) if isinstance(value, str) else None


def number(fields: Mapping[str, object], name: str) -> int | None:
    """Read a field that is a number."""
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def listed(fields: Mapping[str, object], name: str) -> list[Any]:
    """Read a field that is a list; empty for anything else."""
    value = fields.get(name)
    return value if isinstance(value, list) else []


def objects(fields: Mapping[str, object], name: str) -> list[dict[str, Any]]:
    """Read a field that is a list of objects; what is none is left out."""
    return [each for each in listed(fields, name) if isinstance(each, dict)]


def read_person(value: object) -> Person | None:
    """Read a user or team of the registry: by the name, or failing that the login."""
    if not isinstance(value, dict):
        return None
    name, url = text(value, "name") or text(value, "login"), text(value, "url") or ""
    return Person(name, url=url if re.fullmatch(_WEB, url) else None) if name else None


def _release(fields: dict[str, Any]) -> ReleaseFacts:
    publisher = read_person(fields.get("published_by"))
    created_at = text(fields, "created_at")
    return ReleaseFacts(
        created_at=created_at if parse_moment(created_at) is not None else None,
        description=text(fields, "description"),
        licences=_licences(text(fields, "license")),
        links=read_links(fields),
        publishers=(publisher,) if publisher else (),
        size_bytes=number(fields, "crate_size"),
        yank_message=text(fields, "yank_message") or "",
        rust_version=text(fields, "rust_version"),
        downloads=number(fields, "downloads"),
    )


def _licences(raw: str | None) -> tuple[Licence, ...]:
    from packhouse.formats.licences import to_spdx  # noqa: PLC0415 (start-up time)

    # What old manifests wrote for OR; the manifest's format still allows it.
    return (Licence(raw, to_spdx(raw.replace("/", " OR "))),) if raw else ()
