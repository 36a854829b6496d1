"""What is published here is nobody else's to change: neither an upstream's, nor a signature's of something else."""

import base64
import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.attacks.npm_writes.ground import Ground, a_ground
from tests.ecosystems.npm.test_publishing import document

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Run a server that keeps nothing of its upstream for long."""
    settings = 'access.reserved = ["npm/@inner/*"]\n[cache]\nindex_fresh = "0s"'
    async with a_ground(tmp_path_factory.mktemp("upstreams"), settings) as ground:
        yield ground


async def test_a_higher_version_upstream_never_shadows_what_is_published_here(ground: Ground) -> None:
    ada = await ground.user("ada")
    await ground.publish("pear", "1.0.0", ada)
    await ground.publish("@inner/pear", "1.0.0", ada)
    for name in ("pear", "@inner/pear", "@inner/unborn"):
        ground.upstream.publish(name, "99.0.0", b"evil")
    ground.upstream.calls.clear()
    for name in ("pear", "@inner/pear"):
        escaped, bare = name.replace("/", "%2f"), name.rpartition("/")[2]
        for path in (f"/npm/{escaped}", f"/npm/{escaped}?write=true", f"/@2099-01-01/npm/{escaped}"):
            shown = await ground.send("GET", path)
            assert list(json.loads(shown.body)["versions"]) == ["1.0.0"]
        for path in (
            f"/npm/{escaped}/99.0.0",
            f"/npm/{escaped}/%3e=2",
            f"/npm/{name}/-/{bare}-99.0.0.tgz",
            f"/npm/{name}/-/{bare}-1.0.1.tgz",
            f"/ui/npm/{name}/v/99.0.0",
        ):
            assert (await ground.send("GET", path)).status == 404, path
    assert (await ground.send("GET", "/npm/@inner%2funborn")).status == 404
    assert not [path for path in ground.upstream.paths if "pear" in path or "inner" in path]


async def test_neither_a_failing_nor_an_empty_upstream_takes_away_what_is_published_here(ground: Ground) -> None:
    await ground.publish("pear", "1.0.0", await ground.user("ada"))
    await ground.upstream.stop()
    try:
        for path in ("/npm/pear", "/npm/pear/-/pear-1.0.0.tgz"):
            assert (await ground.send("GET", path)).status == 200
    finally:
        await ground.upstream.start()
    assert (await ground.packument("nothing")) == {}
    assert list((await ground.packument("pear"))["versions"]) == ["1.0.0"]


async def test_a_removed_package_does_not_come_back_from_an_upstream(ground: Ground) -> None:
    ada = await ground.user("ada")
    await ground.publish("pear", "1.0.0", ada)
    rev = (await ground.packument("pear"))["_rev"]
    assert (await ground.send("DELETE", f"/npm/pear/-rev/{rev}", token=ada)).status == 200
    ground.upstream.publish("pear", "1.0.0", b"evil")
    ground.upstream.calls.clear()
    for path in ("/npm/pear", "/npm/pear/1.0.0", "/npm/pear/-/pear-1.0.0.tgz", "/ui/npm/pear"):
        assert (await ground.send("GET", path)).status == 404
    assert ground.upstream.calls == []


def bundle(name: str, version: str, sha512: str) -> str:
    """Make what looks like a provenance of somebody's own."""
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": f"pkg:npm/{name}@{version}", "digest": {"sha512": sha512}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {},
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    envelope = {"payload": payload, "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": "AAAA"}]}
    return json.dumps(
        {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {"certificate": {"rawBytes": "AAAA"}, "tlogEntries": []},
            "dsseEnvelope": envelope,
        }
    )


async def test_no_provenance_is_taken_that_is_of_something_else_or_signed_by_nobody(ground: Ground) -> None:
    ada = await ground.user("ada")
    sent = document("pear", "1.0.0")
    own = base64.b64decode(sent["versions"]["1.0.0"]["dist"]["integrity"].partition("-")[2]).hex()
    for text in (
        bundle("pear", "1.0.0", own),  # whose signature does not hold
        bundle("other", "1.0.0", own),
        bundle("pear", "2.0.0", own),
        bundle("pear", "1.0.0", "0" * 128),
        "{}",
        "[]",
    ):
        attached: dict[str, Any] = copy.deepcopy(sent)
        attached["_attachments"]["pear-1.0.0.sigstore"] = {
            "content_type": "application/vnd.dev.sigstore.bundle+json;version=0.3",
            "data": text,
            "length": len(text),
        }
        reply = await ground.send("PUT", "/npm/pear", attached, ada)
        assert reply.status == 400, reply.text
        assert await ground.packument("pear") == {}
    for path in ("pear@1.0.0", "..%2f..%2fpear@1.0.0", "pear@..", "pear@1.0.0%2f..%2fx", "pear%001@1.0.0"):
        assert (await ground.send("GET", f"/npm/-/npm/v1/attestations/{path}")).status in (400, 404)


async def test_a_signature_is_of_one_version_and_by_a_key_that_the_server_names(ground: Ground) -> None:
    ada = await ground.user("ada")
    first = await ground.packument("pear", ada) or None
    assert first is None
    await ground.publish("pear", "1.0.0", ada)
    dist = (await ground.packument("pear"))["versions"]["1.0.0"]["dist"]
    second = document("pear", "2.0.0")
    second["versions"]["2.0.0"]["dist"]["signatures"] = dist["signatures"] + [{"keyid": "SHA256:evil", "sig": "AAAA"}]
    assert (await ground.send("PUT", "/npm/pear", second, ada)).status == 201
    versions = (await ground.packument("pear"))["versions"]
    keys = {each["keyid"]: each for each in json.loads((await ground.send("GET", "/npm/-/npm/v1/keys")).body)["keys"]}
    for version, manifest in versions.items():
        (signature,) = manifest["dist"]["signatures"]
        key = load_der_public_key(base64.b64decode(keys[signature["keyid"]]["key"]))
        assert isinstance(key, EllipticCurvePublicKey)
        signed = f"pear@{version}:{manifest['dist']['integrity']}".encode()
        key.verify(base64.b64decode(signature["sig"]), signed, ECDSA(SHA256()))
        for other in (f"pear@9.0.0:{manifest['dist']['integrity']}", f"plum@{version}:{manifest['dist']['integrity']}"):
            with pytest.raises(InvalidSignature):
                key.verify(base64.b64decode(signature["sig"]), other.encode(), ECDSA(SHA256()))
