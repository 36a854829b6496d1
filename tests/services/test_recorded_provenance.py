"""Real attestations of PyPI, against the root of the public instance."""

import base64
import json
import tarfile
from functools import cache
from pathlib import Path

import pytest

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.domain.digest import Digest
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.provenance import Attested
from packhouse.domain.release import Artifact, Release
from packhouse.ecosystems.pypi.attestations import presented
from packhouse.policy.provenance import conclude, read
from tests.shared import shared_path

KEY = PackageKey("pypi", NormalName("x"))
PROVENANCES = {
    "pypi_attestations-0.0.19.tar.gz": (
        "https://github.com/trailofbits/pypi-attestations",
        "08802efe1f8e5fec4ad842d6b8ce97656092ee72",
        "https://github.com/trailofbits/pypi-attestations/.github/workflows/release.yml@refs/tags/v0.0.19",
    ),
    "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl": (
        "https://github.com/CircleCI-Public/sign-and-publish-examples",
        "",
        "https://circleci.com/api/v2/pipeline/f3f6eb86-f260-445b-b9c9-32a2cb5a3a61/config",
    ),
    "gcb_attestation_test-0.0.0.tar.gz": ("", "", ""),
}
"""Repository, commit and workflow of each."""
ATTESTATIONS = {
    "gitlab_oidc_project-0.0.3.tar.gz.publish.attestation": True,
    "pypi_attestation_models-0.0.4a2.tar.gz.attestation": True,
    "pypi_attestations-0.0.19.tar.gz.publish.attestation": True,
    "pypi_attestations-0.0.19.tar.gz.slsa.attestation": True,
    # By the staging instance.
    "rfc8785-0.1.2-py3-none-any.whl.publish.attestation": False,
    "spt3g-1.0-cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64.whl.publish.attestation": False,
}
ROOT = SigstoreRoot()


@cache
def recorded() -> dict[str, bytes]:
    """Read the real files."""
    with tarfile.open(shared_path("data", "fixtures", "pypi-attestations-assets.tar.xz")) as archive:
        return {Path(each.name).name: archive.extractfile(each).read() for each in archive if each.isfile()}  # type: ignore[union-attr]


def judge(filename: str, body: bytes, sha256: str) -> list[Attested]:
    artifact = Artifact(filename, "", (Digest("sha256", sha256),))
    found = []
    for each in presented(KEY, Release("1"), artifact, body):
        unchecked = read(each, filename, "", artifact.digests)
        try:
            found.append(conclude(unchecked, ROOT(each.bundle), ""))
        except Exception as error:  # noqa: BLE001 (its text is the reason)
            found.append(conclude(unchecked, None, str(error)))
    return found


def digest_in(body: bytes) -> str:
    """Find what a statement says that its file hashes to."""
    statement = json.loads(base64.b64decode(json.loads(body)["envelope"]["statement"]))
    digest: str = statement["subject"][0]["digest"]["sha256"]
    return digest


@pytest.mark.parametrize("filename", PROVENANCES)
def test_a_real_provenance_is_verified_and_tells_its_source(filename: str) -> None:
    body = recorded()[f"{filename}.provenance"]
    attestation = json.dumps(json.loads(body)["attestation_bundles"][0]["attestations"][0]).encode()
    (found,) = judge(filename, body, digest_in(attestation))
    assert (found.verified, found.reason) == (True, "")
    assert (found.repository, found.commit, found.builder.workflow) == PROVENANCES[filename]
    (other,) = judge(filename, body, "0" * 64)
    assert (other.verified, other.reason) == (False, "it is about another file")
    (renamed,) = judge(f"x{filename}", body, digest_in(attestation))
    assert not renamed.verified


@pytest.mark.parametrize("name", ATTESTATIONS)
def test_a_real_attestation_is_verified_if_the_public_instance_vouches_for_it(name: str) -> None:
    body = recorded()[name]
    whole = b'{"version":1,"attestation_bundles":[{"publisher":{"kind":"Other"},"attestations":[%b]}]}' % body
    filename = name.removesuffix(".attestation").removesuffix(".publish").removesuffix(".slsa")
    (found,) = judge(filename, whole, digest_in(body))
    assert found.verified is ATTESTATIONS[name]
    assert bool(found.reason) is not ATTESTATIONS[name]
