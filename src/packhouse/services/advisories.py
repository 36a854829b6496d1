"""What is known to be wrong with releases: which advisories are about a version, and the advisories themselves."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from packhouse.domain.advisory import Advisory, Finding, Mention
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.package import PackageKey
from packhouse.policy.affected import Asked, Prepared, Shared, ask
from packhouse.policy.findings import find
from packhouse.services.advisory_ports import AdvisoryStore, StoredAdvisory
from packhouse.services.osv_names import OsvNames
from packhouse.services.osv_records import read_advisory

_SLICE = 50
"""Packages prepared in one go."""
_KEPT_VERSIONS = 200_000
"""Listed versions of prepared advisories, of 60 to 150 bytes each; an advisory without a list counts for a few."""
_PER_ADVISORY = 8

Question = tuple[PackageKey, str]
"""A package and a version of it; an empty one stands for all."""


class Advisories:
    """Answers from the store; what an import changes is seen by the next question."""

    def __init__(self, store: AdvisoryStore, ecosystems: Iterable[Ecosystem]) -> None:
        self.names = OsvNames(ecosystems)
        self._store = store
        self._generation = -1
        self._prepared: OrderedDict[PackageKey, tuple[Prepared, ...]] = OrderedDict()
        self._weight = 0

    @property
    def kept_weight(self) -> int:
        """How much is kept prepared, in listed versions."""
        return self._weight

    async def find(self, package: PackageKey, version: str) -> tuple[Finding, ...]:
        """Tell what is wrong with a release, attacks first."""
        (found,) = await self.find_many([(package, version)])
        return found

    async def find_many(self, questions: Sequence[Question]) -> list[tuple[Finding, ...]]:
        """Tell what is wrong with each of many releases."""
        known = await self._known([package for package, _ in questions])
        return [
            find(package, self._ask(package, version), each) if each else ()
            for (package, version), each in zip(questions, known, strict=True)
        ]

    async def match_many(self, questions: Sequence[Question]) -> list[list[Mention]]:
        """List the records about each of many releases, or packages, one by one and by id."""
        known = await self._known([package for package, _ in questions])
        return [
            self._matching(package, version, each) if each else []
            for (package, version), each in zip(questions, known, strict=True)
        ]

    async def find_malicious(self, package: PackageKey) -> tuple[Prepared, ...]:
        """Return what is said of a package by records that call a release of it an attack."""
        (known,) = await self._known([package])
        return tuple(each for each in known if each.mention.malicious)

    async def generation(self) -> int:
        """Read the number of the last change; 0 where nothing was ever imported."""
        return await self._store.read_advisory_generation()

    async def get(self, advisory_id: str) -> Advisory:
        """Return a record by its own id; raise NotFound."""
        found = await self._store.find_advisories(advisory_id)
        if not found or found[0].state.id != advisory_id:
            raise NotFound(f"there is no advisory {advisory_id[:80]!r}")
        return self._read(found[0])

    async def list_named(self, name: str) -> list[Advisory]:
        """List the record with an id, or else those that have it as an alias."""
        return [self._read(each) for each in await self._store.find_advisories(name)]

    def _read(self, stored: StoredAdvisory) -> Advisory:
        return read_advisory(stored.body, stored.state.source, self.names)

    def _ask(self, package: PackageKey, version: str) -> Asked:
        return ask(self.names.of(package), version)

    def _matching(self, package: PackageKey, version: str, known: Sequence[Prepared]) -> list[Mention]:
        if not version:
            return [each.mention for each in known]
        asked = self._ask(package, version)
        return [each.mention for each in known if each.affects(asked)]

    async def _known(self, packages: Sequence[PackageKey]) -> list[tuple[Prepared, ...]]:
        """Prepare what is said of packages, for each in turn; much asked ones are kept prepared."""
        generation = await self._store.read_advisory_generation()
        if generation != self._generation:
            self._forget(generation)
        keys = [self.names.lookup_key(package) for package in packages]
        found = {key: self._prepared[key] for key in keys if key in self._prepared}
        missing = list(dict.fromkeys(key for key in keys if key not in found))
        for place, (key, mentions) in enumerate(zip(missing, await self._store.list_mentions(missing), strict=True)):
            if place % _SLICE == _SLICE - 1:
                await asyncio.sleep(0)  # other requests get their turn
            ecosystem = self.names.of(key)
            shared = Shared(ecosystem)
            found[key] = tuple(Prepared(ecosystem, mention, shared) for mention in mentions)
        # What was read before an import had ended must not be taken for what is there after it.
        if generation == self._generation == await self._store.read_advisory_generation():
            self._keep(found)
        return [found[key] for key in keys]

    def _forget(self, generation: int) -> None:
        self._generation = generation
        self._prepared.clear()
        self._weight = 0

    def _keep(self, found: dict[PackageKey, tuple[Prepared, ...]]) -> None:
        for key, prepared in found.items():
            if key not in self._prepared:
                self._weight += _weight(prepared)
            self._prepared[key] = prepared
            self._prepared.move_to_end(key)
        while self._weight > _KEPT_VERSIONS:
            _, oldest = self._prepared.popitem(last=False)
            self._weight -= _weight(oldest)


def _weight(prepared: tuple[Prepared, ...]) -> int:
    return 1 + sum(_PER_ADVISORY + len(each.mention.versions) for each in prepared)
