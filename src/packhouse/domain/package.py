"""The name of a package, once its ecosystem has made it canonical."""

from typing import NewType

from msgspec import Struct

NormalName = NewType("NormalName", str)
"""A package name in its ecosystem's canonical form; only an ecosystem makes one."""

Moment = NewType("Moment", int)
"""A point in time: milliseconds since 1970-01-01T00:00:00Z."""


class PackageKey(Struct, frozen=True, order=True):
    """Which package, in which ecosystem."""

    ecosystem: str
    """The purl type, e.g. golang."""
    name: NormalName

    def __str__(self) -> str:
        return f"{self.ecosystem}/{self.name}"
