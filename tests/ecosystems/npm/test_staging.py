"""Staged versions: sent now, published when somebody approves."""

import json

import pytest

from tests.ecosystems.npm.test_publishing import document, publish, server

pytestmark = pytest.mark.anyio


async def test_a_staged_version_is_seen_by_nobody_until_somebody_approves() -> None:
    ours = server()
    ada, bob = await ours.token("ada"), await ours.token("bob")
    await publish(ours, ada, "pear", "1.0.0")
    staged = await ours.send("POST", "/npm/-/stage/package/pear", document("pear", "1.1.0"), ada)
    assert staged.status == 201
    stage_id = json.loads(staged.body)["stageId"]
    assert list(json.loads((await ours.get("/npm/pear")).body)["versions"]) == ["1.0.0"]
    listed = json.loads((await ours.send("GET", "/npm/-/stage?page=0&perPage=100", token=ada)).body)
    assert [(item["id"], item["packageName"], item["version"], item["tag"]) for item in listed["items"]] == [
        (stage_id, "pear", "1.1.0", "latest")
    ]
    assert json.loads((await ours.send("GET", "/npm/-/stage", token=bob)).body) == {"items": [], "total": 0}
    for method, path in (("GET", ""), ("GET", "/tarball"), ("POST", "/approve"), ("DELETE", "")):
        assert (await ours.send(method, f"/npm/-/stage/{stage_id}{path}", token=bob)).status == 404
    packed = await ours.send("GET", f"/npm/-/stage/{stage_id}/tarball", token=ada)
    assert packed.body[:2] == b"\x1f\x8b"
    assert (await ours.send("POST", f"/npm/-/stage/{stage_id}/approve", {}, ada)).status == 201
    assert list(json.loads((await ours.get("/npm/pear")).body)["versions"]) == ["1.0.0", "1.1.0"]
    assert (await ours.send("GET", f"/npm/-/stage/{stage_id}", token=ada)).status == 404


async def test_a_staged_version_that_was_published_meanwhile_is_a_conflict() -> None:
    ours = server()
    ada = await ours.token("ada")
    staged = await ours.send("POST", "/npm/-/stage/package/pear", document("pear", "1.0.0"), ada)
    await publish(ours, ada, "pear", "1.0.0", license="MIT")
    stage_id = json.loads(staged.body)["stageId"]
    assert (await ours.send("POST", f"/npm/-/stage/{stage_id}/approve", {}, ada)).status == 409
    assert (await ours.send("DELETE", f"/npm/-/stage/{stage_id}", token=ada)).status == 200
    assert json.loads((await ours.send("GET", "/npm/-/stage", token=ada)).body)["total"] == 0


async def test_what_is_wrong_with_a_version_is_said_when_it_is_staged() -> None:
    ours = server()
    ada = await ours.token("ada")
    wrong = document("pear", "1.0.0")
    wrong["versions"]["1.0.0"]["dependencies"] = {"evil": "*"}
    reply = await ours.send("POST", "/npm/-/stage/package/pear", wrong, ada)
    assert reply.status == 400
    assert "dependencies" in reply.text
    assert (await ours.send("POST", "/npm/-/stage/package/pear", document("pear", "1.0.0"))).status == 401
    assert (await ours.send("GET", "/npm/-/stage/no-uuid", token=ada)).status == 400
