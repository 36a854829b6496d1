"""What the Web API tells about crates: downloads, owners, the crates of an owner, search."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.insight import Downloads, Hit, Hits, Owner
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Person
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.cargo.crate_document import (
    crate_path,
    number,
    objects,
    read_crate,
    read_links,
    read_object,
    read_person,
    text,
)
from packhouse.ecosystems.cargo.gatherings import api_request, find_api
from packhouse.ecosystems.cargo.lines import parse_moment
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.paging import MAX_PAGE, MAX_PER_PAGE

_WEEK, _MONTH = 7, 30


def downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Count a crate's downloads: in all and by version, and by day for the last 90 days."""
    if period:
        raise Invalid(f"there is no period {period[:40]!r}", "all that the registry counts is told at once")
    api = yield from find_api(registry)
    path = crate_path(key.name)
    crate, daily = yield api_request(api, path), api_request(api, f"{path}/downloads")
    found = read_crate(_body(crate, key))
    if found is None:
        raise UpstreamBad(f"the Web API's document of {key} cannot be read")
    by_day = _by_day(daily.body)
    counts = {"total": found.downloads, "recent": found.recent_downloads, **_sums(by_day)}
    by_version = {version: facts.downloads for version, facts in found.releases.items()}
    return Downloads(
        counts={period: count for period, count in counts.items() if count is not None},
        by_version={version: count for version, count in by_version.items() if count is not None},
        daily=by_day,
        until=max(by_day, default=""),
    )


def owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """List who may publish a crate: users and teams."""
    api = yield from find_api(registry)
    (answer,) = yield (api_request(api, f"{crate_path(key.name)}/owners"),)
    document = read_object(_body(answer, key)) or {}
    return tuple(owner for each in objects(document, "users") if (owner := _owner(api, each)) is not None)


def packages_of(registry: UpstreamRegistry, login: str, offset: int, limit: int) -> Gathering[Hits]:
    """List the crates of a user or, by `github:organisation:team`, of a team."""
    kind = "team" if ":" in login else "user"
    if not login.strip("."):  # in an address it would mean a folder
        raise NotFound(f"the registry has no {kind} {login[:80]!r}")
    api = yield from find_api(registry)
    (answer,) = yield (api_request(api, f"{kind}s/{quote(login, safe='')}"),)
    fields = (read_object(answer.body) or {}).get(kind) if answer.status == 200 else None
    identity = number(fields, "id") if isinstance(fields, dict) else None
    if identity is None:
        raise NotFound(f"the registry has no {kind} {login[:80]!r}")
    hits = yield from _crates(api, f"{kind}_id={identity}&sort=alphabetical", offset, limit)
    return hits


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search the registry, by relevance."""
    api = yield from find_api(registry)
    hits = yield from _crates(api, f"q={quote(text, safe='')}", offset, limit)
    return hits


def _crates(api: str, query: str, offset: int, limit: int) -> Gathering[Hits]:
    """List crates; any offset and limit, of a registry that has pages."""
    pages, size, skipped = pages_of(offset, limit)
    if not pages:
        return Hits((), None)
    answers = yield tuple(api_request(api, f"crates?{query}&page={page}&per_page={size}") for page in pages)
    if answers[0].status == 404:
        raise NotFound("the registry's Web API cannot be searched")
    documents = [read_object(answer.body) or {} for answer in answers]
    crates = [each for document in documents for each in objects(document, "crates")]
    hits = tuple(hit for each in crates[skipped : skipped + limit] if (hit := _hit(each)) is not None)
    meta = documents[0].get("meta")
    return Hits(hits, number(meta, "total") if isinstance(meta, dict) else None)


def pages_of(offset: int, limit: int) -> tuple[Sequence[int], int, int]:
    """Give the pages that cover a window, their size, and how many entries of the first are before it."""
    if limit <= 0:
        return (), 1, 0
    # Small pages where the window is one of them, and the registry has that many.
    fits = limit <= MAX_PER_PAGE and offset % limit == 0 and offset // limit < MAX_PAGE
    size = limit if fits else MAX_PER_PAGE
    first, last = offset // size + 1, (offset + limit - 1) // size + 1
    return range(first, min(last, MAX_PAGE) + 1), size, offset % size


def _hit(fields: dict[str, Any]) -> Hit | None:
    try:
        name = parse_name(text(fields, "name") or text(fields, "id") or "")
    except Invalid:
        return None
    versions = (text(fields, field) for field in ("max_stable_version", "default_version", "max_version"))
    return Hit(
        name,
        next((version for version in versions if version), ""),
        text(fields, "description") or "",
        parse_moment(fields.get("updated_at")),
        number(fields, "recent_downloads"),
        {link.label: link.url for link in read_links(fields)},
    )


def _owner(api: str, fields: dict[str, Any]) -> Owner | None:
    login = text(fields, "login")
    if login is None:
        return None
    kind = "team" if text(fields, "kind") == "team" else "user"
    return Owner(login, read_person(fields) or Person(), kind, f"{api}/{kind}s/{quote(login, safe=':')}")


def _by_day(body: bytes) -> dict[str, int]:
    """Add up the counts of each day: of the newest versions by name, of all others together."""
    document = read_object(body) or {}
    meta = document.get("meta")
    days: Counter[str] = Counter()
    others = objects(meta, "extra_downloads") if isinstance(meta, dict) else []
    for each in [*objects(document, "version_downloads"), *others]:
        day, count = text(each, "date"), number(each, "downloads")
        if day is not None and count is not None and _day(day) is not None:
            days[day] += count
    return dict(sorted(days.items()))


def _sums(by_day: dict[str, int]) -> dict[str, int]:
    last = _day(max(by_day, default=""))
    if last is None:
        return {}

    def of_last(days: int) -> int:
        begin = (last - timedelta(days=days - 1)).isoformat()
        return sum(count for day, count in by_day.items() if day >= begin)

    return {"last-day": of_last(1), "last-week": of_last(_WEEK), "last-month": of_last(_MONTH)}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _body(answer: UpstreamAnswer, key: PackageKey) -> bytes:
    if answer.status == 404:
        raise NotFound(f"the registry knows no {key}")
    return answer.body
