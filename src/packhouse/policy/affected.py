"""Tells whether an advisory is about a version, as section "Evaluation" of the OSV schema has it.

Where a record leaves the question open, the answer is yes: whoever asks would rather read one advisory too many.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from msgspec import Struct

from packhouse.domain.advisory import AffectedRange, EventKind, Mention
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid

_BEGINNING = "0"
"""As `introduced`: before all versions, also those that are below what the ecosystem has for 0."""
_NO_LIMIT = "*"
_is_partial = re.compile(r"v?[0-9]+(\.[0-9]+)?", re.ASCII).fullmatch

Key = Any
"""What an ecosystem's versions are sorted by."""

Keys = dict[str, Key]
"""Keys of versions that were worked out before, None for what is no version: advisories about one package name the
same versions again and again, and share them."""


class Interval(Struct, frozen=True, gc=False):
    """Versions from one on, up to another."""

    low: Key
    """None for the beginning."""
    high: Key
    """None where there is no end."""
    ends_with: bool
    """Whether the last one belongs to it."""
    fixed: str = ""
    """The version at its end, where that is said to be mended; as the ecosystem spells it."""

    def holds(self, key: Key) -> bool:
        """Tell whether a version is in it."""
        if self.low is not None and key < self.low:
            return False
        return self.high is None or key < self.high or (self.ends_with and key == self.high)


class Asked(Struct, frozen=True):
    """A version that is asked about, with its keys worked out once."""

    version: str
    key: Key
    """None for what is no version of the ecosystem: only lists can name it."""
    precedence: Key
    """Its key without build metadata, by which SemVer compares."""


class Prepared:
    """What an advisory says of a package, ready to be compared with."""

    def __init__(self, ecosystem: Ecosystem, mention: Mention, keys: Keys | None = None) -> None:
        self.mention = mention
        self.oddities: list[str] = []
        """Sentences on what of it cannot be compared with."""
        self._order = _Order(ecosystem, self.oddities, {} if keys is None else keys)
        self._ecosystem: list[Interval] = []
        self._semver: list[Interval] = []
        for span in mention.ranges:
            self._add(span)

    def affects(self, asked: Asked) -> bool:
        """Tell whether the advisory is about a version."""
        return self.spans(asked) or self.lists(asked)

    def spans(self, asked: Asked) -> bool:
        """Tell whether a version is in one of the ranges."""
        if asked.key is None:
            return False
        return any(each.holds(asked.key) for each in self._ecosystem) or any(
            each.holds(asked.precedence) for each in self._semver
        )

    def lists(self, asked: Asked) -> bool:
        """Tell whether a version is one of those listed, in whatever spelling."""
        if not self.mention.versions:
            return False
        return asked.version in self._versions or (asked.key is not None and asked.key in self._listed_keys)

    def fixed_above(self, asked: Asked) -> tuple[Key, str] | None:
        """Find the lowest version above this one that is said to be mended, with its key; None where none is."""
        if asked.key is None:
            return None
        found = [
            (each.high, each.fixed)
            for intervals, key in ((self._ecosystem, asked.key), (self._semver, asked.precedence))
            for each in intervals
            if each.fixed and key < each.high
        ]
        return min(found, default=None)

    @cached_property
    def _versions(self) -> frozenset[str]:
        return frozenset(map(self._order.spell, self.mention.versions))

    @cached_property
    def _listed_keys(self) -> frozenset[Key]:
        return frozenset(key for key in map(self._order.quietly, self._versions) if key is not None)

    def _add(self, span: AffectedRange) -> None:
        target = self._semver if span.kind == "semver" else self._ecosystem
        key_of = self._order.precedence if span.kind == "semver" else self._order.key
        doubts = len(self.oddities)
        intervals = _intervals(span, key_of, self._order.spell)
        # Beside a list, a range that is only half understood would only add versions that are not affected.
        if len(self.oddities) == doubts or not self.mention.versions:
            target += intervals


