"""What projects need of the outside world."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.project import FactKind, Fuzzing, Relation, Repository, Scorecard


class StoredFact(Struct, frozen=True):
    """What one service said of a project when it was last asked."""

    project: str
    kind: FactKind
    checked_at: Moment
    value: Repository | Scorecard | Fuzzing | None
    """None where it knows no such project."""
    etag: str = ""


class ProjectStore(Protocol):
    """What is known of projects."""

    async def find_project_facts(self, project: str) -> Sequence[StoredFact]:
        """Return what is known, one of each kind at most; raise StorageDamaged."""

    async def write_project_facts(self, facts: Sequence[StoredFact]) -> None:
        """Store facts in place of those of the same project and kind, all of them or none."""

    async def list_projects(self, after: str, limit: int) -> Sequence[str]:
        """List projects of which anything is known, by id, after an id."""


class PackagePlace(Struct, frozen=True, order=True):
    """A package of one origin."""

    origin: str
    key: PackageKey


class StoredRelation(Struct, frozen=True, order=True):
    """A release that is known to belong to a project from elsewhere than its record."""

    place: PackagePlace
    relation: Relation


class RelationStore(Protocol):
    """Which packages belong to which projects; what is found may be out of date, and has to be checked."""

    async def list_project_packages(self, project: str, limit: int) -> Sequence[PackagePlace]:
        """List packages with a release whose record may name a project, by origin and key."""

    async def list_project_relations(self, project: str, limit: int) -> Sequence[StoredRelation]:
        """List what was told of a project, the surest provenance first."""

    async def list_release_relations(self, place: PackagePlace, version: str) -> Sequence[Relation]:
        """List what was told of a release."""

    async def write_relations(self, place: PackagePlace, relations: Sequence[Relation]) -> None:
        """Add what is known of releases of a package; nothing changes where it is known already."""


class FactSource(Protocol):
    """The services that tell of repositories."""

    hosts: frozenset[str]
    """First parts of the ids that may be asked about."""

    async def fetch_fact(self, project: str, kind: FactKind, known: StoredFact | None) -> StoredFact | None:
        """Ask one service; return what it says, None where nobody can be asked, or raise an UpstreamError.

        An answer that nothing has changed is the known value with another `checked_at`.
        """
