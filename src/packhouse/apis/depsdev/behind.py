"""What the API asks of others: each is a small interface, and None where nothing is behind it yet."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.apis.depsdev.finding_messages import Finding
from packhouse.apis.depsdev.list_messages import Capabilities, ContainerImage, Dependents
from packhouse.apis.depsdev.messages import AdvisoryKey, RelatedProject
from packhouse.apis.depsdev.project_messages import Advisory, Project, ProjectVersion
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Release
from packhouse.domain.view import View
from packhouse.services.hashes import DigestIndex
from packhouse.services.project_ports import PackagePlace


class AdvisoryAnswers(Protocol):
    """What is known to be wrong with releases."""

    async def find(self, view: View, advisory: str) -> Advisory | None:
        """Look an advisory up by its id or one of its aliases."""

    async def list_keys(
        self, view: View, releases: Sequence[tuple[PackageKey, str]]
    ) -> Sequence[Sequence[AdvisoryKey]]:
        """Tell the advisories of each of many releases."""

    async def findings(self, view: View, key: PackageKey, versions: Sequence[str]) -> Mapping[str, Sequence[Finding]]:
        """Tell what advisories say against each of these releases: VULNERABLE, MALICIOUS and REMEDIATION.

        An empty version stands for all of them.
        """


class ProjectAnswers(Protocol):
    """Source repositories."""

    async def find(self, view: View, project: str) -> Project | None:
        """Look a repository up, such as github.com/user/repo in small letters."""

    async def versions(self, view: View, project: str, limit: int) -> Sequence[ProjectVersion]:
        """List the releases that come from a repository, those with an attestation first."""

    async def relate(
        self, ecosystem: Ecosystem, place: PackagePlace, known: Release, completed: Release
    ) -> Sequence[RelatedProject]:
        """List the repositories of a release that its links to public hosts do not tell, or not as well."""


class SimilarNames(Protocol):
    """Names that may be taken for one another."""

    async def list(self, view: View, key: PackageKey) -> Sequence[PackageKey]:
        """List the packages that a name may be taken for, the likeliest first."""


class DependentCounts(Protocol):
    """Who depends on what."""

    async def count(self, view: View, key: PackageKey, version: str) -> Dependents | None:
        """Count who depends on a release; None where graphs of its system are not resolved."""


class CapabilityAnswers(Protocol):
    """What code is able to do."""

    async def find(self, view: View, key: PackageKey, version: str) -> Capabilities | None:
        """Tell it of a release; None where nobody has looked."""


class ImageAnswers(Protocol):
    """Container images."""

    async def list(self, view: View, chain_id: str, limit: int) -> Sequence[ContainerImage]:
        """List repositories with an image that has a layer with this chain id."""


class Behind(Struct, frozen=True):
    """Who answers what the services of an ecosystem do not."""

    advisories: AdvisoryAnswers | None = None
    projects: ProjectAnswers | None = None
    similar: SimilarNames | None = None
    """Without it, each ecosystem answers for itself."""
    dependents: DependentCounts | None = None
    capabilities: CapabilityAnswers | None = None
    images: ImageAnswers | None = None
    digests: DigestIndex | None = None
