"""Imports what others have found out about repositories: scorecards, projects of OSS-Fuzz, facts of one's own.

One bad record stops nothing, and what is stored is not replaced by what is older.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import TypeVar

import anyio.to_thread
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.project import Fuzzing, Scorecard
from packhouse.domain.project_address import project_anywhere
from packhouse.services.advisory_ports import Feed, FeedFault, FeedRecord
from packhouse.services.ports import Clock
from packhouse.services.project_ports import ProjectStore, StoredFact
from packhouse.services.project_reports import read_day, read_scorecard
from packhouse.services.projects import newer

T = TypeVar("T")
Finding = tuple[str, Scorecard | Fuzzing]
"""A project and what is said of it."""

_BATCH = 500
_MAX_FAULTS = 100_000


class ProjectImportReport(Struct):
    """What came of an import."""

    read: int = 0
    """Records that were found, readable or not."""
    stored: int = 0
    unchanged: int = 0
    passed_over: int = 0
    """Records that name no repository."""
    failed: list[FeedFault] = msgspec.field(default_factory=list)


class _Own(Struct, frozen=True, forbid_unknown_fields=True):
    """Coverage as an operator writes it."""

    project: str
    lines: int
    covered: int
    date: str = ""
    config_url: str = ""
    name: str = ""


class _FuzzProject(Struct, frozen=True):
    """A project.yaml of OSS-Fuzz; `path` is added by whoever reads it."""

    path: str
    main_repo: str = ""


class _Score(Struct, frozen=True):
    score: float
    date: str
    commit: str = ""


class _Tracked(Struct, frozen=True):
    current: _Score


_Tracker = dict[str, dict[str, dict[str, _Tracked]]]
"""Scores by host, owner and repository, as scorecard trackers of organisations keep them."""


class ProjectImport:
    """Brings what one feed after another says into the store."""

    def __init__(self, store: ProjectStore, clock: Clock, fuzz_projects: str) -> None:
        """Take also the address under which OSS-Fuzz shows the configuration of its projects."""
        self._store = store
        self._clock = clock
        self._fuzz_projects = fuzz_projects

    async def add(self, feed: Feed) -> ProjectImportReport:
        """Store what is new or later; raise TooLarge where hardly anything can be read."""
        report = ProjectImportReport()
        records = iter(feed)
        while True:
            # Beside the event loop: an import may go on in a server that answers.
            read, found = await anyio.to_thread.run_sync(self._read_batch, records, report)
            await self._write(found, report)
            if not read:
                return report

    def _read_batch(
        self, records: Iterator[FeedRecord | FeedFault], report: ProjectImportReport
    ) -> tuple[int, list[Finding]]:
        found: list[Finding] = []
        read = 0
        for each in islice(records, _BATCH):
            read += 1
            if isinstance(each, FeedFault):
                report.failed.append(each)
            else:
                try:
                    findings = read_findings(each.body, self._fuzz_projects)
                except Invalid as error:
                    report.failed.append(FeedFault(each.where, error.message))
                else:
                    report.passed_over += not findings
                    found += findings
            if len(report.failed) > _MAX_FAULTS:
                raise TooLarge(f"more than {_MAX_FAULTS:,} records cannot be read", "name files of scorecards")
        report.read += read
        return read, found

    async def _write(self, found: Iterable[Finding], report: ProjectImportReport) -> None:
        written: dict[tuple[str, str], StoredFact] = {}
        for project, value in found:
            kind = "scorecard" if isinstance(value, Scorecard) else "fuzzing"
            known = written.get((project, kind))
            if known is None:
                stored = await self._store.find_project_facts(project)
                known = next((fact for fact in stored if fact.kind == kind), None)
            fact = StoredFact(project, "scorecard" if kind == "scorecard" else "fuzzing", self._clock(), value)
            chosen = newer(known, _added(known, fact))
            if known is not None and chosen.value == known.value:
                report.unchanged += 1
            else:
                report.stored += 1
                written[project, kind] = chosen
        await self._store.write_project_facts(list(written.values()))


def read_findings(body: bytes, fuzz_projects: str) -> Sequence[Finding]:
    """Read one record, of whatever form; none where it names no repository; raise Invalid."""
    try:
        fields = _decode_fields(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"it is no JSON object: {error}") from error
    if "checks" in fields or "repo" in fields:
        return [read_scorecard(body)]
    if "path" in fields:
        return _fuzz_project(_decoded(_decode_fuzz_project, body), fuzz_projects)
    if "project" in fields:
        return [_own(_decoded(_decode_own, body))]
    if fields and all("." in host for host in fields):
        return list(_tracked(_decoded(_decode_tracker, body)))
    raise Invalid("it is neither a scorecard nor a project of OSS-Fuzz")


def _added(known: StoredFact | None, fact: StoredFact) -> StoredFact:
    """Add what is known of a project of OSS-Fuzz to what else was known: name and coverage are told apart."""
    before, now = known.value if known is not None else None, fact.value
    if not isinstance(before, Fuzzing) or not isinstance(now, Fuzzing):
        return fact
    if now.date is None and not now.lines:
        return replace(fact, value=replace(before, name=now.name, config_url=now.config_url))
    return replace(
        fact, value=replace(now, name=now.name or before.name, config_url=now.config_url or before.config_url)
    )


def _fuzz_project(found: _FuzzProject, fuzz_projects: str) -> Sequence[Finding]:
    project = project_anywhere(found.main_repo)
    name = PurePosixPath(found.path).parent.name
    if project is None or not name:
        return ()
    return [(project, Fuzzing(name, config_url=f"{fuzz_projects}/{name}"))]


def _own(found: _Own) -> Finding:
    project = project_anywhere(found.project)
    if project is None:
        raise Invalid("its project is no repository")
    if not 0 <= found.covered <= found.lines < 1 << 31:
        raise Invalid("its lines cannot be")
    at = read_day(found.date) if found.date else None
    return project, Fuzzing(found.name, found.lines, found.covered, at, found.config_url)


def _tracked(found: _Tracker) -> Iterator[Finding]:
    for host, owners in found.items():
        for owner, repositories in owners.items():
            for repository, tracked in repositories.items():
                project = project_anywhere(f"https://{host}/{owner}/{repository}")
                current = tracked.current
                if project is not None and 0 <= current.score <= 10:
                    card = Scorecard(read_day(current.date), current.score, repository=project, commit=current.commit)
                    yield project, card


def _decoded(decode: Callable[[bytes], T], body: bytes) -> T:
    try:
        return decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"it is not as it should be: {error}") from error


_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_own = msgspec.json.Decoder(_Own).decode
_decode_fuzz_project = msgspec.json.Decoder(_FuzzProject).decode
_decode_tracker = msgspec.json.Decoder(_Tracker).decode
