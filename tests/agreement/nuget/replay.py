"""Our own answer to what NuGet was asked."""

from collections.abc import Iterator, Sequence

from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record, native
from packhouse.ecosystems.nuget.catalogue import Chosen, Neighbour, read_wish
from packhouse.ecosystems.nuget.drawing import Picture
from packhouse.ecosystems.nuget.environment import read_environment
from packhouse.ecosystems.nuget.facts import Dependency, Group, NuGetFacts
from packhouse.ecosystems.nuget.lock_file import read_locked
from packhouse.ecosystems.nuget.ranges import VersionRange
from packhouse.ecosystems.nuget.resolve import Resolution
from packhouse.ecosystems.nuget.versions import normalise, version_key
from tests.agreement.nuget.client import Answer, Offer, Project, Reference, World


class Records:
    """The packages of a world."""

    def __init__(self, world: World) -> None:
        offers: dict[str, list[Offer]] = {}
        for offer in world:
            offers.setdefault(offer.name.lower(), []).append(offer)
        self._records = {key_of(name): _record(name, found) for name, found in offers.items()}

    def find(self, key: PackageKey) -> PackageRecord | None:
        """Find a record."""
        return self._records.get(key)


def key_of(name: str) -> PackageKey:
    """Make a key."""
    return PackageKey("nuget", NormalName(name.lower()))


def _record(name: str, offers: Sequence[Offer]) -> PackageRecord:
    releases = [
        Release(
            version=offer.version,
            prerelease="-" in offer.version,
            native=native(
                NuGetFacts(
                    id=offer.name,
                    groups=tuple(
                        Group(group.framework, tuple(Dependency(each.name, each.range) for each in group.needs))
                        for group in offer.groups
                    ),
                )
            ),
        )
        for offer in sorted(offers, key=lambda offer: version_key(offer.version))
    ]
    return build_record(key_of(name), releases)


def resolution(project: Project) -> Resolution:
    """Make the resolution of a project."""
    central = {name.lower(): text for name, text in project.central}
    wishes = [read_wish(each.name, each.range or central.get(each.name.lower(), "")) for each in project.references]
    direct = {wish.name for wish in wishes}
    pins = [read_wish(name, text) for name, text in project.central if name.lower() not in direct]
    environment = {"framework": project.framework, "fallback": ",".join(project.fallback)}
    projects = [_neighbour(name, references) for name, references in project.projects]
    surroundings = read_environment(environment)
    locked = None
    if project.lock_file:
        locked = read_locked(project.lock_file.encode(), surroundings.framework, wishes)
    return Resolution(
        wishes,
        surroundings,
        pins=pins if project.is_central else (),
        locked=locked,
        neighbours=projects,
        direct=[each.name for each in projects],
    )


def _neighbour(name: str, references: Sequence[Reference]) -> Neighbour:
    wishes = {each: read_wish(each.name, each.range) for each in references}
    flowing = tuple(wish for each, wish in wishes.items() if each.private != "all")
    return Neighbour(name, flowing, tuple(wish for wish in wishes.values() if wish not in flowing))


def picture(project: Project, records: Records) -> Picture:
    """Resolve a project."""
    run = resolution(project)
    while needed := run.needed():
        run.load({key: records.find(key) for key in needed})
    return Picture(run.settle(), run.catalogue)


def answer(project: Project, records: Records) -> Answer:
    """Answer as NuGet would."""
    found = picture(project, records)
    said = {f"{code} {wish.written}" for code, _, wish, _ in found.faults()}
    said |= {f"NU1108 {wish.written}" for _, wish in found.circles()}
    said |= {f"NU1106 {name}" for name in found.undecided}
    return Answer(tuple(sorted(_lines(found))), tuple(sorted(said)))


def _lines(found: Picture) -> Iterator[str]:
    for choice in found.choices:
        chosen: Chosen = choice.payload
        yield f"{chosen.written} {normalise(chosen.version)}"
        for wish in found.needs(choice):
            yield f"{chosen.written} > {wish.written} {write_range(wish.bounds)}"


def write_range(bounds: VersionRange) -> str:
    """Write a range as an assets file has it."""
    lower, upper = (bound.normal if bound is not None else "" for bound in (bounds.lower, bounds.upper))
    if bounds.floats is not None and bounds.floats.prefix is not None and len(bounds.floats.numbers) == 4:
        # What was put after the prefix, to have a lowest version, is left out again.
        lower = lower.removesuffix("0").rstrip(".-") if bounds.floats.prefix[-1:] in ("", ".") else lower
    if bounds.upper is None and bounds.with_lower and lower:
        return lower
    if lower == upper and lower and bounds.with_lower and bounds.with_upper:
        return f"[{lower}]"
    opening = "[" if bounds.with_lower and lower else "("
    return f"{opening}{lower}, {upper}{']' if bounds.with_upper and upper else ')'}"
