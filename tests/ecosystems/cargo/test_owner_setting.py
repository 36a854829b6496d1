"""The setting for small teams, on the whole server."""

import json
from pathlib import Path

import pytest

from tests.attacks.cargo.ground import API, a_ground

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("setting", "owners"), [("", ["ada"]), ("publish.invite_owners = false", ["ada", "bob"])])
async def test_who_is_added_owns_at_once_where_nobody_is_invited(
    setting: str, owners: list[str], tmp_path: Path
) -> None:
    async with a_ground(tmp_path, setting) as ground:
        ada, _ = await ground.user("ada"), await ground.user("bob")
        await ground.publish("press", "1.0.0", ada)
        reply = await ground.send("PUT", f"{API}/crates/press/owners", {"users": ["bob"]}, ada)
        assert json.loads(reply.body)["ok"] is True
        listed = await ground.read("crates/press/owners")
        assert [each["login"] for each in listed["users"]] == owners
