"""What every store does in a transaction: find a package's row, take numbers from the sequence, append events."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from packhouse.adapters.sql.executor import Executor, Parameters, Row, Work
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.events import Event
from packhouse.domain.package import PackageKey


class SqlPort:
    """One port's part of the store."""

    def __init__(self, database: Executor) -> None:
        self._database = database


def package(origin: str, key: PackageKey) -> dict[str, Any]:
    """Name a package in the parameters of a statement."""
    return {"origin": origin, "ecosystem": key.ecosystem, "name": key.name}


def as_json(values: Sequence[object]) -> str:
    """Write many values as one parameter, to be read with json_each."""
    return msgspec.json.encode(values).decode()


def package_id(text: Texts, origin: str, key: PackageKey) -> Work[int]:
    """Find a package's row or make it."""
    where: Parameters = package(origin, key)
    rows = yield text.find_package, where
    if not rows:
        rows = yield text.write_package, where
    return int(rows[0][0])


def next_numbers(text: Texts, count: int) -> Work[int]:
    """Take numbers from the sequence, return the last; its row stays locked until the commit, so none shows early.

    They are microseconds, as far as those go on by themselves: two numbers tell how much time there was between them,
    and not how many changes, of which whoever asks may not know.
    """
    rows = yield text.advance_sequence, {"steps": count, "now": time.time_ns() // 1000}
    return int(rows[0][0])


def append_events(text: Texts, package_id: int, events: Sequence[Event], first: int) -> Work[None]:
    """Write events with consecutive numbers."""
    for sequence, event in enumerate(events, first):
        yield (
            text.write_event,
            {
                "sequence": sequence,
                "package_id": package_id,
                "kind": event.kind,
                "at": event.at,
                "version": event.version,
                "detail": msgspec.msgpack.encode(event.detail) if event.detail else None,
            },
        )


def read_event(row: Row) -> Event:
    """Make an event of a row of `list_events`."""
    sequence, kind, at, version, detail, origin, ecosystem, name = row
    fields = {"kind": kind, "at": at, "origin": origin, "version": version, "sequence": sequence}
    fields["key"] = {"ecosystem": ecosystem, "name": name}
    fields["detail"] = {} if detail is None else msgspec.msgpack.decode(detail)
    return msgspec.convert(fields, Event)
