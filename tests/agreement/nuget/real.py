"""A world of real packages: registrations as a registry has answered them.

Of packages that are only named there, the releases that are named as lowest are there, and require nothing.
"""

from collections.abc import Iterator

from packhouse.ecosystems.nuget.collected import pack_collected
from packhouse.ecosystems.nuget.facts import facts
from packhouse.ecosystems.nuget.index import INDEX
from packhouse.ecosystems.nuget.ranges import parse_range
from packhouse.ecosystems.nuget.versions import normalise
from tests.agreement.nuget.client import Group, Need, Offer, Project, Reference, World
from tests.ecosystems.nuget.feeds import key, recorded

_NAMES = ("newtonsoft.json", "castle.core", "serilog", "nuget.server.core")
_FRAMEWORKS = ("net5.0", "netstandard2.0", "net472", "netcoreapp3.1", "netstandard1.3", "net40", "uap10.0", "net35")
_EVERY = 4
"""Of the releases that are asked about."""


def read_world() -> World:
    """Put together what the registrations say."""
    known = [*_read()]
    there = {offer.name.lower() for offer in known}
    named: dict[tuple[str, str], Offer] = {}
    for offer in known:
        for group in offer.groups:
            for need in group.needs:
                lower = parse_range(need.range).lower
                version = lower.normal if lower is not None else "1.0.0"
                if need.name.lower() not in there:
                    named.setdefault((need.name.lower(), version), Offer(need.name, version))
    return [*known, *named.values()]


def _read() -> Iterator[Offer]:
    for name in _NAMES:
        record = INDEX.describe(key(name), INDEX.split(key(name), pack_collected(recorded(name))))
        for position, version in enumerate(record.versions):
            found = facts(record.release(position))
            groups = tuple(
                Group(group.framework, tuple(Need(each.name, each.range) for each in group.dependencies))
                for group in found.groups
            )
            yield Offer(found.id, normalise(version), groups)


def read_projects() -> Iterator[tuple[str, Project]]:
    """Make the projects: one release, on one framework after the other; then some packages together."""
    number = 0
    for name in _NAMES:
        offers = [offer for offer in _read() if offer.name.lower() == name]
        for offer in offers[:: _EVERY if len(offers) < 200 else 12]:
            framework = _FRAMEWORKS[number % len(_FRAMEWORKS)]
            number += 1
            yield f"{offer.name} {offer.version}", _project(framework, Reference(offer.name, offer.version))
    for framework in _FRAMEWORKS:
        for wanted in ("*", "2.*", "3.*-*"):
            references = (Reference("Serilog", wanted), Reference("Castle.Core", "4.4.0"))
            yield (
                f"Serilog {wanted} on {framework}",
                _project(framework, *references, Reference("Newtonsoft.Json", "*")),
            )


def _project(framework: str, *references: Reference) -> Project:
    return Project(framework, references)
