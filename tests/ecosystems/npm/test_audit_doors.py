"""The doors of audits, keys and attestations."""

import gzip
import json
from collections.abc import Mapping

import msgspec
import pytest

from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.npm.attestations import attestations_document, check_provenance
from packhouse.ecosystems.npm.signature_routes import KEYS, attestations_path
from tests.asgi import Reply, call
from tests.assembled import START
from tests.ecosystems.npm.auditing import Signed
from tests.ecosystems.npm.bundling import provenance
from tests.ecosystems.npm.test_attestations import NAME, SHA512, VERSION
from tests.ecosystems.npm.test_audit import ROT, TREE

pytestmark = pytest.mark.anyio

BULK = "/npm/-/npm/v1/security/advisories/bulk"
QUICK = "/npm/-/npm/v1/security/audits/quick"
FULL = "/npm/-/npm/v1/security/audits"
ATTESTATIONS = "/npm/-/npm/v1/attestations"


async def post(signed: Signed, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> Reply:
    return await call(signed.server._site, path, "POST", headers, body)


async def test_an_audit_is_answered_from_here_and_no_name_leaves_this_server() -> None:
    signed = Signed([ROT])
    body = json.dumps({"apple": ["1.0.0"], "@secret/plan": ["1.0.0"]}).encode()
    for sent, headers in ((body, {}), (gzip.compress(body), {"content-encoding": "gzip"})):
        reply = await post(signed, BULK, sent, headers)
        assert reply.status == 200
        assert [each["id"] for each in json.loads(reply.body)["apple"]] == [1101]
    assert signed.server.asked() == []
    (_, asked), _ = signed.asked
    assert [(str(key), versions) for key, versions in asked] == [
        ("npm/apple", ("1.0.0",)),
        ("npm/@secret/plan", ("1.0.0",)),
    ]


async def test_nothing_of_an_audit_may_be_kept_by_anyone_on_the_way() -> None:
    signed = Signed([ROT])
    for path, body in ((BULK, b"{}"), (QUICK, b"{}"), (FULL, json.dumps(TREE).encode())):
        assert (await post(signed, path, body)).headers["cache-control"] == "no-store"


async def test_nobody_known_is_no_finding() -> None:
    signed = Signed()
    assert json.loads((await post(signed, BULK, b'{"apple":["1.0.0"]}')).body) == {}
    assert json.loads((await post(signed, QUICK, json.dumps(TREE).encode())).body)["advisories"] == {}


async def test_the_quick_answer_is_the_whole_one() -> None:
    signed = Signed([ROT])
    body = json.dumps(TREE).encode()
    quick, full = await post(signed, QUICK, body), await post(signed, FULL, body)
    assert quick.body == full.body
    assert list(json.loads(full.body)["advisories"]) == ["1101"]


async def test_a_large_tree_is_answered_as_a_small_one() -> None:
    signed = Signed([ROT])
    nodes = {f"p{number}": {"version": "1.0.0"} for number in range(20_000)} | TREE["dependencies"]
    reply = await post(signed, FULL, json.dumps({"dependencies": nodes}).encode())
    answer = json.loads(reply.body)
    assert answer["metadata"]["totalDependencies"] == 20_005
    assert answer["metadata"]["vulnerabilities"]["high"] == 3


@pytest.mark.parametrize("path", [BULK, QUICK, FULL])
async def test_what_cannot_be_read_is_explained_in_json(path: str) -> None:
    signed = Signed([ROT])
    for body, headers, status in (
        (b"[]", {}, 400),
        (b"{}", {"content-encoding": "gzip"}, 400),
        (gzip.compress(b" " * (32 << 20), mtime=0), {"content-encoding": "gzip"}, 413),
        (b" " * (9 << 20), {}, 413),
    ):
        reply = await post(signed, path, body, headers)
        assert reply.status == status
        assert json.loads(reply.body)["error"]
    assert signed.asked == []


async def test_keys_are_listed_with_those_of_the_upstream_behind_ours() -> None:
    signed = Signed()
    assert json.loads((await signed.server.get("/npm/-/npm/v1/keys")).body) == {"keys": []}
    ours = (await signed.keys.active(START)).keyid
    kind = "ecdsa-sha2-nistp256"
    good = {"expires": None, "keyid": "SHA256:theirs", "keytype": kind, "scheme": kind, "key": "MFkw"}
    bad = [{"keyid": "x"}, 7, good | {"keyid": "SHA256:rsa", "scheme": "rsa"}, good | {"keyid": ours, "key": "evil"}]
    signed.further[PackageKey("npm", NormalName("")), KEYS] = json.dumps({"keys": [good, *bad]}).encode()
    reply = await signed.server.get("/npm/-/npm/v1/keys")
    keys = json.loads(reply.body)["keys"]
    assert [key["keyid"] for key in keys] == [ours, "SHA256:theirs"]
    assert keys[0]["key"] != "evil"
    again = await signed.server.get("/npm/-/npm/v1/keys", {"if-none-match": reply.headers["etag"]})
    assert again.status == 304


@pytest.mark.parametrize("body", [b"", b"[]", b'{"keys":null}', b"<html>", b'{"keys":' + b"[" * 100_000])
async def test_an_upstream_that_answers_nonsense_takes_no_key_of_ours_away(body: bytes) -> None:
    signed = Signed()
    ours = (await signed.keys.active(START)).keyid
    signed.further[PackageKey("npm", NormalName("")), KEYS] = body
    keys = json.loads((await signed.server.get("/npm/-/npm/v1/keys")).body)["keys"]
    assert [key["keyid"] for key in keys] == [ours]


@pytest.mark.parametrize("release", ["@farm/apple@1.2.3", "@farm%2fapple@1.2.3", "%40farm%2Fapple%401.2.3"])
async def test_attestations_are_served_however_the_name_is_written(release: str) -> None:
    signed = Signed()
    text = provenance(NAME, VERSION, SHA512)
    kept = check_provenance(text, NAME, VERSION, SHA512)
    key = PackageKey("npm", NormalName(NAME))
    signed.further[key, attestations_path(VERSION)] = msgspec.json.encode(attestations_document([kept]))
    reply = await signed.server.get(f"{ATTESTATIONS}/{release}")
    assert reply.status == 200
    assert text in reply.body
    assert "private" in reply.headers["cache-control"]


async def test_a_release_without_attestations_a_private_one_and_none_at_all_are_told_alike() -> None:
    signed = Signed()
    for release in ("apple@1.0.0", "@secret/plan@1.0.0"):
        reply = await signed.server.get(f"{ATTESTATIONS}/{release}")
        assert reply.status == 404
        assert "has no attestations of 1.0.0" in reply.text


@pytest.mark.parametrize("release", ["apple", "@farm/apple", "apple@", "@1.0.0", "apple@..%2f..%2fkeys", "a%00b@1.0.0"])
async def test_what_names_no_release_is_invalid(release: str) -> None:
    reply = await Signed().server.get(f"{ATTESTATIONS}/{release}")
    assert reply.status in {400, 404}
    assert json.loads(reply.body)["error"]
