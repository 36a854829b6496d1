"""What the API tells about gems: downloads, owners, the gems of an owner, search."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote

from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.insight import Downloads, Hit, Hits, Owner
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Person
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.ecosystems.gem.gem_document import (
    Json,
    gem_path,
    number,
    read_description,
    read_links,
    read_object,
    read_objects,
    text,
    versions_path,
)
from packhouse.ecosystems.gem.lines import parse_moment
from packhouse.ecosystems.gem.names import parse_name

PAGE = 30
"""Hits on each page of the registry's search."""
_MAX_PAGES = 100


def downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Count a gem's downloads, in all and by version; of periods the registry tells nothing."""
    if period:
        raise Invalid(f"there is no period {period[:40]!r}", "the registry counts all downloads only")
    gem, versions = yield _ask(registry, gem_path(key.name)), _ask(registry, versions_path(key.name))
    document = read_object(_body(gem, f"{key}"))
    total = number(document, "downloads") if document else None
    if total is None:
        raise UpstreamBad(f"the API's document of {key} does not tell downloads")
    by_version: Counter[str] = Counter()
    for each in read_objects(versions.body) or ():
        version, count = text(each, "number"), number(each, "downloads_count")
        if version is not None and count is not None:
            by_version[version] += count
    return Downloads({"total": total}, dict(by_version))


def owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """List who may publish a gem."""
    (answer,) = yield (_ask(registry, f"api/v1/gems/{key.name}/owners.json"),)
    listed = read_objects(_body(answer, f"{key}")) or ()
    return tuple(owner for each in listed if (owner := _owner(registry, each)) is not None)


def packages_of(registry: UpstreamRegistry, login: str, offset: int, limit: int) -> Gathering[Hits]:
    """List the gems of an owner, most downloaded first; the registry gives them all at once."""
    if not login.strip("."):  # in an address it would mean a folder
        raise NotFound(f"the registry has no owner {login[:80]!r}")
    (answer,) = yield (_ask(registry, f"api/v1/owners/{quote(login, safe='')}/gems.json"),)
    found = _hits(read_objects(_body(answer, f"owner {login[:80]!r}")) or ())
    found.sort(key=lambda hit: -(hit.downloads or 0))
    return Hits(tuple(found[offset : offset + max(limit, 0)]), len(found))


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search the registry, by its own ranking."""
    if limit <= 0 or not text.strip():
        return Hits(())
    first, last = offset // PAGE + 1, (offset + limit - 1) // PAGE + 1
    pages = range(first, min(last, first + _MAX_PAGES) + 1)
    answers = yield tuple(_ask(registry, search_path(text, page)) for page in pages)
    found = [hit for answer in answers for hit in _hits(read_objects(answer.body) or ())]
    skipped = offset % PAGE
    return Hits(tuple(found[skipped : skipped + limit]))


def search_path(wanted: str, page: int) -> str:
    """Name a page of a search among the further documents."""
    return f"api/v1/search.json?query={quote(wanted, safe='')}&page={page}"


def _ask(registry: UpstreamRegistry, path: str) -> UpstreamRequest:
    return UpstreamRequest(f"{registry.service('api')}/{path}", accept="application/json")


def _hits(listed: Sequence[Json]) -> list[Hit]:
    return [hit for each in listed if (hit := _hit(each)) is not None]


def _hit(fields: Json) -> Hit | None:
    try:
        name = parse_name(text(fields, "name") or "")
    except Invalid:
        return None
    return Hit(
        name,
        text(fields, "version") or "",
        read_description(fields) or "",
        parse_moment(fields.get("version_created_at")),
        number(fields, "downloads"),
        {link.label: link.url for link in read_links(fields)},
    )


def _owner(registry: UpstreamRegistry, fields: Json) -> Owner | None:
    login, email = text(fields, "handle"), text(fields, "email")
    if login is None and email is None:
        return None
    page = f"{registry.service('api')}/profiles/{quote(login, safe='')}" if login else ""
    return Owner(login or email or "", Person(login, email), page=page)


def _body(answer: UpstreamAnswer, what: str) -> bytes:
    if answer.status == 404:
        raise NotFound(f"the registry knows no {what}")
    return answer.body
