"""What requirements ask for, each read once in a resolution, and whether a release is that."""

from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.domain.requirement import Kind, Requirement
from packhouse.ecosystems.npm.ranges import Range, parse_range
from packhouse.ecosystems.npm.requirements import requirement
from packhouse.ecosystems.npm.versions import is_valid
from packhouse.resolver.tree import Candidate

ANYTHING = "*"


class Want:
    """What is asked of one name; `Wants` makes only one of each."""

    __slots__ = ("_verdicts", "accepted", "is_version", "kind", "package", "picked", "range", "text", "wanted")

    def __init__(self, package: str, text: str, kind: Kind, wanted: str) -> None:
        self.package = package
        """The real one, behind an alias."""
        self.text = text
        """As the manifest has it."""
        self.kind: Kind = kind
        self.wanted = wanted
        """The range, version or tag."""
        self.range, self.is_version = _read(wanted) if kind == "range" else (None, False)
        self.picked: Candidate | None = None
        self.accepted: Want | None = None
        """A second one, `acceptDependencies`, that is not chosen by but met by."""
        self._verdicts: dict[Candidate, bool] = {}

    def accepts(self, candidate: Candidate) -> bool:
        """Tell whether a candidate is what is asked for."""
        verdict = self._verdicts.get(candidate)
        if verdict is None:
            verdict = self._verdicts[candidate] = self._judge(candidate)
        return verdict

    def _judge(self, candidate: Candidate) -> bool:
        if self.accepted is not None and self.accepted.accepts(candidate):
            return True
        if self.kind == "tag":
            # The client asks no more of it than to come from a registry.
            return not candidate.failure
        if self.kind != "range":
            return False
        if self.wanted in {ANYTHING, ""}:
            return True
        return self.range is not None and candidate.order is not None and self.range.matches(candidate.order)


class Wants:
    """All that is asked for in one resolution."""

    def __init__(self) -> None:
        self._by_requirement: dict[tuple[str, str, Kind, str | None], Want] = {}
        self._by_text: dict[tuple[str, str], Want] = {}

    def of(self, each: Requirement) -> Want:
        """Give what a requirement asks for."""
        key = (each.name, each.range, each.kind, each.raw)
        want = self._by_requirement.get(key)
        if want is None:
            text = each.range if each.raw is None else each.raw
            want = self._by_requirement[key] = Want(each.name, text, each.kind, each.range or ANYTHING)
        return want

    def read(self, name: str, text: str) -> Want:
        """Give what a text asks of a name, as a manifest would have it."""
        want = self._by_text.get((name, text))
        if want is None:
            want = self._by_text[name, text] = self.of(requirement(name, text, "runtime"))
        return want

    def with_accepted(self, want: Want, name: str, text: str) -> Want:
        """Give the same want, but met by another range too."""
        both = Want(want.package, want.text, want.kind, want.wanted)
        both.accepted = self.read(name, text)
        return both


# The same few thousand texts stand in the manifests of all packages.
@lru_cache(maxsize=32_768)
def _read(text: str) -> tuple[Range | None, bool]:
    """Read a range, and tell whether it is just one version; None if it is no range."""
    try:
        return parse_range(text), is_valid(text, loose=True)
    except Invalid:
        return None, False
