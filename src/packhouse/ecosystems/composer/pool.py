"""The pool: all that Composer loads before it solves, in its order, since equals are taken in the order of the pool.

What is required of a name is loaded in batches: all that one batch requires is the next. What the project requires
itself is loaded within its own constraint alone, whatever others require.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.composer.candidates import (
    STABILITIES,
    Candidate,
    Link,
    branch_alias,
    pretty_alias,
    read_release,
    spell,
    stability_of,
    weigh,
)
from packhouse.ecosystems.composer.links import Constraint, Part, covered, united
from packhouse.ecosystems.composer.names import BRANCHES, parse_name
from packhouse.ecosystems.composer.ordered import Ordered
from packhouse.ecosystems.composer.platform import is_platform
from packhouse.ecosystems.composer.project import Project
from packhouse.ecosystems.composer.versions import key_of

ECOSYSTEM = "composer"
_MAX_CANDIDATES = 200_000
"""Ten times as many as the largest real pool has."""


class Pool:
    """Candidates, numbered from 1 on, and who answers to a name."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = list(candidates)
        self._by_name: dict[str, list[Candidate]] = {}
        self._providers: dict[tuple[str, Constraint], list[Candidate]] = {}
        self._shelves: dict[str, tuple[Ordered, list[Candidate]]] = {}
        """By name, those that are called so, and those that stand in for them."""
        for number, candidate in enumerate(self.candidates, 1):
            candidate.number = number
            for name in candidate.names:
                self._by_name.setdefault(name, []).append(candidate)

    def __getitem__(self, literal: int) -> Candidate:
        """Find the candidate of a literal."""
        return self.candidates[abs(literal) - 1]

    def providers(self, name: str, constraint: Constraint) -> list[Candidate]:
        """List what will do for a name."""
        found = self._providers.get((name, constraint))
        if found is None:
            found = self._providers[name, constraint] = self._find(name, constraint)
        return found

    def _find(self, name: str, constraint: Constraint) -> list[Candidate]:
        shelf = self._shelves.get(name)
        if shelf is None:
            there = self._by_name.get(name, ())
            named = Ordered(each for each in there if each.name == name)
            shelf = self._shelves[name] = named, [each for each in there if each.name != name]
        named, others = shelf
        found = named.within(constraint.whole) + [each for each in others if each.meets(name, constraint)]
        found.sort(key=_number)
        return found


