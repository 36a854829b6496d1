"""What PubGrub reasons with: terms, and sets of terms that cannot all be true.

Source: the description of pub's solver (doc/solver.md of dart-lang/pub).
"""

from collections.abc import Hashable, Iterable
from typing import Literal, NamedTuple

from packhouse.resolver.version_sets import NOTHING, VersionSet

Package = Hashable
"""What releases are chosen of, one of each."""
Why = Literal["root", "dependency", "none", "unusable", "conflict"]
"""What an incompatibility follows from."""


class Term(NamedTuple):
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

    __slots__ = ("causes", "number", "terms", "text", "why")

    def __init__(
        self,
        terms: tuple[Term, ...],
        why: Why,
        text: str = "",
        causes: "tuple[Incompatibility, Incompatibility] | None" = None,
    ) -> None:
        self.terms = _once_each(terms)
        self.why = why
        self.text = text
        """What it says, where it is no conclusion; who made it knows the words."""
        self.causes = causes
        """The two that a conclusion is drawn from."""
        self.number = 0
        """When a search learnt of it."""

    def is_void(self) -> bool:
        """Tell whether it says nothing, since one of its terms is never true, as where a release needs itself."""
        return any(term.positive and term.versions == NOTHING for term in self.terms)


def concluded(terms: Iterable[Term], root: Package, one: Incompatibility, other: Incompatibility) -> Incompatibility:
    """Draw a conclusion: that the root is there need not be said."""
    listed = list(terms)
    if len(listed) != 1:
        listed = [term for term in listed if not (term.positive and term.package == root)]
    return Incompatibility(tuple(listed), "conflict", causes=(one, other))


def _once_each(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """Speak of each package once."""
    said: dict[Package, Term] = {}
    for term in terms:
        before = said.get(term.package)
        said[term.package] = term if before is None else before.both(term)
    return terms if len(said) == len(terms) else tuple(said.values())
