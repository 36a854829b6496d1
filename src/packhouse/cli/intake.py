"""What commands that import something share: the store, and the report of what came of it."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from packhouse.config import Config

if TYPE_CHECKING:
    from packhouse.adapters.sql.store import SqlStore
    from packhouse.domain.ecosystem import Ecosystem
    from packhouse.services.intake import IntakeReport

T = TypeVar("T")

_SHOWN = 20
"""Faults that are printed; all of them are in the JSON."""


def ask_store(config: Config, work: "Callable[[SqlStore, Sequence[Ecosystem]], Awaitable[T]]") -> T:
    """Do something with the database, whether a server runs or not; raise ConfigError or StorageError."""
    import anyio

    from packhouse.app import load_ecosystems, open_store

    store = open_store(config)
    try:
        return anyio.run(work, store, [ecosystem for ecosystem, _ in load_ecosystems().values()])
    finally:
        store.close()


def print_intake(report: "IntakeReport", *, as_json: bool) -> int:
    """Print a report; the status is 1 if something could not be read."""
    if as_json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
        return 1 if report.failed else 0
    from packhouse.cli.showing import harmless, print_facts

    facts = [("read", f"{report.read:,}"), ("new or changed", f"{report.written:,}")]
    print_facts([*facts, ("failed", f"{len(report.failed):,}")] if report.failed else facts)
    for each in report.failed[:_SHOWN]:
        print(harmless(f"failed: {each.where}: {each.reason}"), file=sys.stderr)
    if len(report.failed) > _SHOWN:
        print(f"failed: and {len(report.failed) - _SHOWN:,} more, which --json lists", file=sys.stderr)
    return 1 if report.failed else 0
