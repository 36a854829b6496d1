"""What signed statements tell of a release, as messages of the deps.dev API: pure functions."""

from collections.abc import Sequence

from msgspec.structs import replace

from packhouse.apis.depsdev.messages import Attestation, ProjectKey, RelatedProject, SLSAProvenance, Version
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.project_address import project_id
from packhouse.domain.provenance import Attested, is_publication, is_slsa


def with_attested(ecosystem: Ecosystem, version: Version, found: Sequence[Attested]) -> Version:
    """Add what statements tell to what is said of a release."""
    told = attestations(found)
    if not told:
        return version
    return replace(
        version,
        slsa_provenances=provenances(ecosystem, found),
        attestations=told,
        related_projects=(*_related(ecosystem, found), *version.related_projects),
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


def relation_provenance(ecosystem: Ecosystem, attested: Attested) -> str | None:
    """Name how it is known that a release comes from a repository; None where it is not known by this statement."""
    if not attested.verified or not attested.repository:
        return None
    if is_slsa(attested):
        return "SLSA_ATTESTATION"
    return f"{ecosystem.system}_PUBLISH_ATTESTATION" if is_publication(attested) else None


def _related(ecosystem: Ecosystem, found: Sequence[Attested]) -> tuple[RelatedProject, ...]:
    """Name the repositories that verified statements name; what is not verified relates nothing."""
    related = {
        (provenance, project)
        for each in found
        if (provenance := relation_provenance(ecosystem, each)) is not None
        and (project := project_id(each.repository)) is not None
    }
    return tuple(
        RelatedProject(ProjectKey(project), provenance, "SOURCE_REPO")
        for provenance, project in sorted(related, key=lambda pair: (pair[0] != "SLSA_ATTESTATION", pair))
    )
