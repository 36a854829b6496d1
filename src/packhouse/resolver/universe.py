"""What a resolver may ask for: the records of packages, all of them in memory."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord


class NotLoaded(Exception):
    """Records that resolving needs are not in memory yet."""

    def __init__(self, keys: frozenset[PackageKey]) -> None:
        super().__init__(", ".join(sorted(map(str, keys))))
        self.keys = keys


class Universe(Protocol):
    """The records that have been loaded."""

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record, or None if there is no such package; raise NotLoaded if that is not known yet."""


class Loaded:
    """A universe that is filled as a resolution goes on."""

    def __init__(self) -> None:
        self._records: dict[PackageKey, PackageRecord | None] = {}

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Return a record that was loaded, None for a package that does not exist; raise NotLoaded."""
        try:
            return self._records[key]
        except KeyError:
            raise NotLoaded(frozenset((key,))) from None

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such package."""
        self._records.update(records)

    def lacking(self, keys: Iterable[PackageKey]) -> frozenset[PackageKey]:
        """List those of which it is not known yet whether there is such a package."""
        return frozenset(key for key in keys if key not in self._records)
