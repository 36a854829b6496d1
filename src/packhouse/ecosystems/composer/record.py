"""A release's record, derived from its entry."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from packhouse.domain.index import Fragment
from packhouse.domain.release import Artifact, Licence, Link, Person, Release, native
from packhouse.domain.requirement import Requirement, Scope

_PLATFORM = re.compile(r"php(?:-64bit|-ipv6|-zts|-debug)?|hhvm|(?:ext|lib)-.+|composer(?:-(?:plugin|runtime)-api)?")
_SUPPORT = {
    "issues": "issues",
    "source": "repository",
    "docs": "documentation",
    "wiki": "documentation",
    "rss": "changelog",
}
"""Fields of `support`, and our labels."""
_MAX_REQUIREMENTS = 1000


class Native(Struct, omit_defaults=True):
    """What only this ecosystem has."""

    type: str = ""
    normalised: str = ""
    provide: dict[str, str] = {}
    replace: dict[str, str] = {}
    conflict: dict[str, str] = {}
    suggest: dict[str, str] = {}
    aliases: dict[str, str] = {}
    """Version that a branch stands for, by branch."""
    reference: str = ""
    """Commit that it was made of."""
    is_default_branch: bool = False


def describe_release(
    fragment: Fragment, release: Mapping[str, Any], artifact: Artifact | None, *, prerelease: bool
) -> Release:
    """Make the record of a release."""
    deprecated, successor = _abandoned(release.get("abandoned"))
    required = _texts(release.get("require"))
    return Release(
        version=fragment.version,
        published_at=fragment.published_at,
        requirements=tuple(_requirements(release)),
        description=_text(release.get("description")),
        licences=tuple(_licences(release.get("license"))),
        links=tuple(read_links(release)),
        authors=tuple(_people(release.get("authors"))),
        keywords=tuple(each for each in _list(release.get("keywords")) if isinstance(each, str)),
        artifacts=() if artifact is None else (artifact,),
        prerelease=prerelease,
        deprecated=deprecated,
        successor=successor,
        runtimes={name: wanted for name, wanted in required.items() if _PLATFORM.fullmatch(name)},
        native=native(_native(release)),
    )


def read_links(release: Mapping[str, Any]) -> Iterator[Link]:
    """Read the addresses that a browser can open."""
    seen: set[str] = set()
    support = release.get("support")
    source = release.get("source")
    pairs = [("homepage", release.get("homepage"))]
    pairs += [(label, support.get(field)) for field, label in _SUPPORT.items()] if isinstance(support, dict) else []
    if isinstance(source, dict) and not any(label == "repository" and url for label, url in pairs):
        url = source.get("url")
        pairs.append(("repository", url.removesuffix(".git") if isinstance(url, str) else None))
    pairs += [("funding", each.get("url")) for each in _list(release.get("funding")) if isinstance(each, dict)]
    for label, url in pairs:
        if isinstance(url, str) and _is_web(url) and url not in seen:
            seen.add(url)
            yield Link(label, url)


def _requirements(release: Mapping[str, Any]) -> Iterator[Requirement]:
    scopes: dict[str, Scope] = {"require": "runtime", "require-dev": "dev"}
    for field, scope in scopes.items():
        for name, wanted in list(_texts(release.get(field)).items())[:_MAX_REQUIREMENTS]:
            if _PLATFORM.fullmatch(name):
                yield Requirement(name, wanted, "system" if scope == "runtime" else scope, kind="unknown")
            else:
                yield Requirement(name.lower(), wanted, scope)


def _native(release: Mapping[str, Any]) -> Native:
    extra = release.get("extra")
    source = release.get("source")
    dist = release.get("dist")
    references = (each.get("reference") for each in (dist, source) if isinstance(each, dict))
    return Native(
        type=_text(release.get("type")) or "",
        normalised=_text(release.get("version_normalized")) or "",
        provide=_texts(release.get("provide")),
        replace=_texts(release.get("replace")),
        conflict=_texts(release.get("conflict")),
        suggest=_texts(release.get("suggest")),
        aliases=_texts(extra.get("branch-alias")) if isinstance(extra, dict) else {},
        reference=next((each for each in references if isinstance(each, str)), ""),
        is_default_branch=release.get("default-branch") is True,
    )


def _abandoned(value: object) -> tuple[str | None, str | None]:
    if isinstance(value, str) and value:
        return f"abandoned, use {value} instead", value
    return ("abandoned", None) if value is True else (None, None)


def _licences(value: object) -> Iterator[Licence]:
    from packhouse.formats.licences import to_spdx  # noqa: PLC0415 (start-up time)

    for each in [value] if isinstance(value, str) else _list(value):
        if isinstance(each, str) and each.strip():
            yield Licence(each.strip(), to_spdx(each.strip()))


def _people(value: object) -> Iterator[Person]:
    for each in _list(value):
        if isinstance(each, dict):
            person = Person(_text(each.get("name")), _text(each.get("email")), _text(each.get("homepage")))
            if person != Person():
                yield person


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {str(name): each for name, each in value.items() if isinstance(each, str)}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable()
