"""The operations: each answers one question about packages."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct

from packhouse.apis.packages import answers, messages
from packhouse.apis.packages.errors import BadPeriod, InvalidRequest, UnknownMaintainer
from packhouse.apis.packages.questions import (
    MAX_PAGE_SIZE,
    DependenciesQuestion,
    DownloadsQuestion,
    MaintainerQuestion,
    PackageQuestion,
    ProvenanceQuestion,
    Question,
    RegistriesQuestion,
    ResolveQuestion,
    SearchQuestion,
    VersionQuestion,
    VersionsQuestion,
)
from packhouse.apis.packages.registries import Registries
from packhouse.apis.packages.subjects import (
    Subject,
    find_subject,
    find_version,
    latest_release,
    package_key,
    read_release,
)
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, NotFound, NotTold, UpstreamError, UpstreamOff
from packhouse.domain.release import Release
from packhouse.domain.view import View
from packhouse.http.problems import code_of
from packhouse.services.assembly import Services

_LAST_OFFSET = 2**31
"""What lies behind it is empty: no registry counts that far, and some would take it for an attack."""


class Asker(Struct, frozen=True):
    """Who asks, and under which address they see this server."""

    view: View
    base: str
    """Our public address with the view, without a trailing slash."""


_QUESTION_BYTES = 64 * 1024
_FILES_BYTES = 16 << 20
"""Lock files of large projects have some megabytes."""


class Operation(Struct, frozen=True):
    """One operation as it is offered."""

    name: str
    summary: str
    question: type[Question]
    answers: tuple[type[messages.Message], ...]
    """What it answers: one of these."""
    run: Callable[["Registries", Asker, Any], Awaitable[messages.Message]]
    body_bytes: int = _QUESTION_BYTES
    """How long a question may be."""


async def list_registries(registries: Registries, asker: Asker, question: RegistriesQuestion) -> messages.Registries:
    """List what can be asked about."""
    del asker, question
    return messages.Registries(registries=tuple(answers.registry(services) for services in registries))


async def get_package(
    registries: Registries, asker: Asker, question: PackageQuestion
) -> messages.Package | messages.VersionInfo:
    """Describe a package."""
    subject = await find_subject(registries.find(question.registry), asker.view, question.package)
    release = await latest_release(asker.view, subject)
    if question.view == "version-info":
        known = await read_vulnerabilities(subject, release, asker.base)
        return answers.version_info(subject, release, known)
    return answers.package(subject, release, asker.base)


async def read_vulnerabilities(
    subject: Subject, release: Release | None, base: str
) -> tuple[messages.Vulnerability, ...]:
    """Read what imported advisories say against a release."""
    if release is None:
        return ()
    advisories = subject.services.advisories
    found = await advisories.find(subject.key, release.version)
    return tuple([answers.vulnerability(each, await advisories.get(each.id), base) for each in found])


async def list_versions(registries: Registries, asker: Asker, question: VersionsQuestion) -> messages.Versions:
    """List versions, newest first."""
    subject = await find_subject(registries.find(question.registry), asker.view, question.package)
    return answers.versions(subject, question.page, _size(question))


async def get_version(registries: Registries, asker: Asker, question: VersionQuestion) -> messages.Version:
    """Describe one release."""
    subject = await find_subject(registries.find(question.registry), asker.view, question.package)
    release = await read_release(asker.view, subject, find_version(subject, question.version))
    known = await read_vulnerabilities(subject, release, asker.base)
    return answers.version(subject, release, asker.base, known)


async def list_dependencies(
    registries: Registries, asker: Asker, question: DependenciesQuestion
) -> messages.Dependencies:
    """List what one release requires."""
    subject = await find_subject(registries.find(question.registry), asker.view, question.package)
    wanted = question.version or subject.latest or "latest"
    release = await read_release(asker.view, subject, find_version(subject, wanted))
    return answers.dependencies(subject, release)


async def resolve(registries: Registries, asker: Asker, question: ResolveQuestion) -> messages.Resolution:
    """Choose what a version or a project needs, as the registry's own client would."""
    services = registries.find(question.registry)
    ecosystem, resolver = services.ecosystem, services.resolver
    if (question.package is None) == (question.files is None):
        raise InvalidRequest("name a package, or send the files of a project", "one of both")
    if question.files is not None:
        if question.version is not None:
            raise InvalidRequest("a project has no version to choose", "leave version out")
        files = {name: text.encode() for name, text in question.files.items()}
        graph = await resolver.resolve_manifest(asker.view, files, question.environment)
        return answers.resolution(ecosystem, None, None, question.environment, graph)
    assert question.package is not None  # noqa: S101 (one of both is there)
    subject = await find_subject(services, asker.view, question.package)
    version = find_version(subject, question.version or subject.latest or "latest")
    graph = await resolver.resolve(asker.view, subject.key, version, question.environment)
    return answers.resolution(ecosystem, subject.key.name, version, question.environment, graph)


async def tell_provenance(registries: Registries, asker: Asker, question: ProvenanceQuestion) -> messages.Provenance:
    """Tell what is signed about one release, and whether it is to be believed."""
    subject = await find_subject(registries.find(question.registry), asker.view, question.package)
    version = find_version(subject, question.version or subject.latest or "latest")
    release = subject.record.release(subject.record.versions.index(version))
    found = await subject.services.provenances.list(asker.view, subject.key, release)
    return answers.provenance(subject, release, found)


