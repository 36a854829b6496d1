"""The OpenAPI document is right, and the API keeps to it."""

import json
from typing import Any

import anyio
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from packhouse.apis.packages import errors
from packhouse.apis.packages.messages import Failure
from packhouse.apis.packages.openapi import build_document
from packhouse.apis.packages.operations import OPERATIONS
from packhouse.domain.errors import PackhouseError
from packhouse.http.problems import code_of
from tests.apis.packages.conftest import TELLING, Client, serve

SITE = anyio.run(serve, TELLING)[1]
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", SITE)
Case = schemathesis.Case[Any]
QUICK = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
async def document(client: Client) -> Any:  # noqa: ANN401 (any JSON)
    reply = await client.send("/openapi.json")
    assert reply.headers["content-type"] == "application/json"
    return json.loads(reply.body)


BEYOND_SCHEMA = {"invalid_package", "bad_period"}
"""What only the registry knows to be wrong."""
NOT_SAID = {("invalid_request", "/packages/v1/maintainer"), ("invalid_request", "/packages/v1/resolve")}
"""Of two fields one must be there, which the schema does not say."""


def _check(case: Case) -> None:
    """Hold every answer against the document; a well-formed question may only be wrong in what no schema can say."""
    reply = case.call()
    case.validate_response(reply, excluded_checks=[positive_data_acceptance])
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE and reply.status_code == 400:
        code = reply.json()["error"]["code"]
        assert code in BEYOND_SCHEMA or (code, case.operation.path) in NOT_SAID


@SCHEMA.parametrize()
@QUICK
def test_whatever_is_sent_is_answered_as_the_document_says(case: Case) -> None:
    _check(case)


@SCHEMA.parametrize()
@QUICK
def test_whatever_is_asked_about_a_toy_is_answered_as_the_document_says(case: Case) -> None:
    question = case.body if case.operation.method == "post" else case.query
    if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE and isinstance(question, dict):
        known = {"registry": "toy", "package": "crate", "version": "2.0.0"}
        question.update({name: known[name] for name in known.keys() & question.keys()})
    _check(case)


@pytest.mark.anyio
async def test_the_document_is_openapi_3_1(document: Any) -> None:  # noqa: ANN401 (any JSON)
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.anyio
async def test_every_operation_can_be_called_both_ways(document: Any) -> None:  # noqa: ANN401 (any JSON)
    assert document["paths"].keys() == {f"/packages/v1/{name}" for name in OPERATIONS}
    for path in document["paths"].values():
        assert path.keys() == {"get", "post"}
        content = path["post"]["requestBody"]["content"]["application/json"]["schema"]
        body = document["components"]["schemas"][content["$ref"].rpartition("/")[2]]
        assert {each["name"] for each in path["get"]["parameters"]} == body["properties"].keys()
        for each in path["get"]["parameters"]:
            assert each["required"] == (each["name"] in body["required"])
            assert each["description"].endswith(".")


@pytest.mark.anyio
async def test_the_server_is_the_one_that_was_asked_under_the_same_view(client: Client) -> None:
    for prefix in ("", "/@2026-08-11", "/r/team"):
        found = json.loads((await client.send(f"{prefix}/openapi.json")).body)
        assert found["servers"] == [{"url": f"http://packhouse.example{prefix}"}]


@pytest.mark.anyio
async def test_only_reading_the_document_is_possible(client: Client) -> None:
    assert (await client.send("/openapi.json", "POST")).status == 405
    assert (await client.send("/openapi.json/more")).status == 404


def test_the_registries_of_the_server_are_given_as_examples() -> None:
    schemas = build_document(("one", "two"))["components"]["schemas"]
    for each in OPERATIONS.values():
        properties = schemas[each.question.__name__]["properties"]
        if "registry" in properties:
            assert properties["registry"]["examples"] == ["one", "two"]


def test_what_stands_beneath_a_field_describes_it_in_the_document() -> None:
    schemas = build_document(())["components"]["schemas"]
    assert schemas["Package"]["properties"]["latest"]["description"].startswith("What a client installs")
    assert schemas["Version"]["properties"]["yanked"]["description"].startswith("Why it should not")
    assert schemas["Version"]["properties"]["published_at"]["anyOf"][0]["format"] == "date-time"


def test_every_code_of_our_own_is_in_the_document() -> None:
    own = [each for each in vars(errors).values() if isinstance(each, type) and each.__module__ == errors.__name__]
    said = json.dumps(build_document(())["paths"])
    assert len(own) > 5
    for each in own:
        assert issubclass(each, PackhouseError)
        assert code_of(each("")) in said
    assert Failure.__name__ in build_document(())["components"]["schemas"]
