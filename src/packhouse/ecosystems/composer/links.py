"""Constraints as a resolver uses them: held against a version, against what somebody provides, and taken apart.

Two constraints that Composer writes in the same way are the same object, so that they can be compared quickly.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from packhouse.ecosystems.composer.constraints import Alternative, Comparison, holds, parse_constraint
from packhouse.ecosystems.composer.versions import VersionKey, key_of

_CACHED = 1 << 16
_Place = tuple[VersionKey, int]
"""A place between versions: 0 is before one, 1 behind it."""
_Span = tuple[_Place, _Place]
_LOWEST: _Place = (key_of("0.0.0.0-dev"), 0)
_HIGHEST: _Place = ((2, (), ""), 0)
_BEYOND: _Place = ((3, (), ""), 0)
_ALL: tuple[_Span, ...] = ((_LOWEST, _HIGHEST),)


class Part(NamedTuple):
    """One of the ranges that a constraint is made of, as spans of versions and names of branches."""

    spans: tuple[_Span, ...]
    branches: frozenset[str]
    is_but: bool
    """True where it is all branches but those named."""

    def matches(self, key: VersionKey) -> bool:
        """Tell whether a version is in it."""
        if key[0] == 0:
            return (key[2] in self.branches) != self.is_but
        return self._spans(((key, 0), (key, 1)))

    def contains(self, other: "Part") -> bool:
        """Tell whether all of another range is in it."""
        if other.is_but:
            if not (self.is_but and self.branches <= other.branches):
                return False
        elif not (other.branches.isdisjoint(self.branches) if self.is_but else other.branches <= self.branches):
            return False
        return all(map(self._spans, other.spans))

    def _spans(self, span: _Span) -> bool:
        # Spans are in order and do not touch each other.
        place = bisect_right(self.spans, (span[0], _BEYOND)) - 1
        return place >= 0 and span[1] <= self.spans[place][1]


_ANYTHING = Part(_ALL, frozenset(), is_but=True)


class Constraint:
    """Versions that will do."""

    __slots__ = ("_matched", "_parts", "_whole", "alternatives", "text")

    def __init__(self, alternatives: tuple[Alternative, ...], text: str) -> None:
        self.alternatives = alternatives
        self.text = text
        """As Composer writes it, so that different spellings of the same are equal."""
        self._matched: dict[VersionKey, bool] = {}
        self._parts: tuple[Part, ...] | None = None
        self._whole: Part | None = None

    def matches(self, key: VersionKey) -> bool:
        """Tell whether a version will do."""
        found = self._matched.get(key)
        if found is None:
            found = self._matched[key] = holds(key, self.alternatives)
        return found

    def meets(self, other: "Constraint") -> bool:
        """Tell whether Composer takes what is provided in these versions for what is wanted in those."""
        return any(
            all(_meet(mine, theirs) for mine in my_part for theirs in their_part)
            for my_part in self.alternatives
            for their_part in other.alternatives
        )

    @property
    def whole(self) -> Part:
        """Take it as one range."""
        if self._whole is None:
            self._whole = covered((self,))
        return self._whole

    @property
    def parts(self) -> tuple[Part, ...]:
        """Take it apart into ranges that do not touch each other."""
        if self._parts is None:
            self._parts = _split(self.alternatives)
        return self._parts


@lru_cache(_CACHED)
def read_constraint(text: str) -> Constraint:
    """Read a constraint; raise Invalid if it is none."""
    alternatives = _joined(parse_constraint(text))
    return _shared(_write(alternatives), alternatives)


def exactly(normal: str) -> Constraint:
    """Make the constraint that one normalised version meets."""
    alternatives = ((Comparison("==", key_of(normal), normal),),)
    return _shared(_write(alternatives), alternatives)


@lru_cache(_CACHED)
def _shared(text: str, alternatives: tuple[Alternative, ...]) -> Constraint:
    return Constraint(alternatives, text)


def _write(alternatives: tuple[Alternative, ...]) -> str:
    return " || ".join(" ".join(f"{each.operator} {each.normal}" for each in part) or "*" for part in alternatives)


def _joined(alternatives: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
    """Join neighbours where one ends as the next begins: ^1 || ^2 is >=1 <3."""
    joined: list[Alternative] = []
    for part in alternatives:
        if joined and _is_range(joined[-1]) and _is_range(part) and joined[-1][1].normal == part[0].normal:
            joined[-1] = (joined[-1][0], part[1])
        else:
            joined.append(part)
    return tuple(joined)


def _is_range(part: Alternative) -> bool:
    return len(part) == 2 and part[0].operator == ">=" and part[1].operator == "<"


def _meet(one: Comparison, other: Comparison) -> bool:  # noqa: PLR0911 (one kind of pair a line)
    """Tell whether two bounds leave anything, by Composer's rules for branches: they are equal or different only."""
    is_branch = one.key[0] == 0 or other.key[0] == 0
    operators = {one.operator, other.operator}
    if "!=" in operators:
        if "==" in operators:
            return one.key != other.key
        return operators == {"!="} or (other if one.operator == "!=" else one).key[0] != 0
    if operators == {"=="}:
        return one.key == other.key
    if is_branch:
        return False
    if "==" in operators:
        exact, bound = (one, other) if one.operator == "==" else (other, one)
        return holds(exact.key, ((bound,),))
    if one.operator[0] == other.operator[0]:
        return True
    low, high = (one, other) if one.operator[0] == ">" else (other, one)
    return low.key < high.key or (low.key == high.key and low.operator == ">=" and high.operator == "<=")