async def count_downloads(registries: Registries, asker: Asker, question: DownloadsQuestion) -> messages.Downloads:
    """Tell what the registry counted, and beside it what went through here."""
    services = registries.find(question.registry)
    periods = services.ecosystem.insight.periods
    if periods and question.period not in periods:
        hint = f"it counts {', '.join(sorted(periods))}"
        raise BadPeriod(f"{services.ecosystem.title} does not count {question.period}", hint)
    key = package_key(services, question.package)
    told, trouble = None, None
    try:
        told = await services.insights.downloads(asker.view, key, question.period if periods else "")
    except Invalid as error:
        raise BadPeriod(error.message, error.hint) from error
    except (NotTold, NotFound, UpstreamError) as error:
        # What went through here can be told of every package that exists, whatever its registry says now.
        await find_subject(services, asker.view, question.package)
        trouble = messages.Problem(code=code_of(error), message=error.message, hint=error.hint)
    return messages.Downloads(
        registry=key.ecosystem,
        package=key.name,
        period=question.period,
        from_registry=None if told is None else answers.registry_downloads(told),
        trouble=trouble,
        through_here=answers.here_downloads(
            await services.usage.list_days(asker.view, key), question.period, services.clock()
        ),
    )


async def list_maintainers(
    registries: Registries, asker: Asker, question: MaintainerQuestion
) -> messages.Maintainers | messages.MaintainedPackages:
    """Name the maintainers of a package, or the packages of a maintainer."""
    services = registries.find(question.registry)
    if (question.package is None) == (question.login is None):
        raise InvalidRequest("name either a package or a login", "package asks for people, login for packages")
    if question.package is not None:
        return await _maintainers(services, asker.view, question.package)
    return await _maintained(services, asker.view, question.login or "", question)


async def search(registries: Registries, asker: Asker, question: SearchQuestion) -> messages.Search:
    """Search the registry; what this server knows where the registry cannot be searched."""
    services = registries.find(question.registry)
    ecosystem, size = services.ecosystem, _size(question)
    offset = _offset(question, size)
    try:
        told = await services.insights.search(asker.view, question.query, offset, size)
    except (NotTold, NotFound, UpstreamOff):
        known = await services.search.find(asker.view, ecosystem.key, question.query, offset, size)
        hits = tuple(answers.known_hit(ecosystem, summary) for _, summary in known.hits)
        return _found(question, ecosystem, "here", known.total, hits)
    hits = tuple(answers.hit(ecosystem, each) for each in told.value.hits)
    return _found(question, ecosystem, told.upstream, told.value.total, hits)


def _found(
    question: SearchQuestion, ecosystem: Ecosystem, told_by: str, total: int | None, hits: tuple[messages.Hit, ...]
) -> messages.Search:
    return messages.Search(
        registry=ecosystem.key,
        query=question.query,
        page=question.page,
        page_size=_size(question),
        total=total,
        told_by=told_by,
        packages=hits,
    )


async def _maintainers(services: Services, view: View, package: str) -> messages.Maintainers:
    key = package_key(services, package)
    try:
        told = await services.insights.owners(view, key)
    except (NotTold, NotFound):
        subject = await find_subject(services, view, package)
        release = await latest_release(view, subject)
        people = () if release is None else release.maintainers
        told_by, maintainers = "release", tuple(answers.maintainer(each) for each in people)
    else:
        told_by, maintainers = told.upstream, tuple(answers.owner(each) for each in told.value)
    return messages.Maintainers(registry=key.ecosystem, package=key.name, told_by=told_by, maintainers=maintainers)


async def _maintained(
    services: Services, view: View, login: str, question: MaintainerQuestion
) -> messages.MaintainedPackages:
    ecosystem, size = services.ecosystem, _size(question)
    try:
        told = await services.insights.packages_of(view, login, _offset(question, size), size)
    except NotFound as error:
        raise UnknownMaintainer(f"{ecosystem.title} knows no maintainer {login[:60]!r}", error.hint) from error
    return messages.MaintainedPackages(
        registry=ecosystem.key,
        login=login,
        page=question.page,
        page_size=size,
        total=told.value.total,
        told_by=told.upstream,
        packages=tuple(answers.hit(ecosystem, each) for each in told.value.hits),
    )


_Paged = VersionsQuestion | MaintainerQuestion | SearchQuestion


def _size(question: _Paged) -> int:
    return min(question.page_size, MAX_PAGE_SIZE)


def _offset(question: _Paged, size: int) -> int:
    return min((question.page - 1) * size, _LAST_OFFSET)


OPERATIONS: Mapping[str, Operation] = {
    each.name: each
    for each in (
        Operation("registries", "The registries", RegistriesQuestion, (messages.Registries,), list_registries),
        Operation("package", "A package", PackageQuestion, (messages.Package, messages.VersionInfo), get_package),
        Operation("versions", "The versions of a package", VersionsQuestion, (messages.Versions,), list_versions),
        Operation("version", "One version of a package", VersionQuestion, (messages.Version,), get_version),
        Operation(
            "dependencies",
            "What a version requires",
            DependenciesQuestion,
            (messages.Dependencies,),
            list_dependencies,
        ),
        Operation(
            "resolve",
            "What installing a version or a project would install",
            ResolveQuestion,
            (messages.Resolution,),
            resolve,
            _FILES_BYTES,
        ),
        Operation(
            "provenance",
            "Where a version comes from",
            ProvenanceQuestion,
            (messages.Provenance,),
            tell_provenance,
        ),
        Operation(
            "downloads",
            "How often a package is downloaded",
            DownloadsQuestion,
            (messages.Downloads,),
            count_downloads,
        ),
        Operation(
            "maintainer",
            "The maintainers of a package, or the packages of a maintainer",
            MaintainerQuestion,
            (messages.Maintainers, messages.MaintainedPackages),
            list_maintainers,
        ),
        Operation("search", "Search a registry", SearchQuestion, (messages.Search,), search),
    )
}
"""By name, in the order in which they are shown."""
