"""What we know, as messages: pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from packhouse.apis.packages import messages
from packhouse.apis.packages.registries import names_of
from packhouse.apis.packages.subjects import Subject
from packhouse.domain import insight
from packhouse.domain.advisory import Advisory, Finding
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid
from packhouse.domain.graph import Graph
from packhouse.domain.index import Summary
from packhouse.domain.package import Moment
from packhouse.domain.provenance import Attested
from packhouse.domain.release import Artifact, Licence, PackageRecord, Person, Release
from packhouse.domain.requirement import Requirement
from packhouse.resolver.canonical import canonical
from packhouse.services.assembly import Services
from packhouse.services.insights import Told

_GRADES = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))
"""CVSS 3.1, section 5; 0 is "none"."""
_DESCRIPTION = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = Release("")
_DAYS = {"last-day": 1, "last-week": 7, "last-month": 30, "last-year": 365}


def registry(services: Services) -> messages.Registry:
    """Describe a registry."""
    ecosystem = services.ecosystem
    asked = ("downloads", "owners", "packages_of", "search")
    return messages.Registry(
        registry=ecosystem.key,
        title=ecosystem.title,
        names=names_of(ecosystem),
        upstreams=tuple(each.name for each in services.upstreams),
        tells=tuple(name for name in asked if getattr(ecosystem.insight, name) is not None),
        periods=ecosystem.insight.periods,
    )


def package(subject: Subject, release: Release | None, base: str) -> messages.Package:
    """Describe a package by its latest release."""
    record = subject.record
    shown = release or _EMPTY
    return messages.Package(
        **_facts(subject, shown, ""),
        latest=subject.latest,
        latest_prerelease=_latest_prerelease(record),
        latest_published_at=moment(shown.published_at) if subject.latest else None,
        version_count=len(record.versions),
        tags=record.tags,
        install=_install(subject, base, ""),
        page=_page(subject, shown.version),
        sources=subject.sources,
        stale=subject.stale,
    )


def vulnerability(finding: Finding, advisory: Advisory, base: str) -> messages.Vulnerability:
    """Tell what is wrong with a release, by the record that stands for all that say so."""
    grade = next((name for lowest, name in _GRADES if finding.score is not None and finding.score >= lowest), None)
    return messages.Vulnerability(
        id=finding.id,
        aliases=tuple(sorted({*finding.ids, *finding.aliases} - {finding.id})),
        severity=grade,
        score=finding.score,
        description=advisory.summary or advisory.details[:_DESCRIPTION].strip() or None,
        url=f"{base}/v1/vulns/{quote(finding.id, safe='')}",
        fixed_versions=finding.fixed_versions,
        malicious=finding.malicious,
    )


def version_info(
    subject: Subject, release: Release | None, known: tuple[messages.Vulnerability, ...]
) -> messages.VersionInfo:
    """Describe a package as an editor shows it."""
    record = subject.record
    shown = release or _EMPTY
    return messages.VersionInfo(
        latest=subject.latest,
        latest_prerelease=_latest_prerelease(record),
        versions=record.versions[::-1],
        description=shown.description or record.description,
        homepage=_link(shown, "homepage"),
        repository=_link(shown, "repository"),
        license=_expression(shown.licences),
        vulnerabilities=known,
        deprecated=shown.deprecated is not None,
        yanked=shown.yanked is not None,
    )


def versions(subject: Subject, page: int, page_size: int) -> messages.Versions:
    """List a page of versions."""
    record = subject.record
    total = len(record.versions)
    newest_first = range(total - 1, -1, -1)[(page - 1) * page_size : page * page_size]
    tags = _tags(record)
    return messages.Versions(
        registry=subject.key.ecosystem,
        package=subject.key.name,
        page=page,
        page_size=page_size,
        pages=-(-total // page_size),
        total=total,
        versions=tuple(_listed(subject, record.release(position), tags) for position in newest_first),
    )


def version(
    subject: Subject, release: Release, base: str, known: tuple[messages.Vulnerability, ...] = ()
) -> messages.Version:
    """Describe a release."""
    return messages.Version(
        **_facts(subject, release, release.version),
        version=release.version,
        published_at=moment(release.published_at),
        latest=release.version == subject.latest,
        prerelease=release.prerelease,
        tags=_tags(subject.record).get(release.version, ()),
        files=tuple(_file(artifact) for artifact in release.artifacts),
        vulnerabilities=known,
        install=_install(subject, base, release.version),
        page=_page(subject, release.version),
        sources=subject.sources,
        stale=subject.stale,
    )


def provenance(subject: Subject, release: Release, found: Sequence[Attested]) -> messages.Provenance:
    """Tell what is signed about a release."""
    ecosystem = subject.services.ecosystem
    return messages.Provenance(
        registry=subject.key.ecosystem,
        package=subject.key.name,
        version=release.version,
        purl=ecosystem.purl(subject.key.name, release.version),
        verified=any(each.verified for each in found),
        statements=tuple(_statement(each) for each in found),
    )


def _statement(attested: Attested) -> messages.Statement:
    builder = attested.builder
    return messages.Statement(
        type=attested.type,
        filename=attested.filename,
        verified=attested.verified,
        reason=attested.reason or None,
        repository=attested.repository or None,
        commit=attested.commit or None,
        workflow=builder.workflow or None,
        run=builder.run or None,
        signer=builder.identity or None,
        issuer=builder.issuer or None,
        url=attested.url or None,
    )


def dependencies(subject: Subject, release: Release) -> messages.Dependencies:
    """List what a release requires, by scope."""
    ecosystem = subject.services.ecosystem
    scopes: dict[str, list[messages.Dependency]] = {"runtime": [], "dev": []}
    for requirement in release.requirements:
        scopes.setdefault(requirement.scope, []).append(_dependency(ecosystem, requirement))
    return messages.Dependencies(
        registry=subject.key.ecosystem,
        package=subject.key.name,
        version=release.version,
        purl=ecosystem.purl(subject.key.name, release.version),
        dependencies={scope: tuple(found) for scope, found in scopes.items()},
    )


def resolution(
    ecosystem: Ecosystem, package: str | None, version: str | None, told: Mapping[str, str], found: Graph
) -> messages.Resolution:
    """Tell what was chosen, in one order whatever found it."""
    graph = canonical(found)
    direct = {edge.to_node for edge in graph.edges if edge.from_node == 0 and not edge.indirect}
    nodes = (
        messages.ResolvedNode(
            package=node.package.name,
            version=node.version,
            path=node.path,
            direct=position in direct,
            optional=node.optional,
            dev=node.dev,
            peer=node.peer,
            bundled=node.bundled,
            errors=node.errors,
            why=node.why,
        )
        for position, node in enumerate(graph.nodes)
    )
    return messages.Resolution(
        registry=ecosystem.key,
        package=package,
        version=version,
        environment={**ecosystem.environment, **told},
        nodes=tuple(nodes),
        edges=tuple(
            messages.ResolvedEdge(
                from_node=edge.from_node,
                to_node=edge.to_node,
                requirement=edge.requirement,
                kind=edge.kind,
                indirect=edge.indirect,
            )
            for edge in graph.edges
        ),
        error=graph.error or None,
    )


def registry_downloads(told: Told[insight.Downloads]) -> messages.RegistryDownloads:
    """Repeat what a registry counted."""
    return messages.RegistryDownloads(
        upstream=told.upstream,
        asked_at=_EPOCH + timedelta(milliseconds=told.at),
        stale=told.stale,
        counts=told.value.counts,
        by_version=told.value.by_version,
        daily=told.value.daily,
        until=told.value.until or None,
    )


def here_downloads(daily: Mapping[str, int], period: str, now: Moment) -> messages.HereDownloads:
    """Add up what went through here: the days of a period end with today."""
    days = _DAYS.get(period)
    first = "" if days is None else (_EPOCH + timedelta(milliseconds=now, days=1 - days)).date().isoformat()
    within = {day: count for day, count in sorted(daily.items()) if day >= first}
    return messages.HereDownloads(
        count=sum(within.values()), daily=within, total=sum(daily.values()), since=min(daily, default=None)
    )


def owner(told: insight.Owner) -> messages.Maintainer:
    """Name someone who may publish, as the registry does."""
    person = told.person
    return messages.Maintainer(
        login=told.login, name=person.name, email=person.email, url=told.page or person.url, kind=told.kind
    )


def maintainer(person: Person) -> messages.Maintainer:
    """Name someone whom a release names."""
    login = person.name or person.email or person.url or ""
    return messages.Maintainer(login=login, name=person.name, email=person.email, url=person.url, kind="user")


def hit(ecosystem: Ecosystem, found: insight.Hit) -> messages.Hit:
    """Repeat what a registry's search found."""
    return messages.Hit(
        package=found.name,
        purl=ecosystem.purl(found.name, ""),
        version=found.version or None,
        description=found.description or None,
        published_at=moment(found.published_at),
        downloads=found.downloads,
        links=found.links,
    )


