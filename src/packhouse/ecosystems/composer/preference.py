"""Which of several candidates Composer takes: the best version of each package, then the package itself."""

from collections.abc import Sequence

from packhouse.ecosystems.composer.candidates import Candidate
from packhouse.ecosystems.composer.php_sort import php_sorted
from packhouse.ecosystems.composer.pool import Pool


class Preference:
    """Orders the candidates that would meet a demand."""

    def __init__(self, pool: Pool, *, stable: bool = False, lowest: bool = False) -> None:
        self._pool = pool
        self._stable = stable
        self._lowest = lowest
        self._known: dict[tuple[tuple[int, ...], str], tuple[int, ...]] = {}

    def select(self, numbers: Sequence[int], asked: str) -> tuple[int, ...]:
        """Select the best candidates of each package, the best of all first; `asked` is the name that was required."""
        key = tuple(sorted(numbers)), asked
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._select(key[0], asked)
        return found

    def _select(self, numbers: tuple[int, ...], asked: str) -> tuple[int, ...]:
        if len(numbers) == 1:
            return numbers
        by_name: dict[str, list[Candidate]] = {}
        for number in numbers:
            candidate = self._pool[number]
            by_name.setdefault(candidate.name, []).append(candidate)
        chosen = [each for candidates in by_name.values() for each in self._best(candidates)]
        if len(chosen) == 1:
            return (chosen[0].number,)
        vendor, slash, _ = asked.partition("/")
        vendor = vendor if slash else ""
        ordered = php_sorted(chosen, lambda one, other: _compare(one, other, vendor))
        return tuple(candidate.number for candidate in ordered)

    def _best(self, candidates: list[Candidate]) -> list[Candidate]:
        """Keep the best version of one package, an alias before what it is of."""
        ordered = sorted(candidates, key=lambda each: (each.alias_of is None, each.number))
        best = ordered[:1]
        for candidate in ordered[1:]:
            if self._is_better(candidate, best[0]):
                best = [candidate]
            elif self._is_equal(candidate, best[0]):
                best.append(candidate)
        return [each for each in best if each.is_root_alias] or best

    def _is_better(self, one: Candidate, other: Candidate) -> bool:
        if self._stable and one.stability != other.stability:
            return one.stability < other.stability
        if one.key[0] == 0 and other.key[0] == 0:
            return False  # branches are in no order
        return one.key < other.key if self._lowest else one.key > other.key

    def _is_equal(self, one: Candidate, other: Candidate) -> bool:
        return one.key == other.key and not (self._stable and one.stability != other.stability)


def _compare(one: Candidate, other: Candidate, vendor: str) -> int:
    """Put an alias before its release, the replaced before what replaces it, and then the vendor that was asked for."""
    if one.name == other.name and (one.alias_of is None) != (other.alias_of is None):
        return -1 if one.alias_of is not None else 1
    if any(link.target == other.name for link in one.links.replaces):
        return 1
    if any(link.target == one.name for link in other.links.replaces):
        return -1
    if vendor:
        mine, theirs = one.name.startswith(vendor), other.name.startswith(vendor)
        if mine != theirs:
            return -1 if mine else 1
    return one.number - other.number
