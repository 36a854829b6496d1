"""A catalog entry: what a registration says of a release, read without trust in any of its fields."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.release import Licence, Link, Person, Release, native
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.nuget.facts import Dependency, Group, NuGetFacts, Vulnerability
from packhouse.ecosystems.nuget.names import parse_name

Entry = dict[str, Any]

_MAX = 500
"""Of anything that there are several of."""
_is_web = re.compile(r"https?://[^\s\x00-\x20\"<>\\^`{|}]{1,2000}", re.IGNORECASE).fullmatch
# The address that stands for an expression, or that says that the licence is a file within.
_is_expression_page = re.compile(r"https?://licenses\.[^/]+/(?P<expression>[^/]+)", re.IGNORECASE).fullmatch
_is_no_licence = re.compile(r"https?://aka\.ms/deprecateLicenseUrl", re.IGNORECASE).fullmatch
_words = re.compile(r"[\s,;]+").split


def read_entry(leaf: bytes) -> Entry:
    """Read the catalog entry of a leaf; empty where it is none."""
    try:
        found = msgspec.json.decode(leaf.replace(b"\0", b"\\u0000"))
    except (msgspec.DecodeError, RecursionError):
        return {}
    entry = found.get("catalogEntry") if isinstance(found, dict) else None
    return entry if isinstance(entry, dict) else {}


def release_of(entry: Entry, version: str, catalog: str) -> Release:
    """Make the release that an entry tells of, without its date and its file."""
    deprecation = entry.get("deprecation")
    deprecation = deprecation if isinstance(deprecation, dict) else {}
    reasons = tuple(_texts(deprecation.get("reasons")))
    alternate = deprecation.get("alternatePackage")
    alternate = alternate if isinstance(alternate, dict) else {}
    groups = read_groups(entry.get("dependencyGroups"))
    licence_url = text(entry.get("licenseUrl"))
    return Release(
        version=version,
        requirements=requirements_of(groups),
        description=text(entry.get("description")) or text(entry.get("summary")) or None,
        licences=read_licence(text(entry.get("licenseExpression")), licence_url),
        links=tuple(_links(entry)),
        authors=read_authors(entry.get("authors")),
        keywords=read_tags(entry.get("tags")),
        prerelease="-" in version,
        yanked=None if entry.get("listed", True) is not False else "unlisted",
        deprecated=(text(deprecation.get("message")) or ", ".join(reasons) or "deprecated") if deprecation else None,
        successor=text(alternate.get("id")) or None,
        native=native(
            NuGetFacts(
                id=text(entry.get("id")),
                title=text(entry.get("title")),
                catalog=catalog,
                groups=groups,
                vulnerabilities=tuple(_vulnerabilities(entry.get("vulnerabilities"))),
                reasons=reasons,
                successor_range=text(alternate.get("range")),
                min_client_version=text(entry.get("minClientVersion")),
                licence_url=web_address(licence_url) or "",
                requires_acceptance=entry.get("requireLicenseAcceptance") is True,
                readme=text(entry.get("readmeUrl")).replace("\0", ""),
            )
        ),
    )


def text(value: object) -> str:
    """Accept a text; empty for anything else."""
    return value.strip() if isinstance(value, str) else ""


def web_address(value: str) -> str | None:
    """Accept an address that a browser can follow safely."""
    return value if _is_web(value) else None


def read_licence(expression: str, url: str) -> tuple[Licence, ...]:
    """Read the licence, of an expression or of an address."""
    from packhouse.formats.licences import name_to_spdx, to_spdx  # noqa: PLC0415 (start-up time)

    if not expression and (page := _is_expression_page(url)) is not None:
        from urllib.parse import unquote  # noqa: PLC0415

        expression = unquote(page["expression"])
    if expression:
        return (Licence(expression[:_MAX], to_spdx(expression)),)
    if not url or _is_no_licence(url):
        return ()
    return (Licence(url[:2000], name_to_spdx(url)),)


def read_authors(value: object) -> tuple[Person, ...]:
    """Read authors: a list, or one text with commas."""
    names = _texts(value) if isinstance(value, list) else (each.strip() for each in text(value).split(","))
    return tuple(Person(name) for name in dict.fromkeys(names) if name)[:_MAX]


def read_tags(value: object) -> tuple[str, ...]:
    """Read tags: a list, or one text with spaces, which some write within a list too."""
    tags = _texts(value) if isinstance(value, list) else [text(value)]
    return tuple(dict.fromkeys(word for each in tags for word in _words(each) if word))[:_MAX]


def read_groups(value: object) -> tuple[Group, ...]:
    """Read the dependencies by target framework."""
    return tuple(
        Group(text(group.get("targetFramework")), tuple(_dependencies(group.get("dependencies"))))
        for group in _objects(value)
    )


def requirements_of(groups: Iterable[Group]) -> tuple[Requirement, ...]:
    """Make requirements, each with its target framework as marker."""
    return tuple(
        Requirement(name=name, range=each.range, marker=group.framework or None)
        for group in groups
        for each in group.dependencies
        if (name := _canonical(each.name))
    )


def _canonical(name: str) -> str:
    try:
        return parse_name(name)
    except Invalid:
        return ""


def _dependencies(value: object) -> Iterator[Dependency]:
    for each in _objects(value):
        if name := text(each.get("id")):
            yield Dependency(name, text(each.get("range")))


def _links(entry: Entry) -> Iterator[Link]:
    if page := web_address(text(entry.get("projectUrl"))):
        yield Link("homepage", page)
    licence = text(entry.get("licenseUrl"))
    if (page := web_address(licence)) and not _is_no_licence(licence):
        yield Link("license", page)


def _vulnerabilities(value: object) -> Iterator[Vulnerability]:
    for each in _objects(value):
        severity = each.get("severity")
        yield Vulnerability(text(each.get("advisoryUrl")), str(severity) if isinstance(severity, (str, int)) else "")


def _objects(value: object) -> list[Entry]:
    return [each for each in value[:_MAX] if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        yield from (each.strip() for each in value[:_MAX] if isinstance(each, str) and each.strip())
    elif found := text(value):
        yield found
