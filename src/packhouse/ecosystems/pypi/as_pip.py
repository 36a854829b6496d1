"""Choose as pip does: one project after the other is pinned to its newest release that fits all that is known by then.

Where nothing fits, pins are taken back: first as far as a project that asks for one of those in conflict, and if this
leads nowhere, pin by pin. The rules are those of pip 26 and of resolvelib; which project comes next decides which of
several answers is found, so that they are followed to the letter.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from packhouse.domain.errors import TooHard, Unresolvable
from packhouse.ecosystems.pypi.catalogue import Catalogue, Missing
from packhouse.ecosystems.pypi.criteria import Criterion, Information, Matches, Told
from packhouse.ecosystems.pypi.ground import Ground, Step
from packhouse.ecosystems.pypi.needs import PYTHON, Candidate, Fold, Need, NeedMaker, split_identifier

MAX_ROUNDS = 30_000
"""After how many pins a search is given up."""
MAX_TRIES = 300_000
"""After how many candidates; one pin may try all that there are."""
_PIPS_ROUNDS = 200_000
"""After how many pip does; a tenth of them may go into bold jumps."""
_BOLD_SHARE = 0.1
_OFTEN = 5
"""So many conflicts bring a project to the front."""
_AHEAD = 64
"""How many releases are fetched at a time, at most, where one after the other is rejected."""
_NOBODY: frozenset[Candidate] = frozenset()


class Conflict(Exception):
    """Nothing fits an identifier."""

    def __init__(self, criterion: Criterion) -> None:
        super().__init__()
        self.criterion = criterion


class Impossible(Unresolvable):
    """Nothing fits, and there is nothing left to take back."""

    def __init__(self, causes: Sequence[Information], pins: dict[str, Candidate]) -> None:
        super().__init__("nothing fits")
        self.causes = tuple(causes)
        self.pins = pins


class PipSearch:
    """One search; it may be stopped by Missing at any time, and goes on once what is missing is there."""

    def __init__(
        self,
        catalogue: Catalogue,
        makers: NeedMaker,
        roots: Sequence[Need],
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._catalogue = catalogue
        self._makers = makers
        self._roots = roots
        self._is_cancelled = is_cancelled
        order: dict[str, int] = {}
        for number, need in enumerate(roots):
            order.setdefault(need.identifier, number)
        self._ground = Ground(order)
        self._is_begun = False
        self._saved: list[Step] | None = None
        self._is_bold = True
        self._bold_since: int | None = None
        self._round = 0
        self._tries = 0
        self._next = ""
        self._attempted: Criterion | None = None
        self._failures: list[Criterion] = []
        self._counts: dict[str, int] = {}
        self._promoted: set[str] = set()

    def run(self) -> dict[str, Candidate]:
        """Search to the end, and return the pins that a way leads to; raise Missing, Impossible or TooHard."""
        if not self._is_begun:
            self._begin()
            self._is_begun = True
        while True:
            if self._round > MAX_ROUNDS:
                raise TooHard(f"no answer after {MAX_ROUNDS} steps")
            self._mind_the_asker(self._round)
            if self._give_up_boldness():
                continue
            if not self._next:
                if not self._ground.open:
                    return _reachable(self._ground)
                self._next = self._choose(self._ground.open)
            self._pin(self._next)
            self._next = ""
            self._round += 1

    def _begin(self) -> None:
        # Needs with extras come last, so that they meet what is known of the project itself.
        roots = sorted(self._roots, key=lambda need: bool(need.extras))
        try:
            known = self._add({}, roots, None)
        except Conflict as conflict:
            raise Impossible(conflict.criterion.information, {}) from None
        for name, criterion in known.items():
            self._ground.know(name, criterion)
        self._ground.advance()

    def _give_up_boldness(self) -> bool:
        """End bold jumps that have gone on for too long; tell whether this round is over with that."""
        if not self._is_bold or self._saved is None:
            return False
        if self._bold_since is None:
            self._bold_since = self._round
            return False
        if self._round - self._bold_since < int((_PIPS_ROUNDS - self._bold_since) * _BOLD_SHARE):
            return False
        self._roll_back()
        self._round += 1
        return True

    def _roll_back(self) -> None:
        self._is_bold = False
        if self._saved is not None:
            self._ground.return_to(self._saved)
            self._saved = None

    def _choose(self, names: set[str]) -> str:
        """Choose what is pinned next: what is in conflict, then what often was, then by how far it is held."""
        if len(names) == 1:
            return next(iter(names))
        narrowed = self._narrow(names)
        return min(narrowed, key=self._ground.turn) if narrowed else self._ground.next_turn()

    def _narrow(self, names: set[str]) -> set[str]:
        """Find those that come before the usual turns; nothing where none does."""
        in_conflict: set[str] = set()
        for need, parent in self._ground.steps[-1].causes:
            for name in (need.identifier,) if parent is None else (need.identifier, parent.identifier):
                in_conflict.add(name)
                if name not in self._ground.pins:
                    self._counts[name] = self._counts.get(name, 0) + 1
                    if self._counts[name] >= _OFTEN:
                        self._promoted.add(name)
        if PYTHON in names:
            return {PYTHON}
        found = names & in_conflict
        return found & self._promoted or found or names & self._promoted

    def _pin(self, name: str) -> None:
        criterion = self._ground.criteria[name]
        failures = self._attempt(name, criterion)
        self._attempted = None
        if failures is not None:
            self._resolve_conflict(failures)
        else:
            self._ground.advance()

    def _attempt(self, name: str, criterion: Criterion) -> list[Criterion] | None:
        """Pin the first candidate whose needs go with what is known; else return what stood in the way of each."""
        # What was found out before something was missing need not be found out again.
        failures = self._failures if self._attempted is criterion else []
        self._attempted, self._failures = criterion, failures
        for candidate in islice(criterion.matches, len(failures), None):
            self._count_try()
            try:
                needs = self._makers.needs_of(candidate)
            except Missing:
                raise self._ahead(criterion, len(failures)) from None
            if needs is None:
                failures.append(criterion)  # pip leaves out what has metadata that it cannot read
                continue
            self._require_shelves(needs)
            try:
                known = self._add(self._ground.criteria, needs, candidate)
            except Conflict as conflict:
                failures.append(conflict.criterion)
                continue
            self._accept(name, candidate, known)
            return None
        return failures or [criterion]

    def _count_try(self) -> None:
        self._tries += 1
        if self._tries > MAX_TRIES:
            raise TooHard(f"no answer after {MAX_TRIES} tries")
        self._mind_the_asker(self._tries)

    def _mind_the_asker(self, count: int) -> None:
        if not count & 63 and self._is_cancelled():
            raise TooHard("nobody waits for the answer any more")

    def _accept(self, name: str, candidate: Candidate, known: Mapping[str, Criterion]) -> None:
        """Pin a candidate; whoever had a pin that will not do any more needs nothing until it has another."""
        ground = self._ground
        lost = {key for key in known if key in ground.criteria and key not in ground.open}
        for key, criterion in known.items():
            ground.know(key, criterion)
        ground.pin(name, candidate)
        lost &= ground.open
        needed = {need.identifier for each in lost for need in self._makers.needs_of(ground.pins[each]) or ()}
        for key in needed:
            ground.know(key, ground.criteria[key].without(lost))

    def _require_shelves(self, needs: Sequence[Need]) -> None:
        missing = {need.name for need in needs if need.name and not self._catalogue.knows(need.name)}
        if missing:
            raise Missing(names=missing)

    def _ahead(self, criterion: Criterion, rejected: int) -> Missing:
        """Ask for more releases at a time the more were rejected."""
        documents = []
        most = 1 + min(rejected * 2, _AHEAD)
        for each in islice(criterion.matches, rejected, rejected + most):
            document = None if each.shelf is None else self._catalogue.fetchable(each.shelf, each.position)
            if document is not None:
                documents.append(document)
        return Missing(documents=documents)

    def _add(
        self, criteria: Mapping[str, Criterion], needs: Iterable[Need], parent: Candidate | None
    ) -> dict[str, Criterion]:
        """Work out what is known once somebody's needs are added; raise Conflict for the first that nothing meets."""
        found: dict[str, Criterion] = {}
        for need in needs:
            name = need.identifier
            known = found.get(name) or criteria.get(name)
            shelf = self._catalogue.shelf(need.name) if need.name else None
            told = Told(Information(need, parent), known.told if known is not None else None)
            fold = (known.fold if known is not None else Fold()).joined(need, shelf)
            incompatible = known.incompatible if known is not None else _NOBODY
            project = split_identifier(name)[0] if need.extras else ""
            matches = self._find(name, fold, incompatible, found.get(project) or criteria.get(project))
            criterion = Criterion(matches, told, fold, incompatible)
            if not matches:
                raise Conflict(criterion)
            found[name] = criterion
        return found

    def _find(
        self, identifier: str, fold: Fold, incompatible: frozenset[Candidate], of_project: Criterion | None
    ) -> Matches:
        """Find candidates for an identifier: those that a need names, else all that ranges leave."""
        if identifier == PYTHON:
            python = self._makers.python
            return Matches((python,) if python not in incompatible and fold.is_met_by(python) else ())
        name, extras = split_identifier(identifier)
        whole = fold
        if extras and of_project is not None:
            base = of_project.fold
            whole = fold.merged(
                base, (self._makers.candidate(each.shelf, each.position, extras) for each in base.explicit)
            )
        if whole.explicit:
            return Matches(
                each
                for each in whole.explicit
                if each not in incompatible and self._makers.allows(each) and fold.is_met_by(each)
            )
        if not whole.has_range:
            return Matches(())  # whoever needed it was taken back
        return Matches(each for each in self._makers.options(name, extras, whole) if each not in incompatible)

    def _resolve_conflict(self, failures: list[Criterion]) -> None:
        causes = list({id(each): each for criterion in failures for each in criterion.information}.values())
        pins = dict(self._ground.pins)
        try:
            is_found = self._backjump(causes, pins)
        except Impossible:
            if self._is_bold and self._saved:
                self._roll_back()
                return
            raise
        if not is_found and self._is_bold and self._saved:
            self._roll_back()
            return
        self._ground.steps[-1].causes = causes
        if not is_found:
            raise Impossible(causes, pins)

    def _backjump(self, causes: list[Information], pins: dict[str, Candidate]) -> bool:
        """Take pins back until another candidate can be tried; tell whether there is one."""
        involved = {parent.identifier for _, parent in causes if parent is not None}
        involved |= {need.identifier for need, _ in causes}
        ground = self._ground
        while len(ground.steps) >= 3:
            ground.take_back()
            name, candidate = self._find_culprit(causes, involved, pins)
            notes = [*ground.rejected(), (name, frozenset({candidate}))]
            ground.take_back()
            ground.advance()
            if self._patch(notes):
                return True
        return False

    def _find_culprit(
        self, causes: list[Information], involved: set[str], pins: dict[str, Candidate]
    ) -> tuple[str, Candidate]:
        """Take back all steps after that which may have been wrong; tell what that has pinned."""
        ground = self._ground
        while True:
            if not ground.pins:
                raise Impossible(causes, pins)
            name, candidate = ground.last_pin()
            if not self._is_bold and name not in involved:
                return name, candidate
            if self._is_bold and self._saved is None and name not in involved:
                # Once more than the safe way is taken, the way back is kept.
                self._saved = ground.steps[:-1]
            needs = self._makers.needs_of(candidate) or ()
            if len(ground.pins) == 1 or any(need.identifier in involved for need in needs):
                return name, candidate
            ground.take_back()
            if len(ground.steps) <= 1:
                raise Impossible(causes, pins)

    def _patch(self, notes: list[tuple[str, frozenset[Candidate]]]) -> bool:
        """Apply what was learnt to an earlier state; tell whether anything is left for each identifier."""
        criteria = self._ground.criteria
        for name, incompatible in notes:
            known = criteria.get(name)
            if known is None:
                continue
            rejected = known.incompatible | incompatible
            project = split_identifier(name)[0] if name != PYTHON else ""
            found = self._find(name, known.fold, rejected, criteria.get(project))
            if not found:
                return False
            self._ground.know(name, Criterion(found, known.told, known.fold, rejected))
        return True


def _reachable(ground: Ground) -> dict[str, Candidate]:
    """Keep the pins that a way leads to from what the user asks for."""
    children: dict[str, list[str]] = {}
    for name, criterion in ground.criteria.items():
        for each in criterion.information:
            children.setdefault("" if each.parent is None else each.parent.identifier, []).append(name)
    connected = dict.fromkeys(children.get("", ()))
    queue = list(connected)
    for name in queue:
        for child in children.get(name, ()):
            if child not in connected:
                connected[child] = None
                queue.append(child)
    return {name: pin for name, pin in ground.pins.items() if name in connected}
