"""Imports advisories: what is new or changed is read and stored, what cannot be read is named.

One bad record stops nothing. A record is unchanged if its bytes are; it is not replaced by one that its source
modified earlier.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

import anyio.to_thread
import msgspec
from msgspec import Struct

from packhouse.domain.advisory import Advisory
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, TooLarge
from packhouse.policy.affected import Prepared
from packhouse.services.advisory_ports import (
    AdvisoryEntry,
    AdvisoryIntake,
    AdvisoryState,
    Feed,
    FeedFault,
    FeedRecord,
)
from packhouse.services.osv_names import OsvNames
from packhouse.services.osv_records import mentions, read_advisory

_BATCH = 500
"""Records of one transaction: other writes wait some 30 ms for one."""

_MAX_FAULTS = 100_000
"""A database has a handful of records that cannot be read; a file of something else has nothing but."""


class ImportReport(Struct):
    """What came of an import."""

    source: str
    read: int = 0
    """Records that were found, readable or not."""
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0
    """Left alone, since a newer one of the same source is stored."""
    withdrawn: int = 0
    """Of the new and changed ones, those that their database took back."""
    dropped: int = 0
    failed: list[FeedFault] = msgspec.field(default_factory=list)
    """What could not be read."""
    doubts: list[FeedFault] = msgspec.field(default_factory=list)
    """What was stored, but cannot be matched as a whole."""


class Watcher(Protocol):
    """Is told how an import goes on."""

    def __call__(self, report: ImportReport) -> None:
        """Take note of the report so far."""


class AdvisoryImport:
    """Brings the records of one feed after another into the store."""

    def __init__(self, store: AdvisoryIntake, ecosystems: Iterable[Ecosystem]) -> None:
        self._store = store
        self._ecosystems = list(ecosystems)
        self._names = OsvNames(self._ecosystems)

    async def add(self, source: str, feed: Feed, watch: Watcher | None = None) -> ImportReport:
        """Store what is new or changed in a part of a source; raise TooLarge for what is hardly any database."""
        run = await self._run(source, feed, watch)
        return run.report

    async def renew(self, source: str, feed: Feed, watch: Watcher | None = None) -> ImportReport:
        """Do the same with what is unchanged too: another version of the server may read it otherwise."""
        run = await self._run(source, feed, watch, distrusted=True)
        return run.report

    async def replace(self, source: str, feed: Feed, watch: Watcher | None = None) -> ImportReport:
        """Do the same with the whole of a source, and drop what is no longer in it.

        Nothing is dropped if something could not be read: it might be what seems to be missing.
        """
        run = await self._run(source, feed, watch)
        if not run.report.failed:
            missing = sorted(run.known.keys() - run.seen)
            for start in range(0, len(missing), _BATCH):
                run.report.dropped += await self._store.drop_advisories(source, missing[start : start + _BATCH])
        return run.report

    async def _run(self, source: str, feed: Feed, watch: Watcher | None, *, distrusted: bool = False) -> "_Run":
        run = _Run(source, await self._store.list_advisory_states(source), self._names, self._ecosystems)
        if distrusted:
            run.distrust()
        found = iter(feed)
        while True:
            # Beside the event loop: an import may go on in a server that answers.
            read, entries = await anyio.to_thread.run_sync(run.read_batch, found)
            await self._store.write_advisories(entries)
            if watch is not None:
                watch(run.report)
            if not read:
                return run


class _Run:
    """One import under way."""

    def __init__(
        self, source: str, states: Iterable[AdvisoryState], names: OsvNames, ecosystems: Iterable[Ecosystem]
    ) -> None:
        self.report = ImportReport(source)
        self.known = {state.id: state for state in states}
        self.seen: set[str] = set()
        self._by_digest = {state.digest: state.id for state in self.known.values()}
        self._names = names
        self._converters = [each.to_osv for each in ecosystems if each.to_osv is not None]

    def distrust(self) -> None:
        """Take nothing that is stored for unchanged."""
        self._by_digest.clear()

    def read_batch(self, feed: Iterator[FeedRecord | FeedFault]) -> tuple[int, list[AdvisoryEntry]]:
        """Read the next records; return how many there were, and what is to be written of them."""
        entries: dict[str, AdvisoryEntry] = {}
        read = 0
        for found in islice(feed, _BATCH):
            read += 1
            self.report.read += 1
            if isinstance(found, FeedFault):
                self._fail(found)
                continue
            try:
                entry = self._entry(found)
            except Invalid as error:
                self._fail(FeedFault(found.where, str(error)))
            else:
                if entry is not None:
                    entries[entry.state.id] = entry
        return read, list(entries.values())

    def _fail(self, fault: FeedFault) -> None:
        """Name what cannot be read; raise TooLarge once that is so much that there are hardly any records."""
        self.report.failed.append(fault)
        if len(self.report.failed) > _MAX_FAULTS:
            raise TooLarge(
                f"more than {_MAX_FAULTS:,} records cannot be read, the last at {fault.where}: {fault.reason}",
                "name files of advisories; what could be read until then is stored",
            )

    def _entry(self, found: FeedRecord) -> AdvisoryEntry | None:
        """Read a record; None if it is stored already, or a newer one is."""
        if (stored := self._by_digest.get(sha256(found.body).hexdigest())) is not None:
            self._leave(stored)
            return None
        advisory = self._read(found.body)
        digest = sha256(advisory.body).hexdigest()
        if digest in self._by_digest:
            self._leave(advisory.id)
            return None
        self.seen.add(advisory.id)
        before = self.known.get(advisory.id)
        if before is not None and before.modified_at > advisory.modified_at:
            self.report.older += 1
            return None
        state = AdvisoryState(
            id=advisory.id,
            source=self.report.source,
            modified_at=advisory.modified_at,
            digest=digest,
            withdrawn_at=advisory.withdrawn_at,
            malicious=advisory.malicious,
        )
        self._count(before, state)
        self.known[state.id] = state
        self._by_digest[digest] = state.id
        return self._prepare(found.where, advisory, state)

    def _leave(self, advisory_id: str) -> None:
        self.seen.add(advisory_id)
        self.report.unchanged += 1

    def _count(self, before: AdvisoryState | None, now: AdvisoryState) -> None:
        if before is None:
            self.report.new += 1
        else:
            self.report.changed += 1
            self._by_digest.pop(before.digest, None)
        self.report.withdrawn += now.withdrawn_at is not None

    def _prepare(self, where: str, advisory: Advisory, state: AdvisoryState) -> AdvisoryEntry:
        said = mentions(advisory, self._names) if advisory.withdrawn_at is None else {}
        for affected in advisory.affected:
            if affected.package is None and self._names.ecosystem(affected.ecosystem) is not None:
                reason = f"{affected.name[:120]!r} is no name of {affected.ecosystem}"
                self.report.doubts.append(FeedFault(where, reason))
        for key, mention in said.items():
            oddities = Prepared(self._names.of(key), mention).oddities
            self.report.doubts += [FeedFault(where, f"{key}: {each}") for each in oddities]
        return AdvisoryEntry(state, advisory.body, advisory.aliases, said)

    def _read(self, body: bytes) -> Advisory:
        """Read a record in whichever form it is."""
        try:
            return read_advisory(body, self.report.source, self._names)
        except Invalid:
            converted = self._convert(body)
            if converted is None:
                raise
        return read_advisory(msgspec.json.encode(converted), self.report.source, self._names)

    def _convert(self, body: bytes) -> dict[str, Any] | None:
        try:
            raw = msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return next((made for convert in self._converters if (made := convert(raw)) is not None), None)
