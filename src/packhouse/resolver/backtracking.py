"""Choosing by trial: of every slot one candidate, the best first, and back to where it helps at each dead end.

Next is always the demand with the fewest options among those whose turn it is, as cargo has it: of several answers
this order decides which is found. What was learnt of dead ends is only used to leave out what would fail anyway.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from packhouse.domain.errors import TooHard
from packhouse.resolver.demands import (
    NO_FEATURES,
    Asked,
    Blame,
    Candidate,
    Catalogue,
    Demand,
    Features,
    How,
    Opened,
    Unfit,
)
from packhouse.resolver.nogoods import NEVER, Blames, Nogoods

MAX_STEPS = 200_000
"""How many candidates are tried at most."""
MAX_NOGOODS = 50_000
"""How many dead ends are remembered at most."""
_STEPS_BETWEEN = 256
"""How often a search looks whether anybody still waits for it."""

_NOTHING = Opened(NO_FEATURES, ())

_Turn = tuple[int, int, Candidate, tuple[Asked, ...], int]
"""How many options come next, when it came up, who asks, all that it asks for, and how many of these are done."""


class Link(NamedTuple):
    """A demand that is met."""

    owner: Candidate
    demand: Demand
    target: Candidate


class DeadEnd(Exception):
    """Nothing fits; holds what an explanation needs."""

    def __init__(self, owner: Candidate, asked: Asked, blames: Blames, links: Sequence[Link]) -> None:
        super().__init__(f"{owner} needs {asked.demand}")
        self.owner = owner
        self.asked = asked
        self.blames = blames
        self.links = links


class Chosen(NamedTuple):
    """What fits together."""

    features: dict[Candidate, Features]
    """Every chosen candidate with what is switched on in it, in the order in which they were chosen."""
    links: list[Link]


class _State:
    """What is chosen now, with a trail by which it is taken back."""

    def __init__(self) -> None:
        self.slots: dict[object, tuple[Candidate, int]] = {}
        self.claims: dict[str, Candidate] = {}
        self.features: dict[Candidate, Features] = {}
        self.links: list[Link] = []
        self.links_to: dict[Candidate, list[Link]] = {}
        self.age = 0
        self._trail: list[tuple[Candidate, Features | None]] = []

    def age_of(self, candidate: Candidate) -> int | None:
        """Tell when a candidate was chosen."""
        found = self.slots.get(candidate.slot)
        return found[1] if found is not None and found[0] is candidate else None

    def choose(self, candidate: Candidate, features: Features) -> None:
        before = self.features.get(candidate)
        self._trail.append((candidate, before))
        if before is None:
            self.slots[candidate.slot] = (candidate, self.age)
            if candidate.claim is not None:
                self.claims[candidate.claim] = candidate
            self.features[candidate] = features
        else:
            self.features[candidate] = before | features

    def link(self, link: Link) -> None:
        self.links.append(link)
        self.links_to.setdefault(link.target, []).append(link)

    def mark(self) -> tuple[int, int, int]:
        return self.age, len(self._trail), len(self.links)

    def undo(self, mark: tuple[int, int, int]) -> None:
        self.age, trail, links = mark
        while len(self._trail) > trail:
            candidate, before = self._trail.pop()
            if before is not None:
                self.features[candidate] = before
                continue
            del self.features[candidate]
            del self.slots[candidate.slot]
            if candidate.claim is not None:
                del self.claims[candidate.claim]
        while len(self.links) > links:
            self.links_to[self.links.pop().target].pop()

    def descends(self, candidate: Candidate, ancestor: Candidate) -> bool:
        """Tell whether one was chosen on account of the other."""
        waiting, seen = [candidate], {candidate}
        while waiting:
            each = waiting.pop()
            if each is ancestor:
                return True
            for link in self.links_to.get(each, ()):
                if link.owner not in seen:
                    seen.add(link.owner)
                    waiting.append(link.owner)
        return False


class _Options:
    """What is left to try for one demand, one ahead, so that it is known whether there is another."""

    __slots__ = ("ahead", "candidates", "position")

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates
        self.position = 0
        self.ahead: Candidate | None = None

    def next(self, state: _State, blames: Blames) -> tuple[Candidate, bool] | None:
        """Return what to try, and whether more is left; note who is in the way of what is passed over."""
        while self.position < len(self.candidates):
            candidate = self.candidates[self.position]
            self.position += 1
            if candidate.claim is not None:
                claimant = state.claims.get(candidate.claim)
                if claimant is not None and claimant is not candidate:
                    blames.setdefault(claimant, Blame(How.CLAIM, candidate, candidate.claim))
                    continue
            found = state.slots.get(candidate.slot)
            if found is not None and found[0] is not candidate:
                blames.setdefault(found[0], Blame(How.SLOT, candidate))
                continue
            before, self.ahead = self.ahead, candidate
            if before is not None:
                return before, True
        last, self.ahead = self.ahead, None
        return None if last is None else (last, False)


class _Fork(NamedTuple):
    """A moment at which something else could have been tried."""

    mark: tuple[int, int, int]
    turns: list[_Turn]
    clock: int
    owner: Candidate
    asked: Asked
    options: _Options
    blames: Blames


class Search:
    """One search, from what a root asks for."""

    def __init__(
        self, catalogue: Catalogue, *, is_cancelled: Callable[[], bool] | None = None, max_steps: int = MAX_STEPS
    ) -> None:
        self._catalogue = catalogue
        self._is_cancelled = is_cancelled
        self._max_steps = max_steps
        self._state = _State()
        self._nogoods = Nogoods()
        self._turns: list[_Turn] = []
        self._clock = 0
        self._forks: list[_Fork] = []
        self.steps = 0

    @property
    def nogoods(self) -> Nogoods:
        """What was learnt."""
        return self._nogoods

    def run(self, root: Candidate, wanted: Features = NO_FEATURES) -> Chosen:
        """Choose; raise DeadEnd where nothing fits, TooHard where that takes too long, NotLoaded."""
        state = self._state
        state.age = 1
        opened = self._catalogue.open(root, wanted)
        state.choose(root, opened.features)
        self._push(root, opened)
        turns = self._turns
        while turns:
            _, clock, owner, group, done = heappop(turns)
            if done == len(group):
                continue
            asked = group[done]
            done += 1
            following = len(group[done].options) if done < len(group) else 0
            heappush(turns, (following, clock, owner, group, done))
            self._meet(owner, asked)
            turns = self._turns  # another list after a step back
        return Chosen(state.features, state.links)

    def _push(self, owner: Candidate, opened: Opened) -> None:
        group = opened.asked
        heappush(self._turns, (len(group[0].options) if group else 0, self._clock, owner, group, 0))
        self._clock += 1

    def _meet(self, owner: Candidate, asked: Asked) -> None:
        """Choose something for one demand, if need be by going back to an earlier one."""
        state = self._state
        options = _Options(asked.options)
        blames: Blames = {}
        is_back = False
        while True:
            self._count()
            found = options.next(state, blames)
            if found is None:
                fork, found = self._go_back(owner, asked, blames, is_back=is_back)
                owner, asked, options, blames = fork.owner, fork.asked, fork.options, fork.blames
                is_back = True
            candidate, has_another = found
            mark = state.mark()
            opened = self._try(owner, asked, candidate, blames)
            if opened is None:
                state.undo(mark)
                continue
            if has_another:
                self._forks.append(_Fork(mark, self._turns.copy(), self._clock, owner, asked, options, blames))
            if opened.asked:
                self._push(candidate, opened)
            return

    def _count(self) -> None:
        self.steps += 1
        if self.steps > self._max_steps or self._nogoods.size > MAX_NOGOODS:
            raise TooHard(f"whether all requirements can be met was not found out in {self.steps:,} steps")
        if self._is_cancelled is not None and self.steps % _STEPS_BETWEEN == 0 and self._is_cancelled():
            raise TooHard("nobody waits for the answer any more")

    def _try(self, owner: Candidate, asked: Asked, candidate: Candidate, blames: Blames) -> Opened | None:
        """Choose a candidate and tell what it needs; None where it is clear that this would fail: then note why."""
        state, catalogue, demand = self._state, self._catalogue, asked.demand
        state.age += 1
        state.link(Link(owner, demand, candidate))
        wanted = catalogue.wanted(candidate, demand, asked.features)
        before = state.features.get(candidate)
        if before is not None and wanted <= before:
            return _NOTHING
        if before is None:
            state.choose(candidate, NO_FEATURES)
        try:
            opened = catalogue.open(candidate, wanted)
        except Unfit as unfit:
            blames[owner] = Blame(How.FEATURE, candidate, str(unfit))
            return None
        if opened.features:
            state.choose(candidate, opened.features)
        if self._nogoods.size and (self._fails_itself(candidate, opened, blames) or self._spoils(candidate, blames)):
            return None
        return opened

    def _fails_itself(self, candidate: Candidate, opened: Opened, blames: Blames) -> bool:
        """Tell whether a demand of a candidate is known to be impossible now."""
        for asked in opened.asked:
            found = self._nogoods.find(asked.demand, self._state.age_of)
            if found is not None:
                blame = Blame(How.DEEPER, candidate, demand=asked.demand)
                blames.update({each: blame for each in found if each is not candidate})
                return True
        return False

    def _spoils(self, candidate: Candidate, blames: Blames) -> bool:
        """Tell whether a candidate is known to make a demand impossible that is still to be met."""
        related = self._nogoods.demands_of(candidate)
        if not related:
            return False
        for _, _, owner, group, done in sorted(self._turns, key=_turn_order):
            for asked in group[done:]:
                if asked.demand not in related:
                    continue
                found = self._nogoods.find(asked.demand, self._state.age_of, candidate)
                if found is not None:
                    blame = Blame(How.DEEPER, candidate, demand=asked.demand)
                    blames.update({each: blame for each in found if each is not candidate})
                    # What is said is weaker than what is known: whoever asks for that is in the way.
                    blames[owner] = blame
                    return True
        return False

    def _go_back(
        self, owner: Candidate, asked: Asked, blames: Blames, *, is_back: bool
    ) -> tuple[_Fork, tuple[Candidate, bool]]:
        """Return to the newest moment at which another choice may help; raise DeadEnd if there is none."""
        limit: int | None = None
        told = blames
        if not is_back:
            self._nogoods.learn(asked.demand, blames)
            told = self._generalize(owner, asked.demand, blames) or blames
            limit = self._newest(owner, told)
        links = tuple(self._state.links)
        while self._forks:
            fork = self._forks.pop()
            if limit is not None and fork.mark[0] >= limit:
                continue  # all that is in the way was chosen before
            self._state.undo(fork.mark)
            found = fork.options.next(self._state, fork.blames)
            if found is not None:
                self._turns = fork.turns
                self._clock = fork.clock
                return fork, found
        raise DeadEnd(owner, asked, blames, links)

    def _newest(self, owner: Candidate, blames: Blames) -> int | None:
        ages = [self._state.age_of(each) for each in (owner, *blames)]
        return None if None in ages else max(age for age in ages if age is not None)

    def _generalize(self, owner: Candidate, demand: Demand, blames: Blames) -> Blames | None:
        """Replace the newest in the way by one who asked for it, if nothing else would have met that either."""
        state = self._state
        ages = {each: state.age_of(each) for each in blames}
        if not ages or None in ages.values():
            return None
        newest = max(ages, key=lambda each: ages[each] or 0)
        critical = ages[newest] or 0
        if state.descends(owner, newest):
            return None
        for link in tuple(state.links_to.get(newest, ())):
            if (state.age_of(link.owner) or NEVER) < critical:
                wider = self._without(newest, critical, link, demand, blames)
                if wider is not None:
                    self._nogoods.learn(demand, wider)
                    return wider
        return None

    def _without(self, newest: Candidate, critical: int, link: Link, demand: Demand, blames: Blames) -> Blames | None:
        """Put together why none of the options of a link would help; None where one may."""
        wider = dict(blames)
        for other in reversed(self._catalogue.options(link.demand)):

            def age(candidate: Candidate, other: Candidate = other) -> int | None:
                return critical if candidate is other else self._state.age_of(candidate)

            found = self._nogoods.find(demand, age, other, critical)
            if found is None:
                return None
            wider |= {each: blame for each, blame in found.items() if each is not other}
        wider.pop(newest, None)
        wider[link.owner] = Blame(How.HELD, newest, demand=link.demand)
        return wider


def _turn_order(turn: _Turn) -> tuple[int, int]:
    return turn[0], turn[1]
