"""What a search has learnt: sets of chosen releases beside which some demand cannot be met."""

from collections.abc import Callable, Iterable

from packhouse.resolver.demands import Blame, Candidate, Demand

Blames = dict[Candidate, Blame]
"""Who is in the way, and how; all of them together are the reason."""
Age = Callable[[Candidate], int | None]
"""Tells when a release was chosen; None where it is not."""
NEVER = 1 << 60


class Nogoods:
    """Remembers dead ends; each is kept under the demand that could not be met."""

    def __init__(self) -> None:
        self._by_demand: dict[Demand, dict[frozenset[Candidate], Blames]] = {}
        self._demands_of: dict[Candidate, set[Demand]] = {}
        self.size = 0

    def learn(self, demand: Demand, blames: Blames) -> None:
        """Keep that a demand cannot be met while all of these are chosen."""
        known = self._by_demand.setdefault(demand, {})
        members = frozenset(blames)
        if members in known or any(other <= members for other in known):
            return
        # What holds for fewer releases says more than what holds for these and others.
        for wider in [other for other in known if members < other]:
            del known[wider]
            self.size -= 1
        known[members] = dict(blames)
        self.size += 1
        for candidate in members:
            self._demands_of.setdefault(candidate, set()).add(demand)

    def find(self, demand: Demand, age: Age, must: Candidate | None = None, below: int = NEVER) -> Blames | None:
        """Find the dead end, all of it chosen now, that lets a search go back the furthest.

        With `must`, only one that this candidate is part of; its own age does not count then. Only one whose other
        members are all older than `below` will do.
        """
        known = self._by_demand.get(demand)
        if not known:
            return None
        best: Blames | None = None
        for members, blames in known.items():
            if must is not None and must not in members:
                continue
            newest = _newest(members, age, must)
            if newest is not None and newest < below:
                best, below = blames, newest
        return best

    def of(self, demand: Demand) -> Iterable[tuple[frozenset[Candidate], Blames]]:
        """List the dead ends of a demand."""
        return self._by_demand.get(demand, {}).items()

    def demands_of(self, candidate: Candidate) -> set[Demand] | None:
        """Name the demands that this candidate was part of a dead end of."""
        return self._demands_of.get(candidate)


def _newest(members: frozenset[Candidate], age: Age, but: Candidate | None) -> int | None:
    """Tell the age of the newest; None where one is not chosen."""
    newest = 0
    for candidate in members:
        at = age(candidate)
        if at is None:
            return None
        if candidate is not but and at > newest:
            newest = at
    return newest
