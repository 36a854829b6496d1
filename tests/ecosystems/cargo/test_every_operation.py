"""Every operation of the OpenAPI document can be done, and answers as the document says it does."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from msgspec import Struct

from packhouse.adapters.memory.keys import MemoryKeys
from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.openapi_document import OPERATIONS, build_document, strict
from packhouse.ecosystems.cargo.people import number_of
from packhouse.http.callers import COOKIE
from packhouse.services.access import AccessRules
from tests.asgi import Reply
from tests.assembled import Assembled, Issuers
from tests.ecosystems.cargo.pages import PAGES, tarball
from tests.ecosystems.cargo.publications import must_publish, publication
from tests.ecosystems.cargo.registry import UPSTREAM
from tests.identities import KEYS, github, issuer, key_set, signed

pytestmark = pytest.mark.anyio

API = "/cargo/api/v1"
CRATE = f"{API}/crates/berry"
TRUST = f"{API}/trusted_publishing"
GITHUB = {"crate": "berry", "repository_owner": "farm", "repository_name": "pear", "workflow_filename": "release.yml"}
GITLAB = {"crate": "berry", "namespace": "farm/fruit", "project": "pear", "workflow_filepath": "ci/release.yml"}
IMPOSSIBLE = {
    "resend_email_verification": 400,  # nobody's address is verified
    "confirm_user_email": 400,
}
"""What can never be done here, and how that is told."""


class Farm:
    """A server with a crate of ada's, to which bob is invited; what is asked may need what was answered before."""

    def __init__(self, server: Assembled, tokens: Mapping[str, str]) -> None:
        self.server = server
        self.tokens = dict(tokens)
        self.told: dict[str, Any] = {}

    async def send(self, call: "Call") -> Reply:
        """Ask as somebody: by token, or in a browser's session."""
        headers = {"user-agent": "a test", "accept": call.accept}
        if call.who.endswith("'s browser"):
            user = await self.server.people.accounts.get(call.who.partition("'")[0])
            secret, _ = await self.server.people.tokens.begin_session(user, "a browser")
            headers |= {"cookie": f"{COOKIE}={secret}", "origin": "http://packhouse.example"}
        elif call.who:
            headers["authorization"] = self.tokens[call.who]
        path = call.path(self) if callable(call.path) else call.path
        return await self.server.send(call.method, path, call.body, headers=headers)


class Call(Struct, frozen=True):
    """A request."""

    method: str
    path: str | Callable[[Farm], str]
    body: object = None
    who: str = ""
    accept: str = "*/*"


def _invited(kind: str) -> Callable[[Farm], str]:
    def path(farm: Farm) -> str:
        invitation = farm.told["list_crate_owner_invitations_for_user"]["crate_owner_invitations"][0]
        of = f"accept/{invitation['token']}" if kind == "token" else str(invitation["crate_id"])
        return f"{API}/me/crate_owner_invitations/{of}"

    return path


def _config(kind: str) -> Callable[[Farm], str]:
    return lambda farm: f"{TRUST}/{kind}_configs/{farm.told[f'create_trustpub_{kind}_config'][f'{kind}_config']['id']}"


def _made(farm: Farm) -> str:
    return f"{API}/me/tokens/{farm.told['create_api_token']['api_token']['id']}"


