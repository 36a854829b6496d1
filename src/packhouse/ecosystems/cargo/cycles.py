"""Whether a crate would need itself to be built; what only development needs may come round."""

from collections.abc import Sequence

from packhouse.ecosystems.cargo.catalogue import CrateDemand
from packhouse.resolver.backtracking import Chosen
from packhouse.resolver.demands import Candidate


def find_cycle(chosen: Chosen, root: Candidate) -> Sequence[Candidate]:
    """Return the first ring of candidates, each needing the next, the first once more at the end; else nothing."""
    needs: dict[Candidate, list[Candidate]] = {}
    for link in chosen.links:
        if isinstance(link.demand, CrateDemand) and link.demand.requirement.scope != "dev":
            needs.setdefault(link.owner, []).append(link.target)
    done: set[Candidate] = set()
    for start in (root, *needs):
        if start not in done:
            ring = _walk(start, needs, done)
            if ring:
                return ring
    return ()


def _walk(start: Candidate, needs: dict[Candidate, list[Candidate]], done: set[Candidate]) -> Sequence[Candidate]:
    path = {start: iter(needs.get(start, ()))}
    while path:
        at = next(reversed(path))
        following = next((each for each in path[at] if each not in done), None)
        if following is None:
            del path[at]
            done.add(at)
        elif following in path:
            members = list(path)
            return (*members[members.index(following) :], following)
        else:
            path[following] = iter(needs.get(following, ()))
    return ()
