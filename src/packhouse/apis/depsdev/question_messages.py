"""What the methods of the deps.dev API are asked; anything may be left out by whoever asks.

Batches repeat their questions in the answer as they were asked, with the systems in the API's own spelling.
"""

from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.messages import AdvisoryKey, Message, PackageKey, ProjectKey, VersionKey


class Hash(Message, frozen=True):
    """A digest of a file."""

    type: str = ""
    value: bytes = b""


class GetPackageRequest(Message, frozen=True):
    """Ask for a package."""

    package_key: PackageKey = PackageKey()


class GetVersionRequest(Message, frozen=True):
    """Ask for a release."""

    version_key: VersionKey = VersionKey()


class GetRequirementsRequest(GetVersionRequest, frozen=True):
    """Ask for what a release needs."""


class GetDependenciesRequest(GetVersionRequest, frozen=True):
    """Ask for the graph of a release."""


class GetDependentsRequest(GetVersionRequest, frozen=True):
    """Ask how many depend on a release."""


class GetCapabilitiesRequest(GetVersionRequest, frozen=True):
    """Ask what the code of a release is able to do."""


class GetProjectRequest(Message, frozen=True):
    """Ask for a repository."""

    project_key: ProjectKey = ProjectKey()


class GetProjectPackageVersionsRequest(GetProjectRequest, frozen=True):
    """Ask for the releases that come from a repository."""


class GetAdvisoryRequest(Message, frozen=True):
    """Ask for an advisory."""

    advisory_key: AdvisoryKey = AdvisoryKey()


class GetSimilarlyNamedPackagesRequest(GetPackageRequest, frozen=True):
    """Ask for packages whose names may be taken for this one."""


class QueryRequest(Message, frozen=True):
    """Ask for releases by the hash of a file, by name, or by both."""

    hash: Hash | UnsetType = UNSET
    version_key: VersionKey | UnsetType = UNSET


class PurlLookupRequest(Message, frozen=True):
    """Ask for what a package URL means."""

    purl: str = ""


class QueryContainerImagesRequest(Message, frozen=True):
    """Ask for images by the chain id of a layer."""

    chain_id: str = ""


class GetFindingsRequest(Message, frozen=True):
    """Ask what speaks against a package or a release: one of them is set."""

    package_key: PackageKey | UnsetType = UNSET
    version_key: VersionKey | UnsetType = UNSET


class GetVersionBatchRequest(Message, frozen=True):
    """Ask for many releases."""

    requests: tuple[GetVersionRequest, ...] = ()
    page_token: str = ""


class GetFindingsBatchRequest(Message, frozen=True):
    """Ask what speaks against many packages and releases."""

    requests: tuple[GetFindingsRequest, ...] = ()
    page_token: str = ""


class GetProjectBatchRequest(Message, frozen=True):
    """Ask for many repositories."""

    requests: tuple[GetProjectRequest, ...] = ()
    page_token: str = ""


class PurlLookupBatchRequest(Message, frozen=True):
    """Ask for what many package URLs mean."""

    requests: tuple[PurlLookupRequest, ...] = ()
    page_token: str = ""
