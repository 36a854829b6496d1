"""Minimal version selection: of each module the highest version that anything reachable asks for.

A module graph is read from the roots of a main module. A module that lists all that it needs (`Needs.pruned`) hides
what its dependencies need, where nothing above it needs the whole. Nothing is tried and nothing is undone; what can
happen is that the roots themselves are not the highest, and then they are raised and the graph is read again.

Source: the module reference, sections on minimal version selection, module graph pruning and lazy loading.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec import Struct

MAIN = ""
"""The version of the main module, which is above all others of it."""
_MAX_RAISES = 1000
"""Roots are only ever raised; a bound against what nobody has foreseen."""


class Module(NamedTuple):
    """A version of a module."""

    path: str
    version: str


class Needs(Struct, frozen=True):
    """What a version of a module asks for."""

    requires: tuple[Module, ...] = ()
    pruned: bool = True
    """True where `requires` has all that its packages need, directly or not."""
    fault: str = ""
    """Why it could not be read; empty where it could."""


class Roots(Struct, frozen=True):
    """What the main module asks for."""

    modules: tuple[Module, ...]
    """In the order of `Precedence`, path by path."""
    pruned: bool
    direct: frozenset[str] = frozenset()
    """Paths that the main module imports from itself."""


Precedence = Callable[[str, str], Any]
"""The sort key of a version of a path."""


class ModuleGraph:
    """Which module requires which, as far as it has been read."""

    def __init__(self, main: Module, roots: Roots, precedence: Precedence) -> None:
        self.main = main
        self.roots = roots
        self.required: dict[Module, tuple[Module, ...]] = {}
        self.faults: dict[Module, str] = {}
        self.selected: dict[str, str] = {main.path: main.version}
        self._precedence = precedence
        self._seen: set[tuple[Module, bool]] = set()
        self._waiting: set[tuple[Module, bool]] = set()
        self._require(main, roots.modules)
        self._waiting.update((module, roots.pruned) for module in roots.modules)

    def read(self, known: Mapping[Module, Needs]) -> frozenset[Module]:
        """Read on with what is known; name the modules that stop it, none where the graph is complete."""
        queue = list(self._waiting)
        stopped: set[tuple[Module, bool]] = set()
        for entry in queue:
            if entry in self._seen:
                continue
            module, pruned = entry
            needs = known.get(module)
            if needs is None:
                stopped.add(entry)
                continue
            self._seen.add(entry)
            if module not in self.required:
                self._learn(module, needs)
            if not pruned or not needs.pruned:
                # What does not list all makes all behind it count in full.
                seen = self._seen
                queue += [entry for each in needs.requires if (entry := (each, False)) not in seen]
        self._waiting = stopped
        return frozenset(module for module, _ in stopped)

    def chosen(self) -> list[Module]:
        """List the version of each path that is selected, the main module left out, by path."""
        others = (Module(path, version) for path, version in self.selected.items() if path != self.main.path)
        return sorted(others, key=lambda module: module.path)

    def walk(self) -> Iterator[Module]:
        """Go through all modules that are reached, selected or not, breadth first."""
        return iter(self._steps(self.roots.modules))

    def path_to(self, wanted: Module, begin: Iterable[Module] | None = None) -> list[Module]:
        """Find a shortest way from the main module, or from it over other roots; empty where there is none."""
        came_from = self._steps(self.roots.modules if begin is None else begin)
        way: list[Module] = []
        step = wanted if wanted in came_from else None
        while step is not None:
            way.append(step)
            step = came_from[step]
        return way[::-1]

    def _steps(self, begin: Iterable[Module]) -> dict[Module, Module | None]:
        """Note for each module that is reached, in order, the one before it."""
        came_from: dict[Module, Module | None] = {self.main: None} | dict.fromkeys(begin, self.main)
        queue = list(came_from)[1:]
        for module in queue:
            for each in self.required.get(module, ()):
                if each not in came_from:
                    came_from[each] = module
                    queue.append(each)
        return came_from

    def roots_are_selected(self) -> bool:
        """Tell whether each root is the version that is selected of its path."""
        return all(self.selected[module.path] == module.version for module in self.roots.modules)

    def _learn(self, module: Module, needs: Needs) -> None:
        if needs.fault:
            self.faults[module] = needs.fault
        self._require(module, needs.requires)

    def _require(self, module: Module, requires: tuple[Module, ...]) -> None:
        self.required[module] = requires
        selected, precedence = self.selected, self._precedence
        for path, version in requires:
            present = selected.get(path)
            if present in (version, MAIN):
                continue
            if present is None or precedence(path, present) < precedence(path, version):
                selected[path] = version


class Selection:
    """The selection for a main module under way: says which modules it must know, takes them, and ends with a graph."""

    def __init__(self, main: str, roots: Roots, precedence: Precedence) -> None:
        self._precedence = precedence
        self._known: dict[Module, Needs] = {}
        self._raises = 0
        self._is_done = False
        self.graph = ModuleGraph(Module(main, MAIN), roots, precedence)
        if _is_redundant(self.graph.main, roots) and roots.pruned:
            self._begin(_highest_only(self.graph.main, roots, precedence))

    def wanted(self) -> frozenset[Module]:
        """Go on; name the modules that are to be told next, none where the graph is complete."""
        while not self._is_done:
            if stopped := self.graph.read(self._known):
                return stopped
            raised = self._raised()
            self._is_done = raised is None or self._raises > _MAX_RAISES
            if raised is not None:
                self._begin(raised)
        return frozenset()

    def take(self, needs: Mapping[Module, Needs]) -> None:
        """Learn what modules ask for."""
        self._known.update(needs)

    def needs(self, module: Module) -> Needs | None:
        """Return what a module asks for, None where it was not asked."""
        return self._known.get(module)

    def _begin(self, roots: Roots) -> None:
        self._raises += 1
        self._is_done = False
        self.graph = ModuleGraph(self.graph.main, roots, self._precedence)

    def _raised(self) -> Roots | None:
        """Return the roots at their selected versions, where they are not; None where the graph stands as it is."""
        graph = self.graph
        if graph.faults:
            # Without the whole graph nobody can tell which versions would be selected.
            return None
        roots = graph.roots
        if graph.roots_are_selected() and not _is_redundant(graph.main, roots):
            return None
        modules = _at_selected(graph) if roots.pruned else _least(graph, self._known)
        return None if modules == roots.modules else Roots(modules, roots.pruned, roots.direct)


def _is_redundant(main: Module, roots: Roots) -> bool:
    """Tell whether a path is required twice, or the main module itself."""
    paths = [module.path for module in roots.modules]
    return main.path in paths or len(set(paths)) < len(paths)


def _highest_only(main: Module, roots: Roots, precedence: Precedence) -> Roots:
    """Keep of each path the highest version that the main module itself asks for."""
    highest: dict[str, str] = {}
    for path, version in roots.modules:
        if path != main.path and (path not in highest or precedence(path, highest[path]) < precedence(path, version)):
            highest[path] = version
    return Roots(tuple(Module(*each) for each in highest.items()), roots.pruned, roots.direct)


def _at_selected(graph: ModuleGraph) -> tuple[Module, ...]:
    paths = dict.fromkeys(module.path for module in graph.roots.modules if module.path != graph.main.path)
    return tuple(Module(path, graph.selected[path]) for path in paths)


def _least(graph: ModuleGraph, known: Mapping[Module, Needs]) -> tuple[Module, ...]:
    """Choose the fewest roots that select what is selected, besides those that were right and the direct ones.

    What comes last in a walk over all of it implies nothing before it, so that a module that is not implied when its
    turn comes from the end will not be.
    """
    chosen = graph.chosen()
    kept = [module.path for module in graph.roots.modules if graph.selected[module.path] == module.version]
    kept += [module.path for module in chosen if module.path in graph.roots.direct]
    least = [Module(path, graph.selected[path]) for path in dict.fromkeys(kept)]
    implied: set[Module] = set()
    for module in least:
        _reach(module, known, implied)
    for module in reversed(list(_postorder(chosen, known))):
        if graph.selected[module.path] == module.version and module not in implied:
            least.append(module)
            _reach(module, known, implied)
    return tuple(sorted(least))


def _reach(start: Module, known: Mapping[Module, Needs], met: set[Module]) -> None:
    """Add to what was met whatever a module leads to."""
    queue = [start]
    while queue:
        module = queue.pop()
        if module not in met:
            met.add(module)
            queue.extend(_requires(module, known))


def _postorder(start: Iterable[Module], known: Mapping[Module, Needs]) -> Iterator[Module]:
    """Go through all that is reached, each module behind what it requires."""
    met: set[Module] = set()
    for top in start:
        stack = [(top, iter(_requires(top, known)))] if top not in met else []
        met.add(top)
        while stack:
            module, following = stack[-1]
            each = next(following, None)
            if each is None:
                stack.pop()
                yield module
            elif each not in met:
                met.add(each)
                stack.append((each, iter(_requires(each, known))))


def _requires(module: Module, known: Mapping[Module, Needs]) -> tuple[Module, ...]:
    needs = known.get(module)
    return needs.requires if needs is not None else ()
