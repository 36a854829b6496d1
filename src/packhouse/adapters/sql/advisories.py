"""Advisories: records as their databases wrote them, and what they say of packages, ready to be matched."""

from collections.abc import Sequence
from hashlib import sha256

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort, next_numbers
from packhouse.adapters.sql.packing import pack_bytes, unpack_bytes
from packhouse.domain.advisory import Mention
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.package import PackageKey
from packhouse.services.advisory_ports import AdvisoryCount, AdvisoryEntry, AdvisoryState, StoredAdvisory

_decode_mention = body_decoder(Mention)


class SqlAdvisories(SqlPort):
    """The store of advisories."""

    async def find_advisories(self, name: str) -> Sequence[StoredAdvisory]:
        """Return the record with an id, or else those that have it as an alias, by id."""
        text = self._database.text
        row = await self._database.one(text.find_advisory, {"name": name})
        if row is not None:
            return [await read_stored(row)]
        (rows,) = await self._database.each(text.list_aliased, [{"alias": name}])
        return [await read_stored(each) for each in rows]

    async def list_mentions(self, keys: Sequence[PackageKey]) -> Sequence[Sequence[Mention]]:
        """Tell what is said of each package, by id."""
        where = [{"name": key.name, "ecosystem": key.ecosystem} for key in keys]
        found = await self._database.each(self._database.text.list_mentions, where)
        return [[_decode_mention(body) for (body,) in rows] for rows in found]

    async def list_changed_advisories(self, after: int, limit: int) -> Sequence[AdvisoryState]:
        """List what was written after a generation, oldest first."""
        where = {"after": after, "limit": limit}
        return [_state(row) for row in await self._database.scan(self._database.text.list_changed_advisories, where)]

    async def count_advisories(self) -> Sequence[AdvisoryCount]:
        """Count the records of every source, by its name."""
        return [AdvisoryCount(*row) for row in await self._database.scan(self._database.text.count_advisories, {})]

    async def read_advisory_generation(self) -> int:
        """Read the number of the last change."""
        row = await self._database.one(self._database.text.read_advisory_generation, {})
        return 0 if row is None else int(row[0])

    async def write_advisories(self, entries: Sequence[AdvisoryEntry]) -> None:
        """Add records or replace those with the same id and source; all of them or none."""
        if entries:
            bodies = [await pack_bytes(entry.body) for entry in entries]
            await self._database.write(lambda: self._write_advisories(entries, bodies))

    async def drop_advisories(self, source: str, ids: Sequence[str]) -> int:
        """Forget records of a source; tell how many of them were there."""
        return await self._database.write(lambda: self._drop_advisories(source, ids)) if ids else 0

    async def list_advisory_states(self, source: str) -> Sequence[AdvisoryState]:
        """List all records of a source, by id."""
        where = {"source": source}
        return [_state(row) for row in await self._database.scan(self._database.text.list_advisory_states, where)]

    def _write_advisories(self, entries: Sequence[AdvisoryEntry], bodies: Sequence[bytes]) -> Work[None]:
        last = yield from next_numbers(self._database.text, len(entries))
        first = last - len(entries) + 1
        for place, (entry, body) in enumerate(zip(entries, bodies, strict=True)):
            yield from self._write_advisory(entry, body, first + place)
        yield from self._note(last)

    def _write_advisory(self, entry: AdvisoryEntry, body: bytes, generation: int) -> Work[None]:
        text, state = self._database.text, entry.state
        columns = {
            "name": state.id,
            "source": state.source,
            "modified_at": state.modified_at,
            "withdrawn_at": state.withdrawn_at,
            "malicious": int(state.malicious),
            "digest": state.digest,
            "generation": generation,
        }
        rows = yield text.write_advisory, columns
        row = rows[0][0]
        yield text.write_advisory_body, {"advisory_id": row, "body": body}
        yield from self._drop_words(row)
        for alias in dict.fromkeys(entry.aliases):
            yield text.write_advisory_alias, {"alias": alias, "advisory_id": row}
        for key, mention in entry.mentions.items():
            where = {"name": key.name, "ecosystem": key.ecosystem, "advisory_id": row}
            yield text.write_mention, where | {"body": encode_body(mention)}

    def _drop_advisories(self, source: str, ids: Sequence[str]) -> Work[int]:
        text, dropped = self._database.text, 0
        for name in ids:
            rows = yield text.find_advisory_row, {"source": source, "name": name}
            for (row,) in rows:
                yield from self._drop_words(row)
                yield text.drop_advisory_body, {"of_advisory": row}
                yield text.drop_advisory, {"of_advisory": row}
                dropped += 1
        if dropped:
            last = yield from next_numbers(text, 1)
            yield from self._note(last)
        return dropped

    def _drop_words(self, row: int) -> Work[None]:
        """Forget under what a record was found."""
        yield self._database.text.drop_advisory_aliases, {"of_advisory": row}
        yield self._database.text.drop_advisory_mentions, {"of_advisory": row}

    def _note(self, generation: int) -> Work[None]:
        yield self._database.text.write_advisory_generation, {"name": "advisories", "value": generation}


def _state(row: Row) -> AdvisoryState:
    name, source, modified_at, digest, withdrawn_at, malicious, generation = row
    return AdvisoryState(name, source, modified_at, digest, withdrawn_at, bool(malicious), generation)


async def read_stored(row: Row) -> StoredAdvisory:
    """Read a record; raise StorageDamaged for one that is not what was written."""
    state = _state(row[:-1])
    try:
        body = await unpack_bytes(row[-1])
    except StorageDamaged as error:
        raise StorageDamaged(f"the stored advisory {state.id} is damaged: {error.message}") from error
    if sha256(body).hexdigest() != state.digest:
        raise StorageDamaged(f"the stored advisory {state.id} is not the one that was written")
    return StoredAdvisory(state, body)
