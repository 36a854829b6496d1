"""What PubGrub knows, by package; what cannot matter for now sleeps, so that thousands of facts cost little."""

from collections.abc import Iterable, Sequence

from packhouse.resolver.incompatibilities import Incompatibility, Package
from packhouse.resolver.partial_solution import Assignment

_MANY = 32
"""So few are quicker looked at than put to sleep."""


class Knowledge:
    """Lists incompatibilities, in the order in which they were learnt."""

    def __init__(self) -> None:
        self._known: dict[Package, list[Incompatibility]] = {}
        self._roused: set[Package] = set()
        self._count = 0

    def add(self, incompatibility: Incompatibility) -> None:
        """Learn of one."""
        self._count += 1
        incompatibility.number = self._count
        for term in incompatibility.terms:
            self._known.setdefault(term.package, []).append(incompatibility)

    def awake(self, package: Package) -> Sequence[Incompatibility]:
        """List what is to be looked at, the newest first: conclusions say more than what they were drawn from."""
        known = self._known.get(package, [])
        if package in self._roused:
            self._roused.discard(package)
            known.sort(key=_number)
        return known[::-1]

    def sleep(self, package: Package, quiet: Sequence[tuple[Incompatibility, Assignment]]) -> None:
        """Do not look at some again, as long as the assignments that stand against them are held."""
        known = self._known.get(package, [])
        if not quiet or len(known) <= _MANY:
            return
        for incompatibility, assignment in quiet:
            assignment.asleep.append((package, incompatibility))
        gone = {incompatibility.number for incompatibility, _ in quiet}
        known[:] = [each for each in known if each.number not in gone]

    def wake(self, sleeping: Iterable[tuple[Package, Incompatibility]]) -> None:
        """Look at some again."""
        for package, incompatibility in sleeping:
            self._known[package].append(incompatibility)
            self._roused.add(package)


def _number(incompatibility: Incompatibility) -> int:
    return incompatibility.number
