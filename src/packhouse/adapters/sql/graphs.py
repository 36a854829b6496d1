"""Kept graphs, and who is found by them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort, as_json
from packhouse.adapters.sql.packing import decode_bytes, pack_bytes
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.dependent_ports import (
    DIRECT,
    INDIRECT,
    Dependent,
    DependentCount,
    DependentPlace,
    GraphPlace,
    GraphState,
    GraphTask,
    KeptGraph,
    Uses,
    uses_of,
)
from packhouse.services.dependent_ways import NOWHERE, Ways

_POSITION, _MARKER = "graph_position", "graph_marker"


class _Lean(Struct, frozen=True):
    """What a list shows of a kept graph; the rest is passed over, which takes a small part of the time."""

    version: str = ""
    ways: Ways | None = None


class SqlGraphs(SqlPort):
    """The store of graphs; one that cannot be read counts as one that was never made."""

    async def read_graph_place(self) -> GraphPlace | None:
        """Tell how far the log was followed; None before it ever was."""
        rows: dict[str, int] = dict(await self._database.scan(self._database.text.read_graph_place, {}))
        if _POSITION not in rows or _MARKER not in rows:
            return None
        return GraphPlace(int(rows[_POSITION]), int(rows[_MARKER]))

    async def begin_graphs(self, keys: Collection[PackageKey], place: GraphPlace | None, at: Moment) -> None:
        """Let the graphs of these packages be made, and of no others."""
        await self._database.write(lambda: self._begin_graphs(sorted(keys), place, at))

    async def mark_graphs(self, keys: Collection[PackageKey], place: GraphPlace | None, at: Moment) -> None:
        """Let graphs be made, and all that looked at one of these packages."""
        await self._database.write(lambda: self._mark_graphs(sorted(keys), place, at))

    async def list_due_graphs(self, now: Moment, limit: int) -> Sequence[GraphTask]:
        """List what is to be made, what was marked last first."""
        rows = await self._database.scan(self._database.text.list_due_graphs, {"now": now, "limit": limit})
        return [GraphTask(PackageKey(ecosystem, NormalName(name)), int(mark)) for ecosystem, name, mark in rows]

    async def count_due_graphs(self, now: Moment) -> int:
        """Count what is to be made."""
        rows = await self._database.scan(self._database.text.count_due_graphs, {"now": now})
        return int(rows[0][0])

    async def write_graph(self, task: GraphTask, kept: KeptGraph, made_at: Moment, due_at: Moment | None) -> None:
        """Keep a graph and who is found by it."""
        body = await pack_bytes(msgspec.msgpack.encode(kept))
        uses = uses_of(task.key, kept)
        await self._database.write(lambda: self._put_graph(task, body, uses, made_at, due_at))

    async def find_graph(self, key: PackageKey) -> GraphState | None:
        """Look the graph of a package up."""
        row = await self._database.one(self._database.text.find_graph, _named(key))
        kept = None if row is None else _read(row[2])
        if row is None or kept is None:
            return None
        return GraphState(kept, Moment(row[1] or 0), row[0])

    async def count_dependents(
        self, key: PackageKey, version: str, hidden: Collection[PackageKey] = ()
    ) -> DependentCount:
        """Count the packages whose graph has a release."""
        asked = _named(key) | {"version": version, "hidden": _names(hidden)}
        counts: dict[int, int] = dict(await self._database.scan(self._database.text.count_dependents, asked))
        return DependentCount(int(counts.get(DIRECT, 0)), int(counts.get(INDIRECT, 0)))

    async def count_versions(self, key: PackageKey, hidden: Collection[PackageKey] = ()) -> Mapping[str, int]:
        """Count the packages whose graph has it, for each release that has any."""
        asked = _named(key) | {"hidden": _names(hidden)}
        rows = await self._database.scan(self._database.text.count_dependents_by_version, asked)
        return {version: int(count) for version, count in rows}

    async def list_dependents(
        self, key: PackageKey, version: str, after: DependentPlace, limit: int, hidden: Collection[PackageKey] = ()
    ) -> Sequence[Dependent]:
        """List the packages whose graph has a release, behind a place."""
        relation = INDIRECT if after.indirect else DIRECT
        place = {"version": version, "relation": relation, "after": after.name, "limit": limit}
        asked = _named(key) | place | {"hidden": _names(hidden)}
        rows = await self._database.scan(self._database.text.list_dependents, asked)
        return await asyncio.to_thread(lambda: [_dependent(row) for row in rows])

    async def list_graph_names(self, ecosystem: str, after: str, limit: int) -> Sequence[PackageKey]:
        """List the packages that graphs are of or looked at, behind a name."""
        asked = {"ecosystem": ecosystem, "after": after, "limit": limit}
        rows = await self._database.scan(self._database.text.list_graph_names, asked)
        return [PackageKey(ecosystem, NormalName(name)) for (name,) in rows]

    async def list_doubtful(self, ecosystem: str, hidden: Collection[PackageKey]) -> Sequence[PackageKey]:
        """List the packages whose graph looked at one of these, without these themselves."""
        asked = {"ecosystem": ecosystem, "hidden": _names(hidden)}
        rows = await self._database.scan(self._database.text.list_doubtful, asked)
        return [PackageKey(ecosystem, NormalName(name)) for (name,) in rows]

    def _begin_graphs(self, keys: Sequence[PackageKey], place: GraphPlace | None, at: Moment) -> Work[None]:
        text = self._database.text
        for key in keys:
            number = yield from _number(text, key)
            yield text.mark_graph, {"id": number, "at": at}
        yield from _move(text, place)

    def _mark_graphs(self, keys: Sequence[PackageKey], place: GraphPlace | None, at: Moment) -> Work[None]:
        text = self._database.text
        for key in keys:
            number = yield from _number(text, key)
            yield text.mark_graph_users, {"id": number, "at": at}
            yield text.mark_graph, {"id": number, "at": at}
        yield from _move(text, place)

    def _put_graph(
        self, task: GraphTask, body: bytes, uses: frozenset[Uses], made_at: Moment, due_at: Moment | None
    ) -> Work[None]:
        text = self._database.text
        user = yield from _number(text, task.key)
        stored = yield text.read_graph_body, {"id": user}
        old = _read(stored[0][0]) if stored else None
        before = frozenset[Uses]() if old is None else uses_of(task.key, old)
        if stored and old is None:
            # Nothing tells any more which rows it has: look through all.
            yield text.drop_graph_uses, {"id": user}
        for change, statement in ((before - uses, text.drop_graph_use), (uses - before, text.add_graph_use)):
            for each in change:
                used = yield from _number(text, each.key)
                row = {"used_id": used, "version": each.version, "relation": each.relation, "user_id": user}
                yield statement, row
        yield text.write_graph_body, {"name_id": user, "body": body}
        yield text.settle_graph, {"id": user, "mark": task.mark, "made_at": made_at, "due_at": due_at}


def _move(text: Texts, place: GraphPlace | None) -> Work[None]:
    if place is not None:
        yield text.write_graph_place, {"name": _POSITION, "value": place.position}
        yield text.write_graph_place, {"name": _MARKER, "value": place.marker}


def _number(text: Texts, key: PackageKey) -> Work[int]:
    rows = yield text.find_graph_name, _named(key)
    if not rows:
        rows = yield text.write_graph_name, _named(key)
    return int(rows[0][0])


def _dependent(row: Row) -> Dependent:
    ecosystem, name, relation, body = row
    try:
        lean = _decode_lean(decode_bytes(body))
    except (StorageDamaged, msgspec.MsgspecError):
        lean = _Lean()
    key = PackageKey(ecosystem, NormalName(name))
    return Dependent(key, "direct" if relation == DIRECT else "indirect", lean.version, lean.ways or NOWHERE)


def _named(key: PackageKey) -> dict[str, Any]:
    return {"ecosystem": key.ecosystem, "name": key.name}


def _names(keys: Collection[PackageKey]) -> str:
    return as_json([key.name for key in keys])


def _read(body: bytes) -> KeptGraph | None:
    try:
        return msgspec.msgpack.decode(decode_bytes(body), type=KeptGraph)
    except (StorageDamaged, msgspec.MsgspecError):
        return None


_decode_lean = msgspec.msgpack.Decoder(_Lean).decode
