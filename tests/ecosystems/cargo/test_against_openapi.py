"""Whatever is sent to cargo's door is answered as the OpenAPI document says."""

from functools import cache
from typing import Any

import anyio
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from msgspec import Struct
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
)

from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.openapi_document import build_document, strict
from packhouse.http.asgi import Receive, Scope, Send
from tests.assembled import Assembled
from tests.ecosystems.cargo.pages import PAGES, tarball
from tests.ecosystems.cargo.publications import KNOWN_AS, must_publish
from tests.ecosystems.cargo.registry import ANSWERS, UPSTREAM

Case = schemathesis.Case[Any]
QUICK = settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
CACHED = {
    "crate": "plum",
    "version": "1.0.0",
    "first": "pl",
    "second": "um",
    "filename": "plum-1.0.0.crate",
    "keyword": "fruit",
    "category": "science",
    "user": "grower",
    "team": "github:orchard:pickers",
}
"""What an upstream has."""
HOSTED = {
    "crate": "Black_Berry",
    "version": "1.0.0",
    "first": "bl",
    "second": "ac",
    "filename": "black_berry-1.0.0.crate",
    "page": "crates.js",
    "keyword": "berries",
    "category": "science",
    "user": "ada",
    "team": "packhouse:orchard:pickers",
}
"""What is published here."""
NOT_SAID = [
    # What only a registry knows to be wrong, or takes for the first of some words; and whose crates are whose.
    positive_data_acceptance,
    negative_data_rejection,
    ignored_auth,
    missing_required_header,
    # An address can be two: of a release, and of what is called like none.
    allow_header_conformance,
]


class Stage(Struct):
    """A server, and the tokens of who may do something there and who may not."""

    server: Assembled
    tokens: dict[str, str]
    changed: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the server."""
        await self.server._site(scope, receive, send)


async def build() -> Stage:
    """Publish crates, with all that there can be about them."""
    server = Assembled(ECOSYSTEM, build_mount, ANSWERS, (UPSTREAM,))
    ada, bob = await server.token("ada"), await server.token("bob")
    words = 'keywords = ["berries"]\ncategories = ["science"]\nreadme = "README.md"\nrepository = "https://c.example/b"'
    needs = f'{words}\n[dependencies]\nplum = {{version = "1", optional = true}}\n[features]\nripe = ["dep:plum"]'
    plum = {"name": "plum", "version_req": "^1", "optional": True, "registry": KNOWN_AS}
    for version, text, dependencies in (("1.0.0", words, []), ("1.1.0-a.1+b", needs, [plum]), ("2.0.0", words, [])):
        await must_publish(server, ada, "Black_Berry", version, text, {"deps": dependencies})
    needy = '[dependencies]\nBlack_Berry = "1"'
    await must_publish(server, bob, "needy", "1.0.0", needy, {"deps": [{"name": "Black_Berry", "version_req": "^1"}]})
    crate = "/cargo/api/v1/crates/black_berry"
    for method, path, body in (
        ("PUT", f"{crate}/1.0.0/docs", tarball(PAGES)),
        ("DELETE", f"{crate}/2.0.0/yank", None),
    ):
        reply = await server.send(method, path, body, ada, {"user-agent": "a test"})
        assert reply.status == 200, reply.text
    await server.get("/cargo/index/pl/um/plum")
    return Stage(server, {"nobody": "", "ada": ada, "bob": bob})


STAGE = anyio.run(build)
SCHEMA = schemathesis.openapi.from_asgi("/cargo/api/openapi.json?internal", STAGE)


@pytest.fixture(autouse=True)
def _as_it_was() -> None:
    """Begin each operation with all that was published."""
    if STAGE.changed:
        fresh = anyio.run(build)
        STAGE.server, STAGE.tokens, STAGE.changed = fresh.server, fresh.tokens, False


def check(case: Case, who: str) -> None:
    """Ask as somebody, and hold the answer against the document; closely, where no upstream has a part in it."""
    token = STAGE.tokens[who]
    reply = case.call(headers={"authorization": token} if token else None)
    STAGE.changed |= case.method.upper() != "GET"
    case.validate_response(reply, excluded_checks=NOT_SAID)
    about_ours = case.path_parameters.get("crate", "").lower() == HOSTED["crate"].lower()
    if about_ours and reply.status_code == 200 and reply.headers["content-type"][0] == "application/json":
        schema = closed(case.operation.path, case.operation.method)
        assert [f"{list(each.instance_path)}: {each.message}" for each in schema.iter_errors(reply.json())] == []


@cache
def closed(path: str, method: str) -> jsonschema_rs.Validator:
    """Give the schema of an operation's JSON in which nothing of an upstream is."""
    document = strict(build_document(internal=True))
    content = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    return jsonschema_rs.Draft202012Validator({**content["schema"], "components": document["components"]})


@SCHEMA.parametrize()
@QUICK
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case) -> None:
    check(case, "ada")


@SCHEMA.parametrize()
@QUICK
def test_whatever_is_asked_about_a_crate_of_an_upstream_is_answered_as_the_document_says(case: Case) -> None:
    case.path_parameters.update({name: CACHED[name] for name in CACHED.keys() & case.path_parameters.keys()})
    check(case, "ada")


@SCHEMA.parametrize()
@QUICK
def test_whatever_is_asked_about_a_crate_of_ours_is_answered_as_the_document_says(case: Case) -> None:
    case.path_parameters.update({name: HOSTED[name] for name in HOSTED.keys() & case.path_parameters.keys()})
    for who in ("nobody", "bob", "ada"):
        check(case, who)