def known_hit(ecosystem: Ecosystem, summary: Summary) -> messages.Hit:
    """Describe a package that this server knows."""
    return messages.Hit(
        package=summary.key.name,
        purl=ecosystem.purl(summary.key.name, ""),
        version=summary.version or None,
        description=summary.description or None,
        published_at=moment(summary.published_at),
        downloads=None,
        links=summary.links,
    )


def moment(at: Moment | None) -> datetime | None:
    """Turn a moment into what is written as RFC 3339; None for one that no calendar has."""
    try:
        return None if at is None else _EPOCH + timedelta(milliseconds=at)
    except OverflowError:
        return None


def _facts(subject: Subject, release: Release, purl_version: str) -> dict[str, Any]:
    return {
        "registry": subject.key.ecosystem,
        "package": subject.key.name,
        "purl": subject.services.ecosystem.purl(subject.key.name, purl_version),
        "description": release.description or subject.record.description,
        "license": _expression(release.licences),
        "licenses": tuple(messages.License(raw=each.raw, spdx=each.spdx) for each in release.licences),
        "homepage": _link(release, "homepage"),
        "repository": _link(release, "repository"),
        "links": tuple(messages.Link(label=each.label, url=each.url) for each in release.links),
        "authors": _people(release.authors),
        "maintainers": _people(release.maintainers),
        "keywords": release.keywords,
        "deprecated": release.deprecated,
        "successor": release.successor,
        "yanked": release.yanked,
        "runtimes": release.runtimes,
    }


