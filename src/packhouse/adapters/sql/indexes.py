"""Index documents."""

from collections.abc import Sequence
from typing import Any

import msgspec

from packhouse.adapters.sql import fulltext
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort, append_events, next_numbers, package, package_id
from packhouse.adapters.sql.packing import pack_index, unpack_index
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.errors import NotFound, StorageDamaged
from packhouse.domain.events import Event
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.ports import IndexState, Listed


class SqlIndexes(SqlPort):
    """The index store."""

    async def find_state(self, origin: str, key: PackageKey) -> IndexState | None:
        """Look up what is known of a document."""
        row = await self._database.one(self._database.text.find_state, package(origin, key))
        return None if row is None else _state(row, origin, key)

    async def read_index(self, origin: str, key: PackageKey) -> Index:
        """Read a whole document; raise NotFound if there is none, StorageDamaged if its digest is wrong."""
        row = await self._database.one(self._database.text.read_index, package(origin, key))
        if row is None:
            raise NotFound(f"no index document of {key} is stored for {origin}")
        digest, body = row
        try:
            return await unpack_index(body, digest)
        except StorageDamaged as error:
            raise StorageDamaged(f"the stored index document of {key} is damaged: {error.message}") from error

    async def write_index(
        self, state: IndexState, index: Index, events: Sequence[Event], summary: Summary | None
    ) -> IndexState:
        """Store a document, its events and search entry in one transaction; the state returned has its generation."""
        body = await pack_index(index)
        # The digest of the document and that of its state are one: a body is never read under another digest.
        state = msgspec.structs.replace(state, digest=index.digest)
        return await self._database.write(lambda: self._write_index(state, body, events, summary))

    async def write_state(self, state: IndexState, events: Sequence[Event] = ()) -> None:
        """Change all but the bytes; nothing happens if the document has changed meanwhile."""
        await self._database.write(lambda: self._write_state(state, events))

    async def list_changed(self, ecosystem: str, after: int, limit: int) -> Sequence[Listed]:
        """List packages whose generation is above `after`, in the order of their generations."""
        return await self._listed(self._database.text.list_changed, ecosystem, limit, after=after)

    async def list_newest(self, ecosystem: str, before: int, limit: int) -> Sequence[Listed]:
        """List packages whose generation is below `before`, newest first."""
        return await self._listed(self._database.text.list_newest, ecosystem, limit, before=before)

    async def list_named(self, ecosystem: str, first: str, limit: int) -> Sequence[Listed]:
        """List packages whose name is `first` or above it, by name and then by origin."""
        return await self._listed(self._database.text.list_named, ecosystem, limit, first=first)

    async def list_named_back(self, ecosystem: str, before: str, limit: int) -> Sequence[Listed]:
        """List packages whose name is below `before`, the last name first and then by origin."""
        return await self._listed(self._database.text.list_named_back, ecosystem, limit, before=before)

    async def _listed(self, sql: str, ecosystem: str, limit: int, **place: int | str) -> list[Listed]:
        rows = await self._database.scan(sql, {"ecosystem": ecosystem, "limit": limit, **place})
        return [_listed(row) for row in rows]

    async def list_states(self, after: int, limit: int) -> Sequence[IndexState]:
        """List documents whose generation is above `after`, in the order of their generations."""
        rows = await self._database.scan(self._database.text.list_states, {"after": after, "limit": limit})
        return [_state(row, origin, PackageKey(ecosystem, NormalName(name))) for *row, origin, ecosystem, name in rows]

    def _write_index(
        self, state: IndexState, body: bytes, events: Sequence[Event], summary: Summary | None
    ) -> Work[IndexState]:
        text = self._database.text
        row = yield from package_id(text, state.origin, state.key)
        generation = yield from next_numbers(text, len(events) + 1)
        state = msgspec.structs.replace(state, generation=generation)
        yield from put_document(text, row, state, body)
        yield from append_events(text, row, events, generation - len(events))
        yield from fulltext.write_summary(text, row, state, summary)
        return state

    def _write_state(self, state: IndexState, events: Sequence[Event]) -> Work[None]:
        text = self._database.text
        found = yield text.find_package, package(state.origin, state.key)
        if not found:
            return
        row = found[0][0]
        # With an event it is a change, which whoever reads on from a generation has to see.
        last = (yield from next_numbers(text, len(events) + 1)) if events else state.generation
        columns = {
            "of_package": row,
            "of_generation": state.generation,
            "generation": last,
            "checked_at": state.checked_at,
            "changed_at": state.changed_at,
            "etag": state.etag,
            "last_modified": state.last_modified,
            "gone_at": state.gone_at,
        }
        changed = yield text.write_state, columns
        if changed:
            yield from fulltext.mark_gone(row, gone=state.gone_at is not None)
            yield from append_events(text, row, events, last - len(events))


def put_document(text: Texts, package_id: int, state: IndexState, body: bytes) -> Work[None]:
    """Write a document and its packed bytes under the generation that it was given."""
    columns = {
        "package_id": package_id,
        "generation": state.generation,
        "digest": state.digest,
        "checked_at": state.checked_at,
        "changed_at": state.changed_at,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "gone_at": state.gone_at,
    }
    yield text.write_document, columns
    yield text.write_body, {"package_id": package_id, "body": body}


def _listed(row: Sequence[Any]) -> Listed:
    *state, origin, ecosystem, name, summary, description, keywords = row
    found = None if summary is None else fulltext.read_summary(summary, description, keywords)
    key = PackageKey(ecosystem, NormalName(name))
    return Listed(_state(state, origin, key), found if found is not None and found.key == key else None)


def _state(row: Sequence[Any], origin: str, key: PackageKey) -> IndexState:
    generation, digest, checked_at, changed_at, etag, last_modified, gone_at = row
    return IndexState(
        origin=origin,
        key=key,
        generation=generation,
        digest=digest,
        checked_at=checked_at,
        changed_at=changed_at,
        etag=etag,
        last_modified=last_modified,
        gone_at=gone_at,
    )
