"""The doors of access to packages."""

import json

import pytest

from packhouse.domain.actor import Grant, Limit
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.ecosystems.npm.access_routes import AccessRoutes
from packhouse.formats.one_time import password_at
from packhouse.services.access import AccessRules
from tests.ecosystems.npm.doors import Doors

pytestmark = pytest.mark.anyio

CIDER = "@acme/cider"
DEVELOPERS = "-/team/acme/developers/package"


def doors(access: AccessRules | None = None) -> Doors:
    return Doors(lambda desk: AccessRoutes(desk).routes(), access or AccessRules())


async def acme(*, restricted: bool = False) -> tuple[Doors, PackageKey]:
    """Give a server with an organisation of ada and dan, and one package of ada's in its scope."""
    server = doors()
    await server.organisation("acme", "ada", "dan")
    return server, await server.publish(CIDER, "ada", restricted=restricted)


def about(name: str, what: str) -> str:
    return f"-/package/{name.replace('/', '%2f')}/{what}"


async def test_everybody_may_know_that_a_package_is_public() -> None:
    server, _ = await acme()
    await server.publish("plum", "ada")
    for name in (CIDER, "plum", "melon"):
        assert await server.told(about(name, "visibility")) == {"public": True}
    assert (await server.ask("GET", about("nope", "visibility"))).status == 404


async def test_an_owner_restricts_a_package_and_opens_it_again() -> None:
    server, key = await acme()
    for access, public in (("restricted", False), ("public", True), ("private", False)):
        assert (await server.ask("POST", about(CIDER, "access"), {"access": access}, by="ada")).status == 200
        assert await server.told(about(CIDER, "visibility"), by="ada") == {"public": public}
        assert (await server.ownership(key)).restricted is not public
    assert (await server.ask("GET", about(CIDER, "visibility"), by="eve")).status == 404


async def test_a_package_without_a_scope_cannot_be_restricted() -> None:
    server = doors()
    key = await server.publish("plum", "ada")
    reply = await server.ask("POST", about("plum", "access"), {"access": "restricted"}, by="ada")
    assert reply.status == 400
    assert "scope" in json.loads(reply.body)["error"]
    assert not (await server.ownership(key)).restricted


async def test_one_time_passwords_are_asked_for_from_then_on() -> None:
    server, key = await acme()
    asked = {"publish_requires_tfa": True, "automation_token_overrides_tfa": True}
    # Who has none could neither publish it any more nor take this back.
    assert (await server.ask("POST", about(CIDER, "access"), asked, by="ada")).status == 403
    accounts = server.server.people.accounts
    user, _ = await accounts.begin_otp(await accounts.get("ada"), "auth-only")
    assert user.second_factor is not None
    secret, step = user.second_factor.secret, server.server.now // 30_000
    await accounts.confirm_otp(user, password_at(secret, step))
    assert (await server.ask("POST", about(CIDER, "access"), asked, by="ada")).status == 200
    assert (await server.ownership(key)).otp_required
    lifted = {"publish_requires_tfa": False}
    reply = await server.ask("POST", about(CIDER, "access"), lifted, by="ada")
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "OTP"
    server.server.now = Moment(server.server.now + 30_000)
    otp = {"npm-otp": password_at(secret, step + 1)}
    assert (await server.ask("POST", about(CIDER, "access"), lifted, by="ada", headers=otp)).status == 200


async def test_a_setting_that_cannot_be_kept_is_refused_rather_than_weakened() -> None:
    server, key = await acme()
    asked = {"publish_requires_tfa": True, "automation_token_overrides_tfa": False}
    assert (await server.ask("POST", about(CIDER, "access"), asked, by="ada")).status == 400
    assert (await server.ask("POST", about(CIDER, "access"), {}, by="ada")).status == 400
    assert not (await server.ownership(key)).otp_required


async def test_only_who_maintains_a_package_changes_who_may_see_it() -> None:
    server, key = await acme()
    before = await server.ownership(key)
    grant = {"package": CIDER, "permissions": "read-write"}
    for by, status in (("eve", 403), ("dan", 403), ("", 401)):
        tries = [
            ("POST", about(CIDER, "access"), {"access": "restricted"}),
            ("POST", about(CIDER, "access"), {"publish_requires_tfa": True}),
            ("PUT", DEVELOPERS, grant),
            ("DELETE", DEVELOPERS, {"package": CIDER}),
        ]
        for method, path, body in tries:
            assert (await server.ask(method, path, body, by=by)).status == status, (by, path)
    assert await server.ownership(key) == before