def ask(ecosystem: Ecosystem, version: str) -> Asked:
    """Work out the keys of a version."""
    order = _Order(ecosystem, [], {})
    spelled = order.spell(version)
    key = order.quietly(spelled)
    if key is None or "+" not in spelled:
        return Asked(spelled, key, key)
    return Asked(spelled, key, order.quietly(_without_build(spelled)))


class _Order:
    """How versions of records compare."""

    def __init__(self, ecosystem: Ecosystem, oddities: list[str], keys: Keys) -> None:
        self._key = ecosystem.version_key
        self.spell = ecosystem.osv_version
        self._oddities = oddities
        self._keys = keys

    def quietly(self, version: str) -> Key | None:
        """Make the key of a version; None for what is none."""
        try:
            return self._keys[version]
        except KeyError:
            pass
        try:
            key = self._key(version)
        except Invalid:
            key = None
        self._keys[version] = key
        return key

    def key(self, text: str) -> Key | None:
        """Make the key of a version in a record; for what is none, None and an oddity."""
        version = self.spell(text)
        key = self.quietly(version)
        if key is None and _is_partial(version):
            # Some databases write 0.1 for 0.1.0 where SemVer knows no such version.
            key = self.quietly(version + ".0" * (2 - version.count(".")))
        if key is None:
            self._oddities.append(f"{text[:80]!r} in a range is no version")
        return key

    def precedence(self, text: str) -> Key | None:
        """Do the same as SemVer compares."""
        return self.key(_without_build(text))


def _intervals(span: AffectedRange, key_of: Callable[[str], Key | None], spell: Callable[[str], str]) -> list[Interval]:
    """Turn a history into intervals; what ends at a version that cannot be read does not end.

    The specification goes through the sorted events for each version. The same intervals come out when it is gone
    through once: an event of an interval that is open, or of none, changes nothing.
    """
    points: list[tuple[Key, EventKind, str]] = []
    limits: list[Key] = []
    begun = False
    for event in span.events:
        if event.kind == "introduced" and event.version == _BEGINNING:
            begun = True
            continue
        if event.kind == "limit" and event.version == _NO_LIMIT:
            continue
        key = key_of(event.version)
        if key is None:
            begun = begun or event.kind == "introduced"
        elif event.kind == "limit":
            limits.append(key)
        else:
            points.append((key, event.kind, event.version))
    if not span.events:
        return []
    # Every range has an `introduced` (schema: affected[].ranges[].events); one without begins at the beginning.
    begun = begun or not any(kind == "introduced" for _, kind, _ in points)
    # What is said of one version stays in the record's order, but for a last one, which may be the first as well.
    points.sort(key=lambda point: (point[0], point[1] == "last_affected"))
    found = list(_walk(points, spell, begun=begun))
    return list(_limited(found, max(limits))) if limits else found


def _walk(points: list[tuple[Key, EventKind, str]], spell: Callable[[str], str], *, begun: bool) -> Iterator[Interval]:
    """Yield the intervals of sorted events."""
    low: Key = None
    for key, kind, version in points:
        if kind == "introduced":
            if not begun:
                begun, low = True, key
        elif begun:
            last = kind == "last_affected"
            if last or low is None or low < key:
                yield Interval(low, key, ends_with=last, fixed="" if last else spell(version))
            begun = False
    if begun:
        yield Interval(low, None, ends_with=False)


def _limited(intervals: Iterable[Interval], limit: Key) -> Iterator[Interval]:
    """Cut intervals off at the highest limit: a version is affected if it is before any of them."""
    for each in intervals:
        if each.low is not None and not each.low < limit:
            continue
        if each.high is None or limit < each.high or (each.ends_with and limit == each.high):
            yield Interval(each.low, limit, ends_with=False)
        else:
            yield each


def _without_build(version: str) -> str:
    return version.partition("+")[0]
