"""`packhouse advisories`: bring advisories in, and ask what they say."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import AsJson
from packhouse.cli.subject import parse_subject
from packhouse.config import Config
from packhouse.domain.errors import ConfigError, Invalid

if TYPE_CHECKING:
    from packhouse.adapters.sql.store import SqlStore
    from packhouse.domain.advisory import Advisory, Finding
    from packhouse.domain.ecosystem import Ecosystem
    from packhouse.services.advisory_import import ImportReport
    from packhouse.services.advisory_ports import AdvisoryCount, FeedFault

T = TypeVar("T")

_SHOWN = 20
"""Faults that are printed; all of them are in the JSON."""

app = App(name="advisories", help="Import advisories, and ask what they say.")

Paths = Annotated[Path, Parameter(help="Folders, zip archives, JSON Lines or single records, packed with xz or gzip.")]
Source = Annotated[str, Parameter(help="The name of the database that they are from.")]
Whole = Annotated[
    bool, Parameter(help="These are all records of the source: drop what is no longer there.", negative="")
]
Again = Annotated[
    bool, Parameter(help="Read what is unchanged again too, as after an upgrade that reads more.", negative="")
]
Id = Annotated[str, Parameter(help="The id of an advisory, or an alias of it such as a CVE number.")]
Subject = Annotated[str, Parameter(help="A package URL with a version, or ecosystem/name@version.")]


@app.command(name="import")
@configured("data")
def import_(
    config: Config,
    *paths: Paths,
    source: Source = "osv",
    whole: Whole = False,
    again: Again = False,
    json: AsJson = False,
) -> int:
    """Store what is new or changed, which a running server knows at once; the status is 1 if a record is unreadable."""
    if not paths:
        raise ConfigError("nothing to import is named", "name files or folders of advisories")
    if whole and again:
        raise ConfigError("--whole and --again are two imports", "run one after the other")

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> "ImportReport":
        from packhouse.adapters.feeds.osv import read_feed
        from packhouse.services.advisory_import import AdvisoryImport

        intake = AdvisoryImport(store, ecosystems)
        bring = intake.replace if whole else intake.renew if again else intake.add
        return await bring(source, read_feed(paths))

    report = _ask(config, work)
    if json:
        _print_json(report)
    else:
        _print_report(report)
    return 1 if report.failed else 0


@app.command(name="update")
@configured("data", "advisories.url", "advisories.parts")
def update(config: Config, *, json: AsJson = False) -> int:
    """Bring in what a live database, OSV's by default, has changed since; the first time all of it.

    A server does that by itself where advisories.fetch is on. The status is 1 if a record is unreadable.
    """

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> "Sequence[ImportReport]":
        from packhouse.app import follow_advisories, open_bucket

        bucket = open_bucket(config)
        try:
            return await follow_advisories(config, store, bucket, ecosystems).update_all()
        finally:
            await bucket.close()

    if config.offline:
        raise ConfigError("the configuration says that nobody is asked", "set offline to false, or import files")
    reports = _ask(config, work)
    if json:
        _print_json(reports)
    else:
        for report in reports:
            _print_report(report)
    return 1 if any(report.failed for report in reports) else 0


@app.command(name="list")
@configured("data")
def list_sources(config: Config) -> int:
    """Print how many advisories of which source there are."""

    async def work(store: "SqlStore", _: "Sequence[Ecosystem]") -> "Sequence[AdvisoryCount]":
        return await store.count_advisories()

    from packhouse.cli.showing import print_table

    rows = [
        (each.source, f"{each.records:,}", f"{each.malicious:,}", f"{each.withdrawn:,}") for each in _ask(config, work)
    ]
    print_table(("source", "records", "malicious", "withdrawn"), rows)
    return 0


@app.command(name="show")
@configured("data")
def show(config: Config, advisory: Id) -> int:
    """Print the record of an advisory as its database wrote it, or those that have the id as an alias."""

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> "list[Advisory]":
        from packhouse.services.advisories import Advisories

        return await Advisories(store, ecosystems).list_named(advisory)

    import msgspec

    found = _ask(config, work)
    for each in found:
        sys.stdout.write(msgspec.json.format(each.body.decode(), indent=2) + "\n")
    if not found:
        print(f"packhouse: there is no advisory {advisory}", file=sys.stderr)
    return 0 if found else 1


@app.command(name="match")
@configured("data")
def match(config: Config, subject: Subject, *, json: AsJson = False) -> int:
    """Print what is wrong with a release."""
    wanted = parse_subject(subject)

    async def work(store: "SqlStore", ecosystems: "Sequence[Ecosystem]") -> "Sequence[Finding]":
        from packhouse.domain.package import PackageKey
        from packhouse.services.advisories import Advisories

        known = {name: each for each in ecosystems for name in (each.key, *each.aliases)}
        ecosystem = known.get(wanted.registry.lower())
        if ecosystem is None or wanted.version is None:
            raise ConfigError(
                f"{subject!r} names no release", "write ecosystem/name@version or a package URL with a version"
            )
        try:
            key = PackageKey(ecosystem.key, (ecosystem.osv_name or ecosystem.parse_name)(wanted.package))
        except Invalid as error:
            raise ConfigError(error.message, error.hint) from error
        return await Advisories(store, ecosystems).find(key, wanted.version)

    found = _ask(config, work)
    if json:
        _print_json(found)
    else:
        _print_findings(found)
    return 0


def _ask(config: Config, work: "Callable[[SqlStore, Sequence[Ecosystem]], Awaitable[T]]") -> T:
    import anyio

    from packhouse.app import load_ecosystems, open_store

    store = open_store(config)
    try:
        return anyio.run(work, store, [ecosystem for ecosystem, _ in load_ecosystems().values()])
    finally:
        store.close()


def _print_report(report: "ImportReport") -> None:
    from packhouse.cli.showing import print_facts

    counts = ("read", "new", "changed", "unchanged", "older", "withdrawn", "dropped")
    lists = (("failed", report.failed), ("in doubt", report.doubts))
    print_facts(
        [
            ("source", report.source),
            *((name, f"{count:,}") for name in counts if (count := getattr(report, name))),
            *((name, f"{len(faults):,}") for name, faults in lists if faults),
        ]
    )
    for name, faults in lists:
        _print_faults(name, faults)


def _print_faults(name: str, faults: "Sequence[FeedFault]") -> None:
    from packhouse.cli.showing import harmless

    for each in faults[:_SHOWN]:
        print(harmless(f"{name}: {each.where}: {each.reason}"), file=sys.stderr)
    if len(faults) > _SHOWN:
        print(f"{name}: and {len(faults) - _SHOWN:,} more, which --json lists", file=sys.stderr)


def _print_findings(found: "Sequence[Finding]") -> None:
    from packhouse.cli.showing import print_note, print_table

    if not found:
        print_note("No advisory is about it.")
        return
    rows = [
        (
            each.id,
            "malicious" if each.malicious else "" if each.score is None else f"{each.score:.1f}",
            ", ".join(each.fixed_versions),
            ", ".join((*each.ids[1:], *each.aliases)),
        )
        for each in found
    ]
    print_table(("advisory", "severity", "fixed in", "also"), rows)


def _print_json(answer: object) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n")
