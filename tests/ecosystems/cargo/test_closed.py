"""A registry that nobody reads without signing in: cargo is told so in its own way, everywhere."""

import json
from base64 import b64encode

import pytest
from msgspec.structs import replace

from packhouse.services.access import AccessRules
from packhouse.services.account_ports import HostedChange
from tests.assembled import PASSWORD, Assembled
from tests.ecosystems.cargo.crates import FILES, INDEX, content, index_file, key, line
from tests.ecosystems.cargo.publications import assembled, must_publish, publish
from tests.ecosystems.cargo.releases import check_config

pytestmark = pytest.mark.anyio

CLOSED = (
    AccessRules(upstream="users", hosted="users"),
    AccessRules(upstream="granted", hosted="granted"),
    AccessRules(hosted="users"),
)
BASE = "http://testserver/cargo"


def closed(rules: AccessRules) -> Assembled:
    """Run a server with one crate of an upstream."""
    answers = {
        f"{INDEX}/pl/um/plum": index_file(line("plum", "1.0.0")),
        f"{FILES}/plum/plum-1.0.0.crate": content("plum", "1.0.0"),
    }
    return assembled(answers, rules)


@pytest.mark.parametrize("rules", CLOSED)
async def test_the_configuration_is_for_who_has_a_token_and_says_so(rules: AccessRules) -> None:
    server = closed(rules)
    ada = await server.token("ada")
    for token in ("", "phk_nobody_ever_had_this"):
        refused = await server.get("/cargo/index/config.json", {"authorization": token} if token else {})
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith('Cargo login_url="http://')
        assert refused.headers["www-authenticate"].endswith('/cargo/me"')
        assert refused.headers["cache-control"] == "no-store"
        assert b"dl" not in refused.body
    for sent in (ada, f"Bearer {ada}"):
        told = await server.get("/cargo/index/config.json", {"authorization": sent})
        config = json.loads(told.body)
        check_config(config)
        assert config["auth-required"] is True
        assert (told.headers["cache-control"], "Authorization" in told.headers["vary"]) == ("private, no-cache", True)
    assert (await server.get("/cargo/index/config.json")).status == 401


async def test_an_open_registry_asks_for_no_token() -> None:
    config = json.loads((await assembled().get("/cargo/index/config.json")).body)
    check_config(config)
    assert "auth-required" not in config


async def test_nothing_of_a_closed_registry_is_handed_out_without_a_token() -> None:
    server = closed(CLOSED[0])
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0")
    paths = (
        "index/pl/um/plum",
        "index/pe/ar/pear",
        "index/no/ne/none",
        "api/v1/crates/plum/1.0.0/download",
        "api/v1/crates/pear/1.0.0/download",
        "api/v1/crates/none/1.0.0/download",
        "crates/pear/pear-1.0.0.crate",
        "api/v1/crates/pear",
        "api/v1/crates/pear/versions",
    )
    for path in paths:
        if "none" not in path:
            told = await server.get(f"/cargo/{path}", {"authorization": ada})
            assert told.status == 200, path
            assert "public" not in told.headers["cache-control"], path
    said = set()
    for path in (*paths, "api/v1/crates?q=pear", "api/v1/crates", "api/v1/summary", "api/v1/keywords"):
        refused = await server.get(f"/cargo/{path}")
        assert refused.status == 401, path
        assert refused.headers["www-authenticate"].startswith("Cargo login_url="), path
        said.add(refused.body)
    # Whatever the crate is, so that it says nothing about it.
    assert len(said) == 1


async def test_who_may_not_read_is_told_that_there_is_nothing() -> None:
    server = closed(AccessRules(hosted="granted"))
    ada, eve = await server.token("ada"), await server.token("eve")
    await must_publish(server, ada, "pear", "1.0.0")
    hidden = await server.get("/cargo/index/pe/ar/pear", {"authorization": eve})
    missing = await server.get("/cargo/index/pe/ar/pearl", {"authorization": eve})
    assert hidden.status == missing.status == 404
    assert (await server.get("/cargo/index/pe/ar/pear", {"authorization": ada})).status == 200
    for name in ("pear", "Pear"):
        assert b"Pear" not in (await publish(server, eve, name, "2.0.0")).body.replace(b"Pear/", b"")


async def test_a_search_of_nobody_shows_nothing_that_is_for_users() -> None:
    server = closed(AccessRules(hosted="users"))
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0", 'keywords = ["juicy"]')
    for path in ("crates?q=pear", "crates", "summary", "keywords", "crates?keyword=juicy"):
        reply = await server.get(f"/cargo/api/v1/{path}")
        assert b"pear" not in reply.body, path
        assert b"juicy" not in reply.body.replace(b"keyword=juicy", b""), path
    assert b'"pear"' in (await server.get("/cargo/api/v1/crates?q=pear", {"authorization": ada})).body


@pytest.mark.parametrize(
    "sent",
    ["", " ", "Bearer", "Bearer ", "Basic", "Basic x", "Basic OjpA", "phk_", "Bearer Bearer x", "\xff\xfe", "x" * 9000],
)
async def test_credentials_that_are_none_are_nobodys(sent: str) -> None:
    server = closed(CLOSED[0])
    for path in ("index/config.json", "index/pl/um/plum", "api/v1/crates/plum/1.0.0/download"):
        reply = await server.get(f"/cargo/{path}", {"authorization": sent})
        assert reply.status == 401, path
        assert reply.headers["www-authenticate"].startswith("Cargo login_url=")


async def test_who_is_sent_for_a_token_is_told_how_to_get_one() -> None:
    page = await closed(CLOSED[0]).get("/cargo/me")
    assert page.status == 200
    assert b"/ui/account" in page.body
    assert b"cargo login --registry packhouse" in page.body


async def test_a_restricted_crate_is_hidden_from_who_would_change_it() -> None:
    server = assembled()
    ada, eve = await server.token("ada"), await server.token("eve")
    await must_publish(server, ada, "stone-fruit", "1.0.0")
    place = ("hosted:default", key("stone-fruit"))
    state, owned = await server.store.find_state(*place), await server.store.find_ownership(*place)
    assert state is not None
    assert owned is not None
    index = await server.store.read_index(*place)
    change = HostedChange(state, state.generation, index, None, ownership=replace(owned, restricted=True))
    await server.store.commit(change)
    crates = "/cargo/api/v1/crates"
    for name in ("stone-fruit", "stone_fruit", "Stone-Fruit", "never-used"):
        for method, path in (
            ("DELETE", f"{name}/1.0.0/yank"),
            ("PUT", f"{name}/1.0.0/unyank"),
            ("PATCH", f"{name}/1.0.0"),
            ("DELETE", name),
        ):
            body = {"version": {"yanked": True}} if method == "PATCH" else None
            headers = (
                {} if path != name else {"authorization": f"Basic {b64encode(f'eve:{PASSWORD}'.encode()).decode()}"}
            )
            reply = await server.send(method, f"{crates}/{path}", body, "" if headers else eve, headers)
            assert (reply.status, b"ada" in reply.body) == (404, False), path
            # The very words that are said of a name that nobody has used.
            assert json.loads(reply.body)["errors"][0]["detail"].startswith(f"cargo/{name.lower()} does not exist"), (
                path
            )
        if name != "never-used":
            reply = await publish(server, eve, name, "2.0.0")
            assert (reply.status, b"ada" in reply.body, b"previously" in reply.body) == (403, False, False)
    await must_publish(server, ada, "stone-fruit", "1.1.0")
