"""npm changes what somebody says of themselves, their password, their tokens and one-time passwords."""

import base64
import json
import re
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from packhouse.formats.one_time import STEP_S, password_at
from tests.clients.npm_writes.browser import Browser
from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import PASSWORD, Registry
from tests.clients.npm_writes.workshop import Workshop

pytestmark = pytest.mark.client


def test_a_profile_is_set_and_shown(by: By, registry: Registry) -> None:
    npm = by("ada")
    assert json.loads(npm.must("profile", "get", "--json").out)["name"] == "ada"
    npm.must("profile", "set", "fullname", "Ada of the Orchard")
    npm.must("profile", "set", "homepage", "https://ada.example/")
    npm.must("profile", "set", "email", "ada@farm.example")
    assert npm.must("profile", "get", "fullname").out.strip() == "Ada of the Orchard"
    known = registry.send("GET", "-/npm/v1/user", "ada").document()
    assert (known["homepage"], known["email"], known["tfa"]) == ("https://ada.example/", "ada@farm.example", False)
    assert npm.run("profile", "set", "email", "nowhere").code == 1
    npm.must("profile", "set", "email", "ada@team.example")


def test_a_password_is_changed(by: By, registry: Registry) -> None:
    with by("eve").talk("profile", "set", "password") as terminal:
        terminal.answer("Current password:", PASSWORD)
        terminal.answer("New password:", "an even longer one")
        terminal.answer("Again:", "an even longer one")
        assert terminal.wait() == 0, terminal.shown
    old, new = (_basic("eve", each) for each in (PASSWORD, "an even longer one"))
    assert registry.send("GET", "-/whoami", authorization=old).status == 401
    assert registry.send("GET", "-/whoami", authorization=new).document() == {"username": "eve"}


def test_tokens_are_made_listed_and_revoked(by: By, registry: Registry) -> None:
    npm = by("bob")
    made = json.loads(npm.must("token", "create", "--name=reader", f"--password={PASSWORD}", "--json").out)
    token = made["token"]
    assert registry.send("GET", "-/whoami", authorization=f"Bearer {token}").document() == {"username": "bob"}
    listed = json.loads(npm.must("token", "list", "--json").out)
    (key,) = [each["key"] for each in listed if each["name"] == "reader"]
    assert token not in json.dumps(listed)
    npm.must("token", "revoke", key)
    assert registry.send("GET", "-/whoami", authorization=f"Bearer {token}").status == 401
    assert npm.run("token", "create", "--name=thief", "--password=wrong").code == 1


def test_a_token_for_a_scope_publishes_there_only(by: By, registry: Registry, scoped: str) -> None:
    made = by("bob").must(
        "token",
        "create",
        "--name=of the farm",
        "--scopes=@farm",
        "--packages-and-scopes-permission=read-write",
        f"--password={PASSWORD}",
        "--json",
    )
    limited = by("")
    limited.sign_in(json.loads(made.out)["token"])
    limited.publish(scoped, "1.0.0")
    assert registry.versions(scoped) == ["1.0.0"]
    said = limited.try_publish("@elsewhere/quince", "1.0.0")
    assert said.code == 1, said.all
    assert registry.status("@elsewhere/quince", "bob") == 404


def test_a_token_for_reading_publishes_nothing(by: By, registry: Registry, scoped: str) -> None:
    made = registry.send("POST", "-/npm/v1/tokens", "bob", {"password": PASSWORD, "readonly": True}).document()
    limited = by("")
    limited.sign_in(made["token"])
    assert limited.must("whoami").out.strip() == "bob"
    said = limited.try_publish(scoped, "1.0.0")
    assert said.code == 1, said.all
    assert registry.status(scoped, "bob") == 404


