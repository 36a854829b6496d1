"""What every store does in a transaction: find a package's row, take numbers from the sequence, append events."""

import re
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from packhouse.adapters.sql.executor import Executor, Parameters, Row, Work
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.events import Event
from packhouse.domain.package import PackageKey

_EVENTS = 4
"""Written with one statement at most, so that there are few statements."""
_of_one = re.compile(r":(sequence|kind|at|version|detail)\b")


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
    yield from append_numbered(text, package_id, events, range(first, first + len(events)))


def append_numbered(text: Texts, package_id: int, events: Sequence[Event], numbers: Sequence[int]) -> Work[None]:
    """Write events with these numbers, a few with one statement."""
    for start in range(0, len(events), _EVENTS):
        few = events[start : start + _EVENTS]
        columns: dict[str, Any] = {"package_id": package_id}
        for each, event in enumerate(few):
            columns[f"sequence{each}"] = numbers[start + each]
            columns[f"kind{each}"] = event.kind
            columns[f"at{each}"] = event.at
            columns[f"version{each}"] = event.version
            columns[f"detail{each}"] = msgspec.msgpack.encode(event.detail) if event.detail else None
        yield _write_events(text.write_event, len(few)), columns


@cache
def _write_events(write_event: str, count: int) -> str:
    """Let the statement that writes one event write several of one package."""
    head, values = write_event.split(" VALUES ")
    return f"{head} VALUES " + ", ".join(_of_one.sub(rf":\g<1>{each}", values) for each in range(count))


def read_event(row: Row) -> Event:
    """Make an event of a row of `list_events`."""
    sequence, kind, at, version, detail, origin, ecosystem, name = row
    fields = {"kind": kind, "at": at, "origin": origin, "version": version, "sequence": sequence}
    fields["key"] = {"ecosystem": ecosystem, "name": name}
    fields["detail"] = {} if detail is None else msgspec.msgpack.decode(detail)
    return msgspec.convert(fields, Event)
