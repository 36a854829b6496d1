"""Decide what stands in a tree of eclipsing requirements: the highest of each name, once nothing above is disputed.

A name is disputed while different releases of it are left. What is below a disputed release is dark, and a name that is
dark anywhere is decided nowhere. A release is decided once all above it are accepted. As more is rejected less is
disputed, and never more, so that it does not matter in which order that is found out.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from packhouse.domain.errors import TooHard

if TYPE_CHECKING:
    from packhouse.resolver.eclipse import Spot

_LOOK_EVERY = 1024


class Pinned:
    """A central version that counts, as something requires its name."""

    __slots__ = ("asking", "spot")

    def __init__(self, spot: "Spot") -> None:
        self.spot = spot
        self.asking: list[Spot] = []
        """Where its name is required."""

    @property
    def is_undecided(self) -> bool:
        """Tell whether it was neither accepted nor rejected."""
        return self.spot.is_live and not self.spot.is_accepted

    @property
    def is_forsaken(self) -> bool:
        """Tell whether all that asks for it was rejected."""
        return self.is_undecided and not any(each.is_live for each in self.asking)


class Settling:
    """One tree, and what is known of its names."""

    def __init__(
        self, root: "Spot", spots: Sequence["Spot"], pins: Sequence[Pinned], is_cancelled: Callable[[], bool]
    ) -> None:
        self._root = root
        self._pins = pins
        self._is_cancelled = is_cancelled
        self._steps = 0
        self._spots: dict[Hashable, list[Spot]] = {}
        self._left: dict[Hashable, dict[Hashable, int]] = {}
        """How many live spots each release of a name has."""
        self._dark: dict[Hashable, int] = {}
        """How many live spots of a name are dark."""
        self._held: set[Hashable] = set()
        """Names that wait for what asks for a central version."""
        self._tops: dict[Hashable, Any] = {}
        self._changed: list[Spot] = []
        self._ready: list[Spot] = []
        self._begin(spots)

    def run(self) -> None:
        """Accept and reject until nothing changes any more; raise TooHard once cancelled."""
        self._hold()
        self._ready.append(self._root)
        while self._changed or self._ready:
            self._follow()
            if self._pins:
                self._reject_forsaken()
                self._follow()
                self._hold()

    def _begin(self, spots: Iterable["Spot"]) -> None:
        self._root.is_open = True
        for spot in spots:
            self._spots.setdefault(spot.choice.name, []).append(spot)
            spot.is_pending = True
            for _, other in spot.below:
                other.waits_for += 1
        for name, listed in self._spots.items():
            left = self._left[name] = {}
            for spot in listed:
                left[spot.choice.key] = left.get(spot.choice.key, 0) + 1
        for spot in spots:
            self._darken(spot)

    def _darken(self, spot: "Spot") -> None:
        """See a spot's darkness for the first time, those above it being seen."""
        if spot.darkening:
            self._dark[spot.choice.name] = self._dark.get(spot.choice.name, 0) + 1
        spot.is_dark = spot.darkening > 0 or self._is_disputed(spot.choice.name)
        if spot.is_dark:
            for _, other in spot.below:
                other.darkening += 1

    def _is_disputed(self, name: Hashable) -> bool:
        return len(self._left[name]) > 1

    def _follow(self) -> None:
        """Take up all that has changed, then decide what can be."""
        while self._changed or self._ready:
            self._steps += 1
            if self._steps % _LOOK_EVERY == 0 and self._is_cancelled():
                raise TooHard("the resolution was cancelled")
            if self._changed:
                self._spread(self._changed.pop())
            else:
                self._judge(self._ready.pop())

    def _judge(self, spot: "Spot") -> None:
        """Accept or reject a spot, where that can be told already."""
        name = spot.choice.name
        if not spot.is_open or self._dark.get(name) or name in self._held:
            return
        is_highest = spot.choice.order == self._highest(name)
        spot.is_open = False
        if is_highest:
            spot.is_accepted = True
            for _, other in spot.below:
                # Of a spot that was accepted or rejected already, whatever arrives shares the fate.
                if other.is_live and not other.is_accepted and not other.is_open:
                    other.is_open = True
                    self._ready.append(other)
        self._changed.append(spot)
        if not spot.is_live:
            self._forget(spot, is_dark=False)

    def _highest(self, name: Hashable) -> Any:  # noqa: ANN401 (the caller's own)
        # Nothing above what is live of it will be rejected, so that this is the highest for good.
        if name not in self._tops:
            self._tops[name] = max(spot.choice.order for spot in self._spots[name] if spot.is_live)
        return self._tops[name]

    def _forget(self, spot: "Spot", *, is_dark: bool) -> None:
        """Count a spot no longer, as all its places are rejected."""
        name = spot.choice.name
        left = self._left[name]
        left[spot.choice.key] -= 1
        if not left[spot.choice.key]:
            del left[spot.choice.key]
            if len(left) == 1:
                self._changed.extend(each for each in self._spots[name] if each.is_live)
        if is_dark:
            self._lighten(name)

    def _lighten(self, name: Hashable) -> None:
        self._dark[name] -= 1
        if not self._dark[name]:
            self._ready.extend(each for each in self._spots[name] if each.is_open)

    def _spread(self, spot: "Spot") -> None:
        """Tell those below a spot what it has become."""
        is_pending = spot.is_open or spot.waits_for > 0
        is_dark = spot.is_live and (spot.darkening > 0 or self._is_disputed(spot.choice.name))
        ends_waiting, ends_dark = spot.is_pending and not is_pending, spot.is_dark and not is_dark
        if not ends_waiting and not ends_dark:
            return
        spot.is_pending, spot.is_dark = is_pending, is_dark
        for _, other in spot.below:
            self._pass_on(other, ends_waiting=ends_waiting, ends_dark=ends_dark)

    def _pass_on(self, spot: "Spot", *, ends_waiting: bool, ends_dark: bool) -> None:
        was_live, was_dark = spot.is_live, spot.darkening > 0
        spot.waits_for -= ends_waiting
        spot.darkening -= ends_dark
        if was_live and not spot.is_live:
            self._forget(spot, is_dark=was_dark)
        elif was_live and was_dark and not spot.darkening:
            self._lighten(spot.choice.name)
        self._changed.append(spot)

    def _reject_forsaken(self) -> None:
        """Reject central versions that nothing asks for any more."""
        for pin in self._pins:
            if pin.is_forsaken:
                spot = pin.spot
                was_dark = spot.darkening > 0
                spot.is_open, spot.waits_for = False, 0
                self._forget(spot, is_dark=was_dark)
                self._changed.append(spot)

    def _hold(self) -> None:
        """Hold back the central versions, and what is below them, of which all that asks is disputed or dark."""
        held: set[Hashable] = set()
        while any(self._holds(pin, held) for pin in self._pins):
            continue
        let_go, self._held = self._held - held, held
        for name in let_go:
            self._ready.extend(each for each in self._spots[name] if each.is_open)

    def _holds(self, pin: Pinned, held: set[Hashable]) -> bool:
        """Hold one back if it is to be; tell whether it was not yet."""
        name = pin.spot.choice.name
        if not pin.is_undecided or name in held or self._dark.get(name):
            return False
        asking = [each.choice.name for each in pin.asking if each.is_live]
        if any(not (self._is_disputed(each) or self._dark.get(each) or each in held) for each in asking):
            return False
        front = [pin.spot]
        for spot in front:
            held.add(spot.choice.name)
            front.extend(other for _, other in spot.below if other.is_live and other.choice.name not in held)
        return True
