"""Attestations and keys of an upstream, passed on."""

import json

import pytest

from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from tests.assembled import Assembled
from tests.ecosystems.npm.test_publishing import publish

pytestmark = pytest.mark.anyio

UPSTREAM = "http://registry.example"
ATTESTATIONS = b'{"attestations":[{"predicateType":"https://slsa.example/v1","bundle":{"strange":1}}]}'
DIST = {
    "tarball": f"{UPSTREAM}/melon/-/melon-1.0.0.tgz",
    "integrity": "sha512-" + "A" * 86 + "==",
    "attestations": {"url": f"{UPSTREAM}/-/npm/v1/attestations/melon@1.0.0", "provenance": {"predicateType": "x"}},
}
MELON = {
    "name": "melon",
    "dist-tags": {"latest": "1.0.0"},
    "versions": {"1.0.0": {"name": "melon", "version": "1.0.0", "dist": DIST}},
}
KIND = "ecdsa-sha2-nistp256"
KEYS = {"keys": [{"expires": None, "keyid": "SHA256:theirs", "keytype": KIND, "scheme": KIND, "key": "AAAA"}]}


def proxy() -> Assembled:
    """Make a server before one upstream."""
    answers = {
        f"{UPSTREAM}/melon": json.dumps(MELON).encode(),
        f"{UPSTREAM}/-/npm/v1/attestations/melon@1.0.0": ATTESTATIONS,
        f"{UPSTREAM}/-/npm/v1/keys": json.dumps(KEYS).encode(),
    }
    return Assembled(ECOSYSTEM, build_mount, answers, [UpstreamRegistry("npm", "npm", UPSTREAM)])


async def test_attestations_of_an_upstream_are_found_where_the_document_says_and_in_their_own_bytes() -> None:
    ours = proxy()
    dist = json.loads((await ours.get("/npm/melon")).body)["versions"]["1.0.0"]["dist"]
    assert dist["attestations"]["url"] == "http://packhouse.example/npm/-/npm/v1/attestations/melon@1.0.0"
    found = await ours.get("/npm/-/npm/v1/attestations/melon@1.0.0")
    assert found.body == ATTESTATIONS
    assert (await ours.get("/npm/-/npm/v1/attestations/melon@2.0.0")).status == 404


async def test_the_keys_of_an_upstream_stand_beside_ours() -> None:
    ours = proxy()
    await publish(ours, await ours.token("ada"), "@farm/pear", "1.0.0")
    keys = [key["keyid"] for key in json.loads((await ours.get("/npm/-/npm/v1/keys")).body)["keys"]]
    assert keys[-1] == "SHA256:theirs"
    assert len(keys) == 2


async def test_nobody_is_asked_for_attestations_of_what_is_published_here() -> None:
    ours = proxy()
    await publish(ours, await ours.token("ada"), "@farm/pear", "1.0.0")
    before = len(ours.asked())
    assert (await ours.get("/npm/-/npm/v1/attestations/@farm%2fpear@1.0.0")).status == 404
    assert ours.asked()[before:] == []
