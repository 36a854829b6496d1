"""What the code of releases is able to do: imported, or made by an analysis, and kept for each release."""

from collections.abc import Iterable, Mapping, Sequence

import anyio.to_thread
import msgspec

from packhouse.domain.capability import Capability, CapableRelease
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, StorageDamaged
from packhouse.domain.package import PackageKey
from packhouse.services.advisory_ports import FeedFault, FeedRecord
from packhouse.services.fact_ports import FactStore, ReleaseFact
from packhouse.services.intake import IntakeReport
from packhouse.services.ports import Clock

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Capability, ...]).decode


class Capabilities:
    """Reads and writes them."""

    def __init__(self, store: FactStore) -> None:
        self._store = store

    async def find(self, key: PackageKey, version: str) -> Sequence[Capability] | None:
        """Tell them of a release; None where nobody has looked. Raise StorageDamaged."""
        fact = await self._store.find_fact(key, version, "capabilities")
        if fact is None:
            return None
        try:
            return _decode(fact.body)
        except msgspec.MsgspecError as error:
            raise StorageDamaged(f"the stored capabilities of {key} {version} cannot be read: {error}") from error


class CapabilityImport:
    """Brings in what an analysis has written."""

    def __init__(self, store: FactStore, ecosystems: Iterable[Ecosystem], clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._readers = {each.key: each.analyser.read for each in ecosystems if each.analyser is not None}

    async def add(self, feed: Iterable[FeedRecord | FeedFault], source: str, name: str = "") -> IntakeReport:
        """Store all that can be read; `name` is the package that documents are about which do not say so."""
        report = IntakeReport()
        found = iter(feed)
        while (each := await anyio.to_thread.run_sync(next, found, None)) is not None:
            report.read += 1
            if isinstance(each, FeedFault):
                report.fail(each)
                continue
            try:
                releases = await anyio.to_thread.run_sync(self._read, each.body, name)
            except Invalid as error:
                report.fail(FeedFault(each.where, error.message))
                continue
            for ecosystem, told in releases.items():
                report.written += await self.write(ecosystem, told, source)
        return report

    async def write(self, ecosystem: str, releases: Sequence[CapableRelease], source: str) -> int:
        """Store what releases are able to do; tell how many there were."""
        now = self._clock()
        facts = [
            ReleaseFact(
                PackageKey(ecosystem, each.name),
                each.version,
                "capabilities",
                _encode(each.capabilities),
                source,
                now,
            )
            for each in releases
        ]
        await self._store.write_facts(facts)
        return len(facts)

    def _read(self, body: bytes, name: str) -> Mapping[str, Sequence[CapableRelease]]:
        """Read a document with whichever reader can; raise Invalid with what the last of them says."""
        refused = Invalid("no ecosystem has an analysis of capabilities")
        for key, read in self._readers.items():
            try:
                return {key: read(body, name)}
            except Invalid as error:
                refused = error
        raise refused
