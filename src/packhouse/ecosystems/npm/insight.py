"""What the registry tells beside its packuments: downloads, maintainers, search.

Source: the registry's own API documents (download counts; `/-/v1/search`).
"""

from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from packhouse.domain.ecosystem import Insight
from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.insight import Downloads, Hit, Hits, Owner
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Person
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.paths import document_path

_T = TypeVar("_T")

PERIODS = ("last-month", "last-day", "last-week", "last-year")
"""The periods of the download counts, the default first."""
_MAX_RESULTS = 250
_REUSE_S = 3600


class _Day(Struct):
    day: str
    downloads: int


class _Range(Struct):
    end: str = ""
    downloads: list[_Day] = []


class _User(Struct):
    username: str = ""
    name: str = ""
    email: str | None = None


class _Found(Struct):
    name: str
    version: str = ""
    description: str | None = None
    date: str | None = None
    links: dict[str, Any] = {}


class _Object(Struct):
    package: _Found
    downloads: dict[str, float] = {}


class _Search(Struct):
    objects: list[_Object] = []
    total: int | None = None


class _People(Struct):
    maintainers: list[_User | str] = []


def count_downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Add up the days of a period; raise Invalid for another one."""
    period = period or PERIODS[0]
    if period not in PERIODS:
        raise Invalid(f"{period[:40]!r} is no period", f"choose {', '.join(sorted(PERIODS))}")
    base = registry.service("downloads")
    (answer,) = yield (UpstreamRequest(f"{base}/downloads/range/{period}/{key.name}", "application/json"),)
    counted = _read(answer, _Range, f"no downloads of {key} are counted")
    daily = {day.day: day.downloads for day in counted.downloads}
    return Downloads(counts={period: sum(daily.values())}, daily=daily, until=counted.end)


def list_owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """Read the maintainers of the packument."""
    url = f"{registry.url}/{document_path(key.name)}"
    (answer,) = yield (UpstreamRequest(url, "application/json", reuse_s=_REUSE_S),)
    people = _read(answer, _People, f"{key} does not exist").maintainers
    return tuple(_owner(each) for each in people)


def list_packages(registry: UpstreamRegistry, login: str, offset: int, limit: int) -> Gathering[Hits]:
    """Find the packages that someone maintains, by the qualifier of the registry's search."""
    found = yield from search(registry, f"maintainer:{login}", offset, limit)
    return found


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search the registry."""
    query = urlencode({"text": text, "from": offset, "size": min(limit, _MAX_RESULTS)})
    request = UpstreamRequest(f"{registry.url}/-/v1/search?{query}", "application/json", background=True)
    (answer,) = yield (request,)
    found = _read(answer, _Search, "this registry cannot be searched")
    return Hits(tuple(hit for each in found.objects if (hit := _hit(each)) is not None), found.total)


def _read(answer: UpstreamAnswer, kind: type[_T], missing: str) -> _T:
    if answer.status == 404:
        raise NotFound(missing)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UpstreamBad(f"the registry's answer cannot be read: {error}") from error


def _owner(person: _User | str) -> Owner:
    if isinstance(person, str):
        name, _, rest = person.partition("<")
        return Owner(name.strip(), Person(email=rest.rstrip("> ") or None))
    return Owner(person.username or person.name, Person(email=person.email))


def _hit(found: _Object) -> Hit | None:
    package = found.package
    try:
        name = parse_name(package.name)
    except Invalid:
        return None
    monthly = found.downloads.get("monthly")
    links = {label: url for label, url in package.links.items() if isinstance(url, str) and label != "npm"}
    return Hit(
        name=NormalName(name),
        version=package.version,
        description=package.description or "",
        published_at=_moment(package.date),
        downloads=None if monthly is None else int(monthly),
        links=links,
    )


def _moment(text: str | None) -> Moment | None:
    try:
        return Moment(int(datetime.fromisoformat(text or "").timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


INSIGHT = Insight(
    downloads=count_downloads, periods=PERIODS, owners=list_owners, packages_of=list_packages, search=search
)
