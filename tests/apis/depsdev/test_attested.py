"""What attestations tell of a release, in the words of the API."""

import json
from typing import Any

import pytest

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.apis.depsdev.insights import Insights
from tests.apis.depsdev.conftest import site_over
from tests.asgi import call
from tests.assembled import Assembled
from tests.services.test_provenances import (
    ATTESTATIONS,
    AUTHORITY,
    INTEGRITY,
    KEYED,
    PUBLISH,
    PUBLISHER,
    STRANGER,
    built,
    document,
    integrity,
    npm_server,
    pypi_server,
)
from tests.sigstore_authority import COMMIT, REPOSITORY

pytestmark = pytest.mark.anyio

SLSA = "https://slsa.dev/provenance/v1"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> SigstoreRoot:
    """Trust one instance."""
    return SigstoreRoot(AUTHORITY.trusted_root(tmp_path_factory.mktemp("root")))


async def version(server: Assembled, path: str, edition: str = "v3alpha") -> dict[str, Any]:
    site = site_over(Insights({server.services.ecosystem.key: server.services}))
    reply = await call(site, f"/{edition}/systems/{path}")
    assert reply.status == 200
    told: dict[str, Any] = json.loads(reply.body)
    return told


@pytest.mark.parametrize("edition", ["v3", "v3alpha"])
async def test_a_verified_build_is_told_under_both_names_and_relates_its_repository(
    root: SigstoreRoot, edition: str
) -> None:
    server = npm_server(document(AUTHORITY.attest(built()), KEYED), root)
    told = await version(server, "npm/packages/%40farm%2Fpear/versions/1.2.3", edition)
    source = {"sourceRepository": REPOSITORY, "commit": COMMIT}
    assert told["slsaProvenances"][0] == {**source, "url": ATTESTATIONS, "verified": True}
    assert list(told["slsaProvenances"][0]) == ["sourceRepository", "commit", "url", "verified"]
    assert told["attestations"][0] == {"type": SLSA, "url": ATTESTATIONS, "verified": True, **source}
    assert list(told["attestations"][0]) == ["type", "url", "verified", "sourceRepository", "commit"]
    assert [each["verified"] for each in told["attestations"]] == [True, False]
    assert told["relatedProjects"] == [
        {
            "projectKey": {"id": "github.com/farm/press"},
            "relationProvenance": "SLSA_ATTESTATION",
            "relationType": "SOURCE_REPO",
        }
    ]


async def test_what_is_not_verified_relates_nothing(root: SigstoreRoot) -> None:
    told = await version(
        npm_server(document(STRANGER.attest(built())), root), "npm/packages/%40farm%2Fpear/versions/1.2.3"
    )
    assert [each["verified"] for each in (*told["attestations"], *told["slsaProvenances"])] == [False, False]
    assert told["relatedProjects"] == []


async def test_a_publication_is_an_attestation_and_no_slsa_provenance(root: SigstoreRoot) -> None:
    server = pypi_server(integrity(AUTHORITY.attest(PUBLISH), PUBLISHER), root)
    told = await version(server, "pypi/packages/pear/versions/1.0")
    assert told["slsaProvenances"] == []
    assert told["attestations"] == [
        {
            "type": PUBLISH["predicateType"],
            "url": INTEGRITY,
            "verified": True,
            "sourceRepository": REPOSITORY,
            "commit": COMMIT,
        }
    ]
    assert [each["relationProvenance"] for each in told["relatedProjects"]] == ["PYPI_PUBLISH_ATTESTATION"]


async def test_a_publication_that_its_system_has_no_word_for_relates_nothing(root: SigstoreRoot) -> None:
    server = npm_server(document(AUTHORITY.attest(built(predicateType=PUBLISH["predicateType"]))), root)
    told = await version(server, "npm/packages/%40farm%2Fpear/versions/1.2.3")
    assert [each["verified"] for each in told["attestations"]] == [True]
    assert (told["slsaProvenances"], told["relatedProjects"]) == ([], [])


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{}", b"null", b'{"attestations":[{"bundle":{"a":"\\ud800"}}]}'])
async def test_a_broken_document_leaves_the_rest_of_the_answer_as_it_is(root: SigstoreRoot, body: bytes) -> None:
    told = await version(npm_server(body, root), "npm/packages/%40farm%2Fpear/versions/1.2.3")
    assert told["versionKey"]["version"] == "1.2.3"
    assert (told["attestations"], told["slsaProvenances"]) == ([], [])
