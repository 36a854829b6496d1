"""Resolve as `pub get` does: one version of each package, the newest that fits, for given SDKs."""

from collections.abc import Mapping, Sequence

from packhouse.domain.graph import Edge, EdgeKind, Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pub.environment import Environment
from packhouse.ecosystems.pub.listing import HOSTED, Listed, Stock, package_key, source_of
from packhouse.ecosystems.pub.pub_sets import constraint_set, only, place
from packhouse.ecosystems.pub.solving import ROOT_SOURCE, Project, Solving
from packhouse.resolver.conclusions import tell
from packhouse.resolver.locked import tell_locked
from packhouse.resolver.range_solver import MAX_STEPS, Manner, NoSolution, Solver
from packhouse.resolver.universe import Loaded, NotLoaded

_MANNER = Manner(moves_back=True)


class Found:
    """What was chosen, by name; or why nothing was."""

    def __init__(self, chosen: Mapping[str, Listed], error: str = "") -> None:
        self.chosen = chosen
        self.error = error


class ProjectRun(Loaded):
    """The resolution of a project under way."""

    def __init__(self, project: Project, environment: Environment, *, max_steps: int = MAX_STEPS) -> None:
        self.project = project
        self.environment = environment
        self._max_steps = max_steps
        super().__init__()
        self._is_cancelled = False
        self._stock = Stock(self)
        self._ahead = Solving(project, self._stock, environment)
        self._waiting = [each for each in (*project.requirements, *project.overrides) if source_of(each) == HOSTED]
        self._seen = {(each.name, each.range) for each in self._waiting}

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def needed(self) -> frozenset[PackageKey]:
        """Follow the best version of every requirement as far as the records go."""
        missing: set[PackageKey] = set()
        blocked: list[Requirement] = []
        while self._waiting:
            each = self._waiting.pop()
            try:
                best = self._ahead.find(each.name, HOSTED).best(constraint_set(HOSTED, each.range))
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                blocked.append(each)
                continue
            for further in best.requirements() if best is not None else ():
                if (further.name, further.range) not in self._seen and source_of(further) == HOSTED:
                    self._seen.add((further.name, further.range))
                    self._waiting.append(further)
        self._waiting = blocked
        return frozenset(missing)

    def search(self) -> Found:
        """Choose; raise TooHard, NotLoaded."""
        solving = Solving(self.project, self._stock, self.environment)
        solver = Solver(
            solving,
            self.project.name,
            _MANNER,
            root_versions=only(place(ROOT_SOURCE, self.project.version)),
            is_cancelled=lambda: self._is_cancelled,
            max_steps=self._max_steps,
        )
        try:
            chosen = solver.solve()
        except NoSolution as end:
            return Found({}, tell(end.incompatibility, solving))
        return Found({str(name): each for name, each in chosen.items() if name != self.project.name})

    def resolve(self) -> Graph:
        """Draw what is chosen, seen from the project."""
        project = self.project
        root = Node(package_key(project.name), "", errors=project.notes)
        overridden = {each.name for each in project.overrides}
        kept = [each for each in project.requirements if each.name not in overridden]
        locked = {(name, version) for name, (_, version) in project.locked.items()}
        return tell_locked(draw(self.search(), root, (*kept, *project.overrides)), locked)


class Run(ProjectRun):
    """The resolution of one release, as the only package of an empty project."""

    def __init__(self, key: PackageKey, version: str, environment: Environment, *, max_steps: int = MAX_STEPS) -> None:
        project = Project(
            requirements=(Requirement(key.name, version),),
            locked={key.name: (HOSTED, version)},  # it may be retracted
        )
        super().__init__(project, environment, max_steps=max_steps)
        self._key = key
        self._version = version

    def resolve(self) -> Graph:
        """Draw what is chosen, seen from the release."""
        found = self.search()
        chosen = found.chosen.get(self._key.name)
        root = Node(self._key, self._version)
        return draw(found, root, () if chosen is None else chosen.requirements())


def draw(found: Found, root: Node, asked: Sequence[Requirement]) -> Graph:
    """Draw what was chosen, from what the root asks for on."""
    if found.error:
        return Graph((Node(root.package, root.version, errors=(*root.errors, found.error)),), (), found.error)
    numbers: dict[str, int] = {root.package.name: 0}
    nodes = [root]
    edges: dict[Edge, None] = {}
    waiting: list[tuple[int, Sequence[Requirement]]] = [(0, asked)]
    for start, listed in waiting:
        for each in sorted(listed, key=lambda each: each.scope == "dev"):
            if each.name not in found.chosen and each.name not in numbers:
                continue
            end = numbers.get(each.name)
            if end is None:
                end = numbers[each.name] = len(nodes)
                chosen = found.chosen[each.name]
                nodes.append(Node(package_key(each.name), chosen.version, why=_why(chosen)))
                waiting.append((end, chosen.requirements()))
            kind: EdgeKind = "dev" if each.scope == "dev" else "runtime"
            if start != end:
                edges[Edge(start, end, each.range, kind)] = None
    return Graph(tuple(nodes), tuple(edges))


def _why(chosen: Listed) -> str:
    source = chosen.place[0].partition(" ")[0]
    return "" if source == HOSTED else f"it comes from {source}, so that what it needs is not known"
