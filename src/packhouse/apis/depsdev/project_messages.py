"""What is answered about repositories and advisories."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.messages import (
    AdvisoryKey,
    Attestation,
    DependencyEdge,
    DependencyNode,
    Message,
    ProjectKey,
    SLSAProvenance,
    VersionKey,
)


class ScorecardRepository(Message, frozen=True):
    """What was looked at (Project.Scorecard.Repository)."""

    name: str = ""
    commit: str = ""


class ScorecardDetails(Message, frozen=True):
    """The program that looked (Project.Scorecard.ScorecardDetails)."""

    version: str = ""
    commit: str = ""


class CheckDocumentation(Message, frozen=True):
    """What a check is about (Project.Scorecard.Check.Documentation)."""

    short_description: str = ""
    url: str = ""


class Check(Message, frozen=True):
    """One check of a scorecard; a score of -1 says that it did not run (Project.Scorecard.Check)."""

    name: str
    documentation: CheckDocumentation | UnsetType = UNSET
    score: int = 0
    reason: str = ""
    details: tuple[str, ...] = ()


class Scorecard(Message, frozen=True):
    """How carefully a repository is kept (Project.Scorecard)."""

    date: datetime | UnsetType = UNSET
    repository: ScorecardRepository | UnsetType = UNSET
    scorecard: ScorecardDetails | UnsetType = UNSET
    checks: tuple[Check, ...] = ()
    overall_score: float = 0
    metadata: tuple[str, ...] = ()


class OSSFuzzDetails(Message, frozen=True):
    """How much of a repository OSS-Fuzz reaches (Project.OSSFuzzDetails)."""

    line_count: int = 0
    line_cover_count: int = 0
    date: datetime | UnsetType = UNSET
    config_url: str = ""


class Project(Message, frozen=True):
    """A source repository."""

    project_key: ProjectKey
    open_issues_count: int = 0
    stars_count: int = 0
    forks_count: int = 0
    license: str = ""
    description: str = ""
    homepage: str = ""
    scorecard: Scorecard | UnsetType = UNSET
    oss_fuzz: OSSFuzzDetails | UnsetType = UNSET


class AdvisedNode(DependencyNode, frozen=True):
    """A release in a graph, and what is known to be wrong with it."""

    advisory_keys: tuple[AdvisoryKey, ...]


class ProjectVersion(Message, frozen=True):
    """A release that comes from a repository (ProjectPackageVersions.Version)."""

    version_key: VersionKey
    slsa_provenances: tuple[SLSAProvenance, ...] = ()
    relation_type: str = "SOURCE_REPO"
    relation_provenance: str = "UNVERIFIED_METADATA"
    attestations: tuple[Attestation, ...] = ()


class ProjectPackageVersions(Message, frozen=True):
    """The releases that come from a repository, those with an attestation first."""

    versions: tuple[ProjectVersion, ...] = ()


class Advisory(Message, frozen=True):
    """A security advisory."""

    advisory_key: AdvisoryKey
    url: str = ""
    title: str = ""
    aliases: tuple[str, ...] = ()
    cvss3_score: float | UnsetType = UNSET
    """Absent where there is none: 0 would be read as harmless. Over gRPC it is 0 all the same."""
    cvss3_vector: str | UnsetType = UNSET


class AdvisedDependencies(Message, frozen=True):
    """A resolved graph with all that is known to be wrong in it, each advisory once; beyond deps.dev."""

    nodes: tuple[AdvisedNode, ...]
    edges: tuple[DependencyEdge, ...]
    error: str
    advisories: tuple[Advisory, ...]
