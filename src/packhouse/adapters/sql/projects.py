"""Source repositories: what is known of them, and which packages come from them."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort, package, package_id
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.project import Fuzzing, Provenance, Relation, RelationType, Repository, Scorecard
from packhouse.domain.project_address import project_anywhere
from packhouse.domain.release import Release
from packhouse.services.project_ports import PackagePlace, StoredFact, StoredRelation

_LABELS = frozenset(("repository", "issues", "origin"))
"""Links that may lead to a repository."""
_RANKS: dict[Provenance, int] = {"slsa": 1, "publish": 2, "origin": 6, "metadata": 10}
_PROVENANCES: dict[int, Provenance] = {rank: provenance for provenance, rank in _RANKS.items()}
_TYPES: dict[str, RelationType] = {"source": "source", "issues": "issues"}
_DECODERS: dict[str, Callable[[bytes], Repository | Scorecard | Fuzzing]] = {
    "repository": body_decoder(Repository),
    "scorecard": body_decoder(Scorecard),
    "fuzzing": body_decoder(Fuzzing),
}


class SqlProjects(SqlPort):
    """The stores of projects and of what comes from them."""

    async def find_project_facts(self, project: str) -> Sequence[StoredFact]:
        """Return what is known, one of each kind at most."""
        (rows,) = await self._database.each(self._database.text.find_project_facts, [{"project": project}])
        return [
            StoredFact(project, kind, checked_at, _DECODERS[kind](body) if body else None, etag)
            for kind, checked_at, etag, body in rows
            if kind in _DECODERS
        ]

    async def write_project_facts(self, facts: Sequence[StoredFact]) -> None:
        """Store facts in place of those of the same project and kind, all of them or none."""
        if facts:
            await self._database.write(lambda: self._write_facts(facts))

    async def list_projects(self, after: str, limit: int) -> Sequence[str]:
        """List projects of which anything is known, by id, after an id."""
        rows = await self._database.scan(self._database.text.list_projects, {"after": after, "limit": limit})
        return [str(row[0]) for row in rows]

    async def list_project_packages(self, project: str, limit: int) -> Sequence[PackagePlace]:
        """List packages with a release whose record may name a project, by origin and key."""
        where = {"prefix": project_prefix(project), "limit": limit}
        rows = await self._database.scan(self._database.text.list_project_packages, where)
        return [_place(*row) for row in rows]

    async def list_project_relations(self, project: str, limit: int) -> Sequence[StoredRelation]:
        """List what was told of a project, the surest provenance first."""
        where = {"project": project, "limit": limit}
        rows = await self._database.scan(self._database.text.list_project_relations, where)
        return [StoredRelation(_place(*row[4:]), _relation(*row[:4])) for row in rows]

    async def list_release_relations(self, place: PackagePlace, version: str) -> Sequence[Relation]:
        """List what was told of a release."""
        where = package(place.origin, place.key) | {"version": version}
        (rows,) = await self._database.each(self._database.text.list_release_relations, [where])
        return [_relation(*row) for row in rows]

    async def write_relations(self, place: PackagePlace, relations: Sequence[Relation]) -> None:
        """Add what is known of releases of a package; nothing changes where it is known already."""
        if relations:
            await self._database.write(lambda: self._write_relations(place, relations))

    def _write_facts(self, facts: Sequence[StoredFact]) -> Work[None]:
        for each in facts:
            yield (
                self._database.text.write_project_fact,
                {
                    "project": each.project,
                    "kind": each.kind,
                    "checked_at": each.checked_at,
                    "etag": each.etag,
                    "body": b"" if each.value is None else encode_body(each.value),
                },
            )

    def _write_relations(self, place: PackagePlace, relations: Sequence[Relation]) -> Work[None]:
        text = self._database.text
        row = yield from package_id(text, place.origin, place.key)
        for each in relations:
            columns = {"project": each.project, "version": each.version, "type": each.type}
            yield text.add_relation, columns | {"rank": _RANKS[each.provenance], "package_id": row}


def project_prefix(project: str) -> int:
    """Make the number under which the packages of a project are found."""
    digest = hashlib.blake2b(project.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def projects_of(releases: Iterable[Release]) -> Sequence[int]:
    """Make the numbers of all projects that releases may name."""
    urls = {link.url for release in releases for link in release.links if link.label in _LABELS}
    found = {project for url in urls if (project := project_anywhere(url)) is not None}
    return sorted(map(project_prefix, found))


def put_projects(text: Texts, package_id: int, prefixes: Iterable[int]) -> Work[None]:
    """Write which projects a package names; those that are there stay."""
    for prefix in prefixes:
        yield text.add_package_project, {"prefix": prefix, "package_id": package_id}


def _place(origin: str, ecosystem: str, name: str) -> PackagePlace:
    return PackagePlace(origin, PackageKey(ecosystem, NormalName(name)))


def _relation(project: str, version: str, kind: str, rank: int) -> Relation:
    provenance = _PROVENANCES.get(rank)
    relation = _TYPES.get(kind)
    if provenance is None or relation is None:
        raise StorageDamaged(f"a stored relation of {project} cannot be read")
    return Relation(project, version, relation, provenance)
