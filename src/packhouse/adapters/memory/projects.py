"""Source repositories in dictionaries, for tests."""

from collections.abc import Sequence

from packhouse.domain.package import PackageKey
from packhouse.domain.project import PROVENANCES, FactKind, Relation
from packhouse.domain.project_address import project_anywhere
from packhouse.domain.release import PackageRecord
from packhouse.services.project_ports import PackagePlace, StoredFact, StoredRelation

_LABELS = frozenset(("repository", "issues", "origin"))


class MemoryProjects:
    """Keeps what is known for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._records: dict[tuple[str, PackageKey], tuple[int, PackageRecord]] = {}
        self._told: dict[tuple[str, FactKind], StoredFact] = {}
        self._relations: set[StoredRelation] = set()

    async def find_project_facts(self, project: str) -> Sequence[StoredFact]:
        """Return what is known, one of each kind at most."""
        return [fact for (of, _), fact in sorted(self._told.items()) if of == project]

    async def write_project_facts(self, facts: Sequence[StoredFact]) -> None:
        """Store facts in place of those of the same project and kind, all of them or none."""
        self._told |= {(fact.project, fact.kind): fact for fact in facts}

    async def list_projects(self, after: str, limit: int) -> Sequence[str]:
        """List projects of which anything is known, by id, after an id."""
        return sorted({project for project, _ in self._told if project > after})[:limit]

    async def list_project_packages(self, project: str, limit: int) -> Sequence[PackagePlace]:
        """List packages with a release whose record may name a project, by origin and key."""
        found = [PackagePlace(*place) for place, (_, record) in self._records.items() if _names(record, project)]
        return sorted(found)[:limit]

    async def list_project_relations(self, project: str, limit: int) -> Sequence[StoredRelation]:
        """List what was told of a project, the surest provenance first."""
        found = [each for each in self._relations if each.relation.project == project]
        return sorted(found, key=lambda each: (_rank(each.relation), each.place, each.relation))[:limit]

    async def list_release_relations(self, place: PackagePlace, version: str) -> Sequence[Relation]:
        """List what was told of a release."""
        found = [each.relation for each in self._relations if each.place == place and each.relation.version == version]
        return sorted(found, key=lambda each: (_rank(each), each))

    async def write_relations(self, place: PackagePlace, relations: Sequence[Relation]) -> None:
        """Add what is known of releases of a package; nothing changes where it is known already."""
        self._relations |= {StoredRelation(place, each) for each in relations}


def _rank(relation: Relation) -> int:
    return PROVENANCES.index(relation.provenance)


def _names(record: PackageRecord, project: str) -> bool:
    releases = map(record.release, range(len(record.versions)))
    links = (link for release in releases for link in release.links)
    return any(link.label in _LABELS and project_anywhere(link.url) == project for link in links)
