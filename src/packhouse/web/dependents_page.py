"""The page that lists who depends on a release."""

from msgspec import Struct

from packhouse.domain.errors import NotFound, PackhouseError
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.assembly import Services
from packhouse.services.dependent_ports import DependentCount
from packhouse.services.dependents import ShownDependent
from packhouse.web.addresses import Addresses

DEPENDENTS = 100
"""Rows of a page."""


class DependentsNotice(Struct, frozen=True):
    """What the page of a release says of those that depend on it."""

    direct: int
    indirect: int
    url: str


class StepLabel(Struct, frozen=True):
    """A release on the way to the one that is shown."""

    name: str
    version: str
    requirement: str
    url: str


class DependentRow(Struct, frozen=True):
    """A package that depends on the release."""

    name: str
    version: str
    url: str
    relation: str
    path: tuple[StepLabel, ...]
    """From behind the package to the release itself."""


class DependentsPage(Struct, frozen=True):
    """All that the template shows."""

    ecosystem: str
    title: str
    name: str
    version: str
    url: str
    """Of the release."""
    total: int
    direct: int
    indirect: int
    rows: tuple[DependentRow, ...]
    first: str
    """The address of the first page; empty on that itself."""
    next: str


async def find_dependents(
    services: Services, addresses: Addresses, view: View, key: PackageKey, version: str
) -> DependentsNotice | None:
    """Count who depends on a release; None where nobody knows, which keeps no page from being shown."""
    if services.dependents is None:
        return None
    try:
        found = await services.dependents.count(view, key, version)
    except PackhouseError:
        return None
    return DependentsNotice(found.direct, found.indirect, addresses.dependents(key.ecosystem, key.name, version))


async def load_dependents_page(
    services: Services, addresses: Addresses, view: View, raw_name: str, version: str, cursor: str
) -> DependentsPage:
    """Gather a page; raise Invalid, NotFound or an UpstreamError."""
    ecosystem = services.ecosystem
    if services.dependents is None:
        raise NotFound(f"dependents of {ecosystem.title} are not known here")
    key = PackageKey(ecosystem.key, ecosystem.parse_name(raw_name))
    record = await services.records.get(view, key, "known")
    if version not in record.versions:
        raise NotFound(f"{key.name} has no version {version[:40]}")
    page = await services.dependents.list(view, key, version, cursor, DEPENDENTS)
    counted: DependentCount = await services.dependents.count(view, key, version)
    return DependentsPage(
        ecosystem=ecosystem.key,
        title=ecosystem.title,
        name=key.name,
        version=version,
        url=addresses.release(key.ecosystem, key.name, version),
        total=counted.total,
        direct=counted.direct,
        indirect=counted.indirect,
        rows=tuple(_row(addresses, each) for each in page.dependents),
        first=addresses.dependents(key.ecosystem, key.name, version) if cursor else "",
        next=addresses.dependents(key.ecosystem, key.name, version, page.next) if page.next else "",
    )


def _row(addresses: Addresses, dependent: ShownDependent) -> DependentRow:
    key = dependent.package
    steps = (
        StepLabel(
            each.package.name,
            each.version,
            each.requirement,
            addresses.release(each.package.ecosystem, each.package.name, each.version),
        )
        for each in dependent.path[1:]
    )
    url = addresses.release(key.ecosystem, key.name, dependent.version)
    return DependentRow(key.name, dependent.version, url, dependent.relation, tuple(steps))
