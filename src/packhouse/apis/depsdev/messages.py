"""The messages of the deps.dev API, free of any transport.

Fields stand in the order in which the API's definition declares them, which is the order of its JSON. Defaults are
written out and unset messages are absent, as in the recorded answers. Fields that v3 does not have may be UNSET.
"""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Relation = Literal["SELF", "DIRECT", "INDIRECT"]
RelationType = Literal["SOURCE_REPO", "ISSUE_TRACKER"]


class Message(Struct, frozen=True, rename="camel"):
    """What a method answers."""


class PackageKey(Message, frozen=True):
    """A package by its canonical name."""

    system: str = ""
    name: str = ""


class VersionKey(Message, frozen=True):
    """A release by its canonical name."""

    system: str = ""
    name: str = ""
    version: str = ""


class PackageVersion(Message, frozen=True):
    """A release in a list (Package.Version)."""

    version_key: VersionKey
    purl: str | UnsetType
    published_at: datetime | UnsetType
    is_default: bool
    is_deprecated: bool
    deprecated_reason: str


class Package(Message, frozen=True):
    """A package with all its releases."""

    package_key: PackageKey
    purl: str | UnsetType
    versions: tuple[PackageVersion, ...]


class License(Message, frozen=True):
    """A licence as written and as SPDX, or "non-standard" (Version.License)."""

    license: str
    spdx: str


class AdvisoryKey(Message, frozen=True):
    """An advisory by its OSV id."""

    id: str = ""


class Link(Message, frozen=True):
    """A web address with one of the API's labels."""

    label: str
    url: str


class SLSAProvenance(Message, frozen=True):
    """Where and from which commit a release was built."""

    source_repository: str
    commit: str
    url: str
    verified: bool


class Attestation(Message, frozen=True):
    """A signed statement about a release."""

    type: str
    url: str
    verified: bool
    source_repository: str
    commit: str


class ProjectKey(Message, frozen=True):
    """A source repository, e.g. github.com/user/repo."""

    id: str = ""


class RelatedProject(Message, frozen=True):
    """A repository and how it is known to belong to a release (Version.Project)."""

    project_key: ProjectKey
    relation_provenance: str
    relation_type: RelationType


class UpstreamIdentifier(Message, frozen=True):
    """What the upstream registry calls a release."""

    package_name: str
    version_string: str
    source: str


class Cooldown(Message, frozen=True):
    """Until when a release should not be installed, and why (Version.Cooldown)."""

    end: datetime
    description: str


class ProjectStatus(Message, frozen=True):
    """What its registry says of the state of a project (Version.ProjectStatus)."""

    status: str
    reason: str


class Version(Message, frozen=True):
    """All that is known of one release."""

    version_key: VersionKey
    purl: str | UnsetType
    published_at: datetime | UnsetType
    is_default: bool
    is_deprecated: bool
    deprecated_reason: str
    licenses: tuple[str, ...]
    license_details: tuple[License, ...] | UnsetType
    advisory_keys: tuple[AdvisoryKey, ...]
    links: tuple[Link, ...]
    slsa_provenances: tuple[SLSAProvenance, ...]
    attestations: tuple[Attestation, ...]
    registries: tuple[str, ...]
    related_projects: tuple[RelatedProject, ...]
    upstream_identifiers: tuple[UpstreamIdentifier, ...] | UnsetType
    cooldown: Cooldown | UnsetType = UNSET
    project_status: ProjectStatus | UnsetType = UNSET


class DependencyNode(Message, frozen=True):
    """A release in a graph (Dependencies.Node)."""

    version_key: VersionKey
    bundled: bool
    relation: Relation
    errors: tuple[str, ...]


class DependencyEdge(Message, frozen=True):
    """A requirement and what meets it (Dependencies.Edge)."""

    from_node: int
    to_node: int
    requirement: str


class Dependencies(Message, frozen=True):
    """A resolved graph; the first node is the release that was asked for."""

    nodes: tuple[DependencyNode, ...]
    edges: tuple[DependencyEdge, ...]
    error: str
