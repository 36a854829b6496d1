"""Nearest wins: of several releases of one thing the one that the shortest way leads to, and of equal ways the first.

A graph of visits is reduced to a tree in which everything stands once. What is chosen of one thing depends on what was
chosen of all that leads to it, so things are decided in the order in which they lead to each other; what is in a
circle is cut open where it is nearest to the root. Requirements that allow some versions only hold for all visits.
(Behaviour of maven-resolver 1.6, ConflictResolver, ConflictIdSorter and NearestVersionSelector.)

What has been decided is a tree that grows from the root. What hangs from it and is not decided yet waits under the
number of its thing, so that a turn looks at the visits of its own thing only, and, where circles were cut, at what else
of those may be on the way.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from packhouse.domain.errors import TooHard

MAX_DEPTH = 300
"""Steps from the root; beyond it nothing is followed."""
_MAX_STEPS = 20_000_000
_FALSE, _TRUE = 1, 2
_NONE: frozenset[int] = frozenset()


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
        """Shared by visits of one thing that lead to the same; reduced in place."""
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


class _Way:
    """What is known of one list of children, from all ways that lead to it."""

    __slots__ = ("depth", "items", "optionals", "scopes")

    def __init__(self, depth: int, scope: str, *, optional: bool) -> None:
        self.depth = depth
        self.scopes = {scope}
        self.optionals = _TRUE if optional else _FALSE
        self.items: list[Item] = []


class Item:
    """A visit beside the others of the same thing."""

    __slots__ = ("depth", "optionals", "scopes", "siblings", "visit", "way")

    def __init__(self, siblings: list[Visit], visit: Visit, way: _Way, scope: str, *, optional: bool) -> None:
        self.siblings = siblings
        self.visit = visit
        self.way = way
        self.scopes = {scope}
        self.optionals = _TRUE if optional else _FALSE
        self.depth = 0


_Entry = tuple[Visit, str, bool, _Way | None]
"""What was entered, with the scope and whether it is optional there; without a way where another came before."""
_Waiting = tuple[tuple[int, ...], _Entry, Visit]
"""Where a visit stands, below what, and the visit."""


class Reduction:
    """Reduces one graph, in place."""

    def __init__(self, root: Visit, rules: ScopeRules, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        self._root = root
        self._rules = rules
        self._is_cancelled = is_cancelled
        self._steps = 0
        self._winners: dict[int, Visit | None] = {}
        self._circling: set[int] = set()
        """Of those in circles with what was decided, the undecided."""
        self._waiting: dict[int, list[_Waiting]] = {}
        self._places: dict[int, tuple[tuple[int, ...], int]] = {}
        """Where each list of children that hangs from the tree stands, and how deep, by its id."""
        self._is_tree = True
        self._current = -2
        self._items: list[Item] = []
        self._ways: dict[int, _Way] = {}
        self._open: set[int] = set()
        self._base = 0
        self._path: list[_Entry] = []

    def reduce(self, order: Sequence[int], circles: Mapping[int, AbstractSet[int]]) -> None:
        """Choose a winner for every thing in order; raise Conflict, TooHard."""
        self._hang(self._root, (), 0)
        for number in order:
            self._circling |= circles.get(number, _NONE)
            self._circling.discard(number)
            self._current, self._items, self._ways = number, [], {}
            self._gather()
            if not self._items:
                self._winners[number] = None
                continue
            for item in self._items:
                item.depth = item.way.depth + 1
            winner = choose(self._items)
            self._settle(winner)
            self._winners[number] = winner.visit
            place = self._places.get(id(winner.siblings))
            if place is not None:
                self._hang(winner.visit, (*place[0], winner.siblings.index(winner.visit)), place[1] + 1)
        self._prune()

    def _hang(self, visit: Visit, place: tuple[int, ...], depth: int) -> None:
        """Add what was decided to the tree, and with it what was decided below."""
        pending = [(visit, place, depth)]
        while pending and self._is_tree:
            visit, place, depth = pending.pop()
            self._step(depth)
            self._places[id(visit.children)] = (place, depth)
            entry = (visit, visit.scope, visit.optional, _Way(depth, visit.scope, optional=visit.optional))
            for at, child in enumerate(visit.children):
                number = child.decided
                if number not in self._winners:
                    self._waiting.setdefault(number, []).append(((*place, at), entry, child))
                elif self._winners[number] is child:
                    pending.append((child, (*place, at), depth + 1))
                elif self._winners[number] is None:
                    # Nothing led to this thing when it was decided: all its visits stay, each perhaps with many ways.
                    self._is_tree = False

    def _gather(self) -> None:
        """Collect the visits of the current thing, in the order in which a walk from the root meets them."""
        if not self._is_tree:
            self._visit(self._root)
            return
        waiting = self._waiting.pop(self._current, [])
        for number in self._circling:
            waiting += self._waiting.get(number, ())
        if len(waiting) > 1:
            waiting.sort(key=_place)
        for _, entry, visit in waiting:
            if visit.decided == self._current:
                self._add(visit, entry)
            else:
                self._path = [entry]
                self._base = 0 if entry[3] is None else entry[3].depth
                self._visit(visit)
        self._path = []
        self._base = 0

    def _visit(self, visit: Visit) -> None:
        """Collect visits of the current thing below one."""
        number = visit.decided
        if number == self._current:
            self._add(visit, self._path[-1])
            return
        if self._has_lost(visit) or not self._enter(visit, number):
            return
        for child in visit.children:
            self._visit(child)
        self._path.pop()
        self._open.discard(id(visit.children))

    def _has_lost(self, visit: Visit) -> bool:
        winner = self._winners.get(visit.decided)
        return winner is not None and winner is not visit

    def _enter(self, visit: Visit, number: int) -> bool:
        children = visit.children
        is_ancestor = number < 0 or number in self._winners or number in self._circling
        if not is_ancestor or id(children) in self._open:
            return False
        depth = self._base + len(self._path)
        self._step(depth)
        scope, optional = self._scope(visit, number), self._optional(visit, number)
        way = self._ways.get(id(children))
        if way is None:
            way = self._ways[id(children)] = _Way(depth, scope, optional=optional)
            self._path.append((visit, scope, optional, way))
        elif not self._widen(way, visit, scope, optional=optional):
            return False
        self._open.add(id(children))
        return True

    def _widen(self, way: _Way, visit: Visit, scope: str, *, optional: bool) -> bool:
        """Note another way to a list of children; False where that changes nothing."""
        way.depth = min(way.depth, self._base + len(self._path))
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

    def _step(self, depth: int) -> None:
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > _MAX_STEPS or self._is_cancelled():
            raise TooHard("too many ways lead through this graph")

    def _add(self, visit: Visit, entry: _Entry) -> None:
        parent, scope, optional, way = entry
        if way is not None:
            own_scope = visit.scope if visit.is_managed_scope else self._rules.derive(scope, visit.scope)
            own_optional = visit.optional if visit.optional or visit.is_managed_optional else optional
            item = Item(parent.children, visit, way, own_scope, optional=own_optional)
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

    def _settle(self, winner: Item) -> None:
        """Give the winner the scope that all ways come to."""
        visit = winner.visit
        visit.scope = self._rules.choose(
            visit.scope, ((each.depth, each.visit.scope, each.scopes) for each in self._items)
        )
        near = next((each for each in self._items if each.depth <= 1), None)
        visit.optional = (
            near.visit.optional if near is not None else all(not each.optionals & _FALSE for each in self._items)
        )

    def _prune(self) -> None:
        """Take out all that has lost."""
        seen = {id(self._root.children)}
        pending = [self._root.children]
        while pending:
            children = pending.pop()
            children[:] = [each for each in children if not self._has_lost(each)]
            for each in children:
                if id(each.children) not in seen:
                    seen.add(id(each.children))
                    pending.append(each.children)


def _place(waiting: _Waiting) -> tuple[int, ...]:
    return waiting[0]


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


def _fits(item: Item, allowed: Sequence[Constraint]) -> bool:
    return not allowed or all(each.contains(item.visit.order) for each in allowed)


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
