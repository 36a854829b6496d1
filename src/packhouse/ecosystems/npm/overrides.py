"""Overrides: what the project wants in the place of what its dependencies ask for.

The field is a tree: a key names a package, with or without a range, its value is a range or again such a tree, in which
`.` stands for the package itself. Rules further in count for what lies behind that package, those further out
everywhere.
"""

from collections.abc import Iterator, Mapping

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.ranges import Range, parse_range
from packhouse.ecosystems.npm.wants import ANYTHING, Want, Wants
from packhouse.resolver.tree import Candidate, Edge, Rules

_SELF = "."


class OverrideRules:
    """One node of the tree of overrides, as `Rules` of the resolver."""

    def __init__(
        self,
        field: Mapping[str, object],
        wants: Wants,
        parent: "OverrideRules | None" = None,
        key: str = "",
    ) -> None:
        self.wants = wants
        self.parent = parent
        self.key = key
        self.name, self.key_range = _split_key(key) if parent is not None else ("", "")
        self.value = "" if parent is None else _own_value(field, key) or self.key_range
        self.children = {
            inner: OverrideRules(_field(value, inner), wants, self, inner)
            for inner, value in field.items()
            if inner != _SELF
        }
        self._ruleset: dict[str, OverrideRules] | None = None
        self._chosen: dict[tuple[str, Want], OverrideRules] = {}

    def for_edge(self, edge: Edge) -> "OverrideRules":
        """Find the rule for an edge: that of its name whose range has something in common with what it asks for."""
        # The client compares with what is already put in where the manifest has an empty text, which is no true value.
        want = edge.declared.want if edge.declared.want.text else edge.want
        assert isinstance(want, Want)  # noqa: S101 (this ecosystem's own)
        chosen = self._chosen.get((edge.name, want))
        if chosen is None:
            rules = (rule for rule in self.ruleset().values() if rule.name == edge.name)
            chosen = self._chosen[edge.name, want] = next((rule for rule in rules if rule.applies(want)), self)
        return chosen

    def applies(self, want: Want) -> bool:
        """Tell whether the rule's range has something in common with what is asked for."""
        if self.key_range == ANYTHING:
            return True
        if want.kind != "range":
            # Nothing can be told of tags and addresses.
            return want.kind != "git"
        mine = _range(self.key_range)
        return mine is not None and want.range is not None and want.range.intersects(mine)

    def want(self, edge: Edge) -> Want:
        """Read what is to stand in for what the edge asks for."""
        declared = edge.declared.want
        assert isinstance(declared, Want)  # noqa: S101 (this ecosystem's own)
        if not self.value or self.value == ANYTHING or self.name != edge.name:
            return declared
        text = self.value
        if text.startswith("$"):
            text = _referred(text, edge)
        return self.wants.read(edge.name, text)

    def accepts(self, edge: Edge, candidate: Candidate) -> bool:
        """Tell whether a candidate will do: what the override says, or what was asked for where that is not its key."""
        if edge.want.accepts(candidate):
            return True
        if not self.key_range or not edge.declared.want.accepts(candidate):
            return False
        return not self.wants.read(edge.name, self.key_range).accepts(candidate)

    def equals(self, other: Rules | None) -> bool:
        """Tell whether both stand for the same rules all the way out."""
        if self is other:
            return True
        if not isinstance(other, OverrideRules) or (self.key, self.value) != (other.key, other.value):
            return False
        if not self.has_equal_children(other):
            return False
        return other.parent is None if self.parent is None else self.parent.equals(other.parent)

    def merged(self, other: Rules) -> "OverrideRules | None":
        """Take the inner one of two of which one lies in the other, else what is outside of both unless they clash."""
        assert isinstance(other, OverrideRules)  # noqa: S101 (this ecosystem's own)
        if any(each.equals(self) for each in other.ancestry()):
            return other
        if any(each.equals(other) for each in self.ancestry()):
            return self
        if self._clashes(other):
            return None
        return next((mine for theirs in other.ancestry() for mine in self.ancestry() if mine.equals(theirs)), None)

    def overrides(self, candidate: Candidate, name: str) -> bool:
        """Tell whether just this version is what the rule puts in."""
        return self.name == name and self.value == candidate.version

    def ruleset(self) -> "dict[str, OverrideRules]":
        """List the rules that count here by key, the innermost first."""
        if self._ruleset is None:
            found: dict[str, OverrideRules] = {}
            for rules in self.ancestry():
                for child in rules.children.values():
                    found.setdefault(child.key, child)
                if rules.parent is not None:
                    found.setdefault(rules.key, rules)
            self._ruleset = found
        return self._ruleset

    def ancestry(self) -> "Iterator[OverrideRules]":
        """Walk from here to the rules of the project."""
        rules: OverrideRules | None = self
        while rules is not None:
            yield rules
            rules = rules.parent

    def has_equal_children(self, other: "OverrideRules") -> bool:
        """Tell whether the rules further in are the same."""
        if self.children.keys() != other.children.keys():
            return False
        return all(
            child.value == other.children[key].value and child.has_equal_children(other.children[key])
            for key, child in self.children.items()
        )

    def _clashes(self, other: "OverrideRules") -> bool:
        """Tell whether there is a package for which the two want versions that have nothing in common."""
        others = other.ruleset()
        for key, rule in self.ruleset().items():
            against = others.get(key)
            if against is None or rule.equals(against) or rule.value.startswith("$") or against.value.startswith("$"):
                continue
            mine, theirs = _range(rule.value), _range(against.value)
            if mine is not None and theirs is not None and not mine.intersects(theirs):
                return True
        return False


def _referred(reference: str, edge: Edge) -> str:
    """Read what the project, or failing that the one who asks, wants of the name behind a `$`."""
    name = reference[1:].lower()
    origin = edge.origin
    project = (origin.source or origin).root.candidate
    declared = project.find(name) or origin.candidate.find(name)
    # What refers to nothing can be met by nothing; it is an error only once somebody needs it.
    return declared.want.text if declared is not None else reference


def _split_key(key: str) -> tuple[str, str]:
    end = key.find("@", 1)
    name, text = (key, "") if end < 0 else (key[:end], key[end + 1 :])
    if not name:
        raise Invalid(f"the override {key!r} names no package")
    return name, text.strip() or ANYTHING


def _own_value(field: Mapping[str, object], key: str) -> str:
    value = field.get(_SELF)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Invalid(f"what stands for {key!r} itself among the overrides is no range")
    return value or ANYTHING


def _field(value: object, key: str) -> Mapping[str, object]:
    if isinstance(value, str):
        return {_SELF: value}
    if isinstance(value, Mapping):
        return value
    raise Invalid(f"the override {key!r} has neither a range nor further overrides")


def _range(text: str) -> Range | None:
    try:
        return parse_range(text)
    except Invalid:
        return None
