"""Resolve as the go command does: the build list of `go list -m all`, over the graph of `go mod graph`.

A release is resolved as the main module, as in a checkout of it, except that directories which its go.mod puts in place
of modules are not there: what they stand for is taken from the proxy, and the root says so.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from packhouse.domain.errors import Invalid, NotFound, TooHard
from packhouse.domain.further import FurtherKey
from packhouse.domain.graph import Edge, Graph, Node
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.golang.dependency_file import read_dependency
from packhouse.ecosystems.golang.go_versions import GO, TOOLCHAIN, made_up_needs, precedence
from packhouse.ecosystems.golang.main_module import MainModule, read_main
from packhouse.ecosystems.golang.names import parse_name
from packhouse.ecosystems.golang.record import mod_of
from packhouse.resolver.minimal_versions import MAIN, Module, Needs, Selection
from packhouse.resolver.universe import NotLoaded

ECOSYSTEM = "golang"
_CACHED = 1 << 15
_MOST = 50_000
"""Ten times as many as the largest real graph has."""
_MADE_UP = frozenset({GO, TOOLCHAIN})


class ManifestRun:
    """The resolution of a project under way.

    `directories` are go.mod files of the directories that stand in for modules, by their paths as written.
    """

    def __init__(self, main: MainModule, directories: Mapping[str, bytes] | None = None) -> None:
        self.main = main
        self.selection = Selection(main.path, main.roots(), precedence)
        self._directories = directories or {}
        self._read_count = 0
        self._asked: dict[FurtherKey, list[tuple[Module, Module]]] = {}
        """Modules whose needs a document tells, each with what stands in for it."""

    def needed(self) -> frozenset[PackageKey]:
        """Name no records: a version is chosen by go.mod files alone."""
        return frozenset()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records, which say nothing here."""

    def wanted(self) -> frozenset[FurtherKey]:
        """Name the go.mod files that are to be read next; raise TooHard where there is no end to them."""
        while modules := self.selection.wanted():
            if self._read_count > _MOST:
                raise TooHard(f"{self.main.path} leads to more than {_MOST} versions of modules")
            self._asked = {}
            told: dict[Module, Needs] = {}
            for module in modules:
                actual = self.actual(module)
                needs = self._made_up(module, actual)
                if needs is not None:
                    told[module] = needs
                else:
                    self._asked.setdefault(_mod(actual), []).append((module, actual))
            self.selection.take(told)
            if self._asked and not told:
                return frozenset(self._asked)
        return frozenset()

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take go.mod files; None says that there is no such version."""
        self._read_count += len(documents)
        self.selection.take(
            {
                module: self._read(module, actual, documents[asked])
                for asked, modules in self._asked.items()
                if asked in documents
                for module, actual in modules
            }
        )

    def cancel(self) -> None:
        """Do nothing: a selection never goes back, and ends as soon as nothing more is taken."""

    def resolve(self) -> Graph:
        """Draw the build list; raise NotLoaded where go.mod files are missing yet."""
        if wanted := self.wanted():
            raise NotLoaded(frozenset(each.key for each in wanted))
        return draw(self)

    def actual(self, module: Module) -> Module:
        """Return the module whose files are used for a module of the graph."""
        return self.main.replacement(module) or module if self.main.replaced and module.version != MAIN else module

    def _made_up(self, module: Module, actual: Module) -> Needs | None:
        """Tell what needs no asking: of go and toolchain, of directories, and of what no proxy could have."""
        if module.path in _MADE_UP:
            return made_up_needs(module)
        path, version = actual
        if not version:
            body = self._directories.get(path)
            fault = f"it is replaced by the directory {path}, which has no go.mod here"
            return Needs(fault=fault) if body is None else self._without_excluded(read_dependency(body).needs)
        fault = _path_fault(path)
        return Needs(fault=fault) if fault else None

    def _read(self, module: Module, actual: Module, body: bytes | None) -> Needs:
        if body is None:
            return Needs(fault=f"there is no {actual.path} {actual.version}")
        read = read_dependency(body)
        if not read.needs.fault and read.module not in (module.path, actual.path):
            named = f"calls itself {read.module}" if read.module else "does not name its module"
            return Needs(fault=f"the go.mod of {actual.path} {actual.version} {named}")
        return self._without_excluded(read.needs)

    def _without_excluded(self, needs: Needs) -> Needs:
        excluded = self.main.excluded
        if not excluded or excluded.isdisjoint(needs.requires):
            return needs
        return Needs(tuple(each for each in needs.requires if each not in excluded), needs.pruned, needs.fault)


@lru_cache(_CACHED)
def _mod(module: Module) -> FurtherKey:
    return mod_of(_package(module.path), module.version)


@lru_cache(_CACHED)
def _path_fault(path: str) -> str:
    """Say why no proxy could have a path; empty where one could."""
    try:
        parse_name(path)
    except Invalid as invalid:
        return invalid.message
    return ""


class Run:
    """The resolution of one release under way."""

    def __init__(self, key: PackageKey, version: str) -> None:
        self._key = key
        self._version = version
        self._own = mod_of(key, version)
        self._run: ManifestRun | None = None
        self._notes: tuple[str, ...] = ()
        self._fault = ""

    def needed(self) -> frozenset[PackageKey]:
        """Name no records: a version is chosen by go.mod files alone."""
        return frozenset()

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records, which say nothing here."""

    def wanted(self) -> frozenset[FurtherKey]:
        """Name the go.mod files that are to be read next, that of the release first."""
        return frozenset({self._own}) if self._run is None else self._run.wanted()

    def take(self, documents: Mapping[FurtherKey, bytes | None]) -> None:
        """Take go.mod files; raise NotFound where the release has none."""
        if self._run is not None:
            self._run.take(documents)
        elif self._own in documents:
            body = documents[self._own]
            if body is None:
                raise NotFound(f"{self._key} has no version {self._version}")
            try:
                main, self._notes = without_directories(read_main(body))
            except Invalid as invalid:
                # Resolved without it, so that there is an end; the error says that this is no answer.
                main, self._fault = MainModule(self._key.name), invalid.message
            self._run = ManifestRun(main)

    def cancel(self) -> None:
        """Do nothing: a selection never goes back, and ends as soon as nothing more is taken."""

    def resolve(self) -> Graph:
        """Draw the build list; raise NotLoaded where go.mod files are missing yet."""
        if self._run is None:
            raise NotLoaded(frozenset({self._key}))
        self._run.resolve()
        if self._fault:
            return Graph((Node(self._key, self._version, errors=(self._fault,)),), (), error=self._fault)
        return draw(self._run, Node(self._key, self._version, errors=self._notes))


