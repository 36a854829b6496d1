"""Nearest wins: of several releases of one thing the one that the shortest way leads to, and of equal ways the first.

A graph of visits is reduced to a tree in which everything stands once. What is chosen of one thing depends on what was
chosen of all that leads to it, so things are decided in the order in which they lead to each other; what is in a
circle is cut open where it is nearest to the root. Requirements that allow some versions only hold for all visits.
(Behaviour of maven-resolver 1.6, ConflictResolver, ConflictIdSorter and NearestVersionSelector.)
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Protocol

from packhouse.domain.errors import TooHard

MAX_DEPTH = 300
"""Steps from the root; beyond it nothing is followed."""
_MAX_STEPS = 20_000_000
_FALSE, _TRUE = 1, 2


class Constraint(Protocol):
    """Versions that are allowed."""

    def contains(self, order: Any) -> bool:  # noqa: ANN401 (the ecosystem's own key)
        """Tell whether a version, given by its key, is allowed."""


class Visit:
    """One way to a release: a node of the graph that is reduced."""

    __slots__ = (
        "aliases",
        "children",
        "constraint",
        "decided",
        "is_managed_optional",
        "is_managed_scope",
        "optional",
        "order",
        "payload",
        "scope",
        "thing",
    )

    def __init__(  # noqa: PLR0913 (a node is what it is)
        self,
        thing: Hashable,
        order: Any,  # noqa: ANN401 (the ecosystem's own key)
        scope: str = "",
        *,
        optional: bool = False,
        constraint: Constraint | None = None,
        children: "list[Visit] | None" = None,
        aliases: tuple[Hashable, ...] = (),
        is_managed_scope: bool = False,
        is_managed_optional: bool = False,
        payload: Any = None,  # noqa: ANN401 (whatever the caller wants back)
    ) -> None:
        self.thing = thing
        """What there can be only one of."""
        self.order = order
        self.scope = scope
        self.optional = optional
        self.constraint = constraint
        self.children = [] if children is None else children
        """Shared by visits that lead to the same; reduced in place."""
        self.aliases = aliases
        """Other things that it stands for as well."""
        self.is_managed_scope = is_managed_scope
        self.is_managed_optional = is_managed_optional
        self.payload = payload
        self.decided = -1
        """The number of the thing."""


class ScopeRules(Protocol):
    """What becomes of scopes on the way, and where several ways meet."""

    def derive(self, parent: str | None, child: str) -> str:
        """Return the scope that a child has below a parent."""

    def choose(self, declared: str, nearest: Iterable[tuple[int, str, Iterable[str]]]) -> str:
        """Return the scope of the winner, given its own and depth, own and derived scopes of every visit."""


class Conflict(Exception):
    """No visit of a thing is allowed by all requirements for it."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        super().__init__("requirements exclude each other")
        self.visits = visits


class Item:
    """A visit beside the others of the same thing."""

    __slots__ = ("depth", "optionals", "parent", "scopes", "siblings", "visit")

    def __init__(self, parent: Visit, visit: Visit, scope: str, *, optional: bool) -> None:
        self.parent = parent
        self.siblings = parent.children
        self.visit = visit
        self.scopes = {scope}
        self.optionals = _TRUE if optional else _FALSE
        self.depth = 0


class _Way:
    """What is known of one list of children, from all ways that lead to it."""

    __slots__ = ("depth", "items", "optionals", "scopes")

    def __init__(self, depth: int, scope: str, *, optional: bool) -> None:
        self.depth = depth
        self.scopes = {scope}
        self.optionals = _TRUE if optional else _FALSE
        self.items: list[Item] = []


