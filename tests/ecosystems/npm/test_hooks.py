"""Hooks as libnpmhook asks for them, and the messages that receivers of the public registry understand."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from msgspec.structs import replace

from packhouse.adapters.delivery.allowance import Allowance
from packhouse.adapters.delivery.poster import HttpPoster
from packhouse.domain.accounts import SecondFactor
from packhouse.domain.events import EventKind
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.policy.rules.deny import Denied, Deny
from tests.adapters.delivery.receiver import Receiver
from tests.ecosystems.npm.hooking import ENDPOINT, HOOK, HOOKS, Hooked
from tests.ecosystems.npm.packuments import key_of, packument

pytestmark = pytest.mark.anyio


async def test_a_hook_is_shown_as_clients_print_it() -> None:
    hooked = Hooked()
    made = await hooked.hook("@acme/pad")
    found = await hooked.ask("GET", f"{HOOK}/{made['id']}")
    assert (found.status, json.loads(found.body)) == (200, made)
    assert found.headers["cache-control"] == "no-store"
    assert made == {
        "id": made["id"],
        "username": "ada",
        "name": "@acme/pad",
        "endpoint": ENDPOINT,
        "secret": "sesame",
        "type": "package",
        "created": "2026-01-01T00:00:00.000Z",
        "updated": "2026-01-01T00:00:00.000Z",
        "deleted": False,
        "delivered": False,
        "last_delivery": None,
        "response_code": 0,
        "status": "active",
    }


async def test_a_hook_is_changed_and_dropped_and_then_it_is_not_found() -> None:
    hooked = Hooked()
    made = await hooked.hook("pad")
    place = f"{HOOK}/{made['id']}"
    reply = await hooked.ask("PUT", place, {"endpoint": "https://other.example/", "secret": "open"})
    changed = json.loads(reply.body)
    assert changed == made | {
        "endpoint": "https://other.example/",
        "secret": "open",
        "updated": changed["updated"],
    }
    assert changed["updated"] > made["updated"]
    assert json.loads((await hooked.ask("DELETE", place)).body) == changed | {"deleted": True}
    for method in ("GET", "DELETE"):
        assert (await hooked.ask(method, place)).status == 404


async def test_hooks_are_listed_by_package_and_by_page() -> None:
    hooked = Hooked()
    for name in ("a", "b", "c", "b"):
        await hooked.hook(name)

    async def names(query: str, by: str = "ada") -> list[str]:
        reply = await hooked.ask("GET", f"{HOOKS}{query}", by=by)
        assert reply.status == 200
        return [each["name"] for each in json.loads(reply.body)["objects"]]

    assert sorted(await names("")) == ["a", "b", "b", "c"]
    everything = await names("")
    assert await names("?limit=2") == everything[:2]
    assert await names("?limit=2&offset=1") == everything[1:3]
    assert await names("?offset=9") == []
    assert await names("?package=b") == ["b", "b"]
    assert await names("?package=zzz") == []
    assert await names("", by="eve") == []
    assert (await hooked.ask("GET", f"{HOOKS}?limit=-1")).status == 400


async def test_nobody_sees_or_makes_a_hook_without_signing_in() -> None:
    hooked = Hooked()
    made = await hooked.hook("pad")
    body = {"type": "package", "name": "pad", "endpoint": ENDPOINT, "secret": "x"}
    for method, path, sent in (
        ("POST", HOOK, body),
        ("GET", HOOKS, None),
        ("GET", f"{HOOK}/{made['id']}", None),
        ("PUT", f"{HOOK}/{made['id']}", body),
        ("DELETE", f"{HOOK}/{made['id']}", None),
    ):
        assert (await hooked.ask(method, path, sent, by="")).status == 401
        assert (await hooked.ask(method, path, sent, by="eve")).status in (200, 201, 404)
    assert (await hooked.ask("GET", f"{HOOK}/{made['id']}")).status == 200


@pytest.mark.parametrize(
    "change",
    [
        {"type": "team"},
        {"type": None},
        {"name": ""},
        {"name": "../etc"},
        {"name": "node_modules"},
        {"type": "scope", "name": "@"},
        {"type": "scope", "name": "@acme/pad"},
        {"type": "owner", "name": "~"},
        {"type": "owner", "name": "a/b"},
        {"endpoint": "gopher://ci.example"},
        {"endpoint": 5},
        {"secret": ""},
        {"secret": None},
    ],
)
async def test_what_can_be_no_hook_is_refused(change: dict[str, Any]) -> None:
    hooked = Hooked()
    body: dict[str, Any] = {"type": "package", "name": "pad", "endpoint": ENDPOINT, "secret": "x"}
    reply = await hooked.ask("POST", HOOK, body | change)
    assert reply.status == 400
    assert json.loads(reply.body)["error"]
    for sent in (b"", b"{", b"[]", b"null", b"\xff"):
        assert (await hooked.ask("POST", HOOK, sent)).status == 400


async def test_a_publish_is_told_once_with_its_tag_and_signed_over_the_body() -> None:
    hooked = Hooked()
    await hooked.hook("pad")
    await hooked.publish("pad", "1.0.0", "1.1.0")
    (told,) = await hooked.told()
    payload = told.pop("payload")
    assert told == {
        "event": "package:publish",
        "name": "pad",
        "type": "package",
        "version": "1.0.0",
        "hookOwner": {"username": "ada"},
        "change": {"version": "1.1.0", "dist-tag": "latest"},
        "time": hooked.server.now,
    }
    assert list(payload["versions"]) == ["1.0.0", "1.1.0"]
    assert payload["dist-tags"] == {"latest": "1.1.0"}
    assert payload["versions"]["1.1.0"]["dist"]["tarball"].startswith("http://packhouse.example/npm/pad/-/")
    ((endpoint, body, headers),) = hooked.poster.sent
    assert endpoint == ENDPOINT
    assert headers["x-npm-signature"] == "sha256=" + hmac.new(b"sesame", body, hashlib.sha256).hexdigest()
    # Receivers often check the signature over what they have parsed and written anew.
    assert json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode() == body


@pytest.mark.parametrize(
    ("kind", "version", "detail", "event", "change"),
    [
        ("release_removed", "0.9.0", {}, "unpublish", {"version": "0.9.0"}),
        ("package_removed", "", {}, "unpublish", {}),
        ("tag_moved", "1.0.0", {"tag": "next"}, "dist-tag", {"dist-tag": "next", "version": "1.0.0"}),
        ("tag_moved", "", {"tag": "next"}, "dist-tag-rm", {"dist-tag": "next"}),
        (
            "release_changed",
            "1.0.0",
            {"deprecated": "old"},
            "deprecated",
            {"deprecated": "1.0.0", "version": "1.0.0"},
        ),
        ("release_changed", "1.0.0", {"deprecated": ""}, "undeprecated", {"deprecated": "1.0.0", "version": "1.0.0"}),
        ("release_changed", "1.0.0", {}, "change", {"version": "1.0.0"}),
        ("owner_added", "", {"user": "bob"}, "owner", {"maintainer": "bob", "user": "bob"}),
        ("owner_removed", "", {"user": "bob"}, "owner-rm", {"maintainer": "bob", "user": "bob"}),
        ("starred", "", {"user": "bob"}, "star", {"user": "bob"}),
        ("unstarred", "", {"user": "bob"}, "unstar", {"user": "bob"}),
    ],
)
async def test_every_change_has_the_name_and_the_keys_that_receivers_know(
    kind: EventKind, version: str, detail: dict[str, str], event: str, change: dict[str, str]
) -> None:
    hooked = Hooked()
    await hooked.hook("pad")
    await hooked.change(packument("pad"), (kind, version, detail))
    (told,) = await hooked.told()
    assert (told["event"], told["change"]) == (f"package:{event}", change)
    assert told["payload"]["name"] == "pad"


async def test_that_a_whole_package_was_removed_is_told_though_nothing_of_it_is_left() -> None:
    hooked = Hooked()
    await hooked.hook("pad")
    await hooked.publish("pad", "1.0.0")
    await hooked.told()
    left = {"_id": "pad", "name": "pad", "time": {"unpublished": {"name": "ada"}}}
    await hooked.change(left, ("package_removed", "", {}), removed=True)
    (told,) = await hooked.told()
    assert (told["event"], told["name"], told["change"]) == ("package:unpublish", "pad", {})
    assert told["payload"]["name"] == "pad"


async def test_a_private_package_is_told_to_those_who_may_read_it() -> None:
    hooked = Hooked()
    for user in ("ada", "eve"):
        await hooked.hook("@acme/sauce", by=user)
        await hooked.hook("@acme", "scope", by=user)
        await hooked.hook("~ada", "owner", by=user)
    await hooked.publish("@acme/sauce", "1.0.0", restricted=True)
    told = await hooked.told()
    assert [each["hookOwner"]["username"] for each in told] == ["ada"] * 3


async def test_a_user_who_was_disabled_is_told_nothing() -> None:
    hooked = Hooked()
    await hooked.hook("pad", by="bob")
    accounts = hooked.server.people.accounts
    user = await accounts.get("bob")
    await hooked.server.store.write_user(replace(user, disabled=True, revision=user.revision + 1), user.revision)
    await hooked.publish("pad", "1.0.0")
    assert await hooked.told() == []


async def test_a_release_that_a_rule_refuses_is_neither_told_nor_in_what_is_told() -> None:
    denied = Denied("npm/pad@1.1.0", lambda key, version: (key.name, version) == ("pad", "1.1.0"))
    hooked = Hooked(rules=[Deny((denied,))])
    await hooked.hook("pad")
    await hooked.publish("pad", "1.0.0", "1.1.0")
    assert await hooked.told() == []
    await hooked.change(packument("pad", "1.0.0", "1.1.0"), ("starred", "", {"user": "bob"}))
    (told,) = await hooked.told()
    assert list(told["payload"]["versions"]) == ["1.0.0"]
    assert "1.1.0" not in json.dumps(told["payload"]["dist-tags"])


async def test_a_package_of_which_everything_is_refused_is_not_told() -> None:
    denied = Denied("npm/pad", lambda key, _: key.name == "pad")
    hooked = Hooked(rules=[Deny((denied,))])
    await hooked.hook("pad")
    await hooked.publish("pad", "1.0.0")
    await hooked.change(packument("pad"), ("starred", "", {"user": "bob"}))
    assert await hooked.told() == []
    assert await hooked.queue.next_due() is None


async def test_of_a_large_package_only_what_the_event_is_about_is_sent() -> None:
    hooked = Hooked()
    await hooked.hook("pad")
    versions = [f"{number}.0.0" for number in range(2000)]
    await hooked.publish("pad", *versions)
    (told,) = await hooked.told()
    payload = told["payload"]
    assert list(payload["versions"]) == ["1999.0.0"]
    assert payload["dist-tags"] == {"latest": "1999.0.0"}
    assert "readme" not in payload
    assert len(hooked.poster.sent[0][1]) < 200_000


async def test_a_new_release_at_an_upstream_is_told_when_it_is_seen() -> None:
    hooked = Hooked({"pad": packument("pad", "1.0.0")})
    await hooked.hook("pad")
    services = hooked.server.services
    await services.source.snapshot(View(), key_of("pad"))
    assert await hooked.told() == []
    hooked.server.upstream.answers["https://farm.example/pad"] = json.dumps(packument("pad", "1.0.0", "1.1.0")).encode()
    await services.source.snapshot(View(), key_of("pad"), "confirmed")
    (told,) = await hooked.told()
    assert (told["event"], told["change"]) == ("package:publish", {"version": "1.1.0", "dist-tag": "latest"})


async def test_hooks_are_changed_with_a_one_time_password_where_one_is_wanted_and_read_without() -> None:
    hooked = Hooked()
    made = await hooked.hook("pad")
    store = hooked.server.store
    user = await hooked.server.people.accounts.get("ada")
    factor = SecondFactor(b"12345678901234567890", "auth-and-writes", pending=False)
    await store.write_user(replace(user, second_factor=factor, revision=user.revision + 1), user.revision)
    body = {"type": "package", "name": "pad", "endpoint": ENDPOINT, "secret": "x"}
    for method, path, sent in (
        ("POST", HOOK, body),
        ("PUT", f"{HOOK}/{made['id']}", body),
        ("DELETE", f"{HOOK}/{made['id']}", None),
    ):
        assert (await hooked.ask(method, path, sent)).status == 401
    assert json.loads((await hooked.ask("GET", HOOKS)).body)["objects"] == [made]


async def test_what_is_done_with_hooks_is_in_the_audit_log_without_their_secrets() -> None:
    hooked = Hooked()
    made = await hooked.hook("pad")
    place = f"{HOOK}/{made['id']}"
    await hooked.ask("PUT", place, {"endpoint": "https://chat.example/T0KEN", "secret": "sesame"})
    await hooked.ask("DELETE", place)
    entries = await hooked.server.store.list_audit(0, 10, "ada", None)
    mine = [entry for entry in entries if entry.action.startswith("npm hook")]
    assert [(entry.action, entry.subject, entry.detail) for entry in reversed(mine)] == [
        (f"npm hook {action}", made["id"], "package pad") for action in ("add", "update", "rm")
    ]
    assert not any(secret in repr(entries) for secret in ("sesame", "T0KEN", ENDPOINT))


class Leading:
    """A name server of somebody who wants to reach what is inside."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def look_up(self, host: str, port: int) -> list[str]:
        """Look a host up."""
        del host, port
        return [self.address]


