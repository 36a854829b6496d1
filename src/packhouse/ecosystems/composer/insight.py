"""What the site tells of packages: downloads, maintainers, search.

Source: Packagist's API documentation.
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
from packhouse.ecosystems.composer.names import parse_name

T = TypeVar("T")

_PERIODS = {"last-month": "monthly", "last-day": "daily", "total": "total"}
"""The periods that are counted, the default first, and the site's names of them."""
_PAGE = 100
_JSON = "application/json"


class _Maintainer(Struct):
    name: str


class _Package(Struct):
    downloads: dict[str, int] = {}
    maintainers: list[_Maintainer] = []


class _About(Struct):
    package: _Package


class _Result(Struct):
    name: str
    description: str | None = None
    downloads: int | None = None
    url: str | None = None
    repository: str | None = None


class _Search(Struct):
    results: list[_Result] = []
    total: int | None = None


class _Names(Struct):
    package_names: list[str] = msgspec.field(name="packageNames", default_factory=list)


def count_downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Tell the downloads of the last day and month, and all of them; raise Invalid for another period."""
    if period and period not in _PERIODS:
        raise Invalid(f"{period[:40]!r} is no period that is counted", f"choose {', '.join(sorted(_PERIODS))}")
    about = yield from _about(registry, key)
    wanted = {period: _PERIODS[period]} if period else _PERIODS
    return Downloads({ours: about.downloads[name] for ours, name in wanted.items() if name in about.downloads})


def list_owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """Tell the maintainers."""
    about = yield from _about(registry, key)
    return tuple(Owner(each.name) for each in about.maintainers)


def list_packages(registry: UpstreamRegistry, login: str, offset: int, limit: int) -> Gathering[Hits]:
    """List the packages of a vendor: whose packages a person maintains is not told."""
    url = f"{registry.service('api')}/packages/list.json?{urlencode({'vendor': login.lower()})}"
    (answer,) = yield (UpstreamRequest(url, _JSON),)
    names = _read(answer, _Names, f"{login} is no vendor").package_names
    return Hits(tuple(Hit(parse_name(name)) for name in names[offset : offset + limit] if _is_name(name)), len(names))


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search the site."""
    size = max(1, min(limit, _PAGE))
    query = urlencode({"q": text, "per_page": size, "page": offset // size + 1})
    (answer,) = yield (UpstreamRequest(f"{registry.service('api')}/search.json?{query}", _JSON),)
    found = _read(answer, _Search, "this repository cannot be searched")
    return Hits(tuple(_hit(each) for each in found.results if _is_name(each.name)), found.total)


def _about(registry: UpstreamRegistry, key: PackageKey) -> Gathering[_Package]:
    (answer,) = yield (UpstreamRequest(f"{registry.service('api')}/packages/{key.name}.json", _JSON),)
    return _read(answer, _About, f"{key} does not exist").package


def _hit(found: _Result) -> Hit:
    links = {"repository": found.repository} if found.repository else {}
    return Hit(parse_name(found.name), description=found.description or "", downloads=found.downloads, links=links)


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
        raise UpstreamBad(f"the site's answer cannot be read: {error}") from error


INSIGHT = Insight(
    downloads=count_downloads, periods=tuple(_PERIODS), owners=list_owners, packages_of=list_packages, search=search
)