WORDS = 'keywords = ["berries"]\ncategories = ["science"]\nreadme = "src/lib.rs"\n'
BERRY, ADA = number_of("berry"), number_of("ada")
YANK = {"version": {"yanked": True, "yank_message": "rotten"}}
ACCEPT = {"crate_owner_invite": {"crate_id": BERRY, "accepted": True}}
CALLS: dict[str, Call] = {
    "index_config": Call("GET", "/cargo/index/config.json"),
    "index_file": Call("GET", "/cargo/index/be/rr/berry"),
    "index_file_short": Call("GET", "/cargo/index/1/a"),
    "file": Call("GET", "/cargo/crates/berry/berry-1.0.0.crate"),
    "login_page": Call("GET", "/cargo/me"),
    "publish": Call("PUT", f"{API}/crates/new", publication("berry", "3.0.0", WORDS), "ada"),
    "list_crates": Call("GET", f"{API}/crates?q=berry&per_page=1"),
    "find_crate": Call("GET", f"{CRATE}?include=full"),
    "list_versions": Call("GET", f"{CRATE}/versions?include=release_tracks&per_page=1"),
    "find_version": Call("GET", f"{CRATE}/1.0.0"),
    "get_version_authors": Call("GET", f"{CRATE}/1.0.0/authors"),
    "get_version_dependencies": Call("GET", f"{API}/crates/needy/1.0.0/dependencies"),
    "download_version": Call("GET", f"{CRATE}/1.0.0/download"),
    "get_crate_downloads": Call("GET", f"{CRATE}/downloads?include=versions"),
    "get_version_downloads": Call("GET", f"{CRATE}/1.0.0/downloads?before_date=2026-01-01"),
    "get_version_readme": Call("GET", f"{CRATE}/1.0.0/readme"),
    "list_reverse_dependencies": Call("GET", f"{CRATE}/reverse_dependencies"),
    "update_version": Call("PATCH", f"{CRATE}/1.0.0", YANK, "ada"),
    "unyank_version": Call("PUT", f"{CRATE}/1.0.0/unyank", None, "ada"),
    "yank_version": Call("DELETE", f"{CRATE}/1.1.0/yank", None, "ada"),
    "list_owners": Call("GET", f"{CRATE}/owners"),
    "get_user_owners": Call("GET", f"{CRATE}/owner_user"),
    "get_team_owners": Call("GET", f"{CRATE}/owner_team"),
    "add_owners": Call("PUT", f"{CRATE}/owners", {"users": ["bob", "eve"]}, "ada"),
    "list_crate_owner_invitations_for_user": Call("GET", f"{API}/me/crate_owner_invitations", None, "bob"),
    "list_crate_owner_invitations": Call(
        "GET", "/cargo/api/private/crate_owner_invitations?crate_name=berry", None, "ada"
    ),
    "accept_crate_owner_invitation_with_token": Call("PUT", _invited("token")),
    "handle_crate_owner_invitation": Call("PUT", _invited("number"), ACCEPT, "eve"),
    "remove_owners": Call("DELETE", f"{CRATE}/owners", {"users": ["bob"]}, "ada"),
    "follow_crate": Call("PUT", f"{CRATE}/follow", None, "bob"),
    "get_following_crate": Call("GET", f"{CRATE}/following", None, "bob"),
    "get_authenticated_user_updates": Call("GET", f"{API}/me/updates", None, "bob"),
    "unfollow_crate": Call("DELETE", f"{CRATE}/follow", None, "bob"),
    "get_authenticated_user": Call("GET", f"{API}/me", None, "ada"),
    "create_api_token": Call("PUT", f"{API}/me/tokens", {"api_token": {"name": "ci"}}, "ada's browser"),
    "list_api_tokens": Call("GET", f"{API}/me/tokens?expired_days=30", None, "ada's browser"),
    "find_api_token": Call("GET", _made, None, "ada"),
    "revoke_api_token": Call("DELETE", _made, None, "ada"),
    "revoke_current_api_token": Call("DELETE", f"{API}/tokens/current", None, "eve"),
    "find_user": Call("GET", f"{API}/users/ada"),
    "get_user_stats": Call("GET", f"{API}/users/{ADA}/stats"),
    "update_user": Call("PUT", f"{API}/users/{ADA}", {"user": {"email": "ada@farm.example"}}, "ada"),
    "resend_email_verification": Call("PUT", f"{API}/users/{ADA}/resend", None, "ada"),
    "confirm_user_email": Call("PUT", f"{API}/confirm/letter"),
    "update_email_notifications": Call("PUT", f"{API}/me/email_notifications", [], "ada"),
    "find_team": Call("GET", f"{API}/teams/packhouse:farm:pickers", None, "ada"),
    "list_keywords": Call("GET", f"{API}/keywords?sort=crates"),
    "find_keyword": Call("GET", f"{API}/keywords/berries"),
    "list_categories": Call("GET", f"{API}/categories"),
    "find_category": Call("GET", f"{API}/categories/science"),
    "list_category_slugs": Call("GET", f"{API}/category_slugs"),
    "get_summary": Call("GET", f"{API}/summary"),
    "get_site_metadata": Call("GET", f"{API}/site_metadata"),
    "upload_docs": Call("PUT", f"{CRATE}/1.0.0/docs", tarball(PAGES), "ada"),
    "docs_latest": Call("GET", "/cargo/docs/berry"),
    "docs_start": Call("GET", "/cargo/docs/berry/1.0.0"),
    "docs_page": Call("GET", "/cargo/docs/berry/1.0.0/help.html"),
    "remove_docs": Call("DELETE", f"{CRATE}/1.0.0/docs", None, "ada"),
    "create_trustpub_github_config": Call("POST", f"{TRUST}/github_configs", {"github_config": GITHUB}, "ada"),
    "create_trustpub_gitlab_config": Call("POST", f"{TRUST}/gitlab_configs", {"gitlab_config": GITLAB}, "ada"),
    "list_trustpub_github_configs": Call("GET", f"{TRUST}/github_configs?crate=berry", None, "ada"),
    "list_trustpub_gitlab_configs": Call("GET", f"{TRUST}/gitlab_configs?crate=berry", None, "ada"),
    "exchange_trustpub_token": Call("POST", f"{TRUST}/tokens", {"jwt": signed(github())}),
    "revoke_trustpub_token": Call("DELETE", f"{TRUST}/tokens", None, "a build"),
    "update_crate": Call("PATCH", CRATE, {"crate": {"trustpub_only": True}}, "ada"),
    "delete_trustpub_github_config": Call("DELETE", _config("github"), None, "ada"),
    "delete_trustpub_gitlab_config": Call("DELETE", _config("gitlab"), None, "ada"),
    "delete_crate": Call("DELETE", f"{API}/crates/needy?message=rotten", None, "ada's browser"),
}
"""What succeeds, in an order in which it does."""
OTHERWISE = {
    "download_version": Call("GET", f"{CRATE}/1.0.0/download", accept="application/json"),
    "get_version_readme": Call("GET", f"{CRATE}/1.0.0/readme", accept="application/json"),
    "list_crate_owner_invitations": Call(
        "GET", f"/cargo/api/private/crate_owner_invitations?invitee_id={ADA}", None, "ada"
    ),
    "list_crates": Call("GET", f"{API}/crates?sort=downloads"),
    "find_crate": Call("GET", f"{API}/crates/needy"),
    "list_trustpub_github_configs": Call("GET", f"{TRUST}/github_configs?user_id={ADA}", None, "ada"),
}
"""Another way to ask."""