class Loading:
    """Loads the pool of a project as far as there are records."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._records: dict[PackageKey, PackageRecord | None] = {}
        self.fixed = [project.root, *_platform(project)]
        self.loaded: list[Candidate] = list(self.fixed)
        self._taken: dict[str, Part | None] = {}
        """What was loaded of a name; None for all that there will ever be."""
        self._seen: dict[str, set[str]] = {}
        self._next: dict[str, dict[Constraint, None]] = {}
        self._marked: tuple[Link, ...] = ()
        """What was required last: the versions of a package mostly require the same."""
        for candidate in self.fixed:
            self._taken[candidate.name] = None
            self._taken |= dict.fromkeys((link.target for link in candidate.links.replaces), None)
        self._own = {name for name in project.requires if name not in self._taken and not is_platform(name)}
        for name in project.requires:
            if name in self._own:
                self._next[name] = {project.requires[name].constraint: None}

    def load(self, records: Mapping[PackageKey, PackageRecord | None]) -> None:
        """Take records; None says that there is no such document."""
        self._records.update(records)

    def needed(self) -> frozenset[PackageKey]:
        """Load batch by batch until records are missing; name those."""
        while self._next:
            keys = list(self._keys())
            missing = [key for key, _ in keys if key not in self._records]
            if missing:
                return frozenset(missing)
            batch, self._next = self._next, {}
            self._marked = ()
            ranges = {name: self._joined(name, constraints) for name, constraints in batch.items()}
            self._taken |= ranges
            for key, name in keys:
                self._load_document(self._records[key], name, ranges[name])
            if len(self.loaded) > _MAX_CANDIDATES:
                raise Unresolvable(f"the requirements lead to more than {_MAX_CANDIDATES} versions")
        return frozenset()

    def _joined(self, name: str, constraints: Collection[Constraint]) -> Part:
        taken = self._taken.get(name)
        wanted = covered(constraints) if len(constraints) > 1 else next(iter(constraints)).whole
        return wanted if taken is None else united((taken, wanted))

    def lack(self, name: str, constraint: Constraint) -> str:
        """Say why nothing of a name was loaded for a constraint."""
        records = [self._records.get(document_key(each)) for each in (name, name + BRANCHES)]
        versions = [version for record in records if record is not None for version in record.versions]
        if not versions:
            return "there is no such package"
        for version in versions:
            normal = spell(version)
            if normal and constraint.matches(key_of(normal)):
                return f"{version} is {stability_of(normal)}, less stable than what may be had"
        return "no version of it is in that range"

    def _keys(self) -> Iterator[tuple[PackageKey, str]]:
        """Name the documents of a batch: of all packages first, then of the branches that may be had."""
        names = [name for name in self._next if _is_package(name)]
        yield from ((document_key(name), name) for name in names)
        dev = STABILITIES["dev"]
        yield from ((document_key(name + BRANCHES), name) for name in names if self._project.accepts(name, dev))

    def _load_document(self, record: PackageRecord | None, name: str, wanted: Part) -> None:
        if record is None:
            return
        seen = self._seen.setdefault(name, set())
        limit = self._project.limit(name)
        fresh: list[str] = []
        for position in range(len(record.versions) - 1, -1, -1):  # documents have the newest first
            normal = spell(record.versions[position])
            if not normal or normal in seen:
                continue
            alias = ""
            if normal.startswith("dev-") or normal.endswith("-dev"):
                alias = branch_alias(record.release(position))
            if _is_acceptable(normal, limit, wanted) or (alias and _is_acceptable(alias, limit, wanted)):
                fresh += (normal, alias) if alias else (normal,)
                self._add(name, bytes(record.releases[position]), alias)
        seen.update(fresh)

    def _add(self, name: str, raw: bytes, alias: str) -> None:
        try:
            candidate = Candidate(name, *read_release(name, raw))
        except Invalid as invalid:
            raise Unresolvable(invalid.message) from invalid
        if alias:
            self._place(candidate.alias(alias, pretty_alias(alias)))
        self._place(candidate)

    def _place(self, candidate: Candidate) -> None:
        """Put a candidate into the pool, with the version that the project takes it for, and what it requires after."""
        self.loaded.append(candidate)
        aliases = self._project.aliases
        root_alias = aliases.get((candidate.name, candidate.version)) if aliases else None
        if root_alias is not None:
            self.loaded.append(candidate.alias(root_alias.alias, root_alias.pretty, of_root=True))
        if candidate.links.requires != self._marked:
            self._marked = candidate.links.requires
            for link in self._marked:
                self._mark(link.target, link.constraint)

    def _mark(self, name: str, constraint: Constraint) -> None:
        if name in self._own or is_platform(name):
            return
        waiting = self._next.get(name)
        if waiting is not None:
            waiting[constraint] = None
            return
        if name not in self._taken:
            self._next[name] = {constraint: None}
            return
        taken = self._taken[name]
        # Where nothing new is wanted the name keeps its turn for when something is: that decides the order.
        if taken is not None and not taken.contains(constraint.whole):
            self._next[name] = {constraint: None}


def _is_acceptable(normal: str, limit: int, wanted: Part) -> bool:
    key, stability = weigh(normal)
    return stability <= limit and wanted.matches(key)


def _number(candidate: Candidate) -> int:
    return candidate.number


def document_key(name: str) -> PackageKey:
    """Make the key of a document."""
    return PackageKey(ECOSYSTEM, NormalName(name))


def _is_package(name: str) -> bool:
    try:
        parse_name(name)
    except Invalid:
        return False
    return True


def _platform(project: Project) -> Iterator[Candidate]:
    """List what is there, less what the project provides itself."""
    provided = {link.target: link.constraint for link in project.root.links.provides}
    for candidate in project.environment.candidates():
        own = provided.get(candidate.name)
        if own is None or not own.matches(candidate.key):
            yield candidate
