"""A package's registration, taken apart into one head and the leaves of its releases."""

import hashlib
import logging
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.nuget.collected import Collected, read_collected
from packhouse.ecosystems.nuget.head import Head, Members, Page, pack_head
from packhouse.ecosystems.nuget.leaf import Cut, OtherPackage, Unusable, cut_leaf, with_our_addresses
from packhouse.ecosystems.nuget.places import Places, file_address
from packhouse.ecosystems.nuget.versions import parse_version, version_key

log = logging.getLogger(__name__)

ITEMS = "items"
_MAX_RELEASES = 100_000

_members = msgspec.json.Decoder(dict[str, Raw]).decode
_items = msgspec.json.Decoder(list[Raw]).decode


class _Versions(Struct):
    versions: list[str]


_versions = msgspec.json.Decoder(_Versions).decode


def split(key: PackageKey, body: bytes) -> Index:
    """Take the documents of a package apart; raise UpstreamBad if they are not this package's."""
    collected = read_collected(body)
    digest = hashlib.blake2b(body, digest_size=32).hexdigest()
    try:
        members, pages = _read(key, collected)
        return _Reader(key, collected.places).index(members, pages, digest)
    except OtherPackage as error:
        raise UpstreamBad(f"the upstream's registration of {key} has a release of {str(error)[:100]!r}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UpstreamBad(f"the upstream's registration of {key} cannot be read: {error}") from error
    except RecursionError as error:
        raise UpstreamBad(f"the upstream's registration of {key} is nested too deeply") from error


_PageParts = tuple[Members, list[bytes]]


def _read(key: PackageKey, collected: Collected) -> tuple[Members, list[_PageParts]]:
    """Read the members of the index, and of every page its members and its releases."""
    if not collected.registration:
        return [(ITEMS, b"")], [([(ITEMS, b"")], _invented(key, collected))]
    top = _object(key, collected.registration)
    pages = [_page(key, bytes(raw), collected.pages) for raw in _items(top.get(ITEMS, Raw(b"null")))]
    return _without_items(top, collected.places), [
        (_without_items(page, collected.places), leaves) for page, leaves in pages
    ]


def _page(key: PackageKey, raw: bytes, outside: Mapping[str, bytes]) -> tuple[dict[str, Raw], list[bytes]]:
    page = _members(raw)
    if ITEMS not in page:
        address = msgspec.json.decode(page.get("@id", Raw(b'""')), type=str)
        fetched = outside.get(address)
        if fetched is None:
            raise UpstreamBad(f"the upstream's registration of {key} is not whole: a page is missing")
        found = _object(key, fetched)
        # What explains the document stands in the index already.
        page |= {name: value for name, value in found.items() if name not in page and name != "@context"}
    return page, [bytes(leaf) for leaf in _items(page.get(ITEMS, Raw(b"[]")))]


def _object(key: PackageKey, body: bytes) -> dict[str, Raw]:
    if b"\0" in body:
        raise UpstreamBad(f"the upstream's registration of {key} has a NUL in it")
    return _members(body.removeprefix(b"\xef\xbb\xbf"))


def _without_items(found: Mapping[str, Raw], places: Places) -> Members:
    members = [(name, b"" if name == ITEMS else with_our_addresses(places, bytes(raw))) for name, raw in found.items()]
    return members if ITEMS in found else [*members, (ITEMS, b"")]


def _invented(key: PackageKey, collected: Collected) -> list[bytes]:
    """Write a leaf for each version of a feed that lists nothing else."""
    if b"\0" in collected.flat:
        raise UpstreamBad(f"the upstream's list of versions of {key} has a NUL in it")
    leaves = []
    for text in _versions(collected.flat.removeprefix(b"\xef\xbb\xbf")).versions:
        try:
            version = parse_version(text)
        except Invalid:
            log.warning("left %s %r out: it is no version", key, text[:80])
            continue
        content = file_address(collected.places.flat, key.name, version.normal)
        entry = {"id": key.name, "listed": True, "packageContent": content, "version": version.normal}
        leaf = {"@type": "Package", "catalogEntry": entry, "packageContent": content}
        leaves.append(msgspec.json.encode(leaf))
    return leaves


class _Reader:
    """Makes the fragments of one registration."""

    def __init__(self, key: PackageKey, places: Places) -> None:
        self._key = key
        self._places = places
        self._seen: set[str] = set()
        self._omitted: list[str] = []

    def index(self, members: Members, pages: list[_PageParts], digest: str) -> Index:
        """Cut every release out, and leave out those that cannot be served safely."""
        if sum(len(leaves) for _, leaves in pages) > _MAX_RELEASES:
            raise UpstreamBad(f"the upstream's registration of {self._key} has more than {_MAX_RELEASES} releases")
        cuts: list[Cut] = []
        kept: list[Page] = []
        for page, leaves in pages:
            found = list(self._cut(leaves))
            cuts += found
            if found:
                kept.append(Page(page, tuple(cut.fragment.version for cut in found)))
        if self._omitted:
            some = "; ".join(self._omitted[:5])
            log.warning("left %d releases of %s out: %s", len(self._omitted), self._key, some)
        newest = max(cuts, key=lambda cut: version_key(cut.fragment.version), default=None)
        head = Head(
            places=self._places,
            written_id=newest.written_id if newest else self._key.name,
            members=members,
            pages=tuple(kept),
            files={cut.fragment.version: cut.file for cut in cuts if cut.file},
            semver2=frozenset(cut.fragment.version for cut in cuts if cut.needs_semver2),
        )
        return Index(pack_head(head), tuple(cut.fragment for cut in cuts), digest)

    def _cut(self, leaves: list[bytes]) -> Iterator[Cut]:
        for raw in leaves:
            try:
                cut = cut_leaf(self._key.name, self._places, raw)
            except Unusable as error:
                self._omitted.append(str(error)[:200])
                continue
            version = cut.fragment.version.lower()
            if version in self._seen:
                self._omitted.append(f"{version[:60]} stands twice")
                continue
            self._seen.add(version)
            yield cut


def find_file(key: PackageKey, index: Index, filename: str) -> Fragment | None:
    """Find the release that a file's name names, in any case."""
    wanted = filename.lower()
    prefix, suffix = f"{key.name}.", ".nupkg"
    if not (wanted.startswith(prefix) and wanted.endswith(suffix)):
        return None
    return find_version(index, wanted[len(prefix) : -len(suffix)])


def find_version(index: Index, version: str) -> Fragment | None:
    """Find a release by its version, in any case."""
    wanted = version.lower()
    return next((each for each in index.fragments if each.version.lower() == wanted), None)
