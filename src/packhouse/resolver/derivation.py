"""Why nothing fits, in sentences a person can follow: each step is numbered, and later ones refer to earlier ones."""

from collections.abc import Iterable

from packhouse.resolver.backtracking import DeadEnd, Link
from packhouse.resolver.demands import Blame, Candidate, Demand, How
from packhouse.resolver.nogoods import Blames, Nogoods

MAX_STEPS = 24
"""How many dead ends are told at most."""
_MAX_LISTED = 6


def explain(end: DeadEnd, nogoods: Nogoods) -> str:
    """Tell how the search came to its end."""
    return _Derivation(end, nogoods).tell()


class _Derivation:
    def __init__(self, end: DeadEnd, nogoods: Nogoods) -> None:
        self._end = end
        self._nogoods = nogoods
        self._causes: dict[Candidate, Link] = {}
        for link in end.links:
            self._causes.setdefault(link.target, link)
        self._steps: list[str] = []
        self._told: dict[Demand, int] = {}

    def tell(self) -> str:
        end = self._end
        self._tell_demand(end.asked.demand, [str(each) for each in end.asked.options], end.blames)
        way = self._way(end.owner)
        sentence = f"{end.owner} needs {end.asked.demand}{way}"
        if len(self._steps) == 1:
            return f"{sentence}, but {self._steps[0]}"
        numbered = [f"({number}) {step[0].upper()}{step[1:]}." for number, step in enumerate(self._steps, 1)]
        return f"{' '.join(numbered)} So {sentence}, which cannot be met."

    def _tell_demand(self, demand: Demand, options: list[str], blames: Blames) -> int:
        known = self._told.get(demand)
        if known is not None:
            return known
        self._told[demand] = 0  # whatever refers to it while it is told, refers to what follows
        reasons = list(self._reasons(blames))
        if not options and not reasons:
            step = f"no release of {demand.name} meets {demand.text}"
        elif not reasons:
            step = f"none of what meets {demand} ({_listed(options)}) can be had with what else is needed"
        else:
            step = f"{demand} cannot be met: {'; '.join(reasons)}"
        self._steps.append(step)
        self._told[demand] = len(self._steps)
        return len(self._steps)

    def _reasons(self, blames: Blames) -> Iterable[str]:
        said: dict[str, None] = {}
        for candidate, blame in list(blames.items())[:_MAX_LISTED]:
            said[self._reason(candidate, blame)] = None
        if len(blames) > _MAX_LISTED:
            said[f"and {len(blames) - _MAX_LISTED} more chosen releases are in the way"] = None
        return said

    def _reason(self, candidate: Candidate, blame: Blame) -> str:
        if blame.how is How.SLOT:
            return f"{blame.tried} cannot stand beside {candidate}{self._cause(candidate)}"
        if blame.how is How.CLAIM:
            return (
                f"{blame.tried} links to the native library {blame.detail!r} as {candidate} does"
                f"{self._cause(candidate)}, and only one release may"
            )
        if blame.how is How.FEATURE:
            return f"{blame.tried} has no feature {blame.detail!r}, which {candidate} asks for"
        if blame.how is How.HELD:
            return f"{candidate} needs {blame.demand}, and nothing that meets this leaves room for it"
        return self._deeper(candidate, blame)

    def _deeper(self, candidate: Candidate, blame: Blame) -> str:
        beside = f"{blame.tried} does not go with {candidate}{self._cause(candidate)}"
        demand = blame.demand
        if demand is None or len(self._steps) >= MAX_STEPS:
            return beside
        blames = next(
            (each for members, each in self._nogoods.of(demand) if candidate in members or blame.tried in members),
            None,
        )
        if blames is None:
            return f"{beside}, since {demand} could not be met then"
        number = self._told.get(demand) or self._tell_demand(demand, [], blames)
        return f"{beside}, by ({number})" if number else beside

    def _cause(self, candidate: Candidate) -> str:
        link = self._causes.get(candidate)
        return f", which {link.owner} needs as {link.demand.text}" if link is not None else ""

    def _way(self, candidate: Candidate) -> str:
        """Tell on whose account a candidate was chosen, up to the root."""
        names: list[str] = []
        at = candidate
        while at in self._causes and len(names) < _MAX_LISTED:
            at = self._causes[at].owner
            if str(at) in names:
                break
            names.append(str(at))
        return f" (which is needed by {', needed by '.join(names)})" if names else ""


def _listed(options: list[str]) -> str:
    shown = ", ".join(options[:_MAX_LISTED])
    return f"{shown}, ..." if len(options) > _MAX_LISTED else shown
