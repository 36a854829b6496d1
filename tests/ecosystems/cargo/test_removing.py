"""A crate may be removed while hardly anybody can miss it; its name and versions stay taken."""

import json
from base64 import b64encode

import pytest
from msgspec.structs import replace

from packhouse.domain.package import Moment
from tests.asgi import Reply
from tests.assembled import PASSWORD, Assembled
from tests.ecosystems.cargo.crates import key
from tests.ecosystems.cargo.publications import assembled, detail, must_publish, publish

pytestmark = pytest.mark.anyio
HOUR_MS = 3_600_000
PEAR = "/cargo/api/v1/crates/pear"


async def remove(server: Assembled, user: str, name: str = "pear") -> Reply:
    """Remove a crate, as somebody who shows the password."""
    sent = b64encode(f"{user}:{PASSWORD}".encode()).decode()
    return await server.send("DELETE", f"/cargo/api/v1/crates/{name}", headers={"authorization": f"Basic {sent}"})


async def test_nothing_of_a_removed_crate_is_left_but_its_name() -> None:
    server = assembled()
    ada, eve = await server.token("ada"), await server.token("eve")
    for version in ("1.0.0", "1.1.0+b"):
        await must_publish(server, ada, "pear", version)
    assert (await remove(server, "eve")).status == 403
    assert (await remove(server, "ada")).status == 204
    for path in ("index/pe/ar/pear", "api/v1/crates/pear", "api/v1/crates/pear/1.0.0/download", "crates/pear/x.crate"):
        assert (await server.get(f"/cargo/{path}")).status == 404, path
    assert [blob async for blob in server.blobs.list_blobs()] == []
    assert (await remove(server, "ada")).status == 404
    reply = await publish(server, ada, "pear", "2.0.0")
    assert reply.status == 400
    assert detail(reply).startswith("A crate with the name `pear` was recently deleted. Reuse of this name will be")
    server.now = Moment(server.now + 24 * HOUR_MS)
    assert (await publish(server, eve, "pear", "2.0.0")).status == 403
    # What was a version once is never another.
    assert (await publish(server, ada, "pear", "1.0.0")).status == 400
    assert (await publish(server, ada, "pear", "1.1.0")).status == 400
    assert (await publish(server, ada, "PEAR", "2.0.0")).status == 200
    crate = json.loads((await server.get(PEAR)).body)
    assert [each["num"] for each in crate["versions"]] == ["2.0.0"]
    assert crate["crate"]["name"] == "PEAR"


async def test_a_token_does_not_remove() -> None:
    server = assembled()
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0")
    assert (await server.send("DELETE", PEAR, token=ada)).status == 403
    assert (await server.send("DELETE", PEAR, headers={"authorization": ada})).status == 403
    assert (await server.get(PEAR)).status == 200


async def test_a_crate_that_others_need_stays() -> None:
    server = assembled()
    ada, bob = await server.token("ada"), await server.token("bob")
    await must_publish(server, ada, "pear", "1.0.0")
    await must_publish(server, bob, "press", "1.0.0", '[dependencies]\npear = "1"', {"deps": None})
    reply = await remove(server, "ada")
    assert (reply.status, detail(reply)) == (422, "only crates without reverse dependencies can be deleted")
    assert (await remove(server, "bob", "press")).status == 204
    assert (await remove(server, "ada")).status == 204


async def test_after_three_days_a_crate_with_several_owners_or_many_downloads_stays() -> None:
    server = assembled()
    ada = await server.token("ada")
    await server.token("bob")
    await must_publish(server, ada, "pear", "1.0.0")
    await must_publish(server, ada, "fig", "1.0.0")
    found = await server.store.find_ownership("hosted:default", key("pear"))
    assert found is not None
    server.store._ownerships["hosted:default", key("pear")] = replace(found, owners=("ada", "bob"))
    server.now = Moment(server.now + 73 * HOUR_MS)
    reply = await remove(server, "ada")
    assert (reply.status, detail(reply)) == (422, "only crates with a single owner can be deleted after 72 hours")
    for _ in range(1001):
        await server.get("/cargo/api/v1/crates/fig/1.0.0/download")
    reply = await remove(server, "ada", "fig")
    assert reply.status == 422
    assert detail(reply) == "only crates with less than 1000 downloads per month can be deleted after 72 hours"
