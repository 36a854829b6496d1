"""What is asked of a feed, and when it is asked for."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.nuget.collected import Collected, pack_collected
from packhouse.ecosystems.nuget.leaf import with_our_addresses
from packhouse.ecosystems.nuget.moments import parse_moment
from packhouse.ecosystems.nuget.places import REUSE_S, Places, read_places, registration_address
from packhouse.ecosystems.nuget.versions import normalise

JSON = "application/json"
SERVICES = "services"
SIGNATURES = "signatures"
CATALOG = "catalog/"
OF_RELEASE = ("nuspec", "readme", "icon", "license")
"""Further documents of a release, each as `kind/version`."""

_MAX_PAGES = 2000
# A path of ours becomes one of the upstream's: nothing in it may lead elsewhere.
_is_catalog = re.compile(r"catalog/(?:(?!\.+/)[\w.+-]+/)*(?!\.+$)[\w.+-]+\.json").fullmatch
_is_query = re.compile(r"(?:search|autocomplete)\?[\w.~%&=+*-]*", re.ASCII).fullmatch


class _Page(Struct):
    address: str = msgspec.field(name="@id", default="")
    items: object = None


class _Index(Struct):
    items: list[_Page] = []


class _CatalogLeaf(Struct):
    created: object = None


class _Addressed(Struct):
    address: str = msgspec.field(name="@id", default="")


class _Dated(Struct):
    entry: _Addressed = msgspec.field(name="catalogEntry")


_decode_index = msgspec.json.Decoder(_Index).decode
_decode_catalog_leaf = msgspec.json.Decoder(_CatalogLeaf).decode
_decode_dated = msgspec.json.Decoder(_Dated).decode


def document(base_url: str, key: PackageKey) -> UpstreamRequest:
    """Ask for the service index: all else is found through it."""
    del key
    return UpstreamRequest(base_url, accept=JSON, reuse_s=REUSE_S)


def gather(registry: UpstreamRegistry, key: PackageKey) -> Gathering[Gathered]:
    """Fetch a package's registration with all its pages; of a feed without registrations, its list of versions."""
    places = yield from find_places(registry)
    if not places.registration and not places.flat:
        raise UpstreamBad(f"the service index of the upstream {registry.name} names no place for packages")
    url = registration_address(places.registration or places.flat, key.name)
    (answer,) = yield (UpstreamRequest(url, accept=JSON, conditional=True),)
    if answer.status == 404:
        return Gathered(missing=True)
    if places.registration:
        pages = yield from _gather_pages(key, answer.body)
        collected = Collected(places, registration=answer.body, pages=pages)
    else:
        collected = Collected(places, flat=answer.body)
    return Gathered(pack_collected(collected), JSON, answer.etag, answer.last_modified)


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Fetch a further document: of a release by `kind/version`, of the feed by its resource."""
    places = yield from find_places(registry)
    if wanted.path == SERVICES:
        return Gathered(msgspec.json.encode(places), JSON)
    address = _address(places, wanted)
    if not address:
        raise NotFound(f"there is no {wanted}", f"the upstream {registry.name} has no such resource")
    found = yield from gather_one(UpstreamRequest(address))
    if b"\0" in found.body and not wanted.path.startswith("icon/"):
        raise UpstreamBad(f"the upstream's {wanted} has a NUL in it")
    if wanted.key.name:
        return found
    return msgspec.structs.replace(found, body=with_our_addresses(places, found.body))


def lasting(wanted: FurtherKey) -> bool:
    """Tell that what is of one release never changes, and neither does a leaf of the catalog."""
    return bool(wanted.key.name) or wanted.path.startswith(f"{CATALOG}data/")


def date(registry: UpstreamRegistry, key: PackageKey, fragment: Fragment) -> Gathering[Moment | None]:
    """Find out when an unlisted release was published: its catalog entry has kept the date."""
    del key
    places = yield from find_places(registry)
    path = catalog_path_of(fragment.body)
    if not (path and places.catalog):
        return None
    (answer,) = yield (UpstreamRequest(f"{places.catalog}/{quote(path)}", accept=JSON, background=True),)
    if answer.status == 404:
        return None
    try:
        return parse_moment(_decode_catalog_leaf(answer.body).created)
    except (msgspec.MsgspecError, RecursionError):
        return None


def catalog_path_of(leaf: bytes) -> str:
    """Read which document of the catalog is about a release, by its path there; empty if none that can be asked for."""
    try:
        address = _decode_dated(leaf.replace(b"\0", b"\\u0000")).entry.address
    except msgspec.MsgspecError:
        return ""
    path = address.partition("#")[0].removeprefix("\0/v3/")
    return path.removeprefix(CATALOG) if _is_catalog(path) else ""


def find_places(registry: UpstreamRegistry) -> Gathering[Places]:
    """Read the service index."""
    (answer,) = yield (UpstreamRequest(registry.url, accept=JSON, reuse_s=REUSE_S),)
    if answer.status == 404:
        hint = "its address is that of the feed's index.json, as NuGet.Config has it"
        raise UpstreamBad(f"the upstream {registry.name} has no service index at {registry.url}", hint)
    return read_places(answer.body)


def _gather_pages(key: PackageKey, body: bytes) -> Gathering[dict[str, bytes]]:
    try:
        pages = _decode_index(body.removeprefix(b"\xef\xbb\xbf")).items
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UpstreamBad(f"the upstream's registration of {key} cannot be read: {error}") from error
    outside: list[str] = list(dict.fromkeys(page.address for page in pages if page.items is None))
    if not outside:
        return {}
    if len(outside) > _MAX_PAGES:
        raise UpstreamBad(f"the upstream's registration of {key} has more than {_MAX_PAGES} pages")
    if not all(address.startswith(("http://", "https://")) for address in outside):
        raise UpstreamBad(f"the upstream's registration of {key} has a page without an address")
    answers = yield tuple(UpstreamRequest(address, accept=JSON) for address in outside)
    return dict(_found(key, outside, answers))


def _found(key: PackageKey, addresses: Sequence[str], answers: Sequence[UpstreamAnswer]) -> Iterator[tuple[str, bytes]]:
    for address, answer in zip(addresses, answers, strict=True):
        if answer.status == 404:
            raise UpstreamBad(f"the upstream's registration of {key} is not whole: a page is missing")
        yield address, answer.body


def _address(places: Places, wanted: FurtherKey) -> str:
    if _is_catalog(wanted.path):
        return f"{places.catalog}/{quote(wanted.path.removeprefix(CATALOG))}" if places.catalog else ""
    if wanted.key.name:
        return _address_of_release(places, wanted.key.name, wanted.path)
    if wanted.path == SIGNATURES:
        return places.signatures
    if _is_query(wanted.path):
        kind, _, query = wanted.path.partition("?")
        base = places.search if kind == "search" else places.autocomplete
        return f"{base}?{query}" if base else ""
    raise NotFound(f"there is no {wanted}")


def _address_of_release(places: Places, name: NormalName, path: str) -> str:
    kind, _, text = path.partition("/")
    try:
        version = normalise(text)
    except Invalid:
        raise NotFound(f"there is no {path[:200]!r} of {name}") from None
    if kind not in OF_RELEASE or not places.flat:
        return ""
    file = f"{name}.nuspec" if kind == "nuspec" else kind
    return f"{places.flat}/{quote(name)}/{quote(version)}/{quote(file)}"
