"""Whose turn it is among the packages that are needed: only what has changed is weighed anew at each step."""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

from packhouse.domain.package import PackageKey
from packhouse.resolver.incompatibilities import Term
from packhouse.resolver.partial_solution import PartialSolution, Unsettled
from packhouse.resolver.universe import NotLoaded

V = TypeVar("V")

_FEW = 64
"""So many that are no longer true are not worth a clearance."""


class TurnQueue(Generic[V]):
    """The packages that are needed and not decided, the least turn first, of equal ones what came first."""

    def __init__(self, solution: PartialSolution[V], turn: Callable[[Term], Any]) -> None:
        self._solution = solution
        self._turn = turn
        self._heap: list[tuple[Any, int, int, Unsettled]] = []
        self._number = 0
        self._left = _FEW

    def first(self) -> Term | None:
        """Return what is to be settled next, None where nothing is left; raise NotLoaded with all that is needed."""
        self._weigh()
        heap = self._heap
        while heap:
            unsettled = heap[0][-1]
            if self._solution.is_news(unsettled):
                return unsettled.term
            heappop(heap)
        return None

    def size(self) -> int:
        """Tell how much is kept."""
        return len(self._heap)

    def _weigh(self) -> None:
        missing: set[PackageKey] = set()
        for unsettled in self._solution.news():
            try:
                turn = self._turn(unsettled.term)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                continue
            self._number += 1
            heappush(self._heap, (turn, unsettled.coming, self._number, unsettled))
        if missing:
            raise NotLoaded(frozenset(missing))
        if len(self._heap) > self._left:
            self._heap = [each for each in self._heap if self._solution.is_news(each[-1])]
            heapify(self._heap)
            self._left = 2 * len(self._heap) + _FEW
