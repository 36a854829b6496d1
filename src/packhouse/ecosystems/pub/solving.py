"""What pub brings to PubGrub: which package is next, which of its versions is tried first, and what that needs.

Source: the description of pub's solver (doc/solver.md of dart-lang/pub) and its published test cases. The package with
the fewest versions left is next; of these the locked one, else the highest release, else the highest pre-release.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from operator import attrgetter

from msgspec import Struct

from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.pub.environment import Environment
from packhouse.ecosystems.pub.listing import HOSTED, Listed, Listing, Stock, source_of
from packhouse.ecosystems.pub.pub_sets import all_of, constraint_set, lacks_one, only
from packhouse.resolver.incompatibilities import Incompatibility, Package, Term
from packhouse.resolver.range_solver import Choice
from packhouse.resolver.version_sets import NOTHING, VersionSet

ROOT_SOURCE = "root"
_name = attrgetter("name")


class Project(Struct, frozen=True):
    """What is resolved."""

    name: str = ""
    version: str = "0.0.0"
    requirements: tuple[Requirement, ...] = ()
    """With those of development."""
    overrides: tuple[Requirement, ...] = ()
    runtimes: dict[str, str] = {}
    locked: Mapping[str, tuple[str, str]] = {}
    """Source and version by name."""
    notes: tuple[str, ...] = ()


class Solving:
    """One resolution."""

    def __init__(self, project: Project, stock: Stock, environment: Environment) -> None:
        self.project = project
        self.environment = environment
        self._overridden = {each.name for each in project.overrides}
        self._stock = stock
        self._listings: dict[tuple[str, str], Listing] = {}

    # What Policy asks for.

    def turn(self, unsettled: Term) -> int:
        """Put what there is not first, then what has the fewest versions left; raise NotLoaded."""
        listing = self.listing(unsettled)
        left = listing.count(unsettled.versions)
        return -1 if listing.is_unknown else left

    def choose(self, unsettled: Term) -> Choice[Listed]:
        """Choose the best version of a package."""
        listing = self.listing(unsettled)
        chosen = None if listing.is_unknown else listing.best(unsettled.versions)
        if chosen is None and not listing.is_unknown and lacks_one(listing.source, unsettled.versions):
            chosen = listing.best(all_of(listing.source))
        if chosen is None:
            return Choice(unsettled.package, None, NOTHING)
        return Choice(unsettled.package, chosen, only(chosen.place))

    def facts(self, package: Package, version: Listed) -> Iterable[Incompatibility]:
        """Tell what a version needs, and its neighbours that need the same; or that no SDK will do for it."""
        name = str(package)
        if version.place[0] == ROOT_SOURCE:
            return self._root_facts(version)
        listing = self._listings[name, version.place[0]]
        if listing.is_refused(version):
            return ()
        refused = listing.refused_around(version)
        if refused is not None:
            versions, first, last, why = refused
            term = Term(name, positive=True, versions=versions)
            return (Incompatibility((term,), "unusable", f"{_span(name, first, last)} {why}"),)
        return self._needs(name, listing, version)

    def missing(self, unsettled: Term) -> Incompatibility:
        """Say that no version is left."""
        listing = self.listing(unsettled)
        name = str(unsettled.package)
        if listing.fault:
            whole = Term(name, positive=True, versions=all_of(listing.source))
            return Incompatibility((whole,), "none", listing.fault)
        return Incompatibility((unsettled,), "none", f"no version of {name} is {self._written(unsettled.versions)}")

    # What Words asks for.

    def releases(self, package: Package, versions: VersionSet) -> str:
        """Name a set of versions by those that there are."""
        name = str(package)
        found: list[str] = []
        for (own, source), listing in self._listings.items():
            if own != name:
                continue
            if all_of(source).within(versions) and (listing.versions or source != HOSTED):
                found.append(f"{name} from {listing.title}" if source != HOSTED else f"every {name}")
                continue
            listed = listing.versions
            found += [_span(name, listed[low], listed[high - 1]) for low, high in versions.spans(listing.places)]
        shown = found[:4] + ([f"{len(found) - 4} more spans of it"] if found[4:] else [])
        return " or ".join(shown) or f"{name} in a version that there is not"

    def is_root(self, package: Package) -> bool:
        """Tell whether it is the project."""
        return package == self.project.name

    # What else is asked.

    def listing(self, term: Term) -> Listing:
        """Find the versions that a term speaks of; raise NotLoaded."""
        source = str(term.versions.cuts[0][0]) if term.versions.cuts else ROOT_SOURCE
        return self.find(str(term.package), source)

    def find(self, name: str, source: str) -> Listing:
        """Find the versions of a package in a source; raise NotLoaded."""
        found = self._listings.get((name, source))
        if found is None:
            locked_source, locked = self.project.locked.get(name, ("", ""))
            found = self._listings[name, source] = Listing(
                name,
                source,
                self._stock,
                self.environment,
                locked=locked if locked_source == source else "",
                pinned=self._pinned(name),
                is_overridden=name in self._overridden,
                root=(self.project.name, self.project.version),
            )
        return found

    def _pinned(self, name: str) -> str:
        return next((each.range for each in self.project.overrides if each.name == name), "")

    def _root_facts(self, root: Listed) -> Iterator[Incompatibility]:
        project = self.project
        own = Term(project.name, positive=True, versions=only(root.place))
        refusal = self.environment.refusal(project.runtimes, is_root=True)
        if refusal:
            yield Incompatibility((own,), "unusable", f"the project {refusal}")
            return
        kept = [each for each in project.requirements if each.name not in self._overridden]
        for each in (*kept, *project.overrides):
            yield Incompatibility((own, self._needed(each)), "dependency", f"the project needs {_asked(each)}")

    def _needs(self, name: str, listing: Listing, version: Listed) -> Iterator[Incompatibility]:
        left_out = self._overridden | ({self.project.name} if name in self._overridden else set())
        for each in sorted(version.requirements(), key=_name):
            if each.name in left_out:
                continue
            around = listing.alike(version, each)
            if around is not None:
                versions, first, last = around
                own = Term(name, positive=True, versions=versions)
                said = partial(_say, name, first, last, each)
                yield Incompatibility((own, self._needed(each)), "dependency", said)

    def _needed(self, each: Requirement) -> Term:
        source = ROOT_SOURCE if each.name == self.project.name else source_of(each)
        versions = constraint_set(source, each.range)
        return Term(each.name, positive=False, versions=versions)

    def _written(self, versions: VersionSet) -> str:
        ends = [f"{'.'.join(map(str, cut[2][0][:3]))}" for cut in versions.cuts if len(cut) > 2]
        return f"between {' and '.join(ends)}" if ends else "there"


def _say(name: str, first: Listed, last: Listed, asked: Requirement) -> str:
    return f"{_span(name, first, last)} needs {_asked(asked)}"


def _asked(each: Requirement) -> str:
    source = source_of(each)
    return f"{each.name} {each.range}" if source == HOSTED else f"{each.name} from {source.partition(' ')[0]}"


def _span(name: str, first: Listed, last: Listed) -> str:
    versions = first.version if first.version == last.version else f"{first.version} to {last.version}"
    return f"{name} {versions}"
