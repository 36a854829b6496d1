"""What a POM requires where it is used: its own, its parents' and its profiles', with managed versions put in.

Like `effective`, but for resolving: of one POM only what decides which others follow, on a named machine, and with what
Maven makes of a POM that is missing, faulty, or not whole (maven-model-builder, DefaultModelBuilder and -Validator).
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.ecosystems.maven.constraints import parse_allowed
from packhouse.ecosystems.maven.generic_versions import Ordered
from packhouse.ecosystems.maven.inheritance import inherit, merge_profile
from packhouse.ecosystems.maven.interpolation import Values, interpolate_relocation, put_in, references
from packhouse.ecosystems.maven.listed import Packages
from packhouse.ecosystems.maven.pom import Coordinates, Dependency, Pom, Relocation, parse_core, parse_pom
from packhouse.ecosystems.maven.surroundings import Surroundings

Key = tuple[str, str, str, str | None]
Document = Callable[[Coordinates], bytes | None]
"""Gives a POM, None for one that does not exist; raises KeyError for one that was not fetched yet."""
_MAX_PARENTS = 100
_MOST_POMS = 5_000
_poms: OrderedDict[bytes, Pom] = OrderedDict()
"""Those that were read last, by digest."""
_is_id = re.compile(r"[A-Za-z0-9_.-]+").fullmatch


class Model(Struct, frozen=True):
    """What counts of a POM."""

    dependencies: tuple[Dependency, ...] = ()
    management: dict[Key, Dependency] = {}
    listed: tuple[Dependency, ...] = ()
    """The same as they are told, one perhaps twice."""
    moved: Relocation | None = None
    flaw: str = ""
    """Why Maven takes it for a POM without dependencies."""
    fault: str = ""
    """Why Maven gives up at it."""
    name: str = ""
    """Its own coordinates; told for a project."""

    @property
    def first(self) -> dict[Key, Dependency]:
        """What is managed, of what is told twice the first as it stands there."""
        if len(self.management) == len(self.listed):
            return self.management
        found: dict[Key, Dependency] = {}
        for each in self.listed:
            found.setdefault(each.key, each)
        return found


class Missing(Exception):
    """POMs are needed that were not fetched yet."""

    def __init__(self, places: frozenset[Coordinates]) -> None:
        super().__init__(f"{len(places)} POMs are missing")
        self.places = places


class _Lineage(Struct, frozen=True):
    """A POM merged with its parents, references as they are."""

    pom: Pom
    flaw: str = ""
    fault: str = ""


class _Management(Struct, frozen=True):
    """The managed versions that hold for a POM."""

    listed: tuple[Dependency, ...] = ()
    managed: dict[Key, Dependency] = {}
    flaw: str = ""
    fault: str = ""


class Models:
    """Reads POMs, each once; raises Unlisted where the index decides which parent is meant."""

    def __init__(self, document: Document, surroundings: Surroundings, packages: Packages) -> None:
        self._document = document
        self._packages = packages
        self._surroundings = surroundings
        self._system = surroundings.properties()
        self._models: dict[Coordinates, Model] = {}
        self._lineages: dict[Coordinates, _Lineage | None] = {}
        self._names: dict[tuple[Dependency, ...], tuple[str, ...]] = {}
        self._managements: dict[tuple[tuple[Dependency, ...], tuple[str | None, ...]], _Management] = {}
        """What children of one parent have in common, by how it is written and what its references stand for."""

    def read(self, place: Coordinates) -> Model:
        """Read the POM of a release; raise Missing."""
        found = self._models.get(place)
        if found is None:
            found = self._models[place] = self._read(place)
        return found

    def read_project(self, body: bytes) -> Model:
        """Read the POM of a project; raise Missing, UpstreamBad."""
        pom = parse_pom(body)
        return self._model(self._merged(self._here(pom), pom.parent, ()), frozenset())

    def _read(self, place: Coordinates, importing: frozenset[Coordinates] = frozenset()) -> Model:
        lineage = self._lineage(place, ())
        if lineage is None:
            return Model(flaw="its POM is missing")
        return self._model(lineage, importing | {place})

    def _lineage(self, place: Coordinates, below: tuple[Coordinates, ...]) -> _Lineage | None:
        if place in self._lineages:
            return self._lineages[place]
        try:
            body = self._document(place)
        except KeyError:
            raise Missing(frozenset({place})) from None
        found: _Lineage | None = None
        if body is not None:
            try:
                pom = self._here(_parse(body))
            except UpstreamBad as bad:
                found = _Lineage(Pom(), flaw=f"its POM cannot be read: {bad.message}")
            else:
                found = self._merged(pom, pom.parent, (*below, place))
        self._lineages[place] = found
        return found

    def _here(self, pom: Pom) -> Pom:
        """Merge in the profiles that count."""
        if pom.profiles:
            for profile in self._surroundings.with_profiles(pom, self._system):
                pom = merge_profile(pom, profile)
        return pom

    def _merged(self, pom: Pom, parent: Coordinates | None, below: tuple[Coordinates, ...]) -> _Lineage:
        if parent is None:
            return _Lineage(pom)
        if "${" in parent.version:
            read = Values(replace(pom, parent=None, version=None), self._system).read
            parent = replace(parent, version=read(parent.version))
        version = self._highest(parent)
        if not version:
            return _Lineage(pom, fault=f"its parent {_written(parent)} is no version that there is")
        parent = replace(parent, version=version)
        if parent in below or len(below) > _MAX_PARENTS:
            return _Lineage(pom, flaw="its parents lead back to it")
        above = self._lineage(parent, below)
        if above is None:
            return _Lineage(pom, fault=f"its parent {_written(parent)} is missing")
        if above.flaw or above.fault:
            return _Lineage(pom, above.flaw, above.fault)
        flaw = "" if above.pom.packaging == "pom" else f"its parent {_written(parent)} is no POM for children"
        return _Lineage(inherit(pom, above.pom), flaw)

    def _highest(self, parent: Coordinates) -> str:
        """Find which version of a parent is meant: the highest in a range, which must end somewhere."""
        try:
            allowed = parse_allowed(parent.version)
        except Invalid:
            return ""
        if allowed is None:
            return parent.version
        if any(interval.upper is None for interval in allowed.intervals):
            return ""
        listed = self._packages(parent.group, parent.artifact).versions
        return max(filter(allowed.allows, listed), key=Ordered, default="")

    def _model(self, lineage: _Lineage, importing: frozenset[Coordinates]) -> Model:
        if lineage.flaw or lineage.fault:
            return Model(flaw=lineage.flaw, fault=lineage.fault)
        pom = lineage.pom
        values = Values(pom, self._system)
        read = values.read
        management = self._managed(pom.management, values, importing) if pom.management else _Management()
        managed, flaw, fault = management.managed, management.flaw, management.fault
        dependencies = [_completed(put_in(values, each), managed) for each in pom.dependencies]
        flaw = flaw or next(filter(None, (_flaw(each) for each in dependencies)), "") or _flaw_of(pom, read)
        if flaw or fault:
            return Model(flaw=flaw, fault=fault)
        name = ":".join(read(each or "") for each in (pom.group, pom.artifact, pom.version))
        moved = interpolate_relocation(read, pom.relocation)
        return Model(tuple(dependencies), managed, management.listed, moved, name=name)

    def _managed(
        self, written: tuple[Dependency, ...], values: Values, importing: frozenset[Coordinates]
    ) -> _Management:
        """List managed versions, its own before those of each list that it imports."""
        names = self._names.get(written)
        if names is None:
            names = self._names[written] = tuple(dict.fromkeys(name for each in written for name in references(each)))
        known = (written, tuple(map(values.find, names)))
        found = self._managements.get(known)
        if found is None:
            found = self._gathered([put_in(values, each) for each in written], importing)
            if not found.flaw and not found.fault:  # else it may be for where it was imported from
                self._managements[known] = found
        return found

    def _gathered(self, entries: Sequence[Dependency], importing: frozenset[Coordinates]) -> _Management:
        """Gather managed versions and the lists that are imported; raise Missing.

        One may be told twice, but not where lists are imported: then the later of its own counts.
        """
        imports = [each for each in entries if each.type == "pom" and each.scope == "import"]
        own = [each for each in entries if not (each.type == "pom" and each.scope == "import")]
        flaws = list(filter(None, map(_bad_id, own)))
        faults: list[str] = []
        if not imports:
            return _Management(tuple(own), _without_doubles(own), next(iter(flaws), ""))
        managed = {each.key: each for each in own}
        missing: set[Coordinates] = set()
        for each in imports:
            try:
                imported = self._imported(each, importing)
            except Missing as wanted:
                missing |= wanted.places
                continue
            flaws += filter(None, [imported.flaw])
            faults += filter(None, [imported.fault])
            # Nothing that is there already gives way, nor changes its place.
            managed = managed | imported.first | managed
        if missing:
            raise Missing(frozenset(missing))
        return _Management(tuple(managed.values()), managed, next(iter(flaws), ""), next(iter(faults), ""))

    def _imported(self, each: Dependency, importing: frozenset[Coordinates]) -> Model:
        if not each.version:
            return Model(flaw=f"it imports {each.group}:{each.artifact} without a version")
        place = Coordinates(each.group, each.artifact, each.version)
        if place in importing:
            return Model(flaw=f"the lists that it imports lead back to {_written(place)}")
        found = self._models.get(place)
        if found is None:
            found = self._models[place] = self._read(place, importing)
        if found.flaw == "its POM is missing":
            return Model(fault=f"the list {_written(place)} that it imports is missing")
        return found


def _parse(body: bytes) -> Pom:
    """Read a POM, and keep of it what resolving needs, but not its bytes."""
    key = blake2b(body, digest_size=16).digest()
    pom = _poms.pop(key, None)
    if pom is None:
        pom = parse_core(body)
    _poms[key] = pom  # the last to go
    while len(_poms) > _MOST_POMS:
        _poms.popitem(last=False)
    return pom


def forget() -> None:
    """Drop what was read of POMs, for measurements."""
    _poms.clear()


def _without_doubles(listed: Iterable[Dependency]) -> dict[Key, Dependency]:
    managed: dict[Key, Dependency] = {}
    for each in listed:
        before = managed.setdefault(each.key, each)
        if before is not each:
            managed[each.key] = _filled(before, each)
    return managed


def _filled(entry: Dependency, later: Dependency) -> Dependency:
    """Take from a later entry of the same key what the first leaves open."""
    return replace(
        entry,
        version=entry.version or later.version,
        scope=entry.scope or later.scope,
        optional=later.optional if entry.optional is None else entry.optional,
        exclusions=entry.exclusions or later.exclusions,
        system_path=entry.system_path or later.system_path,
    )


def _completed(dependency: Dependency, managed: Mapping[Key, Dependency]) -> Dependency:
    """Complete a requirement from the managed versions, but for `optional` (DefaultDependencyManagementInjector)."""
    found = managed.get(dependency.key)
    if found is None:
        return dependency if dependency.scope else replace(dependency, scope="compile")
    return replace(
        dependency,
        version=dependency.version or found.version,
        scope=dependency.scope or found.scope or "compile",
        exclusions=dependency.exclusions or found.exclusions,
        system_path=dependency.system_path or found.system_path,
    )


def _flaw(each: Dependency) -> str:
    """Say why a requirement makes the whole POM one that Maven does not follow."""
    if not each.version:
        problem = "without a version"
    elif each.scope == "system" and not (each.system_path or "").startswith("/"):
        problem = "from a path that is not absolute"
    elif each.scope != "system" and each.system_path:
        problem = "from a path, but not in scope system"
    else:
        return _bad_id(each)
    return f"its POM requires {each.group}:{each.artifact} {problem}"


def _bad_id(each: Dependency) -> str:
    if each.group and each.artifact and _is_id(each.group + each.artifact):
        return ""
    return f"its POM requires {each.group}:{each.artifact}, which is no name"


def _flaw_of(pom: Pom, read: Callable[[str], str]) -> str:
    if not all(_is_id(read(each or "")) for each in (pom.group, pom.artifact)) or not pom.version:
        return "its POM has no name or no version"
    return "its POM has modules, but its packaging is not pom" if pom.modules and pom.packaging != "pom" else ""


def _written(place: Coordinates) -> str:
    return f"{place.group}:{place.artifact}:{place.version}"
