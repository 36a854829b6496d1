"""Facts of releases."""

from collections.abc import Sequence

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.package import PackageKey
from packhouse.services.fact_ports import FactKind, ReleaseFact

_FIND = """
    SELECT body, source, written_at FROM release_fact
    WHERE name = :name AND ecosystem = :ecosystem AND version = :version AND kind = :kind
"""
_WRITE = """
    INSERT INTO release_fact (name, ecosystem, version, kind, source, written_at, body)
    VALUES (:name, :ecosystem, :version, :kind, :source, :written_at, :body)
    ON CONFLICT (name, ecosystem, version, kind)
    DO UPDATE SET source = excluded.source, written_at = excluded.written_at, body = excluded.body
"""


class SqlFacts(SqlPort):
    """The store of facts."""

    async def find_fact(self, key: PackageKey, version: str, kind: FactKind) -> ReleaseFact | None:
        """Look a fact up."""
        where = {"name": key.name, "ecosystem": key.ecosystem, "version": version, "kind": kind}
        row = await self._database.one(_FIND, where)
        return None if row is None else ReleaseFact(key, version, kind, *row)

    async def write_facts(self, facts: Sequence[ReleaseFact]) -> None:
        """Add facts or replace those of the same release and kind."""

        def work() -> Work[None]:
            for fact in facts:
                yield (
                    _WRITE,
                    {
                        "name": fact.key.name,
                        "ecosystem": fact.key.ecosystem,
                        "version": fact.version,
                        "kind": fact.kind,
                        "source": fact.source,
                        "written_at": fact.written_at,
                        "body": fact.body,
                    },
                )

        if facts:
            await self._database.write(work)
