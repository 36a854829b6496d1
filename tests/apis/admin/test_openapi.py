"""The OpenAPI document of /api is right, and the API keeps to it."""

import json
from typing import Any

import anyio
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance, unsupported_method

from packhouse.apis.admin.door import people_routes
from packhouse.apis.admin.openapi import FORMS, build_document
from packhouse.apis.admin.upstreams import upstream_routes
from tests.apis.admin.test_people import Api, further

API = Api()
DOCUMENT = {
    **build_document([*people_routes(API.people), *upstream_routes([], list, lambda _: True), *further()]),
    "security": [],
}
SCHEMA = schemathesis.openapi.from_dict({**DOCUMENT, "servers": [{"url": "http://packhouse.example/api"}]})
SCHEMA.app = API.site
SECRETS = {"olga": anyio.run(API.token, "olga"), "ada": anyio.run(API.token, "ada"), "nobody": ""}
Case = schemathesis.Case[Any]
QUICK = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
UNDECIDABLE = [positive_data_acceptance, unsupported_method]
"""Whether a name, address or pattern is one no schema says; and HEAD is answered wherever GET is."""


async def document() -> Any:  # noqa: ANN401 (any JSON)
    reply = await API.ask("GET", "openapi.json")
    assert reply.headers["content-type"] == "application/json"
    return json.loads(reply.body)


@pytest.mark.parametrize("who", ["olga", "ada", "nobody"])
@SCHEMA.parametrize()
@QUICK
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case, who: str) -> None:
    # Else nobody would be signed in any more.
    ended = (case.method, case.path) == ("DELETE", "/session")
    secret = "phk_ended" if ended else SECRETS[who]
    case.headers.pop("Authorization", None)
    reply = case.call(headers={"Authorization": f"Bearer {secret}"} if secret else {})
    lenient = [] if case.method in ("POST", "PUT", "PATCH") else [negative_data_rejection]
    case.validate_response(reply, excluded_checks=[*UNDECIDABLE, *lenient])


@pytest.mark.anyio
async def test_the_document_is_openapi_3_1() -> None:
    found = await document()
    OpenAPIV31SpecValidator(found).validate()
    assert found["servers"] == [{"url": "http://packhouse.example/api"}]


@pytest.mark.anyio
async def test_every_route_is_described_and_nothing_else() -> None:
    found = await document()
    told = {
        (method.upper(), path.removeprefix("/"))
        for path, methods in found["paths"].items()
        for method in methods
        if method != "parameters"
    }
    there = {("/".join(each.pattern), method) for each in people_routes(API.people) for method in each.handlers}
    assert told == set(FORMS)
    assert {(path, method) for method, path in told} == there | {
        ("upstreams", "GET"),
        *(("/".join(each.pattern), "GET") for each in further()),
    }


@pytest.mark.anyio
async def test_no_schema_names_a_secret_that_is_not_told() -> None:
    schemas = (await document())["components"]["schemas"]
    assert "passwordHash" not in json.dumps(schemas)
    assert schemas["TokenAnswer"]["properties"].keys() >= {"key", "prefix", "limits"}
    assert schemas["BegunAnswer"]["properties"]["token"]["description"].endswith("shown this once.")
