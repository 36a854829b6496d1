"""What PubGrub reasons with: terms, and sets of terms that cannot all be true.

Source: the description of pub's solver (doc/solver.md of dart-lang/pub).
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from packhouse.resolver.version_sets import NOTHING, VersionSet

if TYPE_CHECKING:
    from packhouse.resolver.partial_solution import Assignment

Package = Hashable
"""What releases are chosen of, one of each."""
Why = Literal["root", "dependency", "none", "unusable", "conflict"]
"""What an incompatibility follows from."""


class Term(Struct, frozen=True):
    """A statement on a package: one of these versions is chosen, or none of them is."""

    package: Package
    positive: bool
    versions: VersionSet

    def inverse(self) -> "Term":
        """State the contrary."""
        return Term(self.package, not self.positive, self.versions)

    def both(self, other: "Term") -> "Term":
        """State this and another on the same package."""
        if self.positive:
            versions = other.versions if other.positive else other.versions.complement()
            return Term(self.package, positive=True, versions=self.versions.meet(versions))
        if other.positive:
            return Term(self.package, positive=True, versions=other.versions.meet(self.versions.complement()))
        return Term(self.package, positive=False, versions=self.versions.join(other.versions))

    def implies(self, other: "Term") -> bool:
        """Tell whether another is true wherever this is."""
        if self.positive:
            return self.versions.within(other.versions) if other.positive else self.versions.apart(other.versions)
        return not other.positive and other.versions.within(self.versions)

    def excludes(self, other: "Term") -> bool:
        """Tell whether another cannot be true where this is."""
        if self.positive:
            return self.versions.apart(other.versions) if other.positive else self.versions.within(other.versions)
        return other.positive and other.versions.within(self.versions)

    def without(self, other: "Term") -> "Term | None":
        """State what this says beyond another; None where that is nothing."""
        rest = self.both(other.inverse())
        return None if rest.positive and rest.versions == NOTHING else rest


class Incompatibility:
    """Terms of which one at least is false, and why."""

    __slots__ = ("_text", "against", "causes", "number", "terms", "why")

    def __init__(
        self,
        terms: tuple[Term, ...],
        why: Why,
        text: str | Callable[[], str] = "",
        causes: "tuple[Incompatibility, Incompatibility] | None" = None,
    ) -> None:
        self.terms = _once_each(terms)
        self.why = why
        self._text = text
        self.causes = causes
        """The two that a conclusion is drawn from."""
        self.number = 0
        """When a search learnt of it."""
        self.against: Assignment | None = None
        """What was last seen to stand against one of its terms: as long as that is held, nothing follows from it."""

    @property
    def text(self) -> str:
        """What it says, where it is no conclusion; who made it knows the words."""
        return self._text if isinstance(self._text, str) else self._text()

    def is_void(self) -> bool:
        """Tell whether it says nothing, since one of its terms is never true, as where a release needs itself."""
        for term in self.terms:  # noqa: SIM110 (a generator takes twice the time)
            if term.positive and term.versions == NOTHING:
                return True
        return False


def concluded(terms: Iterable[Term], root: Package, one: Incompatibility, other: Incompatibility) -> Incompatibility:
    """Draw a conclusion: that the root is there need not be said."""
    listed = list(terms)
    if len(listed) != 1:
        listed = [term for term in listed if not (term.positive and term.package == root)]
    return Incompatibility(tuple(listed), "conflict", causes=(one, other))


def _once_each(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Speak of each package once."""
    if len(terms) == 2 and terms[0].package != terms[1].package:
        return terms
    said: dict[Package, Term] = {}
    for term in terms:
        before = said.get(term.package)
        said[term.package] = term if before is None else before.both(term)
    return terms if len(said) == len(terms) else tuple(said.values())
