"""What is known of projects while a resolution goes on: releases, and the metadata of those that are looked at."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping

from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pypi.markers import holds
from packhouse.ecosystems.pypi.record import document_of, extras_in
from packhouse.ecosystems.pypi.shelves import Pick, Shelf
from packhouse.ecosystems.pypi.targets import Target
from packhouse.ecosystems.pypi.wanted import Metadata, Wanted, read_metadata, read_wanted, version_in

ECOSYSTEM = "pypi"
_MOST_READ = 20_000
_NO_EXTRAS: frozenset[str] = frozenset()
_read: "OrderedDict[tuple[int, int], Metadata]" = OrderedDict()
"""Metadata that was read before, by what is as good as the bytes of it."""


class Missing(Exception):
    """What a search needs before it can go on."""

    def __init__(self, names: Iterable[str] = (), documents: Iterable[FurtherKey] = ()) -> None:
        super().__init__()
        self.names = frozenset(names)
        self.documents = frozenset(documents)


def package_key(name: str) -> PackageKey:
    """Name a project."""
    return PackageKey(ECOSYSTEM, NormalName(name))


def metadata_of(key: PackageKey, pick: Pick) -> FurtherKey:
    """Name the metadata beside a file (PEP 658): by the file's name and, where it is not ours, its address."""
    name = f"{pick.artifact.filename}.metadata"
    return FurtherKey(key, f"{name} {pick.artifact.url}.metadata" if pick.artifact.url else name)


class Catalogue:
    """The releases of projects and what they ask for, on one target."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._shelves: dict[str, Shelf | None] = {}
        self._documents: dict[FurtherKey, bytes | None] = {}
        self._metadata: dict[tuple[str, int], Metadata] = {}
        self._wanted: dict[tuple[str, int, frozenset[str]], tuple[Wanted, ...]] = {}

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such project."""
        for key, record in records.items():
            self._shelves[key.name] = None if record is None else Shelf(key.name, record, self.target)

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take documents; None says that there is no such document."""
        self._documents.update(documents)

    def knows(self, name: str) -> bool:
        """Tell whether a project was looked up."""
        return name in self._shelves

    def shelf(self, name: str) -> Shelf | None:
        """Return a project's releases, None where there is no such project; raise Missing."""
        try:
            return self._shelves[name]
        except KeyError:
            raise Missing(names=(name,)) from None

    def metadata(self, shelf: Shelf, position: int) -> Metadata:
        """Return what a release says of itself; raise Missing where this was not fetched."""
        where = shelf.name, position
        found = self._metadata.get(where)
        if found is None:
            pick = shelf.pick(position)
            found = self._metadata[where] = self._find_metadata(shelf, position, pick) if pick else Metadata()
        return found

    def wanted(self, shelf: Shelf, position: int, extras: frozenset[str] = _NO_EXTRAS) -> tuple[Wanted, ...]:
        """List what a release asks for with these extras, of those that it has; raise Missing."""
        where = shelf.name, position, extras
        found = self._wanted.get(where)
        if found is None:
            metadata = self.metadata(shelf, position)
            # pip leaves out extras that a release does not say it has; uv goes by the markers.
            known = extras & metadata.extras if self.target.client == "pip" else extras
            variables = self.target.markers
            found = self._wanted[where] = tuple(
                each for each in metadata.wanted if each.marker is None or holds(each.marker, variables, known)
            )
        return found

    def fetchable(self, shelf: Shelf, position: int) -> FurtherKey | None:
        """Name the document that tells what a release asks for, where it is not there yet."""
        try:
            self.metadata(shelf, position)
        except Missing as missing:
            return next(iter(missing.documents))
        return None

    def _find_metadata(self, shelf: Shelf, position: int, pick: Pick) -> Metadata:
        key, version = package_key(shelf.name), shelf.version(position)
        for document in _documents(key, version, pick):
            if document not in self._documents:
                raise Missing(documents=(document,))
            body = self._documents[document]
            if body is None or (document.path == "json" and version_in(body) != version):
                continue
            return _read_once(body)
        requirements = shelf.release(position).requirements
        if requirements or not pick.artifact.url:
            return _from_record(requirements)
        return Metadata(unknown=True)


def _documents(key: PackageKey, version: str, pick: Pick) -> Iterator[FurtherKey]:
    """List the documents that may tell what a release asks for, the best first."""
    of_version, of_file = document_of(key, version), metadata_of(key, pick)
    if not pick.artifact.url:
        yield of_file
        return
    is_wheel = pick.artifact.filename.endswith(".whl")
    yield from (of_file, of_version) if pick.is_described else (of_version,)
    if is_wheel and not pick.is_described:
        # Some mirrors have the metadata and do not say so.
        yield of_file
    yield FurtherKey(key, "json")


def _read_once(body: bytes) -> Metadata:
    mark = hash(body), len(body)
    found = _read.get(mark)
    if found is None:
        found = _read[mark] = read_metadata(body)
        if len(_read) > _MOST_READ:
            _read.popitem(last=False)
    return found


def forget() -> None:
    """Forget all metadata that was read, as a new process has."""
    _read.clear()
    read_wanted.cache_clear()


def _from_record(requirements: Iterable[Requirement]) -> Metadata:
    wanted: list[Wanted] = []
    extras: set[str] = set()
    for each in requirements:
        if each.kind == "unknown":
            return Metadata(fault=f"{each.name!r} is no dependency specifier")
        extras.update(extras_in(each.marker or ""))
        asked = f"[{','.join(each.extras)}]" if each.extras else ""
        behind = f"; {each.marker}" if each.marker else ""
        wanted.append(read_wanted(each.raw or f"{each.name}{asked}{each.range}{behind}"))
    return Metadata(tuple(wanted), "", frozenset(extras))
