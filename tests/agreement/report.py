"""What came of comparing: how many answers are exactly the client's, and where the others part from them."""

from collections.abc import Iterable, Sequence

from msgspec import Struct


class Outcome(Struct, frozen=True):
    """One root, ours beside the client's."""

    name: str
    nodes: int
    """In the client's answer."""
    right: int
    """Of those, in ours as well."""
    difference: str = ""
    """The first difference; empty where there is none."""


class Group(Struct, frozen=True):
    """Roots that were asked of one client on one day."""

    title: str
    outcomes: tuple[Outcome, ...]

    def exact(self) -> int:
        """Count the roots whose answer is the client's own."""
        return sum(not outcome.difference for outcome in self.outcomes)


def compare(name: str, theirs: Sequence[str], ours: Sequence[str], nodes: Iterable[str] = ()) -> Outcome:
    """Compare two answers line by line, their order included; `nodes` are the lines that count as nodes, else all."""
    counted = set(nodes) or set(theirs)
    difference = "" if list(theirs) == list(ours) else _first_difference(theirs, ours)
    return Outcome(name, len(counted), len(counted & set(ours)), difference)


def write_group(group: Group) -> str:
    """Write a group for people: a line of figures, then one for each miss."""
    nodes, right = (sum(getattr(each, field) for each in group.outcomes) for field in ("nodes", "right"))
    lines = [f"{group.title}: {group.exact()} of {len(group.outcomes)} roots exact, {right} of {nodes} nodes right"]
    lines += [f"  {outcome.name}: {outcome.difference}" for outcome in group.outcomes if outcome.difference]
    return "\n".join(lines)


def _first_difference(theirs: Sequence[str], ours: Sequence[str]) -> str:
    lacking, extra = [line for line in theirs if line not in ours], [line for line in ours if line not in theirs]
    if not lacking and not extra:
        return "the order is another"
    parts = [f"{word} {lines[0]!r}" for word, lines in (("without", lacking), ("has", extra)) if lines]
    return f"ours is {', '.join(parts)} ({len(lacking)} lacking, {len(extra)} too many)".replace("is has", "has")