async def build() -> Farm:
    """Publish crates in front of an upstream that has none."""
    issuers = Issuers((issuer("github"),), MemoryKeys({KEYS: key_set()}))
    answers = {f"{UPSTREAM.url}/config.json": b'{"dl":"http://files.example"}'}
    server = Assembled(ECOSYSTEM, build_mount, answers, (UPSTREAM,), issuers=issuers, access=AccessRules())
    tokens = {name: await server.token(name) for name in ("ada", "bob", "eve")}
    ada = tokens["ada"]
    for version in ("1.0.0", "1.1.0"):
        await must_publish(server, ada, "berry", version, WORDS)
    await must_publish(server, ada, "a", "1.0.0")
    dependencies = [{"name": "berry", "version_req": "^1"}]
    await must_publish(server, ada, "needy", "1.0.0", '[dependencies]\nberry = "1"', {"deps": dependencies})
    await server.people.organisations.create("farm", "ada", [])
    actor = await server.people.identification.identify(f"Bearer {ada}", "127.0.0.1", "")
    await server.people.organisations.add_team(actor, "farm", "pickers")
    return Farm(server, tokens)


@cache
def closed() -> dict[str, Any]:
    """Give the document as it is where no upstream has a part."""
    return strict(build_document(internal=True))


def check(name: str, reply: Reply) -> None:
    """Hold an answer against the document."""
    operation = next(each for each in OPERATIONS if each.name == name)
    responses = closed()["paths"][operation.path][operation.method.lower()]["responses"]
    content = responses[str(reply.status)].get("content")
    if content is None:
        assert reply.body == b""
        return
    kind = reply.headers["content-type"].partition(";")[0]
    schema = (content.get(kind) or content["*/*"])["schema"]
    if kind == "application/json":
        validator = jsonschema_rs.Draft202012Validator(
            {**schema, "components": closed()["components"]}, validate_formats=True
        )
        found = json.loads(reply.body)
        assert [f"{list(each.instance_path)}: {each.message}" for each in validator.iter_errors(found)] == []


def test_there_is_a_request_for_every_operation() -> None:
    assert CALLS.keys() == {each.name for each in OPERATIONS}


async def test_every_operation_can_be_done_and_answers_as_the_document_says() -> None:
    farm = await build()
    for calls in (CALLS, OTHERWISE):
        for name, call in calls.items():
            if name == "delete_crate":
                continue
            reply = await farm.send(call)
            wanted = (IMPOSSIBLE[name],) if name in IMPOSSIBLE else (200, 201, 204, 302)
            assert reply.status in wanted, (name, reply.status, reply.text)
            check(name, reply)
            if reply.headers.get("content-type") == "application/json" and reply.body:
                farm.told.setdefault(name, json.loads(reply.body))
            if name == "exchange_trustpub_token":
                farm.tokens["a build"] = farm.told[name]["token"]
    removed = await farm.send(CALLS["delete_crate"])
    assert removed.status == 204, removed.text
    check("delete_crate", removed)
    assert (await farm.send(OTHERWISE["find_crate"])).status == 404
