"""Every method of the API by its name, whatever it is asked over."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from msgspec import UNSET, Struct

from packhouse.apis.depsdev.batches import Pager, found_or_none
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.catalogue import Answered, Catalogue
from packhouse.apis.depsdev.cooling import Cooling
from packhouse.apis.depsdev.findings import FindingAnswers
from packhouse.apis.depsdev.list_messages import (
    FindingsBatch,
    FindingsResponse,
    ProjectBatch,
    ProjectResponse,
    PurlLookupBatchResult,
    PurlResponse,
    QueryContainerImagesResult,
    SimilarlyNamedPackages,
    SimilarPackage,
)
from packhouse.apis.depsdev.messages import Dependencies, Message, PackageKey, VersionKey
from packhouse.apis.depsdev.project_messages import AdvisedDependencies, AdvisedNode, ProjectPackageVersions
from packhouse.apis.depsdev.queries import MOST_RESULTS, Queries
from packhouse.apis.depsdev.question_messages import (
    GetAdvisoryRequest,
    GetCapabilitiesRequest,
    GetDependenciesRequest,
    GetDependentsRequest,
    GetFindingsBatchRequest,
    GetFindingsRequest,
    GetPackageRequest,
    GetProjectBatchRequest,
    GetProjectPackageVersionsRequest,
    GetProjectRequest,
    GetRequirementsRequest,
    GetSimilarlyNamedPackagesRequest,
    GetVersionBatchRequest,
    GetVersionRequest,
    PurlLookupBatchRequest,
    PurlLookupRequest,
    QueryContainerImagesRequest,
    QueryRequest,
)
from packhouse.apis.depsdev.systems import Systems, Target
from packhouse.apis.depsdev.version_batches import VersionBatches
from packhouse.domain.errors import NotFound, UpstreamError
from packhouse.domain.view import View
from packhouse.services.assembly import Services

T = TypeVar("T")

_PROJECT_VERSIONS = 1500


class Method(Struct, frozen=True):
    """What a method is asked and who answers it."""

    request: type[Message]
    answer: Callable[[View, Any], Awaitable[Answered]]


class Insights:
    """The implementation behind both transports."""

    def __init__(
        self,
        ecosystems: Mapping[str, Services],
        behind: Behind = Behind(),  # noqa: B008 (frozen)
        cooldown_ms: int = 0,
        pager: Pager | None = None,
    ) -> None:
        self._systems = Systems(ecosystems)
        self._behind = behind
        cooling = Cooling(cooldown_ms)
        self._catalogue = Catalogue(self._systems, behind, cooling)
        self._findings = FindingAnswers(self._systems, self._catalogue, behind.advisories, cooling)
        self._queries = Queries(self._systems, self._catalogue, behind.digests)
        self._pager = pager or Pager()
        self._version_batches = VersionBatches(self._systems, self._catalogue, self._pager)
        self.methods: Mapping[str, Method] = {
            "GetPackage": Method(GetPackageRequest, self._package),
            "GetVersion": Method(GetVersionRequest, self._version),
            "GetVersionBatch": Method(GetVersionBatchRequest, self._version_batch),
            "GetFindings": Method(GetFindingsRequest, self._findings.findings),
            "GetFindingsBatch": Method(GetFindingsBatchRequest, self._findings_batch),
            "GetRequirements": Method(GetRequirementsRequest, self._requirements),
            "GetDependencies": Method(GetDependenciesRequest, self._dependencies),
            "GetDependents": Method(GetDependentsRequest, self._dependents),
            "GetCapabilities": Method(GetCapabilitiesRequest, self._capabilities),
            "GetProject": Method(GetProjectRequest, self._project),
            "GetProjectBatch": Method(GetProjectBatchRequest, self._project_batch),
            "GetProjectPackageVersions": Method(GetProjectPackageVersionsRequest, self._project_versions),
            "GetAdvisory": Method(GetAdvisoryRequest, self._advisory),
            "GetSimilarlyNamedPackages": Method(GetSimilarlyNamedPackagesRequest, self._similar),
            "Query": Method(QueryRequest, self._queries.query),
            "PurlLookup": Method(PurlLookupRequest, self._purl),
            "PurlLookupBatch": Method(PurlLookupBatchRequest, self._purl_batch),
            "QueryContainerImages": Method(QueryContainerImagesRequest, self._images),
        }

    async def _package(self, view: View, request: GetPackageRequest) -> Answered:
        return await self._catalogue.package(view, request.package_key)

    async def _version(self, view: View, request: GetVersionRequest) -> Answered:
        return await self._catalogue.version(view, request.version_key)

    async def _requirements(self, view: View, request: GetVersionRequest) -> Answered:
        return await self._catalogue.requirements(view, request.version_key)

    async def _dependencies(self, view: View, request: GetVersionRequest) -> Answered:
        return await self._catalogue.dependencies(view, request.version_key)

    async def advise(self, view: View, found: Answered) -> Answered:
        """Add to a graph what is known to be wrong with each of its releases."""
        graph, advisories = found.message, self._behind.advisories
        assert isinstance(graph, Dependencies)  # noqa: S101 (what GetDependencies answers)
        releases = [
            (self._systems.target(key.system, key.name).key, key.version)
            for key in (node.version_key for node in graph.nodes)
        ]
        told = await advisories.list_keys(view, releases) if advisories is not None else [()] * len(releases)
        nodes = tuple(
            AdvisedNode(node.version_key, node.bundled, node.relation, node.errors, tuple(keys))
            for node, keys in zip(graph.nodes, told, strict=True)
        )
        named = sorted({key.id for keys in told for key in keys})
        messages = [await advisories.find(view, each) for each in named] if advisories is not None else []
        listed = tuple(each for each in messages if each is not None)
        return Answered(AdvisedDependencies(nodes, graph.edges, graph.error, listed))

    async def _purl(self, view: View, request: PurlLookupRequest) -> Answered:
        return await self._queries.purl(view, request.purl)

    async def _dependents(self, view: View, request: GetVersionRequest) -> Answered:
        if self._behind.dependents is None:
            raise NotFound("dependents not found")
        target, version = await self._release(view, request.version_key)
        return Answered(_known(await self._behind.dependents.count(view, target.key, version), "dependents"))

    async def _capabilities(self, view: View, request: GetVersionRequest) -> Answered:
        if self._behind.capabilities is None:
            raise NotFound("capabilities not found")
        target, version = await self._release(view, request.version_key)
        return Answered(_known(await self._behind.capabilities.find(view, target.key, version), "capabilities"))

    async def _project(self, view: View, request: GetProjectRequest) -> Answered:
        if self._behind.projects is None:
            raise NotFound("project not found")
        return Answered(_known(await self._behind.projects.find(view, _project(request)), "project"))

    async def _project_versions(self, view: View, request: GetProjectRequest) -> Answered:
        if self._behind.projects is None:
            raise NotFound("project not found")
        versions = await self._behind.projects.versions(view, _project(request), _PROJECT_VERSIONS)
        if not versions:
            raise NotFound("project not found")
        return Answered(ProjectPackageVersions(tuple(versions[:_PROJECT_VERSIONS])))

    async def _advisory(self, view: View, request: GetAdvisoryRequest) -> Answered:
        if self._behind.advisories is None:
            raise NotFound("advisory not found")
        return Answered(_known(await self._behind.advisories.find(view, request.advisory_key.id), "advisory"))

    async def _similar(self, view: View, request: GetPackageRequest) -> Answered:
        key = request.package_key
        target = self._systems.target(key.system, key.name)
        system = target.services.ecosystem.system
        similar = self._behind.similar or target.services.similar
        found = await similar.list(view, target.key)
        packages = tuple(SimilarPackage(PackageKey(system, each.name)) for each in found)
        return Answered(SimilarlyNamedPackages(PackageKey(system, target.key.name), packages))

    async def _images(self, view: View, request: QueryContainerImagesRequest) -> Answered:
        images = self._behind.images
        found = await images.list(view, request.chain_id, MOST_RESULTS) if images is not None else ()
        if not found:
            raise NotFound("container images not found")
        return Answered(QueryContainerImagesResult(tuple(found[:MOST_RESULTS])))

    async def _version_batch(self, view: View, request: GetVersionBatchRequest) -> Answered:
        return Answered(await self._version_batches.page(view, request))

    async def _findings_batch(self, view: View, request: GetFindingsBatchRequest) -> Answered:
        async def one(asked: GetFindingsRequest) -> FindingsResponse:
            found = await found_or_none(self._findings.findings(view, asked))
            package, version = asked.package_key, asked.version_key
            repeated = GetFindingsRequest(
                self._systems.spell_package(package) if isinstance(package, PackageKey) else UNSET,
                self._systems.spell_version(version) if isinstance(version, VersionKey) else UNSET,
            )
            return FindingsResponse(repeated, UNSET if found is None else found.message)  # type: ignore[arg-type]

        return Answered(FindingsBatch(*await self._pager.page(request.requests, request.page_token, one)))

    async def _project_batch(self, view: View, request: GetProjectBatchRequest) -> Answered:
        async def one(asked: GetProjectRequest) -> ProjectResponse:
            try:
                found = await found_or_none(self._project(view, asked))
            except UpstreamError:
                # Unlike a registry, a forge is no reason to send all of it again: it allows few questions an hour.
                found = None
            return ProjectResponse(asked, UNSET if found is None else found.message)  # type: ignore[arg-type]

        return Answered(ProjectBatch(*await self._pager.page(request.requests, request.page_token, one)))

    async def _purl_batch(self, view: View, request: PurlLookupBatchRequest) -> Answered:
        async def one(asked: PurlLookupRequest) -> PurlResponse:
            found = await found_or_none(self._purl(view, asked))
            # A batch is of releases: what has no version means none.
            result = found.message if found is not None else UNSET
            is_release = isinstance(result, Message) and getattr(result, "version", UNSET) is not UNSET
            return PurlResponse(asked, result if is_release else UNSET)  # type: ignore[arg-type]

        return Answered(PurlLookupBatchResult(*await self._pager.page(request.requests, request.page_token, one)))

    async def _release(self, view: View, key: VersionKey) -> tuple[Target, str]:
        target = self._systems.target(key.system, key.name)
        known = await self._catalogue.known(view, target)
        return target, known.release(key.version).version


def _project(request: GetProjectRequest) -> str:
    return request.project_key.id.lower()


def _known(found: T | None, what: str) -> T:
    if found is None:
        raise NotFound(f"{what} not found")
    return found
