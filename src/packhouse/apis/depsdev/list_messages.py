"""What is answered to batches and queries, and counts and lists about a release."""

from datetime import datetime

from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.finding_messages import Findings
from packhouse.apis.depsdev.messages import Message, Package, PackageKey, Version
from packhouse.apis.depsdev.project_messages import Project
from packhouse.apis.depsdev.question_messages import (
    GetFindingsRequest,
    GetProjectRequest,
    GetVersionRequest,
    PurlLookupRequest,
)


class Dependents(Message, frozen=True):
    """How many packages depend on a release."""

    dependent_count: int = 0
    direct_dependent_count: int = 0
    indirect_dependent_count: int = 0


class Capability(Message, frozen=True):
    """Something that code is able to do (Capabilities.Capability)."""

    capability: str
    direct_count: int = 0
    indirect_count: int = 0


class Capabilities(Message, frozen=True):
    """What the code of a release is able to do."""

    capabilities: tuple[Capability, ...] = ()


class SimilarPackage(Message, frozen=True):
    """A package whose name may be taken for another (SimilarlyNamedPackages.Package)."""

    package_key: PackageKey


class SimilarlyNamedPackages(Message, frozen=True):
    """Packages whose names may be taken for this one."""

    package_key: PackageKey
    packages: tuple[SimilarPackage, ...] = ()


class QueryArtifact(Message, frozen=True):
    """A file (QueryResult.Result.Artifact)."""

    url: str


class QueryHit(Message, frozen=True):
    """A release that a query has found, and the files with the hash (QueryResult.Result)."""

    version: Version
    artifacts: tuple[QueryArtifact, ...] | UnsetType = ()


class QueryResult(Message, frozen=True):
    """What a query has found."""

    results: tuple[QueryHit, ...] = ()


class PurlLookupResult(Message, frozen=True):
    """What a package URL means: a package or a release."""

    package: Package | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class DockerHubRepoMetadata(Message, frozen=True):
    """What a registry says of an image; numbers of 64 bits are text in JSON."""

    date_registered: datetime | UnsetType = UNSET
    last_updated: datetime | UnsetType = UNSET
    star_count: str = "0"
    pull_count: str = "0"
    is_official: bool = False


class ContainerImage(Message, frozen=True):
    """A repository of images (QueryContainerImagesResult.Result)."""

    repository: str
    registry: str = ""
    docker_metadata: DockerHubRepoMetadata | UnsetType = UNSET


class QueryContainerImagesResult(Message, frozen=True):
    """The repositories of images with a layer."""

    results: tuple[ContainerImage, ...] = ()


class VersionResponse(Message, frozen=True):
    """One of a batch; without a release for a miss (VersionBatch.Response)."""

    request: GetVersionRequest
    version: Version | UnsetType = UNSET


class VersionBatch(Message, frozen=True):
    """A page of releases."""

    responses: tuple[VersionResponse, ...] = ()
    next_page_token: str = ""


class FindingsResponse(Message, frozen=True):
    """One of a batch (FindingsBatch.Response)."""

    request: GetFindingsRequest
    findings: Findings | UnsetType = UNSET


class FindingsBatch(Message, frozen=True):
    """A page of findings."""

    responses: tuple[FindingsResponse, ...] = ()
    next_page_token: str = ""


class ProjectResponse(Message, frozen=True):
    """One of a batch; without a project for a miss (ProjectBatch.Response)."""

    request: GetProjectRequest
    project: Project | UnsetType = UNSET


class ProjectBatch(Message, frozen=True):
    """A page of repositories."""

    responses: tuple[ProjectResponse, ...] = ()
    next_page_token: str = ""


class PurlResponse(Message, frozen=True):
    """One of a batch; without a result for a miss (PurlLookupBatchResult.Response)."""

    request: PurlLookupRequest
    result: PurlLookupResult | UnsetType = UNSET


class PurlLookupBatchResult(Message, frozen=True):
    """A page of what package URLs mean."""

    responses: tuple[PurlResponse, ...] = ()
    next_page_token: str = ""
