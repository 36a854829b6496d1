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
from packhouse.resolver.settling import Pinned, Settling

_MAX_SPOTS = 200_000


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

    __slots__ = (
        "below",
        "choice",
        "darkening",
        "eclipsed",
        "is_accepted",
        "is_dark",
        "is_open",
        "is_pending",
        "waits_for",
    )

    def __init__(self, choice: Choice, eclipsed: int) -> None:
        self.choice = choice
        self.eclipsed = eclipsed
        self.below: list[tuple[Need, Spot]] = []
        self.is_accepted = False
        """Whether there is a place of it that was accepted."""
        self.is_open = False
        """Whether there is one that could be decided, as all above it are accepted."""
        self.waits_for = 0
        """How many spots lead here that are not decided everywhere."""
        self.darkening = 0
        """How many spots lead here that are disputed, or below something disputed."""
        self.is_pending = False
        self.is_dark = False

    @property
    def is_live(self) -> bool:
        """Tell whether there is a place that was not rejected."""
        return self.is_accepted or self.is_open or self.waits_for > 0


class Eclipse:
    """The tree below one root, and what is accepted of it."""

    def __init__(self, root: Choice, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        self._is_cancelled = is_cancelled
        self._spots: dict[tuple[int, int], Spot] = {}
        choices = _walk(root)
        _number(choices)
        _set_reach(choices)
        self._pins = {need.choice.bit: need for need in root.needs if need.is_silent}
        self._pinned: dict[int, Pinned] = {}
        self.root = self._expand(root)
        self.spots = _in_order(self.root)

    def settle(self) -> None:
        """Accept and reject until nothing changes any more."""
        Settling(self.root, self.spots, list(self._pinned.values()), self._is_cancelled).run()

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
        return [spot for spot in self.spots if spot.is_open or spot.waits_for]

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
            pin = self._pinned[bit] = Pinned(self._reach_for(top, self._pins[bit], todo))
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