def _people(people: Iterable[Person]) -> tuple[messages.Person, ...]:
    return tuple(messages.Person(name=each.name, email=each.email, url=each.url) for each in people)


def _expression(licences: Sequence[Licence]) -> str | None:
    """Put licences together: a release that names several means all of them, unless an expression says otherwise."""
    spdx = [each.spdx for each in licences if each.spdx]
    if not licences:
        return None
    if len(spdx) < len(licences):
        return ", ".join(each.spdx or each.raw for each in licences)
    distinct = tuple(dict.fromkeys(spdx))
    if len(distinct) == 1:
        return distinct[0]
    return " AND ".join(f"({each})" if " OR " in each else each for each in distinct)


def _link(release: Release, label: str) -> str | None:
    return next((link.url for link in release.links if link.label == label), None)


def _latest_prerelease(record: PackageRecord) -> str | None:
    found = (at for at in sorted(record.prereleases, reverse=True) if at not in record.yanked)
    return next((record.versions[at] for at in found), None)


def _tags(record: PackageRecord) -> dict[str, tuple[str, ...]]:
    tags: dict[str, tuple[str, ...]] = {}
    for tag, tagged in sorted(record.tags.items()):
        tags[tagged] = (*tags.get(tagged, ()), tag)
    return tags


def _install(subject: Subject, base: str, version: str) -> tuple[str, ...]:
    ecosystem = subject.services.ecosystem
    return tuple(ecosystem.install_hint(f"{base}/{ecosystem.mount}", subject.key.name, version))


def _page(subject: Subject, version: str) -> str | None:
    url = subject.upstream_url
    return None if url is None else subject.services.ecosystem.release_page(url, subject.key.name, version)


def _listed(subject: Subject, release: Release, tags: dict[str, tuple[str, ...]]) -> messages.Listed:
    return messages.Listed(
        version=release.version,
        published_at=moment(release.published_at),
        latest=release.version == subject.latest,
        prerelease=release.prerelease,
        deprecated=release.deprecated,
        yanked=release.yanked,
        tags=tags.get(release.version, ()),
    )


def _file(artifact: Artifact) -> messages.File:
    return messages.File(
        filename=artifact.filename,
        kind=artifact.kind,
        size_bytes=artifact.size_bytes,
        digests={digest.algorithm: digest.value for digest in artifact.digests},
        published_at=moment(artifact.published_at),
    )


def _dependency(ecosystem: Ecosystem, requirement: Requirement) -> messages.Dependency:
    return messages.Dependency(
        package=requirement.name,
        range=requirement.range,
        kind=requirement.kind,
        optional=requirement.optional,
        alias=requirement.alias,
        marker=requirement.marker,
        extras=requirement.extras,
        raw=requirement.raw,
        purl=_purl(ecosystem, requirement),
    )


def _purl(ecosystem: Ecosystem, requirement: Requirement) -> str | None:
    if requirement.kind not in ("range", "tag"):
        return None
    try:
        return ecosystem.purl(ecosystem.parse_name(requirement.name), "")
    except Invalid:
        return None
