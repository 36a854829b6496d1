"""What the registry tells beside its documents: downloads, publisher, search.

Source: the registry's help page of its API, and pub-dev's own handlers.
"""

from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from packhouse.domain.ecosystem import Insight
from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.insight import Downloads, Hit, Hits, Owner
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.ecosystems.pub.names import parse_name

T = TypeVar("T")

_PAGE = 10
"""Results on a page of the registry's search, which cannot be changed."""
_MAX_PAGES = 25
_JSON = "application/json"


class _Score(Struct, rename="camel"):
    download_count30_days: int | None = None


class _Publisher(Struct, rename="camel"):
    publisher_id: str | None = None


class _Found(Struct):
    package: str


class _Search(Struct):
    packages: list[_Found] = []
    next: str | None = None


def count_downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Tell the downloads of the last 30 days, the only period that is counted; raise Invalid for another."""
    if period not in {"", "last-month"}:
        raise Invalid(f"{period[:40]!r} is no period that is counted", "leave it out, or ask for last-month")
    (answer,) = yield (UpstreamRequest(f"{registry.url}/api/packages/{key.name}/score", _JSON),)
    count = _read(answer, _Score, f"{key} does not exist").download_count30_days
    if count is None:
        raise NotFound(f"no downloads of {key} are counted")
    return Downloads(counts={"last-month": count})


def list_owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """Tell the verified publisher; a package without one is owned by uploaders whom the registry does not name."""
    (answer,) = yield (UpstreamRequest(f"{registry.url}/api/packages/{key.name}/publisher", _JSON),)
    publisher = _read(answer, _Publisher, f"{key} does not exist").publisher_id
    if not publisher:
        return ()
    return (Owner(publisher, kind="organization", page=f"{registry.url}/publishers/{publisher}"),)


def list_packages(registry: UpstreamRegistry, login: str, offset: int, limit: int) -> Gathering[Hits]:
    """Find the packages of a publisher."""
    found = yield from search(registry, f"publisher:{login}", offset, limit)
    return found


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search the registry, as many pages of ten as are needed."""
    first, last = offset // _PAGE, min((offset + max(limit, 1) - 1) // _PAGE, offset // _PAGE + _MAX_PAGES - 1)
    names: list[str] = []
    for page in range(first, last + 1):
        query = urlencode({"q": text, "page": page + 1})
        request = UpstreamRequest(f"{registry.url}/api/search?{query}", _JSON, background=page > first)
        (answer,) = yield (request,)
        found = _read(answer, _Search, "this registry cannot be searched")
        names += [each.package for each in found.packages]
        if found.next is None or not found.packages:
            break
    start = offset - first * _PAGE
    return Hits(tuple(Hit(parse_name(name)) for name in names[start : start + limit] if _is_name(name)))


def _is_name(text: str) -> bool:
    try:
        parse_name(text)
    except Invalid:
        return False
    return True


def _read(answer: UpstreamAnswer, kind: type[T], missing: str) -> T:
    if answer.status == 404:
        raise NotFound(missing)
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UpstreamBad(f"the registry's answer cannot be read: {error}") from error


INSIGHT = Insight(
    downloads=count_downloads,
    periods=("last-month",),
    owners=list_owners,
    packages_of=list_packages,
    search=search,
)
