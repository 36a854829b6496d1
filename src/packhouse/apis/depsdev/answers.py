"""What we know, as messages of the deps.dev API: pure functions."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.messages import (
    Dependencies,
    DependencyEdge,
    DependencyNode,
    License,
    Link,
    Package,
    PackageKey,
    PackageVersion,
    ProjectKey,
    RelatedProject,
    Relation,
    RelationType,
    UpstreamIdentifier,
    Version,
    VersionKey,
)
from packhouse.domain import release as domain
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.graph import Graph, Node
from packhouse.domain.package import Moment, NormalName
from packhouse.domain.project_address import project_id
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.resolver.canonical import canonical

_LABELS = {"homepage": "HOMEPAGE", "issues": "ISSUE_TRACKER", "repository": "SOURCE_REPO"}
_ORIGIN = "ORIGIN"
_PROJECT_LABELS: tuple[RelationType, ...] = ("ISSUE_TRACKER", "SOURCE_REPO")
_NON_STANDARD = "non-standard"


def package(ecosystem: Ecosystem, record: domain.PackageRecord) -> Package:
    """Answer GetPackage."""
    name = record.key.name
    default = ecosystem.default_version(record)
    published = record.published_at or (None,) * len(record.versions)
    withdrawn = record.deprecated | record.yanked
    versions = tuple(
        PackageVersion(
            version_key=VersionKey(ecosystem.system, name, version),
            purl=ecosystem.purl(name, version),
            published_at=_timestamp(published[position]),
            is_default=version == default,
            is_deprecated=position in withdrawn,
            deprecated_reason=_reason(record.release(position)) if position in withdrawn else "",
        )
        # As text, as the recorded answers have them, and not in the order of the ecosystem.
        for version, position in sorted((version, position) for position, version in enumerate(record.versions))
    )
    return Package(PackageKey(ecosystem.system, name), ecosystem.purl(name, ""), versions)


def version(
    ecosystem: Ecosystem,
    record: domain.PackageRecord,
    release: domain.Release,
    upstreams: Sequence[UpstreamRegistry],
) -> Version:
    """Answer GetVersion; the upstreams are those that the release comes from."""
    name = record.key.name
    links = _links(ecosystem, release, name, upstreams)
    details = tuple(License(each.raw, each.spdx or _NON_STANDARD) for each in release.licences)
    return Version(
        version_key=VersionKey(ecosystem.system, name, release.version),
        purl=ecosystem.purl(name, release.version),
        published_at=_timestamp(release.published_at),
        is_default=release.version == ecosystem.default_version(record),
        is_deprecated=release.deprecated is not None or release.yanked is not None,
        deprecated_reason=_reason(release),
        licenses=tuple(dict.fromkeys(each.spdx for each in details)),
        license_details=details,
        advisory_keys=(),
        links=links,
        slsa_provenances=(),
        attestations=(),
        registries=tuple(f"{upstream.url}/" for upstream in upstreams),
        related_projects=_related(links),
        upstream_identifiers=tuple(
            UpstreamIdentifier(name, release.version, _source(ecosystem.system, upstream.url, upstream.name))
            for upstream in upstreams
        ),
    )


def requirements(ecosystem: Ecosystem, release: domain.Release) -> dict[str, object]:
    """Answer GetRequirements: one field is set, named after the system."""
    return {ecosystem.system.lower(): ecosystem.requirements_wire(release)}


def dependencies(system: Callable[[str], str], graph: Graph) -> Dependencies:
    """Answer GetDependencies; `system` tells the API's name for an ecosystem."""
    ordered = canonical(msgspec.structs.replace(graph, nodes=_renamed(graph.nodes)))
    direct = {edge.to_node for edge in ordered.edges if edge.from_node == 0 and not edge.indirect}

    def relation(position: int) -> Relation:
        if position == 0:
            return "SELF"
        return "DIRECT" if position in direct else "INDIRECT"

    nodes = tuple(
        DependencyNode(
            version_key=VersionKey(system(node.package.ecosystem), node.package.name, node.version),
            bundled=node.bundled,
            relation=relation(position),
            errors=node.errors,
        )
        for position, node in enumerate(ordered.nodes)
    )
    edges = tuple(DependencyEdge(edge.from_node, edge.to_node, edge.requirement) for edge in ordered.edges)
    return Dependencies(nodes, edges, ordered.error)


def _timestamp(moment: Moment | None) -> datetime | UnsetType:
    """Cut a moment to seconds, as the API does."""
    return UNSET if moment is None else datetime.fromtimestamp(moment // 1000, UTC)


def _reason(release: domain.Release) -> str:
    """Give the warning; a yank counts as one, since the API has no word for it."""
    return release.deprecated or release.yanked or ""


def _links(
    ecosystem: Ecosystem, release: domain.Release, name: str, upstreams: Sequence[UpstreamRegistry]
) -> tuple[Link, ...]:
    found = {(_LABELS[link.label], link.url) for link in release.links if link.label in _LABELS and link.url}
    for upstream in upstreams:
        found.add((_ORIGIN, ecosystem.release_page(upstream.url, name, release.version)))
    return tuple(Link(label, url) for label, url in sorted(found))


def _related(links: Iterable[Link]) -> tuple[RelatedProject, ...]:
    related: set[tuple[RelationType, str]] = {
        (label, project)
        for link in links
        for label in _PROJECT_LABELS
        if link.label == label and (project := project_id(link.url)) is not None
    }
    return tuple(
        RelatedProject(ProjectKey(project), "UNVERIFIED_METADATA", label) for label, project in sorted(related)
    )


@cache
def _source(system: str, url: str, name: str) -> str:
    """Name an upstream in the API's way, by system and host: SYSTEM_HOST_TLD."""
    host = urlsplit(url).hostname or name
    return f"{system}_{host.removeprefix('registry.')}".upper().translate(_TO_UNDERSCORES)


_TO_UNDERSCORES = str.maketrans(".-:", "___")


def _renamed(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Name each bundled node by who brings it and the way down, `a>1.2.3>b>c`; the order of nodes counts that name."""
    at = {node.path: node for node in nodes}
    return tuple(_bundled(node, at) if node.bundled else node for node in nodes)


def _bundled(node: Node, at: dict[str, Node]) -> Node:
    chain = [node.package.name]
    path = node.path
    while path:
        path = path.rpartition("/")[0]
        holder = at.get(path)
        if holder is None:
            continue
        if not holder.bundled:
            name = NormalName(">".join((holder.package.name, holder.version, *chain)))
            return msgspec.structs.replace(node, package=msgspec.structs.replace(node.package, name=name))
        chain.insert(0, holder.package.name)
    return node
