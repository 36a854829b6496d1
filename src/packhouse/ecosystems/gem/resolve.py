"""Resolve as `bundle lock` does: one version of each gem, the newest that fits, for one platform."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import TooHard
from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.gem.bundle import ROOT, Bundle, Locked, Relaxed, Stock, Wish, package_key
from packhouse.ecosystems.gem.circles import find_circle
from packhouse.ecosystems.gem.environment import RUBY_ITSELF, RUBYGEMS_ITSELF, Environment
from packhouse.ecosystems.gem.names import RUBY
from packhouse.ecosystems.gem.platforms import generic
from packhouse.ecosystems.gem.shelves import Candidate, Need, Variant
from packhouse.resolver.conclusions import tell
from packhouse.resolver.incompatibilities import Incompatibility
from packhouse.resolver.locked import tell_locked
from packhouse.resolver.range_solver import MAX_STEPS, Manner, NoSolution, Solver
from packhouse.resolver.universe import Loaded, NotLoaded

_MANNER = Manner(goes_on=True)
_MOST_TRIES = 50
"""How often more is allowed after it turned out that nothing fits."""
_NOT_GEMS = (ROOT, RUBY_ITSELF, RUBYGEMS_ITSELF)


class Project(Struct, frozen=True):
    """What is resolved."""

    wishes: tuple[Wish, ...]
    locked: Locked = Locked()
    notes: tuple[str, ...] = ()
    """What was not read of the project, one sentence each."""


class Found(Struct, frozen=True):
    """What was chosen: a candidate by name; or why nothing was."""

    chosen: Mapping[str, Candidate]
    error: str = ""


class ProjectRun(Loaded):
    """The resolution of a project under way."""

    def __init__(self, project: Project, environment: Environment, *, max_steps: int = MAX_STEPS) -> None:
        self.project = project
        self.environment = environment
        self._max_steps = max_steps
        super().__init__()
        self._relaxed = Relaxed(set(), set(), set())
        self._stock = Stock()
        self._is_cancelled = False
        self._ahead = self._bundle()
        self._waiting: list[Need] = [Need(each.name, each.range) for each in self.wishes()]
        self._seen: set[Need] = set(self._waiting)

    def wishes(self) -> tuple[Wish, ...]:
        """Give what is asked for where it is resolved for."""
        here = generic(self.environment.platform)
        return tuple(each for each in self.project.wishes if not each.platforms or here in each.platforms)

    def cancel(self) -> None:
        """Let a search that is under way end soon, with TooHard; from any thread."""
        self._is_cancelled = True

    def needed(self) -> frozenset[PackageKey]:
        """Follow the best candidate of every requirement as far as the records go."""
        missing: set[PackageKey] = set()
        blocked: list[Need] = []
        while self._waiting:
            need = self._waiting.pop()
            try:
                best = self._ahead.best(need)
            except NotLoaded as not_loaded:
                missing |= not_loaded.keys
                blocked.append(need)
                continue
            for variant in best.variants if best is not None else ():
                for each in variant.needs:
                    if each not in self._seen:
                        self._seen.add(each)
                        self._waiting.append(each)
        self._waiting = blocked
        return frozenset(missing)

    def search(self) -> Found:
        """Choose, unless the lock file has it all; raise TooHard, NotLoaded."""
        locked = self.project.locked
        if locked.is_whole and locked.runs_on(self.environment.platform):
            return Found(locked.chosen())
        for _ in range(_MOST_TRIES):
            bundle = self._bundle()
            absent = bundle.prepare()
            if absent:
                return Found({}, f"{absent}.")
            solver = Solver(bundle, ROOT, _MANNER, is_cancelled=lambda: self._is_cancelled, max_steps=self._max_steps)
            try:
                chosen = solver.solve()
            except NoSolution as end:
                if not _relax(bundle, end.incompatibility):
                    return Found({}, tell(end.incompatibility, bundle))
                continue
            return _without_circles({str(name): each for name, each in chosen.items()})
        raise TooHard("whether all requirements can be met was not found out, however much was allowed")

    def resolve(self) -> Graph:
        """Draw what is chosen, seen from the project."""
        found = self.search()
        root = Node(package_key(""), "", errors=self.project.notes)
        needs = [Need(wish.name, wish.range) for wish in self.wishes()]
        return tell_locked(draw(found, root, needs, self.environment), self.project.locked.versions.items())

    def _bundle(self) -> Bundle:
        return Bundle(self.wishes(), self, self.environment, self.project.locked, self._relaxed, self._stock)


class Run(ProjectRun):
    """The resolution of one release, as the only gem of an empty project."""

    def __init__(self, key: PackageKey, version: str, environment: Environment, *, max_steps: int = MAX_STEPS) -> None:
        super().__init__(Project((Wish(key.name, f"= {version}"),)), environment, max_steps=max_steps)
        self._key = key
        self._version = version

    def resolve(self) -> Graph:
        """Draw what is chosen, seen from the release."""
        found = self.search()
        root = Node(self._key, self._version)
        chosen = found.chosen.get(self._key.name)
        if chosen is None:
            return Graph((Node(self._key, self._version, errors=(found.error,)),), (), found.error)
        needs = chosen.installed(self.environment.platform).needs
        return draw(found, root, needs, self.environment)


def draw(found: Found, root: Node, needs: Sequence[Need], environment: Environment) -> Graph:
    """Draw what is installed on the platform, from what the root needs on."""
    if not found.chosen:
        return Graph((Node(root.package, root.version, errors=(*root.errors, found.error)),), (), found.error)
    numbers: dict[str, int] = {root.package.name: 0} if root.version else {ROOT: 0}
    nodes = [root]
    edges: dict[Edge, None] = {}
    waiting: list[tuple[int, Sequence[Need]]] = [(0, needs)]
    for start, asked in waiting:
        for need in asked:
            if need.name in _NOT_GEMS or need.name not in found.chosen:
                continue
            end = numbers.get(need.name)
            if end is None:
                end = numbers[need.name] = len(nodes)
                variant = found.chosen[need.name].installed(environment.platform)
                nodes.append(Node(package_key(need.name), variant.version, why=_why(variant)))
                waiting.append((end, variant.needs))
            if start != end:
                edges[Edge(start, end, need.range)] = None
    return Graph(tuple(nodes), tuple(edges), found.error)


def _without_circles(chosen: Mapping[str, Candidate]) -> Found:
    """Refuse gems that need each other in a circle, as Bundler does."""
    graph = {name: [need.name for need in each.needs() if need.name in chosen] for name, each in chosen.items()}
    circle = find_circle(graph)
    if circle:
        return Found(chosen, f"{' needs '.join(circle)}, and Bundler refuses gems that need each other in a circle.")
    return Found(chosen)


def _why(variant: Variant) -> str:
    return "" if variant.platform == RUBY else f"its file for {variant.platform} is installed"


def _relax(bundle: Bundle, end: Incompatibility) -> bool:
    """Allow more of each gem that had to do with the end; tell whether that was anything."""
    names = dict.fromkeys(str(term.package) for each in _chain(end) for term in each.terms)
    return bundle.relax(name for name in names if name not in _NOT_GEMS)


def _chain(end: Incompatibility) -> Iterator[Incompatibility]:
    """Walk from the end along the first of each two causes."""
    at = end
    while at.causes is not None:
        at = at.causes[0]
        yield at
