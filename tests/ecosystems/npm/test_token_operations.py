"""Tokens that may do single operations, through the door, on a whole server in memory."""

import pytest

from packhouse.domain.actor import Limit, Operation
from tests.assembled import Assembled
from tests.ecosystems.npm.test_publishing import document, publish, server

pytestmark = pytest.mark.anyio


async def limited(ours: Assembled, *operations: Operation) -> str:
    limit = Limit(("read", "publish", "maintain"), "npm", "*", operations)
    return await ours.token("ada", limits=(limit,))


async def statuses(ours: Assembled, token: str) -> dict[str, int]:
    """Try every kind of write by a token."""
    sent = {
        "new": ("PUT", "/npm/plum", document("plum", "1.0.0")),
        "version": ("PUT", "/npm/pear", document("pear", "1.1.0")),
        "tag": ("PUT", "/npm/-/package/pear/dist-tags/next", "1.0.0"),
        "unpublish": ("DELETE", "/npm/pear/-rev/1-0", None),
        "owner": ("PUT", "/npm/-/package/pear/owners", {"user": "bob"}),
        "access": ("POST", "/npm/-/package/pear/access", {"access": "restricted"}),
        "token": ("POST", "/npm/-/npm/v1/tokens", {"password": "correct horse battery", "readonly": False}),
    }
    return {what: (await ours.send(method, path, body, token)).status for what, (method, path, body) in sent.items()}


@pytest.mark.parametrize(
    ("operations", "allowed"),
    [
        (("create",), {"new"}),
        (("update",), {"version"}),
        (("create", "update"), {"new", "version"}),
        (("owners",), {"owner"}),
        (("yank",), set()),
        (("trust",), set()),
    ],
)
async def test_a_token_for_some_operations_does_these_alone(
    operations: tuple[Operation, ...], allowed: set[str]
) -> None:
    ours = server()
    await publish(ours, await ours.token("ada"), "pear", "1.0.0")
    await ours.token("bob")
    found = await statuses(ours, await limited(ours, *operations))
    assert {what for what, status in found.items() if status < 300} == allowed
    assert {status for what, status in found.items() if what not in allowed} <= {403, 404}, found
