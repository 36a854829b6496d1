"""What a resolver may ask for: the records of packages, all of them in memory."""

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
