"""Documents beside the index: what one of them is called, and what came of it."""

from msgspec import Struct

from packhouse.domain.package import PackageKey


class FurtherKey(Struct, frozen=True, order=True):
    """One further document of a package.

    A document about a whole registry belongs to the package with the empty name.
    """

    key: PackageKey
    path: str
    """Which document, in words of the ecosystem's own: `v1.2.3.mod`, `api`, `1.0/thing-1.0.pom`."""

    def __str__(self) -> str:
        return f"{self.key}: {self.path}"
