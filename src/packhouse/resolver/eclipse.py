"""Nearer requirements eclipse farther ones; of what cousins chose the highest wins.

Every release has already chosen what it needs, the lowest that its range allows. All ways from the root make a tree, in
which a requirement is left out where a release nearer to the root, on the same way, requires the same name. Of the
different releases of a name that are left the highest is accepted, and the others are rejected with all below them; a
name that is also found below a disputed one waits until that is decided. (Behaviour of NuGet's restore: documentation
of dependency resolution, and what its client answers.)

The tree has far more places than there are releases. Places from where the same things are still to be seen are one
spot here, and what becomes of its places is told of all of them at once.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

from packhouse.domain.errors import TooHard

_MAX_SPOTS = 2_000_000


class Choice:
    """A release, or that there is none: what a requirement has come to."""

    __slots__ = ("bit", "key", "name", "needed", "needs", "order", "payload", "reach")

    def __init__(self, name: Hashable, order: Any, payload: Any = None) -> None:  # noqa: ANN401 (the caller's own)
        self.name = name
        self.order = order
        """Comparable with those of other choices of the name."""
        self.payload = payload
        self.key: Hashable = (name, order, payload is None)
        self.needs: Sequence[Need] = ()
        self.bit = 0
        self.needed = 0
        """The bits of the names that it needs."""
        self.reach = 0
        """The bits of all names that it may lead to."""


class Need:
    """A requirement and what it has come to."""

    __slots__ = ("choice", "is_silent", "payload")

    def __init__(self, choice: Choice, payload: Any = None, *, is_silent: bool = False) -> None:  # noqa: ANN401
        self.choice = choice
        self.payload = payload
        self.is_silent = is_silent
        """True where it eclipses others and leads nowhere by itself. What is silent at the root is heard once something
        else requires the name: a central version."""


class Spot:
    """All places of the tree where a release stands and the same names are eclipsed."""

    __slots__ = ("below", "choice", "eclipsed", "is_accepted", "is_below", "is_new", "is_open", "is_waiting")

    def __init__(self, choice: Choice, eclipsed: int) -> None:
        self.choice = choice
        self.eclipsed = eclipsed
        self.below: list[tuple[Need, Spot]] = []
        self.is_accepted = False
        """Whether there is a place of it that was accepted."""
        self.is_open = False
        """Whether there is one that could be decided, as all above it are accepted."""
        self.is_waiting = False
        """Whether there is one that waits for what is above it."""
        self.is_new = False
        self.is_below = [False, False, False]
        """Of these three, whether there is one below something that is disputed."""

    @property
    def is_live(self) -> bool:
        """Tell whether there is a place that was not rejected."""
        return self.is_accepted or self.is_open or self.is_waiting


class _Pinned:
    """A central version that counts, as something requires its name."""

    __slots__ = ("asking", "spot")

    def __init__(self, spot: Spot) -> None:
        self.spot = spot
        self.asking: list[Spot] = []
        """Where its name is required."""

    @property
    def is_forsaken(self) -> bool:
        """Tell whether it was not accepted yet, and all that asks for it was rejected."""
        spot = self.spot
        return spot.is_live and not spot.is_accepted and not any(each.is_live for each in self.asking)

    def spread(self, disputed: set[Hashable], ambiguous: set[Hashable]) -> bool:
        """Make it and what is below it ambiguous where all that asks for it is that or disputed; tell if it was not."""
        spot = self.spot
        if spot.is_accepted or not spot.is_live or spot.choice.name in ambiguous:
            return False
        asking = [each.choice.name for each in self.asking if each.is_live]
        if any(name not in disputed and name not in ambiguous for name in asking):
            return False
        front = [spot]
        for each in front:
            ambiguous.add(each.choice.name)
            front.extend(other for _, other in each.below if other.is_live and other.choice.name not in ambiguous)
        return True


class Eclipse:
    """The tree below one root, and what is accepted of it."""

    def __init__(self, root: Choice, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        self._is_cancelled = is_cancelled
        self._spots: dict[tuple[int, int], Spot] = {}
        choices = _walk(root)
        _number(choices)
        _set_reach(choices)
        self._pins = {need.choice.bit: need for need in root.needs if need.is_silent}
        self._pinned: dict[int, _Pinned] = {}
        self.root = self._expand(root)
        self.spots = _in_order(self.root)

    def settle(self) -> None:
        """Accept and reject until nothing changes any more."""
        self.root.is_open = True
        for spot in self.spots:
            for _, other in spot.below:
                other.is_waiting = True
        while self._decide():
            if self._is_cancelled():
                raise TooHard("the resolution was cancelled")

    def accepted(self) -> dict[Hashable, Choice]:
        """Return what was accepted of each name, the root included."""
        found: dict[Hashable, Choice] = {}
        for spot in self.spots:
            if spot.is_accepted:
                known = found.get(spot.choice.name)
                if known is None or known.order < spot.choice.order:
                    found[spot.choice.name] = spot.choice
        return found

    def undecided(self) -> list[Spot]:
        """List what was neither accepted nor rejected: where disputes wait for one another."""
        return [spot for spot in self.spots if spot.is_open or spot.is_waiting]

    def _expand(self, root: Choice) -> Spot:
        """Draw the tree, each spot once."""
        pinned = 0
        for bit in self._pins:
            pinned |= bit
        top = Spot(root, root.bit)
        todo = [top]
        while todo:
            spot = todo.pop()
            below = spot.eclipsed | spot.choice.needed
            for need in spot.choice.needs:
                bit = need.choice.bit
                if need.is_silent:
                    continue
                if not bit & spot.eclipsed and bit != spot.choice.bit:
                    self._reach_for(spot, need, todo, below)
                elif bit & pinned:
                    self._ask_for_pin(top, spot, bit, todo)
        return top

    def _ask_for_pin(self, top: Spot, spot: Spot, bit: int, todo: list[Spot]) -> None:
        pin = self._pinned.get(bit)
        if pin is None:
            pin = self._pinned[bit] = _Pinned(self._reach_for(top, self._pins[bit], todo))
        pin.asking.append(spot)

    def _reach_for(self, spot: Spot, need: Need, todo: list[Spot], below: int | None = None) -> Spot:
        choice = need.choice
        eclipsed = (spot.eclipsed | spot.choice.needed if below is None else below) & choice.reach
        key = (id(choice), eclipsed)
        found = self._spots.get(key)
        if found is None:
            if len(self._spots) >= _MAX_SPOTS or self._is_cancelled():
                raise TooHard("too many ways lead through this graph")
            found = self._spots[key] = Spot(choice, eclipsed)
            todo.append(found)
        spot.below.append((need, found))
        return found

    def _decide(self) -> bool:
        """Go once through the tree; tell whether anything changed."""
        while self._reject_pins():
            self._refresh()
        known: dict[Hashable, set[Hashable]] = {}
        highest: dict[Hashable, Any] = {}
        for spot in self.spots:
            if spot.is_live:
                choice = spot.choice
                known.setdefault(choice.name, set()).add(choice.key)
                best = highest.get(choice.name)
                if best is None or best < choice.order:
                    highest[choice.name] = choice.order
        disputed = {name for name, keys in known.items() if len(keys) > 1}
        ambiguous = self._find_ambiguous(disputed) if disputed else frozenset[Hashable]()
        return self._judge(highest, ambiguous)

    def _find_ambiguous(self, disputed: set[Hashable]) -> frozenset[Hashable]:
        """Name what is found below something disputed."""
        for spot in self.spots:
            spot.is_below = [False, False, False]
        for spot in self.spots:
            if not spot.is_live:
                continue
            here = spot.choice.name in disputed
            accepted, opened, waiting = (here or each for each in spot.is_below)
            from_waiting = (spot.is_open and opened) or (spot.is_waiting and waiting)
            from_accepted = spot.is_accepted and accepted
            if not from_waiting and not from_accepted:
                continue
            for _, other in spot.below:
                flags = other.is_below
                flags[0] = flags[0] or (from_accepted and other.is_accepted)
                flags[1] = flags[1] or (from_accepted and other.is_open)
                flags[2] = flags[2] or (from_waiting and other.is_waiting)
        found = {spot.choice.name for spot in self.spots if any(spot.is_below)}
        while any(pin.spread(disputed, found) for pin in self._pinned.values()):
            continue
        return frozenset(found)

    def _reject_pins(self) -> bool:
        """Reject central versions that nothing asks for any more; tell whether there were any."""
        gone = [pin.spot for pin in self._pinned.values() if pin.is_forsaken]
        for spot in gone:
            spot.is_open = spot.is_waiting = False
        return bool(gone)

    def _refresh(self) -> None:
        """Let nothing wait for what was rejected."""
        waiting = {id(other) for spot in self.spots if spot is self.root for _, other in spot.below if other.is_waiting}
        for spot in self.spots:
            spot.is_waiting = id(spot) in waiting
            if spot.is_open or spot.is_waiting:
                waiting.update(id(other) for _, other in spot.below)

    def _judge(self, highest: dict[Hashable, Any], ambiguous: frozenset[Hashable]) -> bool:
        """Accept and reject what is no longer ambiguous; tell whether anything changed."""
        changed = False
        arriving: set[int] = set()
        waiting: set[int] = set()
        for spot in self.spots:
            spot.is_new = False
            if id(spot) in arriving or spot.is_open:
                was_open = spot.is_open
                spot.is_open = spot.choice.name in ambiguous
                if not spot.is_open:
                    spot.is_new = spot.choice.order == highest[spot.choice.name]
                    spot.is_accepted = spot.is_accepted or spot.is_new
                changed = changed or not (was_open and spot.is_open)
            was_waiting = spot.is_waiting
            spot.is_waiting = id(spot) in waiting
            changed = changed or was_waiting != spot.is_waiting
            if spot.is_new:
                arriving.update(id(other) for _, other in spot.below)
            if spot.is_open or spot.is_waiting:
                waiting.update(id(other) for _, other in spot.below)
        return changed


def _walk(root: Choice) -> list[Choice]:
    """List all choices that there are, each before none that only it leads to."""
    found = {id(root): root}
    todo = [root]
    for choice in todo:
        for need in choice.needs:
            if id(need.choice) not in found:
                found[id(need.choice)] = need.choice
                todo.append(need.choice)
    return todo


def _number(choices: Iterable[Choice]) -> None:
    bits: dict[Hashable, int] = {}
    for choice in choices:
        choice.bit = bits.setdefault(choice.name, 1 << len(bits))
    for choice in choices:
        choice.needed = 0
        for need in choice.needs:
            choice.needed |= need.choice.bit


def _set_reach(choices: Sequence[Choice]) -> None:
    """Find what each may lead to; circles take more than one round."""
    for choice in choices:
        choice.reach = choice.needed
    changed = True
    while changed:
        changed = False
        for choice in reversed(choices):
            reach = choice.reach
            for need in choice.needs:
                reach |= need.choice.reach
            if reach != choice.reach:
                choice.reach = reach
                changed = True


def _in_order(root: Spot) -> list[Spot]:
    """List the spots, each after all that lead to it; no way meets a name twice, so that there are no circles."""
    done: list[Spot] = []
    seen = {id(root)}
    stack: list[tuple[Spot, Iterator[tuple[Need, Spot]]]] = [(root, iter(root.below))]
    while stack:
        spot, rest = stack[-1]
        for _, other in rest:
            if id(other) not in seen:
                seen.add(id(other))
                stack.append((other, iter(other.below)))
                break
        else:
            done.append(spot)
            stack.pop()
    done.reverse()
    return done
