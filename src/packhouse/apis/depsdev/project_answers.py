"""What is known of source repositories, in the words of the API."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from msgspec import UNSET, UnsetType

from packhouse.apis.depsdev.attested import attestations, provenances, relation_word
from packhouse.apis.depsdev.messages import ProjectKey, RelatedProject, RelationType, VersionKey
from packhouse.apis.depsdev.project_messages import (
    Check,
    CheckDocumentation,
    OSSFuzzDetails,
    Project,
    ProjectVersion,
    Scorecard,
    ScorecardDetails,
    ScorecardRepository,
)
from packhouse.domain import project as domain
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.package import Moment
from packhouse.domain.project_address import parse_project
from packhouse.domain.provenance import Attested
from packhouse.domain.release import Release
from packhouse.domain.view import View
from packhouse.services.assembly import Services
from packhouse.services.project_packages import ProjectPackages, ProjectRelease
from packhouse.services.project_ports import PackagePlace
from packhouse.services.projects import Projects

_ORIGINS = frozenset(("GO_ORIGIN",))
"""The API's words for where a registry itself has fetched the code."""
_UNVERIFIED = "UNVERIFIED_METADATA"
_TYPES: Mapping[domain.RelationType, RelationType] = {"source": "SOURCE_REPO", "issues": "ISSUE_TRACKER"}


class KnownProjects:
    """Answers from what this server has stored and may ask of forges."""

    def __init__(self, projects: Projects, packages: ProjectPackages, services: Mapping[str, Services]) -> None:
        """Take the services of each ecosystem, by its key."""
        self._projects = projects
        self._packages = packages
        self._services = services

    async def find(self, view: View, project: str) -> Project | None:
        """Look a repository up; raise an UpstreamError where nothing is known and its forge does not answer."""
        name = parse_project(project)
        found = await self._projects.find(name) if name is not None else None
        if found is None:
            return None
        if found.repository is not None and found.repository.private:
            seen = view.actor.signed_in
            if view.sight is not None:
                view.sight.restricted |= seen
                view.sight.withheld |= not seen
            if not seen:
                return None
        return _message(found)

    async def versions(self, view: View, project: str, limit: int) -> Sequence[ProjectVersion]:
        """List the releases that come from a repository, those with an attestation first."""
        name = parse_project(project)
        if name is None:
            return ()
        return [await self._version(view, each) for each in await self._packages.list(view, name, limit)]

    async def relate(
        self, ecosystem: Ecosystem, place: PackagePlace, known: Release, completed: Release
    ) -> Sequence[RelatedProject]:
        """List the repositories of a release that its links do not tell, and remember those of further documents."""
        await self._packages.note_completed(place, known, completed)
        return [
            RelatedProject(ProjectKey(each.project), _provenance(ecosystem, each), _TYPES[each.type])
            for each in await self._packages.beyond_links(place, completed)
        ]

    async def _version(self, view: View, found: ProjectRelease) -> ProjectVersion:
        relation, services = found.relation, self._services[found.key.ecosystem]
        ecosystem = services.ecosystem
        told: Sequence[Attested] = ()
        if relation.provenance in ("slsa", "publish"):
            with suppress(NotFound):
                told = await services.provenances.known(view, found.key, relation.version)
        return ProjectVersion(
            version_key=VersionKey(ecosystem.system, found.key.name, relation.version),
            slsa_provenances=provenances(ecosystem, told),
            relation_type=_TYPES[relation.type],
            relation_provenance=_provenance(ecosystem, relation),
            attestations=attestations(told),
        )


def merged(first: Sequence[RelatedProject], further: Sequence[RelatedProject]) -> tuple[RelatedProject, ...]:
    """Put what is known of a release's repositories together; of each and each kind what is known best."""
    best: dict[tuple[RelationType, str], RelatedProject] = {}
    # A stable sort: of several proofs the first stands.
    for each in sorted((*first, *further), key=lambda each: each.relation_provenance == _UNVERIFIED):
        best.setdefault((each.relation_type, each.project_key.id), each)
    ordered = sorted(best.items(), key=lambda pair: (pair[1].relation_provenance == _UNVERIFIED, pair[0]))
    return tuple(each for _, each in ordered)


def _provenance(ecosystem: Ecosystem, relation: domain.Relation) -> str:
    """Name how a relation is known; what the API has no word for is not verified to its clients."""
    if relation.provenance == "origin":
        word = f"{ecosystem.system}_ORIGIN"
        return word if word in _ORIGINS else _UNVERIFIED
    return relation_word(ecosystem, relation.provenance) or _UNVERIFIED


def _message(project: domain.Project) -> Project:
    repository = project.repository or domain.Repository(project.id)
    return Project(
        project_key=ProjectKey(project.id),
        open_issues_count=repository.open_issues or 0,
        stars_count=repository.stars or 0,
        forks_count=repository.forks or 0,
        license=repository.licence,
        description=repository.description,
        homepage=repository.homepage,
        scorecard=UNSET if project.scorecard is None else _scorecard(project.scorecard),
        oss_fuzz=UNSET if project.fuzzing is None else _fuzzing(project.fuzzing),
    )


def _scorecard(card: domain.Scorecard) -> Scorecard:
    return Scorecard(
        date=_timestamp(card.date),
        repository=ScorecardRepository(card.repository, card.commit),
        scorecard=ScorecardDetails(card.scorer_version, card.scorer_commit),
        checks=tuple(
            Check(each.name, CheckDocumentation(each.about, each.url), each.score, each.reason, each.details)
            for each in card.checks
        ),
        overall_score=card.score,
        metadata=card.metadata,
    )


def _fuzzing(fuzzing: domain.Fuzzing) -> OSSFuzzDetails:
    return OSSFuzzDetails(
        line_count=fuzzing.lines,
        line_cover_count=fuzzing.covered,
        date=_timestamp(fuzzing.date),
        config_url=fuzzing.config_url,
    )


def _timestamp(moment: Moment | None) -> datetime | UnsetType:
    return UNSET if moment is None else datetime.fromtimestamp(moment // 1000, UTC)
