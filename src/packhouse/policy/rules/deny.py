"""Packages and versions that an operator has named."""

from collections.abc import Callable

from msgspec import Struct

from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.policy.decision import Objection


class Denied(Struct, frozen=True):
    """One entry of the list."""

    text: str
    """As the operator wrote it."""
    matches: Callable[[PackageKey, str], bool]


class Deny:
    """Refuses what is on a list."""

    name = "deny"
    dated = False

    def __init__(self, entries: tuple[Denied, ...]) -> None:
        self._entries = entries

    def object(self, key: PackageKey, release: Fragment, now: Moment) -> Objection | None:
        """Object to a release that an entry names."""
        del now
        for entry in self._entries:
            if entry.matches(key, release.version):
                return Objection(self.name, f"it matches {entry.text!r} on the list of denied packages")
        return None

    def identity(self) -> str:
        """Name all entries."""
        return f"{self.name}:" + ",".join(entry.text for entry in self._entries)
