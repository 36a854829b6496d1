"""Imports lists of names with how much each is used, so that a name is known before anybody has installed it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import anyio.to_thread
from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import ConfigError, Invalid
from packhouse.domain.package import PackageKey
from packhouse.formats.words import words_of
from packhouse.policy.similarity import KnownName, weight_of
from packhouse.services.advisory_ports import FeedFault
from packhouse.services.intake import IntakeReport
from packhouse.services.name_ports import NameEntry, NameStore

_BATCH = 2000
"""Names of one transaction: other writes wait some 50 ms for one."""
_LONGEST = 1000
_FIRST_PLACE = 1 << 30
"""Downloads that the first place of a list without numbers stands for; the second for half of that, and so on."""


class ListedName(Struct, frozen=True):
    """A line of a list."""

    where: str
    name: str
    downloads: int | None = None
    place: int = 1
    """Its place in a list that begins with the most used name; counts where no downloads are given."""
    label: str = ""
    """What the list calls itself; a word of it may be an ecosystem."""


class NameImport:
    """Brings lists into the store."""

    def __init__(self, store: NameStore, ecosystems: Iterable[Ecosystem]) -> None:
        self._store = store
        self._ecosystems: Mapping[str, Ecosystem] = {
            name: each for each in ecosystems for name in (*each.aliases, each.key)
        }

    async def add(self, names: Iterable[ListedName | FeedFault], ecosystem: str = "") -> IntakeReport:
        """Store what lists say, all of one ecosystem or each of that which its label names; raise ConfigError."""
        if ecosystem and ecosystem not in self._ecosystems:
            raise ConfigError(
                f"there is no ecosystem {ecosystem!r}", f"known are {', '.join(sorted(self._ecosystems))}"
            )
        report = IntakeReport()
        found = iter(names)
        while batch := await anyio.to_thread.run_sync(self._read_batch, found, ecosystem, report):
            report.written += await self._store.write_names([each for each in batch if each is not None])
        return report

    def _read_batch(
        self, names: Iterator[ListedName | FeedFault], ecosystem: str, report: IntakeReport
    ) -> Sequence[NameEntry | None]:
        return [self._read(each, ecosystem, report) for each in islice(names, _BATCH)]

    def _read(self, found: ListedName | FeedFault, ecosystem: str, report: IntakeReport) -> NameEntry | None:
        report.read += 1
        if isinstance(found, FeedFault):
            report.fail(found)
            return None
        known = self._ecosystems.get(ecosystem) or self._labelled(found.label)
        try:
            name = _name(known, found.name)
        except Invalid as error:
            report.fail(FeedFault(found.where, error.message))
            return None
        if found.downloads is None:
            weight = weight_of(_FIRST_PLACE // max(found.place, 1))
            return NameEntry(name.ecosystem, KnownName(name.name, 0, weight, listed=True))
        return NameEntry(name.ecosystem, KnownName(name.name, found.downloads, weight_of(found.downloads), listed=True))

    def _labelled(self, label: str) -> Ecosystem | None:
        return next((self._ecosystems[word] for word in words_of(label) if word in self._ecosystems), None)


def _name(ecosystem: Ecosystem | None, raw: str) -> PackageKey:
    if ecosystem is None:
        raise Invalid("no ecosystem is named for it")
    if len(raw) > _LONGEST:
        raise Invalid(f"a name is longer than {_LONGEST} letters")
    return PackageKey(ecosystem.key, ecosystem.parse_name(raw))
