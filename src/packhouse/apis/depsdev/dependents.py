"""How many packages depend on a release, in the words of the API."""

from collections.abc import Mapping

from packhouse.apis.depsdev.list_messages import Dependents
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.assembly import Services


class CountedDependents:
    """Answers from the graphs that are kept."""

    def __init__(self, services: Mapping[str, Services]) -> None:
        """Take the services by ecosystem."""
        self._services = services

    async def count(self, view: View, key: PackageKey, version: str) -> Dependents | None:
        """Count who depends on a release; None where graphs of its system are not kept."""
        dependents = self._services[key.ecosystem].dependents
        if dependents is None:
            return None
        found = await dependents.count(view, key, version)
        return Dependents(found.total, found.direct, found.indirect)