def without_directories(main: MainModule) -> tuple[MainModule, tuple[str, ...]]:
    """Take directories out of a main module that was published without them, and say so."""
    gone = {old.path: new.path for old, new in main.replaced.items() if not new.version}
    if not gone:
        return main, ()
    notes = tuple(f"{path} is replaced by the directory {by}, which is not published" for path, by in gone.items())
    replaced = {old: new for old, new in main.replaced.items() if new.version}
    return MainModule(main.path, main.go, main.toolchain, main.requires, main.direct, replaced, main.excluded), notes


def draw(run: ManifestRun, root: Node | None = None) -> Graph:
    """Draw what was selected: an edge where the selected version of a module, not pruned, requires another's path."""
    graph = run.selection.graph
    chosen = [module for module in graph.chosen() if module.path not in _MADE_UP]
    numbers = {graph.main.path: 0} | {module.path: number for number, module in enumerate(chosen, 1)}
    top = root or Node(_package(graph.main.path), "")
    direct = graph.roots.direct
    edges = dict.fromkeys(
        Edge(number, numbers[each.path], each.version, indirect=not number and each.path not in direct)
        for number, module in enumerate([graph.main, *chosen])
        for each in graph.required.get(module, ())
        if each.path in numbers and each.path != module.path
    )
    asked: dict[str, dict[str, Module]] = {}
    for module in (graph.main, *chosen):
        for each in graph.required.get(module, ()):
            asked.setdefault(each.path, {}).setdefault(each.version, module)
    nodes = (top, *(_node(run, module, asked.get(module.path, {})) for module in chosen))
    return Graph(nodes, tuple(edges), next(_errors(run), ""))


def explain(run: ManifestRun, path: str) -> str:
    """Say which requirement set the version that was chosen of a module; raise NotFound where none was."""
    graph = run.selection.graph
    version = graph.selected.get(path)
    if not version or path == graph.main.path:
        raise NotFound(f"{graph.main.path} leads to no module {path}")
    chosen = Module(path, version)
    # Of what the go.mod says itself, where that leads there: roots that were raised explain nothing.
    way = graph.path_to(chosen, run.main.roots().modules) or graph.path_to(chosen)
    return f"{_written(chosen)} is the highest that is asked for: {' requires '.join(map(_written, way))}"


def build_list(run: ManifestRun) -> list[str]:
    """Write the modules selected as `go list -m all` does."""
    graph = run.selection.graph
    listed = [graph.main.path]
    for module in graph.chosen():
        if module.path not in _MADE_UP:
            new = run.main.replacement(module)
            behind = "" if new is None else f" => {' '.join(filter(None, new))}"
            listed.append(f"{module.path} {module.version}{behind}")
    return listed


def module_graph(run: ManifestRun) -> list[str]:
    """Write all that was read as `go mod graph` does, in its order."""
    graph = run.selection.graph
    return [
        f"{_written(module)} {_written(each)}" for module in graph.walk() for each in graph.required.get(module, ())
    ]


def _node(run: ManifestRun, module: Module, asked: Mapping[str, Module]) -> Node:
    path, version = run.actual(module)
    errors = tuple(filter(None, [run.selection.graph.faults.get(module)]))
    if not version:
        path, version = module
    return Node(_package(path), version, errors=errors, why=_why(run, module, asked))


def _why(run: ManifestRun, module: Module, asked: Mapping[str, Module]) -> str:
    """Tell what set a version where chosen modules ask for others; `asked` has one that asks, by version."""
    reasons = []
    if run.main.replacement(module) is not None:
        reasons.append(f"it stands in for {_written(module)}")
    setter = asked.get(module.version)
    if setter is None:
        reasons.append(f"{module.version} is asked for by a version of a module that was not chosen itself")
    elif len(asked) > 1:
        name = "the main module" if setter == run.selection.graph.main else _written(setter)
        reasons.append(f"{module.version} is the highest that is asked for, by {name}")
    return "; ".join(reasons)


def _errors(run: ManifestRun) -> Iterator[str]:
    """Say what the go command would stop at, and the way there."""
    graph = run.selection.graph
    for module, fault in graph.faults.items():
        way = " requires ".join(_written(step) for step in graph.path_to(module))
        yield f"{way}, but {fault}"


def _written(module: Module) -> str:
    return f"{module.path}@{module.version}" if module.version else module.path


def _package(path: str) -> PackageKey:
    return PackageKey(ECOSYSTEM, NormalName(path))
