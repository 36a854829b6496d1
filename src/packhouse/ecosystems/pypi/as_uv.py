"""Choose as uv does: by PubGrub, in the order in which projects come up, those with one possible version first.

What often is in conflict comes earlier, and decisions are taken back for it. The rules are those of uv 0.13 without
forks, as `uv pip compile` has them for one environment.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

from packhouse.domain.errors import TooHard
from packhouse.ecosystems.pypi.catalogue import Catalogue, Missing
from packhouse.ecosystems.pypi.drawing import Chosen
from packhouse.ecosystems.pypi.pythons import runs_on
from packhouse.ecosystems.pypi.shelves import Pick, Shelf
from packhouse.ecosystems.pypi.specifiers import parse_specifiers
from packhouse.ecosystems.pypi.uv_packages import PYTHON, ROOT, UvPackage, Wish, flatten, wishes_for, wishes_of_proxy
from packhouse.ecosystems.pypi.uv_refusal import refuse
from packhouse.ecosystems.pypi.wanted import Wanted
from packhouse.resolver.pubgrub import Incompatibility, NoSolution, Solver

MAX_STEPS = 5_000_000
"""How many incompatibilities are looked at, at most."""
_OFTEN = 5
"""So many conflicts change what a project's turn is."""
_AHEAD = 64


class Turn(IntEnum):
    """When a project's turn is; the higher the sooner."""

    USUAL = 0
    CULPRIT = 1
    VICTIM = 2
    SINGLE = 3
    ROOT = 5


class Turns:
    """The turns of all that came up so far."""

    def __init__(self) -> None:
        self._turns: dict[str, tuple[Turn, int]] = {}
        self._order: dict[UvPackage, int] = {}

    def note(self, package: UvPackage, *, is_single: bool) -> None:
        """Note that something is wanted."""
        self._order.setdefault(package, len(self._order))
        if not package.name:
            return
        known = self._turns.get(package.name)
        turn = Turn.SINGLE if is_single else Turn.USUAL
        if known is None:
            self._turns[package.name] = turn, len(self._turns)
        elif turn > known[0]:
            self._turns[package.name] = turn, known[1]

    def of(self, package: UvPackage) -> tuple[int, int, int]:
        """Tell the turn of something; the least is next."""
        if not package.name:
            return -Turn.ROOT, 0, 1
        turn, index = self._turns[package.name]
        return -turn, index, self._order.get(package, 1 << 30)

    def mark(self, package: UvPackage, turn: Turn) -> bool:
        """Change a turn on account of conflicts; tell whether this is new."""
        known = self._turns.get(package.name)
        if known is None or known[0] is turn or (turn is Turn.CULPRIT and known[0] is Turn.VICTIM):
            return False
        self._turns[package.name] = turn, known[1]
        return True


