"""The effective POM: a release's own with its parents, properties and managed versions put in (maven-model-builder).

Nothing is fetched here. Documents that are needed and not there yet are named, as many at once as can be told.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.maven.inheritance import inherit, with_profiles
from packhouse.ecosystems.maven.interpolation import Values, interpolate
from packhouse.ecosystems.maven.pom import Coordinates, Dependency, Pom, parse_pom

_MAX_PARENTS = 30
_MAX_IMPORTS = 200
"""Managed lists that one POM may bring, by whatever way."""

Document = Callable[[Coordinates], bytes | None]
"""Gives a POM, None for one that does not exist; raises KeyError for one that was not fetched yet."""


class Builder:
    """Builds effective POMs of the documents that are there; notes those that are missing."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.missing: set[Coordinates] = set()
        """What to fetch before the next attempt; while there is any, what is built is not complete."""
        self.absent: set[Coordinates] = set()
        """What does not exist or cannot be read, although it is needed."""
        self._built: dict[Coordinates, Pom | None] = {}
        self._imports = 0

    def build(self, place: Coordinates, opened: frozenset[Coordinates] = frozenset()) -> Pom | None:
        """Build a POM; None where it is missing. `opened` are those that are being built around it."""
        if place in opened:
            return None
        if place not in self._built:
            self._built[place] = self._build(place, opened | {place})
        return self._built[place]

    def _build(self, place: Coordinates, opened: frozenset[Coordinates]) -> Pom | None:
        lineage = self._lineage(place)
        if not lineage:
            return None
        pom = lineage[-1]
        for child in reversed(lineage[:-1]):
            pom = inherit(child, pom)
        pom = interpolate(pom)
        managed = self._managed(pom, opened)
        dependencies = tuple(_completed(each, managed) for each in pom.dependencies)
        return replace(pom, dependencies=dependencies, management=tuple(managed.values()))

    def _lineage(self, place: Coordinates) -> list[Pom]:
        """List a POM and its parents, each with its profiles."""
        lineage: list[Pom] = []
        seen: set[Coordinates] = set()
        following: Coordinates | None = place
        while following is not None and following not in seen and len(lineage) < _MAX_PARENTS:
            seen.add(following)
            raw = self._read(following)
            if raw is None:
                break
            lineage.append(with_profiles(raw))
            following = _parent_of(raw)
        return lineage

    def _read(self, place: Coordinates) -> Pom | None:
        try:
            body = self._document(place)
        except KeyError:
            self.missing.add(place)
            return None
        try:
            if body is not None:
                return parse_pom(body)
        except UpstreamBad:
            pass
        self.absent.add(place)
        return None

    def _managed(self, pom: Pom, opened: frozenset[Coordinates]) -> dict[tuple[str, str, str, str | None], Dependency]:
        """List the managed versions: its own first, then those of each list that it imports, in order."""
        own = [each for each in pom.management if not _is_import(each)]
        managed = {each.key: each for each in reversed(own)}
        managed = {each.key: managed[each.key] for each in own}
        for each in pom.management:
            if _is_import(each):
                for imported in self._imported(each, opened):
                    managed.setdefault(imported.key, imported)
        return managed

    def _imported(self, each: Dependency, opened: frozenset[Coordinates]) -> Iterable[Dependency]:
        self._imports += 1
        if not each.version or "${" in each.version or self._imports > _MAX_IMPORTS:
            return ()
        built = self.build(Coordinates(each.group, each.artifact, each.version), opened)
        return built.management if built is not None else ()


def _parent_of(pom: Pom) -> Coordinates | None:
    """Name the parent; a reference in its version can only be to the child's own properties."""
    parent = pom.parent
    if parent is None or "${" not in parent.version:
        return parent
    version = Values(replace(pom, parent=None, version=None)).read(parent.version)
    return Coordinates(parent.group, parent.artifact, version)


def _is_import(dependency: Dependency) -> bool:
    return dependency.type == "pom" and dependency.scope == "import"


def _completed(dependency: Dependency, managed: dict[tuple[str, str, str, str | None], Dependency]) -> Dependency:
    """Complete a requirement from the managed versions, but for `optional` (DefaultDependencyManagementInjector)."""
    found = managed.get(dependency.key)
    if found is None:
        return replace(dependency, scope=dependency.scope or "compile")
    return replace(
        dependency,
        version=dependency.version or found.version,
        scope=dependency.scope or found.scope or "compile",
        exclusions=dependency.exclusions or found.exclusions,
    )
