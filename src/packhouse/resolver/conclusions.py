"""How PubGrub came to its last conclusion: each step is numbered, and later ones refer to earlier ones."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from packhouse.resolver.incompatibilities import Incompatibility, Package, Term
from packhouse.resolver.version_sets import VersionSet

MAX_STEPS = 24
"""How many steps are told at most, the last ones."""
_MOST_REASONS = 4
"""Conclusions that are used once are no step of their own as long as a step has no more reasons than these."""


class Words(Protocol):
    """How an ecosystem speaks of its releases."""

    def releases(self, package: Package, versions: VersionSet) -> str:
        """Name a set of versions of a package, like `rack ~> 2.0` or `rack before 2.1`."""

    def is_root(self, package: Package) -> bool:
        """Tell whether a package is what everything is resolved for."""


def tell(failure: Incompatibility, words: Words) -> str:
    """Tell why nothing fits."""
    if failure.causes is None:
        return f"Nothing fits, since {failure.text}."
    return _Story(words).tell(failure)


class _Story:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._numbers: dict[int, int] = {}

    def tell(self, failure: Incompatibility) -> str:
        order = self._steps_of(failure)
        self._numbers = {id(each): number for number, each in enumerate(order, 1)}
        told = order[-MAX_STEPS:]
        steps = [self._step(each, is_last=each is failure) for each in told]
        if len(order) == 1:
            return steps[0]
        lines = [f"({self._numbers[id(each)]}) {step}" for each, step in zip(told, steps, strict=True)]
        if len(order) > len(told):
            lines.insert(0, f"After {len(order) - len(told)} steps that are left out here:")
        return " ".join(lines)

    def _steps_of(self, failure: Incompatibility) -> list[Incompatibility]:
        """Choose the conclusions that are told as steps, so that a long chain is told in few of them."""
        order = _in_order(failure)
        uses = Counter(id(cause) for each in order for cause in each.causes or ())
        merged: dict[int, int] = {}  # how many reasons a conclusion brings that is told with what follows from it
        steps: set[int] = {id(failure)}
        for each in order:
            causes = each.causes or ()
            while sum(merged.get(id(cause), 1) for cause in causes) > _MOST_REASONS:
                most = max(causes, key=lambda cause: merged.get(id(cause), 1))
                del merged[id(most)]
                steps.add(id(most))
            if uses[id(each)] == 1:
                merged[id(each)] = sum(merged.get(id(cause), 1) for cause in causes)
            else:
                steps.add(id(each))
        return [each for each in order if id(each) in steps]

    def _step(self, conclusion: Incompatibility, *, is_last: bool) -> str:
        reasons = list(dict.fromkeys(map(self._reason, self._causes(conclusion))))
        said = "nothing fits" if is_last else self._statement(conclusion.terms)
        listed = f"{', '.join(reasons[:-1])} and {reasons[-1]}" if reasons[1:] else reasons[0]
        return f"Since {listed}, {said}."

    def _causes(self, conclusion: Incompatibility) -> Iterator[Incompatibility]:
        """List what a step is drawn from: what is given, and other steps."""
        for cause in conclusion.causes or ():
            if cause.causes is None or id(cause) in self._numbers:
                yield cause
            else:
                yield from self._causes(cause)

    def _reason(self, cause: Incompatibility) -> str:
        if cause.causes is None:
            return cause.text
        number = self._numbers[id(cause)]
        return f"{self._statement(cause.terms)} ({number})"

    def _statement(self, terms: Sequence[Term]) -> str:
        """State that not all of these terms are true."""
        named = [(term.positive, self._named(term)) for term in terms if not self._is_given(term)]
        have = [name for positive, name in named if positive]
        lack = [name for positive, name in named if not positive]
        if not have:
            return f"{' or '.join(lack)} is needed" if lack else "nothing fits"
        if not lack:
            if len(have) == 1:
                none = have[0].removeprefix("every ")
                return f"{have[0]} cannot be chosen" if none == have[0] else f"no {none} can be chosen"
            return f"{', '.join(have[:-1])} and {have[-1]} cannot be chosen together"
        return f"{' with '.join(have)} needs {' or '.join(lack)}"

    def _is_given(self, term: Term) -> bool:
        return term.positive and self._words.is_root(term.package)

    def _named(self, term: Term) -> str:
        return self._words.releases(term.package, term.versions)


def _in_order(failure: Incompatibility) -> list[Incompatibility]:
    """List the conclusions, each behind what it was drawn from."""
    order: list[Incompatibility] = []
    seen: set[int] = set()
    waiting = [(failure, False)]
    while waiting:
        each, is_ready = waiting.pop()
        if is_ready:
            order.append(each)
        elif each.causes is not None and id(each) not in seen:
            seen.add(id(each))
            waiting.append((each, True))
            waiting += [(cause, False) for cause in reversed(each.causes)]
    return order
