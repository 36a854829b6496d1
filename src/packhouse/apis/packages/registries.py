"""Which registries there are, by all their names."""

from collections.abc import Iterator, Mapping

from packhouse.apis.packages.errors import UnknownRegistry
from packhouse.domain.ecosystem import Ecosystem
from packhouse.services.assembly import Services


class Registries:
    """The services of every ecosystem, found by key, title, deps.dev name or alias; capitals do not matter."""

    def __init__(self, services: Mapping[str, Services]) -> None:
        self._services = tuple(services.values())
        self._by_name = {name: each for each in self._services for name in names_of(each.ecosystem)}

    def __iter__(self) -> Iterator[Services]:
        return iter(self._services)

    def find(self, name: str) -> Services:
        """Return the services of a registry; raise UnknownRegistry with those that there are."""
        lowered = name.strip().lower()
        services = self._by_name.get(lowered)
        if services is None:
            from difflib import get_close_matches  # noqa: PLC0415 (only where there is an error)

            known = ", ".join(sorted(each.ecosystem.key for each in self._services))
            close = get_close_matches(lowered, self._by_name, n=1)
            meant = f"did you mean {close[0]}? " if close else ""
            raise UnknownRegistry(f"there is no registry {name[:60]!r} here", f"{meant}known are {known}")
        return services


def names_of(ecosystem: Ecosystem) -> tuple[str, ...]:
    """List every name of an ecosystem, in small letters, its key first."""
    names = (ecosystem.key, ecosystem.title, ecosystem.system, *ecosystem.aliases)
    return tuple(dict.fromkeys(name.lower() for name in names))
