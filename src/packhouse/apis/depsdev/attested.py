"""What signed statements tell of a release, as messages of the deps.dev API: pure functions."""

from collections.abc import Sequence

from msgspec.structs import replace

from packhouse.apis.depsdev.messages import Attestation, ProjectKey, RelatedProject, SLSAProvenance, Version
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.project import Provenance
from packhouse.domain.project_address import project_id
from packhouse.domain.provenance import Attested, is_publication, is_slsa
from packhouse.policy.provenance import relations


def with_attested(ecosystem: Ecosystem, version: Version, found: Sequence[Attested]) -> Version:
    """Add what statements tell to what is said of a release."""
    told = attestations(found)
    if not told:
        return version
    return replace(
        version,
        slsa_provenances=provenances(ecosystem, found),
        attestations=told,
        related_projects=(*_related(ecosystem, version, found), *version.related_projects),
    )


def attestations(found: Sequence[Attested]) -> tuple[Attestation, ...]:
    """List the statements that tell of a source: of how something was built, or by whom it was published."""
    told = (
        Attestation(each.type, each.url, each.verified, each.repository, each.commit)
        for each in found
        if is_slsa(each) or is_publication(each)
    )
    return tuple(dict.fromkeys(told))


def provenances(ecosystem: Ecosystem, found: Sequence[Attested]) -> tuple[SLSAProvenance, ...]:
    """List those of SLSA once more, where the API has them under this name too."""
    if ecosystem.attestations is None or not ecosystem.attestations.lists_slsa:
        return ()
    told = (SLSAProvenance(each.repository, each.commit, each.url, each.verified) for each in found if is_slsa(each))
    return tuple(dict.fromkeys(told))


def relation_word(ecosystem: Ecosystem, provenance: Provenance) -> str:
    """Name how a relation is known (ProjectRelationProvenance); empty where the API has no word for it."""
    if provenance == "slsa":
        return "SLSA_ATTESTATION"
    return ecosystem.attestations.publication if provenance == "publish" and ecosystem.attestations else ""


def _related(ecosystem: Ecosystem, version: Version, found: Sequence[Attested]) -> tuple[RelatedProject, ...]:
    """Name the repositories that verified statements name; what is not verified relates nothing."""
    return tuple(
        RelatedProject(ProjectKey(each.project), word, "SOURCE_REPO")
        for each in relations(version.version_key.version, found)
        if (word := relation_word(ecosystem, each.provenance)) and project_id(f"https://{each.project}") is not None
    )