def covered(constraints: Iterable[Constraint]) -> Part:
    """Make one range of all that several constraints accept."""
    parts = dict.fromkeys(part for each in constraints for part in each.alternatives)
    return united([_conjunction(part) for part in parts])


def _split(alternatives: tuple[Alternative, ...]) -> tuple[Part, ...]:
    if () in alternatives:
        return (_ANYTHING,)
    sets = [_conjunction(part) for part in alternatives]
    merged = sets[0] if len(sets) == 1 else united(sets)
    if len(alternatives) == 1 and len(alternatives[0]) == 1:
        return (merged,)
    if merged.is_but:
        if merged.branches:
            return (merged if merged.spans == _ALL else merged._replace(branches=frozenset(), is_but=False),)
        if merged.spans == _ALL:
            return (_ANYTHING,)
    parts = [_part_of(chain) for chain in _chains(merged.spans)]
    if not merged.is_but:
        parts += [Part((), frozenset((name,)), is_but=False) for name in sorted(merged.branches)]
    return tuple(parts)


def _conjunction(part: Alternative) -> Part:
    spans: tuple[_Span, ...] = _ALL
    branches: frozenset[str] = frozenset()
    is_but = True
    for bound in part:
        if bound.key[0] == 0:
            name = frozenset((bound.key[2],))
            if bound.operator == "!=":
                branches = branches | name if is_but else branches - name
            else:
                kept = name if bound.operator == "==" else frozenset[str]()
                branches, is_but = (kept - branches if is_but else kept & branches), False
                spans = ()
            continue
        spans = _intersect(spans, _spans_of(bound))
        if bound.operator != "!=":
            branches, is_but = (frozenset() if is_but else branches & frozenset[str]()), False
    return Part(spans, branches, is_but)


def _spans_of(bound: Comparison) -> tuple[_Span, ...]:
    before, behind = (bound.key, 0), (bound.key, 1)
    match bound.operator:
        case "==":
            return ((before, behind),)
        case "!=":
            return (_LOWEST, before), (behind, _HIGHEST)
        case ">=":
            return ((before, _HIGHEST),)
        case ">":
            return ((behind, _HIGHEST),)
        case "<":
            return ((_LOWEST, before),)
    return ((_LOWEST, behind),)


def _intersect(one: tuple[_Span, ...], other: tuple[_Span, ...]) -> tuple[_Span, ...]:
    both = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return tuple(sorted(span for span in both if span[0] < span[1]))


def united(sets: Sequence[Part]) -> Part:
    """Make one range of several."""
    spans: list[_Span] = []
    for low, high in sorted(span for each in sets for span in each.spans):
        if spans and low <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], high))
        else:
            spans.append((low, high))
    branches, is_but = frozenset[str](), False
    for each in sets:
        if each.is_but:
            branches = branches & each.branches if is_but else each.branches - branches
            is_but = True
        else:
            branches = branches - each.branches if is_but else branches | each.branches
    return Part(tuple(spans), branches, is_but)


def _chains(spans: tuple[_Span, ...]) -> list[list[_Span]]:
    """Keep together what only one version parts: >=1 <2 and >2 <3 are >=1 !=2 <3."""
    chains: list[list[_Span]] = []
    for span in spans:
        if chains and chains[-1][-1][1] == (span[0][0], 0) and span[0][1] == 1:
            chains[-1].append(span)
        else:
            chains.append([span])
    return chains


def _part_of(chain: list[_Span]) -> Part:
    is_any = len(chain) > 1 and chain[0][0] == _LOWEST and chain[-1][1] == _HIGHEST
    return Part(tuple(chain), frozenset(), is_but=is_any)
