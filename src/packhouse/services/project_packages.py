"""Which releases belong to which source repositories: found by an index, then read as whoever asks may see them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import NotFound, NotSignedIn, Refused, UpstreamError
from packhouse.domain.package import PackageKey
from packhouse.domain.project import PROVENANCES, Provenance, Relation, RelationType
from packhouse.domain.project_address import PUBLIC_HOSTS, project_id
from packhouse.domain.release import Link, PackageRecord, Release
from packhouse.domain.view import View
from packhouse.services.project_ports import PackagePlace, RelationStore
from packhouse.services.records import Records

_MOST_PACKAGES = 5_000
_REMEMBERED = 100_000
_MOST_LINKS = 4_096
"""Sets of links that are remembered."""
_LINKS: Mapping[str, tuple[RelationType, Provenance]] = {
    "repository": ("source", "metadata"),
    "issues": ("issues", "metadata"),
    "origin": ("source", "origin"),
}
"""What a link of a release says, by its label; `origin` is where the registry itself has fetched the code."""


class ProjectRelease(Struct, frozen=True):
    """A release that belongs to a project."""

    key: PackageKey
    relation: Relation


class ProjectPackages:
    """Finds the releases of projects, and the projects of releases, in every ecosystem."""

    def __init__(
        self,
        store: RelationStore,
        records: Mapping[str, Records],
        hosts: Collection[str] = PUBLIC_HOSTS,
    ) -> None:
        """Take who reads the records of each ecosystem, and the hosts whose projects are known as such."""
        self._store = store
        self._records = records
        self._hosts = frozenset(hosts) | PUBLIC_HOSTS
        self._noted: set[tuple[PackagePlace, Relation]] = set()

    async def list(self, view: View, project: str, limit: int) -> Sequence[ProjectRelease]:
        """List releases that the asker may see, those first of which it is known best."""
        found: dict[tuple[PackageKey, str, RelationType], ProjectRelease] = {}
        known: dict[PackagePlace, PackageRecord | None] = {}
        for told in await self._store.list_project_relations(project, 4 * limit):
            if len(found) >= limit:
                break
            record = await self._record(view, told.place, known)
            if record is not None and told.relation.version in record.versions:
                relation = told.relation
                found.setdefault(
                    (told.place.key, relation.version, relation.type), ProjectRelease(told.place.key, relation)
                )
        for place in await self._store.list_project_packages(project, _MOST_PACKAGES):
            if len(found) >= limit:
                break
            record = await self._record(view, place, known)
            for relation in self._named(record, project, limit - len(found)):
                found.setdefault((place.key, relation.version, relation.type), ProjectRelease(place.key, relation))
        return sorted(found.values(), key=_order)[:limit]

    async def beyond_links(self, place: PackagePlace, release: Release) -> Sequence[Relation]:
        """List the projects of a release that its links to public hosts do not tell, or not as well; mostly none."""
        told = await self._store.list_release_relations(place, release.version)
        further = _further(release.links, self._hosts)
        if not told and not further:
            return ()
        return best((*told, *(replace(each, version=release.version) for each in further)))

    async def note(self, place: PackagePlace, relations: Iterable[Relation]) -> None:
        """Remember what is known of releases from elsewhere than their record, such as a checked attestation."""
        fresh = [each for each in relations if (place, each) not in self._noted]
        if not fresh:
            return
        await self._store.write_relations(place, fresh)
        if len(self._noted) > _REMEMBERED:
            self._noted.clear()
        self._noted.update((place, each) for each in fresh)

    async def note_completed(self, place: PackagePlace, known: Release, completed: Release) -> None:
        """Remember what only further documents tell of a release."""
        if known.links != completed.links:
            before = set(relations_in(known, self._hosts))
            await self.note(place, (each for each in relations_in(completed, self._hosts) if each not in before))

    async def _record(
        self, view: View, place: PackagePlace, known: dict[PackagePlace, PackageRecord | None]
    ) -> PackageRecord | None:
        if place not in known:
            known[place] = await self._read(view, place)
        return known[place]

    async def _read(self, view: View, place: PackagePlace) -> PackageRecord | None:
        records = self._records.get(place.key.ecosystem)
        if records is None or (place.origin.startswith("hosted:") and place.origin != view.origin):
            return None
        try:
            return await records.get(view, place.key, "known")
        except (NotFound, NotSignedIn, Refused, UpstreamError):
            return None

    def _named(self, record: PackageRecord | None, project: str, limit: int) -> Iterator[Relation]:
        """Go through the releases of a package, the newest first."""
        if record is None:
            return
        for position in reversed(range(len(record.versions))):
            for relation in relations_in(record.release(position), self._hosts):
                if relation.project == project and limit > 0:
                    limit -= 1
                    yield relation


def relations_in(release: Release, hosts: Collection[str] = PUBLIC_HOSTS) -> Sequence[Relation]:
    """List the projects that a release names."""
    named = _named(tuple(link for link in release.links if link.label in _LINKS), frozenset(hosts))
    return [replace(each, version=release.version) for each in named]


@lru_cache(_MOST_LINKS)
def _named(links: tuple[Link, ...], hosts: frozenset[str]) -> tuple[Relation, ...]:
    """Read links, which are the same in most releases of a package."""
    found = (
        Relation(project, "", *_LINKS[link.label])
        for link in links
        if (project := project_id(link.url, hosts)) is not None
    )
    return tuple(best(found))


@lru_cache(_MOST_LINKS)
def _further(links: tuple[Link, ...], hosts: frozenset[str]) -> tuple[Relation, ...]:
    named = _named(tuple(link for link in links if link.label in _LINKS), hosts)
    return tuple(
        each for each in named if each.provenance != "metadata" or each.project.partition("/")[0] not in PUBLIC_HOSTS
    )


def best(relations: Iterable[Relation]) -> Sequence[Relation]:
    """Keep what is known best of each project and kind, in the order of the projects."""
    found: dict[tuple[RelationType, str], Relation] = {}
    for each in sorted(relations, key=_rank):
        found.setdefault((each.type, each.project), each)
    return [found[which] for which in sorted(found)]


def _rank(relation: Relation) -> int:
    return PROVENANCES.index(relation.provenance)


def _order(release: ProjectRelease) -> tuple[int, PackageKey, str, str]:
    relation = release.relation
    return _rank(relation), release.key, relation.version, relation.type
