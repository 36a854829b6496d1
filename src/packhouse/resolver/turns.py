"""In which order the things of a graph of visits are decided: whatever leads to a thing before the thing itself.

What stands for several names (it was moved) is one thing with all who bear one of them. Where things lead to each
other in a circle, the one nearest to the root comes first. (Behaviour of maven-resolver 1.6, ConflictMarker and
ConflictIdSorter, the order of its hash sets included.)
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence

from packhouse.resolver.nearest import Visit


class Turn:
    """One thing while its turn is sought."""

    __slots__ = ("depth", "following", "number", "waits")

    def __init__(self, number: int, depth: int) -> None:
        self.number = number
        self.depth = depth
        self.waits = 0
        self.following: dict[int, Turn] = {}

    def children(self) -> "Sequence[Turn]":
        """List what it leads to, in the order of a Java hash set of numbers."""
        size = 16
        while len(self.following) > size * 3 // 4:
            size *= 2
        return sorted(self.following.values(), key=lambda turn: turn.number & (size - 1))

    def pull_up(self, depth: int) -> None:
        """Note a shorter way, for all behind it as well."""
        pending = [(self, depth)]
        while pending:
            turn, near = pending.pop()
            if near < turn.depth:
                turn.depth = near
                pending += [(each, near + 1) for each in turn.following.values()]


def number_things(root: Visit) -> None:
    """Give all visits below a root the number of their thing."""
    groups: dict[Hashable, tuple[frozenset[Hashable], int]] = {}
    visits: list[Visit] = []
    count = 0
    for visit in _walk(root):
        if visit is root:
            continue
        visits.append(visit)
        if not visit.aliases and visit.thing in groups:
            continue
        names = frozenset((visit.thing, *visit.aliases))
        known = list(dict.fromkeys(groups[name] for name in names if name in groups))
        if len(known) == 1 and names <= known[0][0]:
            continue
        whole = names.union(*(each for each, _ in known))
        same = next((each for each in known if each[0] == whole), None)
        if same is None:
            same = (whole, count)
            count += 1
        for name in whole:
            groups[name] = same
    for visit in visits:
        visit.decided = groups[visit.thing][1]


def order_things(root: Visit) -> tuple[list[int], dict[int, set[int]]]:
    """Return the numbers of all things in the order of their turns, and for those in circles all that are in them."""
    turns = _turns(root)
    order: list[int] = []
    _take(order, [turn for turn in turns.values() if not turn.waits])
    if len(order) == len(turns):
        return order, {}
    while len(order) < len(turns):
        nearest = min((turn for turn in turns.values() if turn.waits > 0), key=lambda turn: (turn.depth, turn.waits))
        nearest.waits = 0
        _take(order, [nearest])
    return order, _circles(turns.values())


def _walk(root: Visit) -> Iterator[Visit]:
    """List every visit once, the first way to it first."""
    seen = {id(root)}
    yield root
    pending = [iter(root.children)]
    while pending:
        visit = next(pending[-1], None)
        if visit is None:
            pending.pop()
        elif id(visit) not in seen:
            seen.add(id(visit))
            yield visit
            pending.append(iter(visit.children))


def _turns(root: Visit) -> dict[int, Turn]:
    turns: dict[int, Turn] = {}
    seen = {id(root)}
    pending: list[tuple[Turn | None, Iterator[Visit]]] = [(None, iter(root.children))]
    while pending:
        parent, children = pending[-1]
        depth = len(pending)
        child = next(children, None)
        if child is None:
            pending.pop()
            continue
        turn = turns.get(child.decided)
        if turn is None:
            turn = turns[child.decided] = Turn(child.decided, depth)
        elif depth < turn.depth:
            turn.pull_up(depth)
        if parent is not None and turn.number not in parent.following:
            parent.following[turn.number] = turn
            turn.waits += 1
        if id(child) not in seen:
            seen.add(id(child))
            pending.append((turn, iter(child.children)))
    return turns


def _take(order: list[int], ready: list[Turn]) -> None:
    """Take all whose turn it is, the nearest first and of equals who came first, until nobody is left."""
    queue: list[Turn] = []
    for turn in ready:
        _line_up(queue, turn)
    while queue:
        turn = queue.pop(0)
        order.append(turn.number)
        for child in turn.children():
            child.waits -= 1
            if not child.waits:
                _line_up(queue, child)


def _line_up(queue: list[Turn], turn: Turn) -> None:
    at = len(queue)
    while at and turn.depth < queue[at - 1].depth:
        at -= 1
    queue.insert(at, turn)


def _circles(turns: Iterable[Turn]) -> dict[int, set[int]]:
    """Find for each thing all that it stands in a circle with, as a walk that enters everything once meets them."""
    found: dict[int, set[int]] = {}
    visited: set[int] = set()
    for start in turns:
        if start.number not in visited:
            _walk_circles(start, visited, found)
    return found


def _walk_circles(start: Turn, visited: set[int], found: dict[int, set[int]]) -> None:
    path = [start.number]
    places = {start.number: 0}
    visited.add(start.number)
    pending = [iter(start.children())]
    while pending:
        turn = next(pending[-1], None)
        if turn is None:
            pending.pop()
            del places[path.pop()]
        elif turn.number in places:
            circle = path[places[turn.number] :]
            for each in circle:
                found.setdefault(each, set()).update(circle)
        elif turn.number not in visited:
            visited.add(turn.number)
            places[turn.number] = len(path)
            path.append(turn.number)
            pending.append(iter(turn.children()))
