"""Forges that answer what they are given, for tests."""

from collections.abc import Iterable

from msgspec.structs import replace

from packhouse.domain.errors import UpstreamError
from packhouse.domain.package import Moment
from packhouse.domain.project import FactKind, Fuzzing, Repository, Scorecard
from packhouse.services.ports import Clock
from packhouse.services.project_ports import StoredFact

Told = Repository | Scorecard | Fuzzing | UpstreamError


class MemoryForges:
    """A twin of the client of forges."""

    def __init__(self, told: Iterable[tuple[str, Told]], clock: Clock, hosts: Iterable[str] = ("github.com",)) -> None:
        """Take what is answered about each project; an error is raised."""
        self.hosts = frozenset(hosts)
        self.asked: list[tuple[str, FactKind]] = []
        """In the order of asking."""
        self._clock = clock
        self._told: dict[tuple[str, FactKind], Told] = {}
        for project, each in told:
            self.tell(project, each)

    def tell(self, project: str, told: Told) -> None:
        """Answer something else from now on."""
        kind: FactKind = "repository"
        if isinstance(told, Scorecard):
            kind = "scorecard"
        elif isinstance(told, Fuzzing):
            kind = "fuzzing"
        self._told[project, kind] = told

    def forget(self, project: str) -> None:
        """Have no such project any more."""
        self._told.pop((project, "repository"), None)

    async def fetch_fact(self, project: str, kind: FactKind, known: StoredFact | None) -> StoredFact | None:
        """Answer what was given."""
        if project.partition("/")[0] not in self.hosts:
            return None
        self.asked.append((project, kind))
        told = self._told.get((project, kind))
        if isinstance(told, UpstreamError):
            raise told
        fact = StoredFact(project, kind, Moment(self._clock()), told)
        if told is None and kind != "repository" and known is not None:
            return replace(known, checked_at=fact.checked_at)
        return fact
