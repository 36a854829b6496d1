"""The page of a package, or of one of its releases."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from packhouse.domain.digest import Digest, strongest
from packhouse.domain.errors import Invalid, NotFound, PackhouseError
from packhouse.domain.graph import Graph
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.provenance import Attested
from packhouse.domain.release import Artifact, PackageRecord, Release
from packhouse.domain.requirement import Requirement
from packhouse.domain.view import View
from packhouse.resolver.canonical import canonical
from packhouse.resolver.sentences import split_steps
from packhouse.services.assembly import Services
from packhouse.web.addresses import Addresses
from packhouse.web.dependents_page import DependentsNotice, find_dependents
from packhouse.web.graph_layout import Layout, lay_out
from packhouse.web.graph_outline import Outline, outline
from packhouse.web.similar_notice import SimilarNotice, similar_notices
from packhouse.web.wording import When, when

VERSIONS = 100
"""Rows of a page of the table of versions."""
GRAPH_WAIT_S = 8.0
"""A page does not wait longer for a graph; what was loaded until then is kept for the next time."""
_PROVENANCE_WAIT_S = 4.0
_MOST_ORIGINS = 3


class VersionRow(Struct, frozen=True):
    """A line of the table of versions."""

    version: str
    url: str
    published: When | None
    tags: tuple[str, ...]
    deprecated: str | None
    yanked: str | None
    prerelease: bool
    current: bool


class VersionTable(Struct, frozen=True):
    """One page of the table, newest first."""

    rows: tuple[VersionRow, ...]
    total: int
    page: int
    pages: int
    newer: str
    older: str


class RequirementRow(Struct, frozen=True):
    """A requirement and the page of what it asks for."""

    requirement: Requirement
    url: str
    """Empty where it does not come from a registry."""


class RequirementGroup(Struct, frozen=True):
    """Requirements of one scope."""

    scope: str
    rows: tuple[RequirementRow, ...]


class FileRow(Struct, frozen=True):
    """A file of the release."""

    artifact: Artifact
    digest: Digest | None


class NodeLabel(Struct, frozen=True):
    """What picture and list say of a node."""

    name: str
    version: str
    url: str
    errors: tuple[str, ...]
    why: str


class GraphSection(Struct, frozen=True):
    """The dependency graph, or why there is none."""

    trouble: str = ""
    error: tuple[str, ...] = ()
    """Why the whole cannot be installed, in steps."""
    nodes: tuple[NodeLabel, ...] = ()
    direct: int = 0
    errors: tuple[tuple[str, str], ...] = ()
    """Node and sentence."""
    layout: Layout | None = None
    outline: Outline | None = None


class Origin(Struct, frozen=True):
    """The repository and commit that a file was built from, as is told of it."""

    repository: str
    commit: str
    workflow: str
    """Its address without a ref; empty where it is not known."""
    verified: bool
    reason: str


class PackagePage(Struct, frozen=True):
    """All that the template shows."""

    ecosystem: str
    title: str
    name: str
    url: str
    release: Release
    default: str
    published: When | None
    install: Sequence[str]
    licences: tuple[str, ...]
    requirements: tuple[RequirementGroup, ...]
    files: tuple[FileRow, ...]
    table: VersionTable
    graph: GraphSection
    purl: str
    playground: str
    similar: tuple[SimilarNotice, ...]
    dated: When | None
    """The moment of a dated view."""
    dependents: DependentsNotice | None = None
    """None where nobody knows."""
    origins: tuple[Origin, ...] = ()
    """Where it comes from, by what is signed about it."""


async def load_package_page(
    services: Services, addresses: Addresses, view: View, raw_name: str, version: str | None, page: int
) -> PackagePage:
    """Gather a page; raise Invalid, NotFound or an UpstreamError where not even the releases are known."""
    ecosystem = services.ecosystem
    key = PackageKey(ecosystem.key, ecosystem.parse_name(raw_name))
    record = await services.records.get(view, key)
    default = ecosystem.default_version(record)
    wanted = version or default or (record.versions[-1] if record.versions else "")
    found = record.find(wanted)
    if found is None:
        raise NotFound(f"{key.name} has no version {wanted}" if wanted else f"{key.name} has no versions")
    release = await services.records.complete(view, key, found)
    now = services.clock()
    return PackagePage(
        ecosystem=ecosystem.key,
        title=ecosystem.title,
        name=key.name,
        url=addresses.package(ecosystem.key, key.name),
        release=release,
        default=default,
        published=when(release.published_at, now),
        install=ecosystem.install_hint(addresses.mount(ecosystem.mount), key.name, release.version),
        licences=tuple(licence.spdx or licence.raw for licence in release.licences),
        requirements=_requirements(services, addresses, release),
        files=tuple(FileRow(artifact, strongest(artifact.digests)) for artifact in release.artifacts),
        table=_table(services, addresses, record, release.version, page),
        graph=await _graph(services, addresses, view, key, release.version),
        purl=ecosystem.purl(key.name, release.version),
        playground=addresses.playground(
            operation="version", registry=ecosystem.key, package=key.name, version=release.version
        ),
        similar=await similar_notices(services, addresses, view, key),
        dated=when(view.as_of, now),
        dependents=await find_dependents(services, addresses, view, key, release.version),
        origins=await _origins(services, view, key, release),
    )


async def _origins(services: Services, view: View, key: PackageKey, release: Release) -> tuple[Origin, ...]:
    """Name each source once; what is not verified is shown only where nothing is."""
    found = [each for each in await _attested(services, view, key, release) if each.repository or each.verified]
    shown = [each for each in found if each.verified] or found
    told = (
        Origin(
            each.repository or each.builder.identity,
            each.commit,
            each.builder.workflow.partition("@")[0],
            each.verified,
            each.reason,
        )
        for each in shown
    )
    return tuple(dict.fromkeys(told))[:_MOST_ORIGINS]


async def _attested(services: Services, view: View, key: PackageKey, release: Release) -> Sequence[Attested]:
    """Ask for a moment; a page does not wait longer for what it can show without."""
    try:
        async with asyncio.timeout(_PROVENANCE_WAIT_S):
            return await services.provenances.list(view, key, release)
    except TimeoutError:
        return ()


def _requirements(services: Services, addresses: Addresses, release: Release) -> tuple[RequirementGroup, ...]:
    groups: dict[str, list[RequirementRow]] = {}
    for requirement in release.requirements:
        url = _package_url(services, addresses, requirement)
        groups.setdefault(requirement.scope, []).append(RequirementRow(requirement, url))
    # What every user of the release gets stands first, whatever the manifest begins with.
    ordered = sorted(groups.items(), key=lambda group: group[0] != "runtime")
    return tuple(RequirementGroup(scope, tuple(rows)) for scope, rows in ordered)


def _package_url(services: Services, addresses: Addresses, requirement: Requirement) -> str:
    if requirement.kind not in ("range", "tag"):
        return ""
    try:
        name = services.ecosystem.parse_name(requirement.name)
    except Invalid:
        return ""
    return addresses.package(services.ecosystem.key, name)


def _table(services: Services, addresses: Addresses, record: PackageRecord, current: str, page: int) -> VersionTable:
    total = len(record.versions)
    pages = max(1, -(-total // VERSIONS))
    page = min(max(page, 1), pages)
    ecosystem, name = record.key.ecosystem, record.key.name
    tags: dict[str, list[str]] = {}
    for tag, tagged in sorted(record.tags.items()):
        tags.setdefault(tagged, []).append(tag)
    newest = range(total - 1, -1, -1)[(page - 1) * VERSIONS : page * VERSIONS]
    now: Moment = services.clock()
    rows = []
    for position in newest:
        release = record.release(position)
        rows.append(
            VersionRow(
                version=release.version,
                url=addresses.release(ecosystem, name, release.version),
                published=when(release.published_at, now),
                tags=tuple(tags.get(release.version, ())),
                deprecated=release.deprecated,
                yanked=release.yanked,
                prerelease=release.prerelease,
                current=release.version == current,
            )
        )
    newer = addresses.package(ecosystem, name, page - 1) if page > 1 else ""
    older = addresses.package(ecosystem, name, page + 1) if page < pages else ""
    # The first page has no number of its own in its address.
    newer = f"{newer}#versions" if page == 2 else newer
    return VersionTable(tuple(rows), total, page, pages, newer, older)


async def _graph(services: Services, addresses: Addresses, view: View, key: PackageKey, version: str) -> GraphSection:
    """Resolve; whatever goes wrong is said on the page, which has more to tell than its graph."""
    if services.ecosystem.begin_resolution is None:
        return GraphSection(f"Graphs of {services.ecosystem.title} are not resolved yet.")
    try:
        async with asyncio.timeout(GRAPH_WAIT_S):
            graph = await services.resolver.resolve(view, key, version)
    except TimeoutError:
        return GraphSection("The graph is not ready yet: many packages have to be asked for. Try again in a moment.")
    except PackhouseError as error:
        return GraphSection(f"The graph cannot be resolved now: {error}.")
    return _section(addresses, canonical(graph))


def _section(addresses: Addresses, graph: Graph) -> GraphSection:
    nodes = tuple(
        NodeLabel(
            node.package.name,
            node.version,
            addresses.release(node.package.ecosystem, node.package.name, node.version),
            node.errors,
            node.why,
        )
        for node in graph.nodes
    )
    direct = {edge.to_node for edge in graph.edges if edge.from_node == 0 and not edge.indirect}
    errors = tuple(
        (f"{label.name} {label.version}", sentence)
        for label in nodes
        for sentence in label.errors
        if sentence != graph.error
    )
    layout = lay_out(graph) if len(nodes) > 1 else None
    return GraphSection("", tuple(split_steps(graph.error)), nodes, len(direct), errors, layout, outline(graph))
