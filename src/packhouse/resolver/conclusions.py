"""How PubGrub came to its last conclusion: each step is numbered, and later ones refer to earlier ones."""

from collections.abc import Sequence
from typing import Protocol

from packhouse.resolver.incompatibilities import Incompatibility, Package, Term
from packhouse.resolver.version_sets import VersionSet

MAX_STEPS = 24
"""How many steps are told at most, the last ones."""


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
        order = _in_order(failure)
        self._numbers = {id(each): number for number, each in enumerate(order, 1)}
        told = order[-MAX_STEPS:]
        steps = [self._step(each, is_last=each is failure) for each in told]
        if len(order) == 1:
            return steps[0]
        lines = [f"({self._numbers[id(each)]}) {step}" for each, step in zip(told, steps, strict=True)]
        if len(order) > len(told):
            lines.insert(0, f"After {len(order) - len(told)} steps that are left out here:")
        return " ".join(lines)

    def _step(self, conclusion: Incompatibility, *, is_last: bool) -> str:
        assert conclusion.causes is not None  # noqa: S101 (only conclusions are steps)
        reasons = dict.fromkeys(self._reason(cause) for cause in conclusion.causes)
        said = "nothing fits" if is_last else self._statement(conclusion.terms)
        return f"Since {' and '.join(reasons)}, {said}."

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
                return f"{have[0]} cannot be chosen"
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