@pytest.fixture
def guarded(by: By, registry: Registry) -> tuple[Workshop, Iterator[str]]:
    """Give a client of somebody new whose writes take one-time passwords, and those passwords."""
    npm = by("")
    name = f"guarded-{time.monotonic_ns()}"
    body = {"name": name, "password": PASSWORD, "email": f"{name}@team.example", "type": "user"}
    token = registry.send("PUT", f"-/user/org.couchdb.user:{name}", "", body).document()["token"]
    npm.sign_in(token)
    with npm.talk("profile", "enable-2fa", "auth-and-writes") as terminal:
        terminal.answer("password:", PASSWORD)
        shared = terminal.read_until(r"code:? *([A-Z2-7]{16,})")
        secret = base64.b32decode(shared + "=" * (-len(shared) % 8))
        # One that counts for a while yet, and leaves room for the next.
        first = int((time.time() - STEP_S / 2) // STEP_S)
        terminal.answer(r"authenticator[^:]*:", password_at(secret, first))
        assert terminal.wait() == 0, terminal.shown
    codes = re.findall(r"\t(\w{20})\b", terminal.shown)
    assert len(codes) == 8, terminal.shown
    return npm, _passwords(secret, first, codes)


def _passwords(secret: bytes, used: int, codes: list[str]) -> Iterator[str]:
    """Give what counts once: the password of now, then recovery codes, for nobody wants to wait for the next."""
    yield password_at(secret, max(used + 1, int(time.time() // STEP_S)))
    yield from codes


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_a_publication_takes_a_one_time_password(
    guarded: tuple[Workshop, Iterator[str]], registry: Registry, scoped: str
) -> None:
    npm, passwords = guarded
    said = npm.try_publish(scoped, "1.0.0")
    assert said.code == 1
    assert "EOTP" in said.err
    assert npm.try_publish(scoped, "1.0.0", "--otp=000000").code == 1
    assert registry.status(scoped) == 404
    shown = next(passwords)
    npm.publish(scoped, "1.0.0", f"--otp={shown}")
    assert registry.versions(scoped) == ["1.0.0"]
    # A command that makes several requests sends the same with each.
    npm.publish(scoped, "1.1.0", f"--otp={next(passwords)}")
    assert npm.run("unpublish", f"{scoped}@1.0.0", "--otp=000000").code == 1
    npm.must("unpublish", f"{scoped}@1.0.0", f"--otp={shown}")
    assert registry.versions(scoped) == ["1.1.0"]
    # Whoever has seen it has not the token that it was sent with.
    body = {"name": "x", "password": PASSWORD}
    assert registry.send("POST", "-/npm/v1/tokens", "", body, authorization=f"Bearer {_token(npm)}").status == 401


@pytest.mark.parametrize("program", ["pnpm12", "yarn4", "yarn1"])
def test_other_clients_send_one_time_passwords_too(
    guarded: tuple[Workshop, Iterator[str]], by: By, registry: Registry, scoped: str, program: str
) -> None:
    npm, passwords = guarded
    other = by("", program)
    other.sign_in(_token(npm))
    assert other.try_publish(scoped, "1.0.0").code != 0
    assert registry.status(scoped) == 404
    other.publish(scoped, "1.0.0", *(f"--otp={next(passwords)}",) if program != "yarn4" else ("--otp", next(passwords)))
    assert registry.versions(scoped) == ["1.0.0"]


def test_a_one_time_password_is_entered_in_a_browser(
    guarded: tuple[Workshop, Iterator[str]], registry: Registry, scoped: str
) -> None:
    npm, passwords = guarded
    registry_user = npm.must("whoami").out.strip()
    npm.manifest(scoped, "1.0.0")
    with npm.talk("publish", "--access", "public") as terminal:
        page = terminal.read_until(r"(http://\S+/ui/login/[\w-]+)\s")
        browser = Browser()
        browser.visit(page)
        browser.send(name=registry_user, password=PASSWORD, otp=next(passwords))
        assert browser.status == 200, browser.page
        assert terminal.wait() == 0, terminal.shown
    assert registry.versions(scoped) == ["1.0.0"]


def test_one_time_passwords_are_given_up(guarded: tuple[Workshop, Iterator[str]], registry: Registry) -> None:
    npm, passwords = guarded
    with npm.talk("profile", "disable-2fa", f"--otp={next(passwords)}") as terminal:
        terminal.answer("password:", PASSWORD)
        assert terminal.wait() == 0, terminal.shown
    known = registry.send("GET", "-/npm/v1/user", authorization=f"Bearer {_token(npm)}").document()
    assert not known["tfa"]


def _token(npm: Workshop) -> str:
    found = re.search(r"_authToken=(\S+)", (npm.folder / ".npmrc").read_text())
    assert found is not None
    return found[1]


def test_the_address_for_an_authenticator_is_one(registry: Registry) -> None:
    body = {"name": "otto", "password": PASSWORD, "email": "otto@team.example", "type": "user"}
    token = registry.send("PUT", "-/user/org.couchdb.user:otto", "", body).document()["token"]
    asked = {"tfa": {"password": PASSWORD, "mode": "auth-only"}}
    told = registry.send("POST", "-/npm/v1/user", "", asked, authorization=f"Bearer {token}").document()["tfa"]
    parts = urlsplit(told)
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert len(parse_qs(parts.query)["secret"][0]) >= 16
