"""Yanking says something of a release and changes nothing else; it is for owners, and can be taken back."""

import json
from typing import Any

import pytest

from tests.assembled import Assembled
from tests.ecosystems.cargo.publications import assembled, detail, lines, must_publish

pytestmark = pytest.mark.anyio
PEAR = "/cargo/api/v1/crates/pear"


async def stocked() -> tuple[Assembled, str]:
    """Run a server that has two releases of a crate; return a token of its owner too."""
    server = assembled()
    ada = await server.token("ada")
    for version in ("1.0.0", "1.1.0"):
        await must_publish(server, ada, "pear", version)
    return server, ada


async def yanked(server: Assembled) -> dict[str, bool]:
    """Tell which releases the index has as yanked."""
    return {each["vers"]: each["yanked"] for each in await lines(server, "pe/ar/pear")}


async def shown(server: Assembled, version: str) -> dict[str, Any]:
    """Read a release of the Web API."""
    found: dict[str, Any] = json.loads((await server.get(f"{PEAR}/{version}")).body)["version"]
    return found


async def test_a_yank_changes_one_word_of_one_line_and_back() -> None:
    server, ada = await stocked()
    before = (await server.get("/cargo/index/pe/ar/pear")).body
    reply = await server.send("DELETE", f"{PEAR}/1.1.0/yank", headers={"authorization": ada})
    assert (reply.status, json.loads(reply.body)) == (200, {"ok": True})
    assert await yanked(server) == {"1.0.0": False, "1.1.0": True}
    after = (await server.get("/cargo/index/pe/ar/pear")).body
    assert after == before[::-1].replace(b'"yanked":false'[::-1], b'"yanked":true'[::-1], 1)[::-1]
    assert (await server.get(f"{PEAR}/1.1.0/download")).status == 200
    found = await shown(server, "1.1.0")
    assert (found["yanked"], [each["action"] for each in found["audit_actions"]]) == (True, ["publish", "yank"])
    crate = json.loads((await server.get(PEAR)).body)["crate"]
    assert (crate["default_version"], crate["yanked"]) == ("1.0.0", False)
    # Once more is nothing new.
    assert (await server.send("DELETE", f"{PEAR}/1.1.0/yank", headers={"authorization": ada})).status == 200
    assert len((await shown(server, "1.1.0"))["audit_actions"]) == 2
    reply = await server.send("PUT", f"{PEAR}/1.1.0/unyank", b"", headers={"authorization": ada})
    assert json.loads(reply.body) == {"ok": True}
    assert (await server.get("/cargo/index/pe/ar/pear")).body == before


async def test_nobody_else_yanks() -> None:
    server, _ = await stocked()
    eve = await server.token("eve")
    for method, path in (("DELETE", "1.0.0/yank"), ("PUT", "1.0.0/unyank"), ("PATCH", "1.0.0"), ("DELETE", "")):
        body = {"version": {"yanked": True}} if method == "PATCH" else None
        address = f"{PEAR}/{path}".rstrip("/")
        assert (await server.send(method, address, body, eve)).status == 403, path
        assert (await server.send(method, address, body)).status == 401, path
    assert await yanked(server) == {"1.0.0": False, "1.1.0": False}


async def test_what_is_not_there_or_not_ours_cannot_be_yanked() -> None:
    server, ada = await stocked()
    for path in ("pear/9.9.9", "fig/1.0.0", "pear/1.0.0%2b1", "pe%20ar/1.0.0", "pear/..%2f1.0.0"):
        reply = await server.send("DELETE", f"/cargo/api/v1/crates/{path}/yank", token=ada)
        assert reply.status == 404, path


async def test_a_crate_is_yanked_by_any_spelling_of_its_name() -> None:
    server, ada = await stocked()
    await must_publish(server, ada, "Stone_Fruit", "1.0.0")
    reply = await server.send("DELETE", "/cargo/api/v1/crates/stone-fruit/1.0.0/yank", token=ada)
    assert reply.status == 200
    assert [each["yanked"] for each in await lines(server, "st/on/stone_fruit")] == [True]


async def test_why_a_release_was_yanked_is_said_with_it() -> None:
    server, ada = await stocked()

    async def patch(**version: object) -> tuple[int, Any]:
        reply = await server.send("PATCH", f"{PEAR}/1.0.0", {"version": version}, ada)
        return reply.status, json.loads(reply.body)

    assert (await patch(yank_message="sour"))[0] == 400
    assert (await patch(yanked=False, yank_message="sour"))[0] == 400
    status, answer = await patch(yanked=True, yank_message="sour")
    assert (status, answer["version"]["yank_message"], answer["version"]["num"]) == (200, "sour", "1.0.0")
    assert (await shown(server, "1.0.0"))["yank_message"] == "sour"
    assert (await patch(yanked=True))[1]["version"]["yank_message"] == "sour"
    assert (await patch(yank_message="rotten"))[1]["version"]["yank_message"] == "rotten"
    status, answer = await patch(yanked=False)
    assert (status, answer["version"]["yank_message"], answer["version"]["yanked"]) == (200, None, False)
    assert await yanked(server) == {"1.0.0": False, "1.1.0": False}
    reply = await server.send("PATCH", f"{PEAR}/1.0.0", {"version": {"yanked": True, "yank_message": "x" * 1001}}, ada)
    assert (reply.status, "longer than" in detail(reply)) == (400, True)
    for body in (b"{", b"[]", b'{"version":{"yanked":"yes"}}', b'{"version":1}', b"[" * 9000, b'{"version":{}}' * 2):
        assert (await server.send("PATCH", f"{PEAR}/1.0.0", body, ada)).status == 400


async def test_the_log_and_the_audit_tell_of_a_yank() -> None:
    server, ada = await stocked()
    await server.send("DELETE", f"{PEAR}/1.1.0/yank", token=ada)
    events = [(each.kind, each.version, each.detail.get("yanked")) for each in await server.store.list_events(0, 99)]
    assert events[-1] == ("release_changed", "1.1.0", "true")
    audit = [(each.action, each.subject) for each in await server.store.list_audit(0, 9, "ada", None)]
    assert audit[0] == ("cargo yank", "cargo/pear@1.1.0")
    assert audit[1] == ("cargo publish", "cargo/pear@1.1.0")
