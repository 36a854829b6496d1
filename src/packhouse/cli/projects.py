"""`packhouse projects`: what is known of source repositories."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import AsJson
from packhouse.config import Config
from packhouse.domain.errors import ConfigError

if TYPE_CHECKING:
    from packhouse.adapters.sql.store import SqlStore
    from packhouse.domain.project import Project
    from packhouse.services.project_import import ProjectImportReport
    from packhouse.services.projects import Projects

T = TypeVar("T")

_SHOWN = 20
"""Faults that are printed; all of them are in the JSON."""

app = App(name="projects", help="Show, import and refresh what is known of source repositories.")

Paths = Annotated[
    Path, Parameter(help="Results of Scorecard, project.yaml of OSS-Fuzz, or folders of them, packed with xz or gzip.")
]
Known = Annotated[bool, Parameter(help="All of which anything is stored.", negative="")]
Id = Annotated[str, Parameter(help="A repository, such as github.com/user/repo.")]


@app.command(name="import")
@configured("data")
def import_(config: Config, *paths: Paths, json: AsJson = False) -> int:
    """Store what is new or later, which a running server knows at once; the status is 1 if a record is unreadable."""
    if not paths:
        raise ConfigError("nothing to import is named", "name files or folders of scorecards")
    if missing := next((path for path in paths if not path.exists()), None):
        raise ConfigError(f"there is no file or folder {missing}", "name files or folders of scorecards")

    async def work(store: "SqlStore") -> "ProjectImportReport":
        from packhouse.adapters.feeds.osv import read_feed
        from packhouse.adapters.upstream.client import wall_clock
        from packhouse.adapters.upstream.defaults import OSS_FUZZ_PROJECTS
        from packhouse.services.project_import import ProjectImport

        return await ProjectImport(store, wall_clock, OSS_FUZZ_PROJECTS).add(read_feed(paths))

    report = _ask(config, work)
    if json:
        _print_json(report)
    else:
        _print_report(report)
    return 1 if report.failed else 0


@app.command(name="show")
@configured("data")
def show(config: Config, project: Id, *, json: AsJson = False) -> int:
    """Print what is stored of a repository, without asking its forge."""

    async def work(projects: "Projects") -> "Project | None":
        return await projects.known(_parse(project))

    return _show(_ask_projects(config, work), project, json=json)


@app.command(name="refresh")
@configured("data", "offline")
def refresh(config: Config, *projects: Id, known: Known = False, json: AsJson = False) -> int:
    """Ask the forges of repositories now, however fresh what is stored may be; the status is 1 if one has no answer."""
    if config.offline or not config.projects.fetch:
        raise ConfigError("no forge may be asked", "leave --offline out, and set projects.fetch to true")
    if known and not projects:
        return _refresh_all(config)
    if not projects:
        raise ConfigError("no repository is named", "write one as github.com/user/repo, or --known for all")
    names = [_parse(each) for each in projects]

    async def work(asked: "Projects") -> "list[Project | None]":
        return [await asked.refresh(name) for name in names]

    return max(_show(found, name, json=json) for found, name in zip(_ask_projects(config, work), names, strict=True))


def _refresh_all(config: Config) -> int:
    async def work(asked: "Projects") -> tuple[int, int]:
        return await asked.refresh_all()

    from packhouse.cli.showing import print_facts

    answered, failed = _ask_projects(config, work)
    print_facts([("answered", f"{answered:,}"), *([("without answer", f"{failed:,}")] if failed else [])])
    return 1 if failed else 0


def _parse(text: str) -> str:
    from packhouse.domain.project_address import parse_project, project_anywhere

    found = parse_project(text) or project_anywhere(text)
    if found is None:
        raise ConfigError(f"{text!r} is no repository", "write it as github.com/user/repo")
    return found


def _ask(config: Config, work: "Callable[[SqlStore], Awaitable[T]]") -> T:
    import anyio

    from packhouse.app import open_store

    store = open_store(config)
    try:
        return anyio.run(work, store)
    finally:
        store.close()


def _ask_projects(config: Config, work: "Callable[[Projects], Awaitable[T]]") -> T:
    async def ask(store: "SqlStore") -> T:
        from packhouse.app import open_forges, open_projects

        source = open_forges(config)
        projects = open_projects(config, store, source)
        try:
            return await work(projects)
        finally:
            await projects.close()
            await source.close()

    return _ask(config, ask)


def _show(found: "Project | None", name: str, *, json: bool) -> int:
    from packhouse.cli.showing import print_facts

    if found is None:
        print(f"packhouse: nothing is known of {name}", file=sys.stderr)
        return 1
    if json:
        _print_json(found)
        return 0
    repository, card, fuzzing = found.repository, found.scorecard, found.fuzzing
    rows: list[tuple[str, str | None]] = [("repository", found.id)]
    if repository is not None:
        rows += [
            ("now called", repository.id if found.moved else None),
            ("description", repository.description or None),
            ("homepage", repository.homepage or None),
            ("licence", repository.licence or None),
            ("stars", _number(repository.stars)),
            ("forks", _number(repository.forks)),
            ("open issues", _number(repository.open_issues)),
            ("archived", "yes" if repository.archived else None),
        ]
    if card is not None:
        rows.append(("scorecard", f"{card.score:.1f} of 10, {_day(card.date)}"))
    if fuzzing is not None and fuzzing.lines:
        rows.append(("fuzzed", f"{fuzzing.covered:,} of {fuzzing.lines:,} lines"))
    if found.fetched_at is not None:
        rows.append(("fetched", _day(found.fetched_at)))
    print_facts([(label, text) for label, text in rows if text])
    return 0


def _day(at: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at // 1000, UTC).date().isoformat()


def _number(count: int | None) -> str | None:
    return None if count is None else f"{count:,}"


def _print_report(report: "ProjectImportReport") -> None:
    from packhouse.cli.showing import harmless, print_facts

    counts = ("read", "stored", "unchanged", "passed_over")
    rows = [(name.replace("_", " "), f"{count:,}") for name in counts if (count := getattr(report, name))]
    print_facts([*rows, ("failed", f"{len(report.failed):,}")] if report.failed else rows)
    for each in report.failed[:_SHOWN]:
        print(harmless(f"failed: {each.where}: {each.reason}"), file=sys.stderr)
    if len(report.failed) > _SHOWN:
        print(f"failed: and {len(report.failed) - _SHOWN:,} more, which --json lists", file=sys.stderr)


def _print_json(answer: object) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
