"""Which of our ecosystems a system of the API is, by any of its names."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from packhouse.apis.depsdev.messages import PackageKey as NamedPackage
from packhouse.apis.depsdev.messages import VersionKey
from packhouse.domain.errors import NotFound
from packhouse.domain.package import PackageKey
from packhouse.services.assembly import Services

UNSPECIFIED = "SYSTEM_UNSPECIFIED"


class Target(Struct, frozen=True):
    """What a question names, canonical, and who knows about it."""

    services: Services
    key: PackageKey


class Systems:
    """Every ecosystem of the server by its names."""

    def __init__(self, ecosystems: Mapping[str, Services]) -> None:
        self._by_name: dict[str, Services] = {}
        for services in ecosystems.values():
            ecosystem = services.ecosystem
            for name in (ecosystem.system, ecosystem.key, *ecosystem.aliases):
                self._by_name[name.lower()] = services
        self._systems = {key: services.ecosystem.system for key, services in ecosystems.items()}
        self.all: Sequence[Services] = tuple(ecosystems.values())

    def find(self, name: str) -> Services | None:
        """Return who knows about a system."""
        return self._by_name.get(name.lower())

    def target(self, system: str, name: str) -> Target:
        """Say which package is meant; raise NotFound for an unknown system, Invalid for what cannot be a name."""
        services = self.find(system)
        if services is None:
            raise NotFound("system not found", f"known here: {', '.join(sorted(set(self._systems.values())))}")
        return Target(services, PackageKey(services.ecosystem.key, services.ecosystem.parse_name(name)))

    def name_of(self, ecosystem: str) -> str:
        """Tell the API's name for an ecosystem."""
        return self._systems.get(ecosystem, ecosystem.upper())

    def spell(self, name: str) -> str:
        """Write a system as the API does, however it was written."""
        services = self.find(name)
        return UNSPECIFIED if services is None else services.ecosystem.system

    def spell_version(self, key: VersionKey) -> VersionKey:
        """Repeat the name of a release as it was sent, but for its system."""
        return VersionKey(self.spell(key.system), key.name, key.version)

    def spell_package(self, key: NamedPackage) -> NamedPackage:
        """Repeat the name of a package as it was sent, but for its system."""
        return NamedPackage(self.spell(key.system), key.name)