class UvSearch:
    """One search; it may be stopped by Missing at any time, and goes on once what is missing is there."""

    def __init__(
        self,
        catalogue: Catalogue,
        roots: Sequence[Wanted],
        constraints: Sequence[Wanted] = (),
        kept: Mapping[str, str] | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
        whose: str = "the project",
    ) -> None:
        self._catalogue = catalogue
        self._target = catalogue.target
        self._roots = roots
        self._constraints = constraints
        self._constraints_on: dict[str, list[Wanted]] = {}
        for each in constraints:
            self._constraints_on.setdefault(each.name, []).append(each)
        self._kept = kept or {}
        self._is_cancelled = is_cancelled
        self._whose = whose
        self._direct = {each.name for each in roots}
        self._solver: Solver[UvPackage] = Solver(ROOT)
        self._turns = Turns()
        self._next = self._solver.root
        self._is_chosen = False
        self._added: set[tuple[int, int]] = set()
        self._tried: dict[str, int] = {}
        self._culprits: dict[int, int] = {}
        self._victims: dict[int, int] = {}
        self._early: list[int] = []
        self._late: list[int] = []

    def choose(self) -> dict[str, Chosen]:
        """Search to the end; raise Missing, Refused or TooHard."""
        solver = self._solver
        while True:
            if solver.steps > MAX_STEPS:
                raise TooHard(f"no answer after {MAX_STEPS} steps")
            if self._is_cancelled():
                raise TooHard("nobody waits for the answer any more")
            if not self._is_chosen:
                try:
                    conflicts = solver.propagate(self._next)
                except NoSolution as end:
                    raise refuse(end.end, solver.packages, self._catalogue, self._whose) from None
                for affected, learnt in conflicts:
                    self._record(affected, learnt)
                self._change_turns()
                picked = solver.pick(self._turns.of)
                if picked is None:
                    return self._result()
                self._next = picked
                self._is_chosen = True
            self._decide(self._next)
            self._is_chosen = False

    def _result(self) -> dict[str, Chosen]:
        found: dict[str, Chosen] = {}
        for package, bit in self._solver.solution().items():
            if package.kind == "package":
                known = found.get(package.name)
                extras = frozenset(filter(None, (package.extra,))) | (known.extras if known else frozenset())
                found[package.name] = Chosen(bit >> 1, extras)
        return found

    def _decide(self, package: int) -> None:
        which = self._solver.packages[package]
        if which.kind == "root":
            self._add(package, 0, 1, self._root_wishes())
            return
        if which.kind == "python":
            self._solver.add_none(package, "python")
            return
        shelf = self._catalogue.shelf(which.name)
        position = None if shelf is None else self._select(shelf, self._solver.term(package))
        if shelf is None or position is None:
            self._solver.add_none(package, "none" if shelf is not None else "missing")
            return
        bit = 2 * position + 1
        pick = shelf.pick(position)
        if pick is None or (pick.is_yanked and not self._takes_yanked(shelf, position)):
            self._solver.add_none(package, "yanked" if pick else "no file", versions=_around(bit))
        elif pick.other_python:
            self._reject_python(package, bit, pick)
        elif (package, position) in self._added:
            self._solver.decide(package, bit)
        else:
            self._open(package, which, shelf, position)

    def _open(self, package: int, which: UvPackage, shelf: Shelf, position: int) -> None:
        bit = 2 * position + 1
        if which.kind in {"extra", "marker"}:
            wishes: Sequence[Wish] = wishes_of_proxy(which)
        else:
            self._tried[shelf.name] = self._tried.get(shelf.name, 0)
            try:
                metadata = self._catalogue.metadata(shelf, position)
            except Missing:
                raise self._ahead(package, shelf, position) from None
            python = metadata.python
            if metadata.fault or (python and not runs_on(self._target, python)):
                self._solver.add_none(package, "metadata" if metadata.fault else "python", python, _around(bit))
                return
            wishes = list(wishes_for(flatten(which.name, which.extra, metadata.wanted, self._target, self._limits)))
        self._add(package, position, bit, wishes)
        self._tried[shelf.name] = self._tried.get(shelf.name, 0) + 1

    def _add(self, package: int, position: int, bit: int, wishes: Sequence[Wish]) -> None:
        missing = {each.package.name for each in wishes if not self._catalogue.knows(each.package.name)}
        if missing:
            raise Missing(names=missing)
        dependencies: list[tuple[int, int]] = []
        for each in wishes:
            shelf = self._catalogue.shelf(each.package.name)
            width = 1 if shelf is None else 2 * len(shelf.keys) + 1
            target = self._solver.intern(each.package, width)
            if each.range is None:
                wanted, is_single = 1 << bit, True
            else:
                wanted = 1 if shelf is None else shelf.space_within(each.range)
                is_single = _is_single(each.range)
            dependencies.append((target, wanted))
            self._turns.note(each.package, is_single=is_single)
        self._added.add((package, position))
        conflict = self._solver.decide_with(package, bit, _around(bit), dependencies)
        if conflict is not None:
            self._record(package, conflict)

    def _root_wishes(self) -> list[Wish]:
        wanted = [each for root in self._roots for each in (root, *self._limits(root))]
        return list(wishes_for(wanted))

    def _limits(self, wanted: Wanted) -> Sequence[Wanted]:
        return self._constraints_on.get(wanted.name, ())

    def _select(self, shelf: Shelf, term: int) -> int | None:
        """Choose the newest of what is left, or the oldest; a version that was kept comes before all."""
        left = term & shelf.space_of_versions
        kept = shelf.find(self._kept[shelf.name]) if shelf.name in self._kept else None
        if kept is not None and left >> 2 * kept + 1 & 1:
            return kept
        stable, early = left & ~shelf.space_of_prereleases, left & shelf.space_of_prereleases
        pools = {"usual": (stable, early), "allow": (left,), "disallow": (stable,)}[self._target.prereleases]
        pool = next(filter(None, pools), 0)
        if not pool:
            return None
        resolution = self._target.resolution
        if resolution == "lowest" or (resolution == "lowest-direct" and shelf.name in self._direct):
            return ((pool & -pool).bit_length() - 1) >> 1
        return (pool.bit_length() - 1) >> 1

    def _takes_yanked(self, shelf: Shelf, position: int) -> bool:
        """Take a yanked release where the user names its very version."""
        return (
            any(
                each.name == shelf.name and _is_single(each.range) and shelf.within(each.range) >> position & 1
                for each in (*self._roots, *self._constraints)
            )
            or shelf.find(self._kept.get(shelf.name, "")) == position
        )

    def _reject_python(self, package: int, bit: int, pick: Pick) -> None:
        """Note that a release needs another Python, as a dependency on that: uv decides on the release all the same."""
        python = self._solver.intern(PYTHON, 1)
        self._turns.note(PYTHON, is_single=False)
        self._solver.add_dependency(package, 1 << bit, python, 1)
        self._solver.decide(package, bit)
        del pick

    def _record(self, affected: int, learnt: Incompatibility) -> None:
        """Count who is often in conflict, and with whom."""
        packages = self._solver.packages
        is_real = False
        for package in learnt.terms:
            if package == affected or packages[package].name == packages[affected].name:
                continue
            is_real = True
            self._culprits[package] = self._culprits.get(package, 0) + 1
            if self._culprits[package] == _OFTEN:
                self._late.append(package)
        if is_real:
            self._victims[self._next] = self._victims.get(self._next, 0) + 1
            if self._victims[self._next] == _OFTEN:
                self._early.append(self._next)

    def _change_turns(self) -> None:
        packages = self._solver.packages
        for package in self._early:
            self._turns.mark(packages[package], Turn.VICTIM)
        for package in self._late:
            if self._turns.mark(packages[package], Turn.CULPRIT):
                self._solver.backtrack_before(package)
        self._early, self._late = [], []

    def _ahead(self, package: int, shelf: Shelf, position: int) -> Missing:
        """Ask for more releases at a time the more were tried."""
        most = min(1 + 2 * self._tried[shelf.name], _AHEAD)
        documents = []
        left = self._solver.term(package) & shelf.space_of_versions
        places = [position]
        while left and len(places) < most:
            place = (left.bit_length() - 1) >> 1
            left ^= 1 << 2 * place + 1
            places.append(place)
        for place in dict.fromkeys(places):
            pick = shelf.pick(place)
            document = self._catalogue.fetchable(shelf, place) if pick is not None and pick.is_usable else None
            if document is not None:
                documents.append(document)
        own = self._catalogue.fetchable(shelf, position)
        return Missing(documents=[*documents, *filter(None, [own])])


def _around(bit: int) -> int:
    """Widen a version by the gaps beside it: what is known of it holds for all that could be there."""
    return 0b111 << bit - 1


def _is_single(text: str) -> bool:
    clauses = parse_specifiers(text)
    return any(clause.operator in {"==", "==="} and clause.prefix is None for clause in clauses)
