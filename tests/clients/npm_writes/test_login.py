"""People sign in and out, each in the ways that their client has."""

import pytest

from tests.clients.npm_writes.browser import Browser
from tests.clients.npm_writes.conftest import By
from tests.clients.npm_writes.registry import PASSWORD, Registry
from tests.clients.npm_writes.workshop import Workshop

pytestmark = pytest.mark.client

PAGE = r"(http://\S+/ui/login/[\w-]+)"


def _who(registry: Registry, token: str) -> object:
    """Ask with a token, as a second client would."""
    answer = registry.send("GET", "-/whoami", authorization=f"Bearer {token}")
    return answer.document()["username"] if answer.status == 200 else answer.status


def _log_in_by_password(client: Workshop, command: tuple[str, ...], name: str, password: str) -> int:
    with client.talk(*command) as terminal:
        terminal.answer("Username:", name)
        terminal.answer("Password:", password)
        return terminal.wait()


@pytest.mark.parametrize(
    ("program", "login", "whoami", "logout"),
    [
        ("npm", ("login", "--auth-type=legacy"), ("whoami",), ("logout",)),
        ("yarn4", ("npm", "login"), ("npm", "whoami"), ("npm", "logout")),
    ],
)
def test_a_token_from_a_password_counts_until_logout(
    by: By, registry: Registry, program: str, login: tuple[str, ...], whoami: tuple[str, ...], logout: tuple[str, ...]
) -> None:
    client = by("", program)
    assert client.run(*whoami).code != 0
    assert _log_in_by_password(client, login, "bob", "wrong") != 0
    assert client.token() == ""
    assert _log_in_by_password(client, login, "bob", PASSWORD) == 0
    token = client.token()
    assert _who(registry, token) == "bob"
    assert "bob" in client.must(*whoami).out
    client.must(*logout)
    assert client.run(*whoami).code != 0
    if program == "npm":  # Yarn forgets the token, and tells nobody
        assert _who(registry, token) == 401


@pytest.mark.parametrize(
    ("program", "login", "whoami", "logout"),
    [
        ("npm", ("login",), ("whoami",), ("logout",)),
        ("pnpm12", ("login",), ("whoami",), ("logout",)),
        ("yarn4", ("npm", "login", "--web-login"), ("npm", "whoami"), ("npm", "logout")),
    ],
)
def test_a_token_from_a_browser_counts_until_logout(
    by: By, registry: Registry, program: str, login: tuple[str, ...], whoami: tuple[str, ...], logout: tuple[str, ...]
) -> None:
    client, browser = by("", program), Browser()
    with client.talk(*login) as terminal:
        if program == "yarn4":
            terminal.answer("open your browser", "n")
        page = terminal.read_until(PAGE + r"\s")
        browser.sign_in(page, "bob", PASSWORD)
        browser.send(do="allow")
        assert browser.status == 200, browser.page
        assert terminal.wait() == 0, terminal.shown
    token = client.token()
    assert _who(registry, token) == "bob"
    assert "bob" in client.must(*whoami).out
    client.must(*logout)
    assert client.run(*whoami).code != 0
    if program != "yarn4":
        assert _who(registry, token) == 401


def test_a_browser_that_says_no_gives_nothing(by: By) -> None:
    client, browser = by(""), Browser()
    with client.talk("login") as terminal:
        browser.sign_in(terminal.read_until(PAGE + r"\s"), "bob", PASSWORD)
        browser.send(do="deny")
        assert browser.status == 200
        assert terminal.wait() != 0, terminal.shown
    assert client.token() == ""


def test_an_account_is_made_by_npm(by: By, registry: Registry) -> None:
    client = by("")
    with client.talk("adduser", "--auth-type=legacy") as terminal:
        terminal.answer("Username:", "fay")
        terminal.answer("Password:", PASSWORD)
        terminal.answer(r"Email[^:]*:", "fay@team.example")
        assert terminal.wait() == 0, terminal.shown
    token = client.token()
    assert _who(registry, token) == "fay"
    known = registry.send("GET", "-/user/org.couchdb.user:fay", "ada").document()
    assert known["email"] == "fay@team.example"
    # Whoever takes the same name once more is asked for its password.
    with by("", "npm").talk("adduser", "--auth-type=legacy") as terminal:
        terminal.answer("Username:", "fay")
        terminal.answer("Password:", "a different one")
        terminal.answer(r"Email[^:]*:", "fay@other.example")
        assert terminal.wait() != 0, terminal.shown
    assert registry.send("GET", "-/user/org.couchdb.user:fay", "ada").document()["email"] == "fay@team.example"


def test_yarn_1_signs_in_while_it_publishes(by: By, registry: Registry, scoped: str) -> None:
    client, before = by("", "yarn1"), _tokens(registry, "bob")
    client.manifest(scoped, "1.0.0")
    with client.talk("publish", "--new-version", "1.0.0", "--access", "public") as terminal:
        terminal.answer("npm username:", "bob")
        terminal.answer("npm email:", "bob@team.example")
        terminal.answer("npm password:", PASSWORD)
        assert terminal.wait() == 0, terminal.shown
    assert [each["name"] for each in registry.packument(scoped)["maintainers"]] == ["bob"]
    # It asks each time, and gives the token of each time back.
    assert _tokens(registry, "bob") == before


def _tokens(registry: Registry, user: str) -> list[str]:
    return [token["key"] for token in registry.send("GET", "-/npm/v1/tokens", user).document()["objects"]]


@pytest.mark.parametrize("program", ["npm", "pnpm12"])
def test_ping_and_whoami(by: By, program: str) -> None:
    assert "PONG" in by("ada", program).must("ping").all.upper()
    assert by("ada", program).must("whoami").out.strip().endswith("ada")
    assert by("", program).run("whoami").code != 0