class Reduction:
    """Reduces one graph, in place."""

    def __init__(self, root: Visit, rules: ScopeRules, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        self._root = root
        self._rules = rules
        self._is_cancelled = is_cancelled
        self._steps = 0
        self._winners: dict[int, Visit | None] = {}
        self._ancestors: set[int] = set()
        self._current = -2
        self._items: list[Item] = []
        self._ways: dict[int, _Way] = {}
        self._open: set[int] = set()
        self._path: list[tuple[Visit, str | None, bool, _Way | None]] = []

    def reduce(self, order: Sequence[int], circles: dict[int, set[int]]) -> None:
        """Choose a winner for every thing in order; raise Conflict, TooHard."""
        for number in order:
            self._begin(number)
            self._ancestors |= circles.get(number, set())
            self._gather(self._root)
            self._set_depths()
            self._ancestors.add(number)
            winner = choose(self._items) if self._items else None
            if winner is not None:
                self._settle(winner)
            self._winners[number] = None if winner is None else winner.visit
        last = self._winners.get(order[-1]) if order and circles else None
        if last is not None:
            self._begin(-2)
            self._gather(last)

    def _begin(self, number: int) -> None:
        self._current = number
        self._items = []
        self._ways = {}

    def _gather(self, visit: Visit) -> bool:
        """Collect visits of the current thing below one; False for what has lost already."""
        number = visit.decided
        if number == self._current:
            self._add(visit)
            return True
        winner = self._winners.get(number)
        if winner is not None and winner is not visit:
            return False
        if not self._enter(visit, number):
            return True
        lost = [not self._gather(child) for child in visit.children]
        if any(lost):
            visit.children[:] = [child for child, is_lost in zip(visit.children, lost, strict=True) if not is_lost]
        self._leave()
        return True

    def _enter(self, visit: Visit, number: int) -> bool:
        children = visit.children
        if (number >= 0 and number not in self._ancestors) or id(children) in self._open:
            return False
        self._step()
        scope, optional = self._scope(visit, number), self._optional(visit, number)
        way = self._ways.get(id(children))
        if way is None:
            way = self._ways[id(children)] = _Way(len(self._path), scope, optional=optional)
            self._path.append((visit, scope, optional, way))
        elif not self._widen(way, visit, scope, optional=optional):
            return False
        self._open.add(id(children))
        return True

    def _widen(self, way: _Way, visit: Visit, scope: str, *, optional: bool) -> bool:
        """Note another way to a list of children; False where that changes nothing."""
        way.depth = min(way.depth, len(self._path))
        bit = _TRUE if optional else _FALSE
        has_new_scope, has_new_optional = scope not in way.scopes, not way.optionals & bit
        if not has_new_scope and not has_new_optional:
            return False
        way.scopes.add(scope)
        way.optionals |= bit
        self._path.append((visit, scope, optional, None))
        for item in way.items:
            if has_new_scope:
                item.scopes.add(self._scope(item.visit, -1))
            if has_new_optional:
                item.optionals |= _TRUE if self._optional(item.visit, -1) else _FALSE
        return True

    def _leave(self) -> None:
        visit, *_ = self._path.pop()
        self._open.discard(id(visit.children))

    def _step(self) -> None:
        self._steps += 1
        if len(self._path) > MAX_DEPTH or self._steps > _MAX_STEPS or self._is_cancelled():
            raise TooHard("too many ways lead through this graph")

    def _add(self, visit: Visit) -> None:
        parent, _, _, way = self._path[-1]
        if way is not None:
            item = Item(parent, visit, self._scope(visit, -1), optional=self._optional(visit, -1))
            way.items.append(item)
            self._items.append(item)

    def _scope(self, visit: Visit, number: int) -> str:
        if visit.is_managed_scope or number in self._winners or not self._path:
            return visit.scope
        return self._rules.derive(self._path[-1][1], visit.scope)

    def _optional(self, visit: Visit, number: int) -> bool:
        if visit.optional or visit.is_managed_optional or number in self._winners or not self._path:
            return visit.optional
        return self._path[-1][2]

    def _set_depths(self) -> None:
        for item in self._items:
            item.depth = self._ways[id(item.siblings)].depth + 1

    def _settle(self, winner: Item) -> None:
        """Give the winner the scope that all ways come to, and take the others out."""
        visit = winner.visit
        visit.scope = self._rules.choose(
            visit.scope, ((each.depth, each.visit.scope, each.scopes) for each in self._items)
        )
        near = next((each for each in self._items if each.depth <= 1), None)
        visit.optional = (
            near.visit.optional if near is not None else all(not each.optionals & _FALSE for each in self._items)
        )
        gone: dict[int, tuple[list[Visit], set[int]]] = {}
        for item in self._items:
            if item is not winner:
                gone.setdefault(id(item.siblings), (item.siblings, set()))[1].add(id(item.visit))
        for siblings, lost in gone.values():
            siblings[:] = [each for each in siblings if id(each) not in lost]


def choose(items: Sequence[Item]) -> Item:
    """Choose the nearest that every requirement allows; raise Conflict where there is none."""
    allowed: list[Constraint] = []
    candidates: list[Item] = []
    winner: Item | None = None
    for item in items:
        constraint = item.visit.constraint
        backtracks = False
        if constraint is not None and constraint not in allowed:
            allowed.append(constraint)
            backtracks = winner is not None and not constraint.contains(winner.visit.order)
        if _fits(item, allowed):
            candidates.append(item)
            if not backtracks and (winner is None or _is_nearer(item, winner)):
                winner = item
        if backtracks:
            candidates = [each for each in candidates if _fits(each, allowed)]
            winner = _nearest(candidates)
            if winner is None:
                raise Conflict([each.visit for each in items])
    if winner is None:
        raise Conflict([each.visit for each in items])
    return winner


def _fits(item: Item, allowed: Iterable[Constraint]) -> bool:
    return all(each.contains(item.visit.order) for each in allowed)


def _nearest(candidates: Iterable[Item]) -> Item | None:
    winner: Item | None = None
    for each in candidates:
        if winner is None or _is_nearer(each, winner):
            winner = each
    return winner


def _is_nearer(item: Item, other: Item) -> bool:
    if item.siblings is other.siblings:
        return bool(item.visit.order > other.visit.order)
    return item.depth < other.depth
