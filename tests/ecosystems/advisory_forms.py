"""What the tests of converted advisories share: reading records, and asking what they are about."""

import json
import lzma
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from hypothesis import strategies as st

from packhouse.domain.ecosystem import Ecosystem
from packhouse.policy.affected import Prepared, ask
from packhouse.services.osv_names import OsvNames
from packhouse.services.osv_records import mentions, read_advisory
from tests.shared import shared_path

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
"""Whatever a field may hold."""

_NUMBER = re.compile(r"[0-9]+")


def raw_records(name: str) -> Iterator[dict[str, Any]]:
    """Read the raw records of a database in the shared data."""
    with lzma.open(shared_path("data", "osv", name), "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def prepared(ecosystem: Ecosystem, record: Mapping[str, Any]) -> Prepared:
    """Make an OSV record of one package ready to be matched; it must be one that the server understands whole."""
    names = OsvNames([ecosystem])
    advisory = read_advisory(msgspec.json.encode(record), "test", names)
    (mention,) = mentions(advisory, names).values()
    ready = Prepared(ecosystem, mention)
    assert not ready.oddities, advisory.id
    return ready


def is_affected(ecosystem: Ecosystem, ready: Prepared, version: str) -> bool:
    """Tell whether a record is about a version."""
    return ready.affects(ask(ecosystem, version))


@cache
def neighbours(version: str) -> frozenset[str]:
    """Name a version and some just beside it: where a range is read wrongly, one of them shows it."""
    found = {version, f"{version}.1"} if "-" not in version else {version}
    for number in _NUMBER.finditer(version):
        for step in (-1, 1):
            if int(number[0]) + step >= 0:
                found.add(f"{version[: number.start()]}{int(number[0]) + step}{version[number.end() :]}")
    return frozenset(found)
