"""What a feed's search tells beside what it finds: downloads and owners.

`packageid:` and `owner:` are qualifiers of the public gallery's search; a feed that does not know them finds other
packages, which are left out here.
"""

from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound, NotTold, UpstreamBad
from packhouse.domain.insight import Downloads, Hit, Hits, Owner
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Person
from packhouse.domain.upstream import Gathering, UpstreamRegistry, UpstreamRequest
from packhouse.ecosystems.nuget.entry import web_address
from packhouse.ecosystems.nuget.gatherings import JSON, find_places
from packhouse.ecosystems.nuget.names import lower, parse_name
from packhouse.ecosystems.nuget.versions import normalise

_REUSE_S = 300
_MAX_RESULTS = 1000


class _Version(Struct):
    version: str = ""
    downloads: int = 0


class _Found(Struct):
    id: str
    version: str = ""
    description: str | None = None
    project: str | None = msgspec.field(name="projectUrl", default=None)
    downloads: int | None = msgspec.field(name="totalDownloads", default=None)
    owners: str | list[str] | None = None
    versions: list[_Version] = []


class _Search(Struct):
    data: list[_Found]
    total: int | None = msgspec.field(name="totalHits", default=None)


_decode = msgspec.json.Decoder(_Search).decode


def count_downloads(registry: UpstreamRegistry, key: PackageKey, period: str) -> Gathering[Downloads]:
    """Read all downloads of a package, by release too."""
    if period:
        raise Invalid("NuGet counts all downloads together", "name no period")
    found = yield from _find_one(registry, key)
    by_version: dict[str, int] = {}
    for each in found.versions:
        try:
            by_version[normalise(each.version)] = each.downloads
        except Invalid:
            continue
    if found.downloads is None and not by_version:
        raise NotTold(f"the feed {registry.name} counts no downloads")
    total = sum(by_version.values()) if found.downloads is None else found.downloads
    return Downloads(counts={"total": total}, by_version=by_version)


def list_owners(registry: UpstreamRegistry, key: PackageKey) -> Gathering[tuple[Owner, ...]]:
    """Read who owns a package."""
    found = yield from _find_one(registry, key)
    names = [found.owners] if isinstance(found.owners, str) else found.owners
    if names is None:
        raise NotTold(f"the feed {registry.name} does not tell who owns a package")
    return tuple(Owner(name, Person(name)) for name in names if name)


def list_packages(registry: UpstreamRegistry, login: str, offset: int, limit: int) -> Gathering[Hits]:
    """Find the packages that someone owns."""
    found = yield from _search(registry, f'owner:"{login.replace(chr(34), "")}"', offset, limit)
    data = [each for each in found.data if each.owners is None or _is_owned(each, login)]
    return Hits(tuple(hit for each in data if (hit := _hit(each)) is not None), found.total)


def search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[Hits]:
    """Search the feed, pre-releases too."""
    found = yield from _search(registry, text, offset, limit)
    return Hits(tuple(hit for each in found.data if (hit := _hit(each)) is not None), found.total)


def _find_one(registry: UpstreamRegistry, key: PackageKey) -> Gathering[_Found]:
    found = yield from _search(registry, f"packageid:{key.name}", 0, 20)
    for each in found.data:
        if lower(each.id) == key.name:
            return each
    raise NotFound(f"{key} is not found by the feed's search", "a package whose releases are all unlisted is not")


def _search(registry: UpstreamRegistry, text: str, offset: int, limit: int) -> Gathering[_Search]:
    places = yield from find_places(registry)
    if not places.search:
        raise NotTold(f"the feed {registry.name} cannot be searched")
    fields = {"q": text, "skip": offset, "take": min(limit, _MAX_RESULTS), "prerelease": "true", "semVerLevel": "2.0.0"}
    (answer,) = yield (UpstreamRequest(f"{places.search}?{urlencode(fields)}", JSON, reuse_s=_REUSE_S),)
    if answer.status == 404:
        raise NotTold(f"the feed {registry.name} cannot be searched")
    try:
        return _decode(answer.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamBad(f"the feed's answer to a search cannot be read: {error}") from error


def _is_owned(found: _Found, login: str) -> bool:
    owners = [found.owners] if isinstance(found.owners, str) else found.owners or []
    return login.lower() in {owner.lower() for owner in owners}


def _hit(found: _Found) -> Hit | None:
    try:
        name = parse_name(found.id)
    except Invalid:
        return None
    page = web_address(found.project or "")
    return Hit(
        name=name,
        version=found.version.partition("+")[0],
        description=found.description or "",
        downloads=found.downloads,
        links={"homepage": page} if page else {},
    )
