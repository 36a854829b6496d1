"""Which ecosystem and package of ours a record of OSV means."""

from collections.abc import Iterable

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey


class OsvNames:
    """Reads names of ecosystems and packages as OSV has them."""

    def __init__(self, ecosystems: Iterable[Ecosystem]) -> None:
        self._by_key = {ecosystem.key: ecosystem for ecosystem in ecosystems}
        self._by_name = {name: ecosystem for ecosystem in self._by_key.values() for name in ecosystem.osv}

    def ecosystem(self, name: str) -> Ecosystem | None:
        """Find an ecosystem by its name in records; None if it is not one of ours.

        What follows a colon is a release of a distribution, or another registry with the same packages.
        """
        return self._by_name.get(name.partition(":")[0])

    def find(self, ecosystem: str, name: str) -> PackageKey | None:
        """Find the package that a record means; None for a strange ecosystem or what is no name there."""
        known = self.ecosystem(ecosystem)
        if known is None:
            return None
        try:
            return PackageKey(known.key, (known.osv_name or known.parse_name)(name))
        except Invalid:
            return None

    def of(self, key: PackageKey) -> Ecosystem:
        """Return the ecosystem of a package of ours."""
        return self._by_key[key.ecosystem]

    def lookup_key(self, key: PackageKey) -> PackageKey:
        """Name a package as it is looked up: alike for all spellings that mean the same to its registry."""
        identity = self._by_key[key.ecosystem].identity(key.name)
        return key if identity == key.name else PackageKey(key.ecosystem, NormalName(identity))