async def test_packages_of_upstreams_are_not_changed_here() -> None:
    server = doors()
    reply = await server.ask("POST", about("melon", "access"), {"publish_requires_tfa": True}, by="ada")
    assert reply.status == 404
    assert "not published here" in reply.text
    assert (await server.ask("GET", about("melon", "collaborators"), by="ada")).status == 404


async def test_a_team_is_granted_a_package_and_it_is_taken_back() -> None:
    server = doors()
    await server.organisation("acme", "ada", "dan")
    key = await server.publish("@farm/plum", "ada", restricted=True)
    assert (await server.ask("GET", about("@farm/plum", "visibility"), by="dan")).status == 404
    grant = {"package": "@farm/plum", "permissions": "read-only"}
    assert (await server.ask("PUT", DEVELOPERS, grant, by="ada")).status == 200
    assert await server.told(about("@farm/plum", "visibility"), by="dan") == {"public": False}
    assert await server.told(about("@farm/plum", "collaborators"), by="dan") == {"ada": "write", "dan": "read"}
    assert (await server.told(DEVELOPERS, by="dan"))["@farm/plum"] == "read"
    assert (await server.ask("PUT", DEVELOPERS, grant | {"permissions": "read-write"}, by="ada")).status == 200
    assert (await server.told("-/org/acme/package", by="dan"))["@farm/plum"] == "write"
    assert (await server.ask("DELETE", DEVELOPERS, {"package": "@farm/plum"}, by="ada")).status == 200
    assert (await server.ownership(key)).teams == {}
    assert (await server.ask("GET", about("@farm/plum", "visibility"), by="dan")).status == 404
    assert (await server.ask("DELETE", DEVELOPERS, {"package": "@farm/plum"}, by="ada")).status == 404


async def test_nothing_is_granted_to_teams_that_one_may_not_know() -> None:
    server, _ = await acme()
    await server.organisation("rival", "eve")
    for path in ("-/team/rival/developers/package", "-/team/nope/developers/package", "-/team/acme/nope/package"):
        grant = {"package": CIDER, "permissions": "read-only"}
        assert (await server.ask("PUT", path, grant, by="ada")).status == 404, path
    theirs = await server.ask("GET", "-/team/rival/developers/package", by="ada")
    nobodys = await server.ask("GET", "-/team/nopes/developers/package", by="ada")
    assert theirs.status == nobodys.status == 404
    assert theirs.text.replace("rival", "nopes") == nobodys.text


async def test_an_organisation_lists_what_its_members_may_use_to_its_members_only() -> None:
    server, _ = await acme(restricted=True)
    await server.publish("@other/pear", "ada")
    assert await server.told("-/org/acme/package", by="dan") == {CIDER: "write"}
    assert await server.told("-/org/acme/package?format=cli", by="ada") == {CIDER: "write"}
    assert (await server.ask("GET", "-/org/acme/package", by="eve")).status == 404
    assert (await server.ask("GET", "-/org/acme/package")).status == 401


async def test_what_a_user_owns_is_listed_as_far_as_the_asker_may_see_it() -> None:
    server, _ = await acme(restricted=True)
    await server.publish("plum", "ada")
    assert await server.told("-/user/ada/package", by="ada") == {CIDER: "write", "plum": "write"}
    assert await server.told("-/user/ada/package", by="dan") == {CIDER: "write", "plum": "write"}
    assert await server.told("-/user/ada/package", by="eve") == {"plum": "write"}
    assert await server.told("-/user/ada/package") == {"plum": "write"}
    assert (await server.ask("GET", "-/user/nobody/package", by="ada")).status == 404


async def test_ones_own_packages_are_those_one_owns_or_was_granted() -> None:
    server, _ = await acme()
    await server.publish("plum", "ada")
    await server.publish("pear", "dan")
    assert await server.told("-/-/package?format=cli", by="dan") == {CIDER: "write", "pear": "write"}
    assert await server.told("-/user/dan/package", by="dan") == {CIDER: "write", "pear": "write"}
    assert (await server.ask("GET", "-/-/package")).status == 401


async def test_an_administrator_is_told_what_is_theirs_and_not_everything() -> None:
    server, _ = await acme()
    await server.server.token("pip")
    accounts = server.desk.people.accounts
    await accounts.change(await accounts.get("pip"), administrator=True)
    await server.publish("plum", "pip")
    assert await server.told("-/-/package", by="pip") == {"plum": "write"}


async def test_strangers_learn_owners_and_no_more() -> None:
    server, key = await acme()
    grants = server.desk.people.grants
    await grants.write_grant(Grant("user:fay", "reader", "npm", "@acme/c*", "g1", Moment(1), "ada"))
    await grants.write_grant(Grant("users", "reader", "npm", "*", "g2", Moment(1), "ada"))
    await grants.write_grant(Grant("user:gus", "publisher", "cargo", "*", "g3", Moment(1), "ada"))
    assert await server.told(about(CIDER, "collaborators")) == {"ada": "write"}
    everyone = {"ada": "write", "dan": "write", "fay": "read"}
    assert await server.told(about(CIDER, "collaborators"), by="ada") == everyone
    assert (await server.ownership(key)).owners == ("ada",)