async def test_a_message_goes_over_the_wire_as_it_was_signed() -> None:
    sender = HttpPoster(Allowance(["ci.team.example"]), "packhouse", lookup=Leading("127.0.0.1").look_up, environ={})
    hooked = Hooked(sender=sender)
    async with Receiver([500, 204]).running() as receiver:
        made = await hooked.hook("pad", endpoint=f"http://ci.team.example:{receiver.port}/hook?key=1")
        await hooked.publish("pad", "1.0.0")
        await hooked.told()
        hooked.server.now = Moment(hooked.server.now + 60_000)
        await hooked.told()
    await sender.close()
    first, second = receiver.taken
    for taken in (first, second):
        assert taken.path == "/hook?key=1"
        digest = hmac.new(b"sesame", taken.body, hashlib.sha256).hexdigest()
        assert taken.headers["x-npm-signature"] == f"sha256={digest}"
        assert json.loads(taken.body)["event"] == "package:publish"
    shown = json.loads((await hooked.ask("GET", f"{HOOK}/{made['id']}")).body)
    assert (shown["delivered"], shown["response_code"]) == (True, 204)


async def test_a_hook_does_not_reach_into_the_inner_network() -> None:
    sender = HttpPoster(Allowance(), "packhouse", lookup=Leading("127.0.0.1").look_up, environ={})
    hooked = Hooked(sender=sender)
    async with Receiver().running() as inner:
        for host in ("127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"):
            body = {"type": "package", "name": "pad", "endpoint": f"http://{host}:{inner.port}/", "secret": "x"}
            assert (await hooked.ask("POST", HOOK, body)).status == 400
        made = await hooked.hook("pad", endpoint=f"http://evil.example:{inner.port}/")
        await hooked.publish("pad", "1.0.0")
        await hooked.told()
    await sender.close()
    assert inner.connections == 0
    shown = json.loads((await hooked.ask("GET", f"{HOOK}/{made['id']}")).body)
    assert (shown["delivered"], shown["response_code"]) == (False, 0)
    assert shown["last_delivery"] is not None
