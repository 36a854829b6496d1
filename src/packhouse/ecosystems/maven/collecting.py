"""Collect all ways that lead from a project to releases (maven-resolver-impl 1.6, DefaultDependencyCollector).

What a release leads to depends on the way only by what is excluded on it, and at the root by what is managed there. So
each release is expanded once for every set of exclusions, as its documents come in; the graph is put together last.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import Invalid, TooHard
from packhouse.ecosystems.maven.constraints import Allowed, parse_allowed
from packhouse.ecosystems.maven.generic_versions import Ordered
from packhouse.ecosystems.maven.listed import Packages, Unlisted
from packhouse.ecosystems.maven.models import Missing, Model, Models
from packhouse.ecosystems.maven.pom import Coordinates
from packhouse.ecosystems.maven.tags import LATEST, RELEASE
from packhouse.ecosystems.maven.wishes import Excluded, Thing, Wish, excludes, read_wish

_MOST = 20_000
"""Releases, each with what is excluded there: seven times as many as the largest real tree came from."""
_MAX_MOVES = 20
_MOVING = {"LATEST": (LATEST, RELEASE), "RELEASE": (RELEASE,)}
"""Versions that stand for another, with where the index names that."""


class Place(Struct, frozen=True, cache_hash=True):
    """A release that is led to, with what is excluded behind it."""

    thing: Thing
    type: str
    version: str
    excluded: Excluded


class Step(Struct, frozen=True):
    """One requirement, and a release that may meet it."""

    wish: Wish
    """As managed, with the version that is taken."""
    asked: Wish
    """As the POM has it."""
    allowed: Allowed | None
    order: Ordered
    is_managed_version: bool = False
    is_managed_scope: bool = False
    is_managed_optional: bool = False
    moved_from: tuple[Wish, ...] = ()
    """Where it was before it moved."""
    behind: Place | None = None
    """What it leads to; None for nothing."""
    note: str = ""
    """What is not as it should be, without being a reason to give up."""
    earlier: "Step | None" = None
    """Before it moved: it may be on the way already under that name."""


class Expansion(Struct, frozen=True):
    """All that one release leads to."""

    steps: tuple[Step, ...]
    faults: tuple[str, ...] = ()


class _Part:
    """One requirement, and what may meet it as soon as that is known."""

    __slots__ = ("asked", "faults", "steps")

    def __init__(self, asked: Wish) -> None:
        self.asked = asked
        self.steps: list[Step] | None = None
        self.faults: list[str] = []


class _Opening:
    """The requirements of one release, while they are being followed."""

    __slots__ = ("excluded", "is_direct", "parts")

    def __init__(self, wishes: Iterable[Wish], excluded: Excluded, *, is_direct: bool = False) -> None:
        self.parts = [_Part(each) for each in wishes]
        self.excluded = excluded
        self.is_direct = is_direct


class Collector:
    """Expands what a project requires, as far as documents are there."""

    def __init__(self, models: Models, packages: Packages, management: Iterable[Wish] = ()) -> None:
        self._models = models
        self._packages = packages
        self._versions_managed: dict[Thing, str] = {}
        self._scopes_managed: dict[Thing, str] = {}
        self._optional_managed: dict[Thing, bool] = {}
        self._excluded_managed: dict[Thing, Excluded] = {}
        self._paths_managed: set[Thing] = set()
        for each in management:
            self._manage(each)
        self.is_cancelled = False
        self.root: Expansion | None = None
        self.expansions: dict[Place, Expansion] = {}
        self._top = _Opening((), frozenset(), is_direct=True)
        self._pending: list[tuple[Place, _Opening]] = []
        self._seen: set[Place] = set()
        self._lacking: dict[Coordinates, frozenset[Coordinates]] = {}
        """What was found missing this time, by what it was wanted for."""
        self.unlisted: set[tuple[str, str]] = set()
        """Packages of which the versions have to be known."""

    def begin(self, direct: Iterable[Wish]) -> None:
        """Begin with what the project requires itself."""
        self._top = _Opening(self._selected(direct, frozenset(), is_direct=True), frozenset(), is_direct=True)

    def advance(self) -> bool:
        """Expand all that can be; tell whether that is all there is. Raise TooHard."""
        self.unlisted, self._lacking = set(), {}
        if self.root is None:
            self.root = self._expand(self._top)
            self._open(self.root)
        waiting: list[tuple[Place, _Opening]] = []
        while self._pending:
            place, opening = self._pending.pop()
            found = self._expand(opening)
            if found is None:
                waiting.append((place, opening))
                continue
            self.expansions[place] = found
            if len(self.expansions) > _MOST or self.is_cancelled:
                raise TooHard("too many ways lead through this project")
            self._open(found)
        self._pending = waiting
        return self.root is not None and not waiting

    def _open(self, found: Expansion | None) -> None:
        """Line up what is led to for the first time."""
        for step in found.steps if found else ():
            place = step.behind
            if place is not None and place not in self._seen:
                self._seen.add(place)
                wishes = map(read_wish, self._read(self._place(place.thing, place.version)).dependencies)
                self._pending.append((place, _Opening(self._selected(wishes, place.excluded), place.excluded)))

    def _manage(self, each: Wish) -> None:
        if each.version:
            self._versions_managed.setdefault(each.thing, each.version)
        if each.scope:
            self._scopes_managed.setdefault(each.thing, each.scope)
        if each.optional is not None:
            self._optional_managed.setdefault(each.thing, each.optional)
        if each.has_path:
            self._paths_managed.add(each.thing)
        if each.excluded:
            self._excluded_managed[each.thing] = self._excluded_managed.get(each.thing, frozenset()) | each.excluded

    def _expand(self, opening: _Opening) -> Expansion | None:
        """Follow the requirements of one release, those that could not be before; None where documents are missing."""
        is_whole = True
        for part in opening.parts:
            if part.steps is not None:
                continue
            place = self._foretold(part.asked)
            if place in self._lacking:
                is_whole = False
                continue
            faults: list[str] = []
            try:
                if place is not None:
                    self._read(place)
                part.steps = self._steps(part.asked, opening.excluded, faults, is_direct=opening.is_direct)
                part.faults = faults
            except Missing:
                is_whole = False
            except Unlisted as unlisted:
                self.unlisted.add(unlisted.package)
                is_whole = False
        if not is_whole:
            return None
        return Expansion(
            tuple(step for part in opening.parts for step in part.steps or ()),
            tuple(fault for part in opening.parts for fault in part.faults),
        )

    def _foretold(self, wish: Wish) -> Coordinates | None:
        """Tell which POM is read first, where that is as good as written."""
        thing, version = wish.thing, wish.version
        if wish.has_path or version in _MOVING or version.startswith(("[", "(")):
            return None
        if thing in self._versions_managed or thing in self._paths_managed:
            return None
        return Coordinates(thing[0], thing[1], version)

    def _selected(self, wishes: Iterable[Wish], excluded: Excluded, *, is_direct: bool = False) -> list[Wish]:
        return [each for each in wishes if self._is_selected(each, excluded, is_direct=is_direct)]

    def _is_selected(self, wish: Wish, excluded: Excluded, *, is_direct: bool) -> bool:
        if not is_direct and (wish.scope in {"test", "provided"} or wish.optional):
            return False
        return not excludes(excluded, wish.thing)

    def _steps(self, asked: Wish, excluded: Excluded, faults: list[str], *, is_direct: bool) -> list[Step]:
        """Find what may meet a requirement: one release, or each in its range up to one that has moved."""
        return self._each(self._managed(asked, asked, is_direct=is_direct), excluded, faults, is_direct=is_direct)

    def _each(self, step: Step, excluded: Excluded, faults: list[str], *, is_direct: bool) -> list[Step]:
        versions = [step.wish.version]
        if step.wish.version.startswith(("[", "(")):
            try:
                versions = self._in_range(step)
            except Invalid as invalid:
                faults.append(f"{_name(step.wish)} cannot be met: {invalid.message}")
                return []
            if not versions:
                faults.append(f"{_name(step.wish)} has no version in {step.wish.version}")
            self._foresee(step.wish.thing, versions)
        found: list[Step] = []
        for version in versions:
            if version in _MOVING and not self._place(step.wish.thing, version).version:
                faults.append(f"{_name(step.wish)} has no version {version}")
                return found
            chosen = step
            if version != step.wish.version:
                chosen = replace(step, wish=replace(step.wish, version=version), order=Ordered(version))
            moved = self._moved(chosen.wish)
            if moved[0]:
                return found + self._followed(chosen, moved, excluded, faults, is_direct=is_direct)
            found.append(self._described(chosen, excluded, faults))
        return found

    def _managed(self, wish: Wish, asked: Wish, *, is_direct: bool, keeps_version: bool = False) -> Step:
        thing = wish.thing
        version = scope = None
        optional: bool | None = None
        if not is_direct:
            version = None if keeps_version else self._versions_managed.get(thing)
            scope = self._scopes_managed.get(thing)
            optional = self._optional_managed.get(thing)
        excluded = self._excluded_managed.get(thing)
        if version is not None or scope is not None or optional is not None or excluded:
            wish = replace(
                wish,
                version=wish.version if version is None else version,
                scope=wish.scope if scope is None else scope,
                optional=wish.optional if optional is None else optional,
                excluded=wish.excluded | excluded if excluded else wish.excluded,
                has_path=self._has_path(wish, scope),
            )
        return Step(
            wish,
            asked,
            parse_allowed_or_none(wish.version) if wish.version.startswith(("[", "(")) else None,
            Ordered(wish.version),
            is_managed_version=version is not None,
            is_managed_scope=scope is not None,
            is_managed_optional=optional is not None,
        )

    def _has_path(self, wish: Wish, scope: str | None) -> bool:
        """Tell whether the file is one of the machine, once its scope is managed."""
        is_system = (wish.scope if scope is None else scope) == "system"
        return is_system and (wish.has_path or wish.thing in self._paths_managed)

    def _foresee(self, thing: Thing, versions: Sequence[str]) -> None:
        """Ask for the POMs of all versions of a range at once; raise Missing."""
        missing: set[Coordinates] = set()
        for version in versions if len(versions) > 1 else ():
            try:
                self._read(self._place(thing, version))
            except Missing as wanted:
                missing |= wanted.places
        if missing:
            raise Missing(frozenset(missing))

    def _in_range(self, step: Step) -> list[str]:
        allowed = parse_allowed(step.wish.version)
        if allowed is None:
            return [step.wish.version]
        group, artifact, _, _ = step.wish.thing
        listed = self._packages(group, artifact).versions
        return sorted((each for each in listed if allowed.allows(each)), key=Ordered)

    def _read(self, place: Coordinates) -> Model:
        """Read a POM; raise Missing, at once where it was missing just now."""
        lacking = self._lacking.get(place)
        if lacking is not None:
            raise Missing(lacking)
        try:
            return self._models.read(place)
        except Missing as missing:
            self._lacking[place] = missing.places
            raise

    def _place(self, thing: Thing, version: str) -> Coordinates:
        """Find the POM that is meant, also by LATEST and RELEASE; without a version where there is none."""
        group, artifact, _, _ = thing
        if version in _MOVING:
            tags = self._packages(group, artifact).tags
            version = next((tags[name] for name in _MOVING[version] if tags.get(name)), "")
        return Coordinates(group, artifact, version)

    def _described(self, step: Step, excluded: Excluded, faults: list[str]) -> Step:
        """Look at the POM of what meets a requirement."""
        wish = step.wish
        if wish.has_path:
            return step
        model = self._read(self._place(wish.thing, wish.version))
        if model.fault:
            faults.append(f"{_name(wish)} {wish.version} cannot be used: {model.fault}")
            return step
        if model.flaw or not model.dependencies or wish.is_whole:
            return replace(step, note=model.flaw)
        return replace(step, behind=Place(wish.thing, wish.type, wish.version, excluded | wish.excluded))

    def _followed(
        self,
        step: Step,
        moved: tuple[list[Wish], Wish | None],
        excluded: Excluded,
        faults: list[str],
        *,
        is_direct: bool,
    ) -> list[Step]:
        """Follow a release that has moved; what is excluded and managed counts anew for where it is now."""
        passed, target = moved
        if target is None or len(step.moved_from) > _MAX_MOVES:
            faults.append(f"{_name(step.wish)} {step.wish.version} has moved in a circle")
            return []
        if not self._is_selected(target, excluded, is_direct=is_direct):
            return []
        same_name = target.thing[:2] == step.wish.thing[:2]
        after = self._managed(target, step.asked, is_direct=is_direct, keeps_version=same_name)
        after = replace(after, moved_from=(*step.moved_from, *passed), earlier=replace(step, wish=target))
        return self._each(after, excluded, faults, is_direct=is_direct)

    def _moved(self, wish: Wish) -> tuple[list[Wish], Wish | None]:
        """List where a release was, and where it is now; None where it moved in a circle."""
        passed: list[Wish] = []
        seen: set[Coordinates] = set()
        while not wish.has_path:
            group, artifact, extension, classifier = wish.thing
            place = self._place(wish.thing, wish.version)
            if place in seen:
                return passed, None
            seen.add(place)
            model = self._read(place)
            if model.moved is None:
                return passed, wish
            passed.append(wish)
            moved = model.moved
            thing = (moved.group or group, moved.artifact or artifact, extension, classifier)
            wish = replace(wish, thing=thing, version=moved.version or wish.version)
        return passed, wish


def parse_allowed_or_none(text: str) -> Allowed | None:
    """Read a requirement; None also for one that Maven refuses, which is told elsewhere."""
    try:
        return parse_allowed(text)
    except Invalid:
        return None


def _name(wish: Wish) -> str:
    group, artifact, extension, classifier = wish.thing
    rest = [extension, classifier] if classifier else [extension] if extension != "jar" else []
    return ":".join((group, artifact, *rest))


Expansions = Mapping[Place, Expansion]
