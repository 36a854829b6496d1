"""A release's record, completed from the JSON document of its version.

Source: the JSON API's documentation and the core metadata specification.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from packhouse.domain.errors import Invalid
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Licence, Link, Person, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pypi.names import parse_name

_LABELS = {
    "homepage": "homepage",
    "home": "homepage",
    "home page": "homepage",
    "source": "repository",
    "source code": "repository",
    "sourcecode": "repository",
    "repository": "repository",
    "github": "repository",
    "code": "repository",
    "documentation": "documentation",
    "docs": "documentation",
    "changelog": "changelog",
    "changes": "changelog",
    "release notes": "changelog",
    "history": "changelog",
    "issues": "issues",
    "issue tracker": "issues",
    "tracker": "issues",
    "bug tracker": "issues",
    "bug reports": "issues",
    "bugs": "issues",
    "funding": "funding",
    "sponsor": "funding",
    "donate": "funding",
    "download": "download",
}
"""Well-known labels of project URLs, in lower case, and ours."""
_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": None,
    "BSD License": None,
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "zlib/libpng License": "Zlib",
    "Zope Public License": None,
    "Artistic License": None,
}
"""Classifiers that name one licence; those that name a family leave it open."""
_MAX_REQUIREMENTS = 2000
_extra = re.compile(r"""\bextra\s*==\s*["']([^"']+)["']""")


def document_of(key: PackageKey, version: str) -> FurtherKey:
    """Name the JSON document of a version."""
    return FurtherKey(key, f"{version}/json")


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add what the metadata of the release says."""
    wanted = document_of(key, release.version)
    if wanted not in documents:
        return frozenset({wanted})
    document = read_document(documents[wanted])
    info = document.get("info")
    if not isinstance(info, dict):
        # Some mirrors have the document of the project alone, which is that of its newest release.
        newest = FurtherKey(key, "json")
        if newest not in documents:
            return frozenset({newest})
        document = read_document(documents[newest])
        info = document.get("info")
        if not isinstance(info, dict) or info.get("version") != release.version:
            return release
    owners = tuple(_owners(document.get("ownership")))
    return replace(
        release,
        description=_text(info.get("summary")) or release.description,
        licences=tuple(_licences(info)),
        links=tuple(_links(info)),
        authors=tuple(_people(info, "author")),
        maintainers=owners or tuple(_people(info, "maintainer")),
        keywords=tuple(_keywords(info.get("keywords"))),
        requirements=tuple(_requirements(info.get("requires_dist"))),
        runtimes={"python": needed} if (needed := _text(info.get("requires_python"))) else release.runtimes,
        yanked=(_text(info.get("yanked_reason")) or release.yanked) if release.yanked is not None else None,
    )


def read_document(body: bytes | None) -> dict[str, Any]:
    """Read a JSON object; empty for anything else."""
    try:
        found = msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_requirement(text: str) -> Requirement:
    """Read a dependency specifier (PEP 508); one that cannot be read keeps its text."""
    from packaging.requirements import InvalidRequirement  # noqa: PLC0415 (start-up time)
    from packaging.requirements import Requirement as Specifier  # noqa: PLC0415

    try:
        found = Specifier(text)
        name = parse_name(found.name)
    except (InvalidRequirement, Invalid):
        return Requirement(text.strip()[:200], "", kind="unknown", raw=text[:1000])
    marker = str(found.marker) if found.marker else None
    return Requirement(
        name=name,
        range=_written_range(text, str(found.specifier)),
        optional=marker is not None and _extra.search(marker) is not None,
        kind="url" if found.url else "range",
        marker=marker,
        extras=tuple(sorted(found.extras)),
        raw=text if found.url else None,
    )


def extras_in(marker: str) -> list[str]:
    """List the extras that a marker asks about."""
    return [found[1] for found in _extra.finditer(marker)]


def _written_range(text: str, normal: str) -> str:
    """Keep the order in which the comparisons are written."""
    if not normal:
        return ""
    found = re.search(r"[^()\[\];@]*?((?:===|~=|==|!=|<=|>=|<|>)[^;()]*)", text.partition(";")[0])
    written = ",".join(part.strip().replace(" ", "") for part in found[1].split(",")) if found else normal
    return written.strip(",") or normal


def _requirements(values: object) -> Iterator[Requirement]:
    for each in values[:_MAX_REQUIREMENTS] if isinstance(values, list) else ():
        if isinstance(each, str) and each.strip():
            yield read_requirement(each)


def _licences(info: Mapping[str, Any]) -> Iterator[Licence]:
    """Read the expression; where there is none, the free text, and where that says nothing, the classifiers."""
    from packhouse.formats.licences import name_to_spdx, to_spdx  # noqa: PLC0415 (start-up time)

    if expression := _text(info.get("license_expression")):
        yield Licence(expression, to_spdx(expression))
        return
    named = _text(info.get("license"))
    classified = [
        each.rpartition(" :: ")[2] for each in _texts(info.get("classifiers")) if each.startswith("License ::")
    ]
    if named and named.lower() not in {"unknown", "none"} and len(named) < 200:
        spdx = name_to_spdx(named)
        if spdx is not None or not classified:
            yield Licence(named, spdx)
            return
    for each in classified:
        if each != "OSI Approved":
            yield Licence(each, _CLASSIFIERS.get(each) or name_to_spdx(each))


def _links(info: Mapping[str, Any]) -> Iterator[Link]:
    seen: set[str] = set()
    urls = info.get("project_urls")
    pairs = [*urls.items()] if isinstance(urls, dict) else []
    pairs += [("homepage", info.get("home_page")), ("documentation", info.get("docs_url"))]
    pairs.append(("issues", info.get("bugtrack_url")))
    for label, url in pairs:
        if isinstance(url, str) and _is_web(url) and url not in seen:
            seen.add(url)
            name = str(label).strip()
            yield Link(_LABELS.get(name.lower(), name), url)


def _people(info: Mapping[str, Any], role: str) -> Iterator[Person]:
    """Read name and address; several addresses may stand in one field, each with its name."""
    name, email = _text(info.get(role)), _text(info.get(f"{role}_email"))
    if email and "<" in email:
        for each in re.findall(r"([^<>,]*)<([^<>]*)>", email):
            yield Person(name=each[0].strip(' "') or None, email=each[1].strip() or None)
        if name:
            yield Person(name=name)
    elif name or email:
        yield Person(name=name, email=email)


def _owners(ownership: object) -> Iterator[Person]:
    roles = ownership.get("roles") if isinstance(ownership, dict) else None
    for each in roles if isinstance(roles, list) else ():
        if isinstance(each, dict) and isinstance(each.get("user"), str):
            yield Person(name=each["user"])


def _keywords(value: object) -> Iterator[str]:
    text = _text(value) or ""
    for each in text.split("," if "," in text else None):
        if each.strip():
            yield each.strip()


def _texts(values: object) -> list[str]:
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable()
