"""/api/packages: all that is known of an ecosystem by name, and who depends on a release."""

from collections.abc import Mapping

from msgspec import Struct

from packhouse.apis.admin.asking import page_size, time_of
from packhouse.domain.errors import NotFound
from packhouse.domain.package import PackageKey
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.dependent_ways import Step
from packhouse.services.dependents import ShownDependent


class PackageAnswer(Struct, frozen=True, rename="camel"):
    """A package that this server knows."""

    name: str
    purl: str
    version: str
    """The default version that a search shows; empty where that is not known."""
    description: str
    changed_at: str | None
    """When its document last changed here."""


class PackagesAnswer(Struct, frozen=True, rename="camel"):
    """Packages by name."""

    packages: tuple[PackageAnswer, ...]
    next: str | None
    """What to send as `after` for those behind."""


class StepAnswer(Struct, frozen=True, rename="camel"):
    """A release on the way to the one that was asked about."""

    name: str
    version: str
    requirement: str
    """What the release before it asks for; empty for the first."""


class DependentAnswer(Struct, frozen=True, rename="camel"):
    """A package whose default version installs the release."""

    name: str
    version: str
    purl: str
    relation: str
    """direct or indirect."""
    path: tuple[StepAnswer, ...]
    """A shortest way there, both ends included."""


class DependentsAnswer(Struct, frozen=True, rename="camel"):
    """Who depends on a release, direct ones first."""

    dependent_count: int
    direct_dependent_count: int
    indirect_dependent_count: int
    dependents: tuple[DependentAnswer, ...]
    next: str | None
    """What to send as `cursor` for those behind."""


def package_routes(services: Mapping[str, Services]) -> list[Route]:
    """List the addresses."""

    async def packages(request: Request, ecosystem: str) -> Answer:
        """List every package that this server knows, by name."""
        found = find_ecosystem(services, ecosystem)
        limit, after = page_size(request), request.query.get("after", "")
        told: list[PackageAnswer] = []
        async for shown in found.feed.named(request.view, f"{after}\0" if after else ""):
            if len(told) == limit:
                return json_answer(PackagesAnswer(tuple(told), told[-1].name))
            name = shown.state.key.name
            summary = await found.feed.summary(request.view, shown)
            told.append(
                PackageAnswer(
                    name=name,
                    purl=found.ecosystem.purl(name, ""),
                    version="" if summary is None else summary.version,
                    description="" if summary is None else summary.description,
                    changed_at=time_of(shown.state.changed_at),
                )
            )
        return json_answer(PackagesAnswer(tuple(told), None))

    async def dependents(request: Request, ecosystem: str, name: str, version: str) -> Answer:
        """List the packages that depend on a release, with the path that leads there."""
        found = find_ecosystem(services, ecosystem)
        if found.dependents is None:
            raise NotFound(f"dependents of {found.ecosystem.title} are not known here")
        key = PackageKey(found.ecosystem.key, found.ecosystem.parse_name(name))
        record = await found.records.get(request.view, key, "known")
        if version not in record.versions:
            raise NotFound(f"{key} has no version {version[:40]}")
        cursor = request.query.get("cursor", "")
        page = await found.dependents.list(request.view, key, version, cursor, page_size(request))
        count = await found.dependents.count(request.view, key, version)
        told = tuple(_dependent(found, each) for each in page.dependents)
        return json_answer(DependentsAnswer(count.total, count.direct, count.indirect, told, page.next or None))

    return [
        route("packages/{ecosystem}", GET=packages),
        route("packages/{ecosystem}/{name}/versions/{version}/dependents", GET=dependents),
    ]


def find_ecosystem(services: Mapping[str, Services], name: str) -> Services:
    """Return the services of an ecosystem, by its key; raise NotFound."""
    found = services.get(name)
    if found is None:
        raise NotFound(f"there is no ecosystem {name[:40]!r}", f"known are {', '.join(sorted(services))}")
    return found


def _dependent(services: Services, dependent: ShownDependent) -> DependentAnswer:
    name, version = dependent.package.name, dependent.version
    path = tuple(map(_step, dependent.path))
    return DependentAnswer(name, version, services.ecosystem.purl(name, version), dependent.relation, path)


def _step(step: Step) -> StepAnswer:
    return StepAnswer(step.package.name, step.version, step.requirement)