async def test_pnpm_is_told_collaborators_and_access_in_its_own_form() -> None:
    server, _ = await acme(restricted=True)
    agent = {"user-agent": "pnpm/12.21.0 npm/? node/? linux x64"}
    path = about(CIDER, "collaborators") + "?format=cli"
    told = json.loads((await server.ask("GET", path, by="dan", headers=agent)).body)
    assert told == [
        {"user": "ada", "username": "ada", "permissions": "read-write"},
        {"user": "dan", "username": "dan", "permissions": "read-write"},
    ]
    one = json.loads((await server.ask("GET", path + "&user=dan", by="dan", headers=agent)).body)
    assert one == told[1:]
    old = {"user-agent": "npm/6.14.18 node/v14.21.3 linux x64"}
    assert json.loads((await server.ask("GET", path, by="dan", headers=old)).body) == {"ada": "write", "dan": "write"}
    assert await server.told(about(CIDER, "access"), by="dan") == {
        "access": "restricted",
        "publish_requires_tfa": False,
        "automation_token_overrides_tfa": False,
    }
    assert (await server.told(about("melon", "access")))["access"] == "public"


async def test_a_restricted_package_is_answered_like_one_that_does_not_exist() -> None:
    server, _ = await acme(restricted=True)
    tries = [
        ("GET", about("{}", "visibility"), None),
        ("GET", about("{}", "collaborators"), None),
        ("GET", about("{}", "access"), None),
        ("POST", about("{}", "access"), {"access": "public"}),
        ("POST", about("{}", "access"), {"nothing": 1}),
    ]
    for method, path, body in tries:
        for by in ("eve", ""):
            theirs = await server.ask(method, path.format("@acme%2fcider"), body, by=by)
            nobodys = await server.ask(method, path.format("@acme%2fnadir"), body, by=by)
            assert theirs.text.replace("cider", "nadir") == nobodys.text, path
            assert theirs.status == nobodys.status
            assert theirs.headers == {**nobodys.headers, "content-length": theirs.headers["content-length"]}


async def test_a_token_for_one_package_changes_no_other() -> None:
    server, key = await acme()
    await server.publish("@acme/perry", "ada")
    limits = (Limit(("read", "publish", "maintain"), "npm", "@acme/perry"),)
    token = await server.server.token("ada", limits=limits)
    reply = await server.with_token("POST", about(CIDER, "access"), {"access": "restricted"}, token)
    assert reply.status in (403, 404)
    assert not (await server.ownership(key)).restricted
    reply = await server.with_token("POST", about("@acme/perry", "access"), {"access": "restricted"}, token)
    assert reply.status == 200


async def test_every_way_to_write_a_scoped_name_is_understood() -> None:
    server, _ = await acme()
    for name in ("@acme/cider", "@acme%2fcider", "@acme%2Fcider", "%40acme%2fcider", "%40acme/cider"):
        assert await server.told(f"-/package/{name}/visibility") == {"public": True}


async def test_changes_stand_in_the_event_log_and_the_audit() -> None:
    server, key = await acme()
    await server.ask("POST", about(CIDER, "access"), {"access": "restricted"}, by="ada")
    events = await server.server.services.events.list_events(0, 100)
    assert [(each.kind, each.key, each.detail) for each in events if each.kind == "access_changed"] == [
        ("access_changed", key, {"access": "restricted", "by": "ada"})
    ]
    entry = next(iter(await server.desk.people.audit.list()))
    assert (entry.action, entry.subject, entry.user) == ("npm access", "npm/@acme/cider", "ada")


async def test_where_nobody_may_read_without_signing_in_lists_are_empty_to_nobody() -> None:
    server = doors(AccessRules(hosted="users"))
    await server.publish("plum", "ada")
    assert await server.told("-/user/ada/package") == {}
    assert await server.told("-/user/ada/package", by="eve") == {"plum": "write"}


async def test_a_package_of_the_empty_name_is_none() -> None:
    server, _ = await acme()
    for body in ({"package": "", "permissions": "read-only"}, {"package": "../x", "permissions": "read-only"}):
        assert (await server.ask("PUT", DEVELOPERS, body, by="ada")).status == 400
    gone = PackageKey("npm", NormalName("@acme/gone"))
    assert await server.server.store.find_ownership("hosted:default", gone) is None
