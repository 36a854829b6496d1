"""A build that publishes here with its provenance: what is told of it afterwards, and to whom."""

import base64
import json
from typing import Any

import pytest

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.domain.errors import NotFound
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from tests.assembled import Assembled
from tests.ecosystems.npm.test_publishing import document
from tests.sigstore_authority import COMMIT, REPOSITORY, Authority, provenance

pytestmark = pytest.mark.anyio

AUTHORITY, STRANGER = Authority(), Authority()
KEY = PackageKey("npm", NormalName("@farm/pear"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> SigstoreRoot:
    """Trust one instance."""
    return SigstoreRoot(AUTHORITY.trusted_root(tmp_path_factory.mktemp("root")))


def built(authority: Authority, access: str | None = None) -> dict[str, Any]:
    """Make the document that npm puts for a build."""
    made = document(KEY.name, "1.0.0", access=access)
    integrity = made["versions"]["1.0.0"]["dist"]["integrity"]
    sha512 = base64.b64decode(integrity.removeprefix("sha512-")).hex()
    bundle = json.dumps(authority.attest(provenance("pkg:npm/%40farm/pear@1.0.0", "sha512", sha512)))
    made["_attachments"]["@farm/pear-1.0.0.sigstore"] = {
        "content_type": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "data": bundle,
        "length": len(bundle),
    }
    return made


@pytest.mark.parametrize(("authority", "verified"), [(AUTHORITY, True), (STRANGER, False)])
async def test_a_provenance_that_was_published_here_is_checked_like_any_other(
    authority: Authority,
    verified: bool,  # noqa: FBT001
    root: SigstoreRoot,
) -> None:
    ours = Assembled(ECOSYSTEM, build_mount, {}, [], provenance_root=root)
    reply = await ours.send("PUT", "/npm/@farm%2fpear", built(authority), await ours.token("ada"))
    assert reply.status == 201, reply.text
    release = await ours.services.records.release(View(), KEY, "1.0.0")
    (found,) = await ours.services.provenances.list(View(), KEY, release)
    assert found.verified is verified
    assert (found.repository, found.commit, found.url) == (REPOSITORY, COMMIT, "")
    assert ours.asked() == []


async def test_the_provenance_of_a_restricted_package_is_nobody_elses_business(root: SigstoreRoot) -> None:
    ours = Assembled(ECOSYSTEM, build_mount, {}, [], provenance_root=root)
    ada = await ours.token("ada")
    reply = await ours.send("PUT", "/npm/@farm%2fpear", built(AUTHORITY, "restricted"), ada)
    assert reply.status == 201, reply.text
    index = await ours.store.read_index("hosted:default", KEY)
    release = ECOSYSTEM.index.describe(KEY, index).release(0)
    for ask in (
        ours.services.provenances.list(View(), KEY, release),
        ours.services.provenances.known(View(), KEY, "1.0.0"),
    ):
        with pytest.raises(NotFound):
            await ask
