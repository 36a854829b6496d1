"""Source repositories: answered from the store, asked of their forges now and then."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import PackhouseError, UpstreamDown, UpstreamError
from packhouse.domain.package import Moment
from packhouse.domain.project import FACT_KINDS, FactKind, Fuzzing, Project, Repository, Scorecard
from packhouse.services.ports import Clock
from packhouse.services.project_ports import FactSource, ProjectStore, StoredFact

log = logging.getLogger(__name__)

_REMEMBERED = 50_000
"""Projects that are not there, or could not be asked about; no row of the database for what anybody makes up."""
_PAGE = 200
"""Projects that are refreshed side by side."""
_AT_ONCE = 10_000
"""Projects that wait for their forges; further ones are answered as far as they are known."""


class ProjectPace(Struct, frozen=True):
    """How often others are asked, and how long anybody waits for that."""

    fresh_ms: int = 24 * 3_600_000
    """So long an answer stands; an older one is still given, and asked for anew meanwhile."""
    missing_ms: int = 3_600_000
    """So long it is believed that there is no such repository."""
    failed_ms: int = 60_000
    """So long nothing is asked after a failure."""
    wait_s: float = 3.0
    """Who asks first waits so long at most."""


class _Miss(Struct, frozen=True):
    """That there is nothing, or that nobody could be asked."""

    until: Moment
    error: UpstreamError | None = None


class Projects:
    """What is known of source repositories."""

    def __init__(
        self,
        store: ProjectStore,
        source: FactSource,
        clock: Clock,
        pace: ProjectPace = ProjectPace(),  # noqa: B008 (frozen)
    ) -> None:
        self.hosts = source.hosts
        """Of the forges that may be asked."""
        self._store = store
        self._source = source
        self._clock = clock
        self._pace = pace
        self._fetching: dict[str, asyncio.Task[UpstreamError | None]] = {}
        self._missed: OrderedDict[str, _Miss] = OrderedDict()

    async def find(self, project: str) -> Project | None:
        """Tell what is known, and ask its forge where that is nothing or old; None where there is no such repository.

        Raise an UpstreamError where nothing is known and the forge could not be asked in time.
        """
        facts = await self._facts(project)
        if project.partition("/")[0] not in self.hosts:
            return _project(project, facts)
        missed = self._missed.get(project)
        if missed is not None and missed.until > self._clock():
            if missed.error is not None and not facts:
                raise missed.error
            return _project(project, facts)
        if not self._is_due(facts):
            return _project(project, facts)
        known = _project(project, facts)
        task = self._fetch(project)
        if known is not None and known.repository is not None:
            return known
        error = await self._wait(task)
        found = _project(project, await self._facts(project))
        if found is None and error is not None:
            raise error
        return found

    async def known(self, project: str) -> Project | None:
        """Tell what is known without asking anybody."""
        return _project(project, await self._facts(project))

    async def refresh(self, project: str) -> Project | None:
        """Ask everybody, however fresh what is known may be; raise what kept the forge from answering."""
        self._missed.pop(project, None)
        error = await self._fetch(project)
        if error is not None:
            raise error
        return await self.known(project)

    async def refresh_all(self) -> tuple[int, int]:
        """Ask about every project that is known; return how many answers came, and how many did not."""
        answered = failed = 0
        after = ""
        while page := await self._store.list_projects(after, _PAGE):
            after = page[-1]
            names = [name for name in page if name.partition("/")[0] in self.hosts]
            # Side by side, since a forge may be asked about many at once.
            errors = await asyncio.gather(*(self._fetch(name) for name in names))
            failed += sum(error is not None for error in errors)
            answered += sum(error is None for error in errors)
        return answered, failed

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _facts(self, project: str) -> Mapping[FactKind, StoredFact]:
        return {fact.kind: fact for fact in await self._store.find_project_facts(project)}

    def _is_due(self, facts: Mapping[FactKind, StoredFact]) -> bool:
        known = facts.get("repository")
        if known is None:
            return True
        life_ms = self._pace.missing_ms if known.value is None else self._pace.fresh_ms
        return known.checked_at + life_ms <= self._clock()

    def _fetch(self, project: str) -> "asyncio.Task[UpstreamError | None]":
        """Begin to ask, or join who asks already."""
        task = self._fetching.get(project)
        if task is None:
            if len(self._fetching) >= _AT_ONCE:
                return asyncio.create_task(_refuse())
            task = self._fetching[project] = asyncio.create_task(self._ask(project))
            task.add_done_callback(lambda _: self._fetching.pop(project, None))
        return task

    async def _wait(self, task: "asyncio.Task[UpstreamError | None]") -> UpstreamError | None:
        done, _ = await asyncio.wait((task,), timeout=self._pace.wait_s)
        if not done:
            return UpstreamDown("the forge takes long to answer", "ask again later: the answer will be kept", 5.0)
        return UpstreamDown("the server is ending") if task.cancelled() else task.result()

    async def _ask(self, project: str) -> UpstreamError | None:
        """Ask all who may know; store what they say, and return what kept the forge from answering."""
        try:
            return await self._ask_all(project)
        except PackhouseError as error:
            log.warning("nothing new of %s: %s", project, error)
            return error if isinstance(error, UpstreamError) else UpstreamDown("nothing can be stored now")

    async def _ask_all(self, project: str) -> UpstreamError | None:
        facts = await self._facts(project)
        try:
            repository = await self._source.fetch_fact(project, "repository", facts.get("repository"))
        except UpstreamError as error:
            log.info("nothing new of %s: %s", project, error)
            self._miss(project, self._pace.failed_ms, error)
            return error
        value = repository.value if repository is not None else None
        if not isinstance(value, Repository):
            if "repository" in facts and repository is not None:
                await self._store.write_project_facts([repository])
            self._miss(project, self._pace.missing_ms)
            return None
        written = [repository] if repository is not None else []
        # Others are told of no repository that not everybody may see.
        if not value.private:
            written += await self._ask_others(project, value.id, facts)
        await self._store.write_project_facts(written)
        self._missed.pop(project, None)
        return None

    async def _ask_others(self, project: str, name: str, facts: Mapping[FactKind, StoredFact]) -> list[StoredFact]:
        found: list[StoredFact] = []
        for kind in FACT_KINDS[1:]:
            known = facts.get(kind)
            try:
                fact = await self._source.fetch_fact(name, kind, known)
            except UpstreamError as error:
                log.info("goes without %s of %s: %s", kind, project, error)
                continue
            if fact is not None and not (known is None and fact.value is None):
                found.append(replace(newer(known, fact), project=project))
        return found

    def _miss(self, project: str, for_ms: int, error: UpstreamError | None = None) -> None:
        self._missed[project] = _Miss(Moment(self._clock() + for_ms), error)
        self._missed.move_to_end(project)
        if len(self._missed) > _REMEMBERED:
            self._missed.popitem(last=False)


def newer(known: StoredFact | None, found: StoredFact) -> StoredFact:
    """Choose the later of two reports; what has no date is the last that was told."""
    before, now = known.value if known is not None else None, found.value
    if (
        known is not None
        and isinstance(before, Scorecard | Fuzzing)
        and isinstance(now, type(before))
        and (before.date or 0) > (now.date or 0)
    ):
        return replace(known, checked_at=found.checked_at)
    return found


async def _refuse() -> UpstreamError:
    return UpstreamDown("too many projects wait for their forges", "ask again later", 60.0)


def _project(project: str, facts: Mapping[FactKind, StoredFact]) -> Project | None:
    """Put together what is known; None where that is nothing, or that there is no such repository."""
    values = {kind: fact.value for kind, fact in facts.items()}
    repository, scorecard, fuzzing = (values.get(kind) for kind in FACT_KINDS)
    if "repository" in facts and repository is None:
        return None
    if repository is None and scorecard is None and fuzzing is None:
        return None
    return Project(
        project,
        repository if isinstance(repository, Repository) else None,
        scorecard if isinstance(scorecard, Scorecard) else None,
        fuzzing if isinstance(fuzzing, Fuzzing) else None,
        facts["repository"].checked_at if "repository" in facts else None,
    )
