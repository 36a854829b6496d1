"""Who is believed to have signed a gem."""

import base64
import copy
import hashlib
import json
from typing import Any

import pytest

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.provenance import Attested
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.gem import ECOSYSTEM, build_mount
from packhouse.policy.provenance import relations
from tests.assembled import Assembled
from tests.sigstore_authority import COMMIT, REPOSITORY, Authority

pytestmark = pytest.mark.anyio

AUTHORITY, STRANGER = Authority(), Authority()
UPSTREAM = "https://gems.example"
SHA256 = hashlib.sha256(b"press").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
KEY = PackageKey("gem", NormalName("press"))
STATEMENT = {
    "_type": "https://in-toto.io/Statement/v1",
    "subject": [{"name": "press-1.0.0.gem", "digest": {"sha256": SHA256}}],
    "predicateType": "https://index.example/attestations/publish/v1",
    "predicate": {},
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> SigstoreRoot:
    """Trust one instance."""
    return SigstoreRoot(AUTHORITY.trusted_root(tmp_path_factory.mktemp("root")))


def as_the_registry_gives_it(bundle: dict[str, Any]) -> dict[str, Any]:
    """Encode the certificate once more, and leave out what kind of entry it is."""
    given = copy.deepcopy(bundle)
    material = given["verificationMaterial"]
    material["certificate"]["rawBytes"] = base64.b64encode(material["certificate"]["rawBytes"].encode()).decode()
    del material["tlogEntries"][0]["kindVersion"]
    return given


async def attested(root: SigstoreRoot, *bundles: object) -> list[Attested]:
    answers = {
        f"{UPSTREAM}/info/press": f"---\n1.0.0 |checksum:{SHA256}\n".encode(),
        f"{UPSTREAM}/api/v1/attestations/press-1.0.0.json": json.dumps(bundles).encode(),
    }
    upstreams = [UpstreamRegistry("gem", "gem", UPSTREAM)]
    server = Assembled(ECOSYSTEM, build_mount, answers, upstreams, provenance_root=root)
    release = await server.services.records.release(View(), KEY, "1.0.0")
    return list(await server.services.provenances.list(View(), KEY, release))


@pytest.mark.parametrize("signed", [AUTHORITY.sign(SHA256), AUTHORITY.attest(STATEMENT, kind="dsse")])
async def test_a_signature_is_believed_as_it_was_sent_and_as_the_registry_gives_it(
    signed: dict[str, Any], root: SigstoreRoot
) -> None:
    found = await attested(root, signed, as_the_registry_gives_it(signed))
    assert [(each.verified, each.reason) for each in found] == [(True, ""), (True, "")]
    assert {(each.repository, each.commit) for each in found} == {(REPOSITORY, COMMIT)}
    (related,) = relations("1.0.0", found)
    assert (related.project, related.provenance) == ("github.com/farm/press", "publish")


async def test_what_is_forged_is_not_believed(root: SigstoreRoot) -> None:
    swapped, other = AUTHORITY.sign(SHA256), AUTHORITY.sign(SHA256)
    swapped["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    renamed = AUTHORITY.sign(OTHER)
    renamed["messageSignature"]["messageDigest"]["digest"] = base64.b64encode(bytes.fromhex(SHA256)).decode()
    both = AUTHORITY.sign(SHA256) | {"dsseEnvelope": AUTHORITY.attest(STATEMENT)["dsseEnvelope"]}
    unreadable = as_the_registry_gives_it(AUTHORITY.sign(SHA256))
    unreadable["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"] = "%"
    forged: tuple[dict[str, Any], ...] = (
        STRANGER.sign(SHA256),
        AUTHORITY.sign(OTHER),
        swapped,
        renamed,
        both,
        unreadable,
        {},
    )
    found = await attested(root, *forged)
    assert len(found) == len(forged)
    assert not any(each.verified for each in found)
    assert all(each.reason for each in found)


async def test_half_a_character_leaves_nothing_to_believe(root: SigstoreRoot) -> None:
    (found,) = await attested(root, AUTHORITY.sign(SHA256), {"a": "\ud800"})
    assert (found.verified, bool(found.reason)) == (False, True)


async def test_a_gem_without_attestations_has_none(root: SigstoreRoot) -> None:
    assert await attested(root) == []
