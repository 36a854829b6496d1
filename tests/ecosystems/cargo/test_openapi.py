"""The OpenAPI document is right, and tells of every address of the door."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from packhouse.ecosystems.cargo import ECOSYSTEM, build_mount
from packhouse.ecosystems.cargo.openapi_document import OPERATIONS, PASSED_ON, build_document, strict
from packhouse.http.router import RoutedDoor
from tests.assembled import Assembled
from tests.ecosystems.cargo.crates import UPSTREAM, recorded_crate

OF_NO_PROGRAM = {("GET", "/api/openapi.json")}
"""What is not described: the description."""


def document_of(*, internal: bool = True) -> dict[str, Any]:
    return {**build_document(internal=internal), "servers": [{"url": "/cargo"}]}


def validator(name: str, *, closed: bool = False) -> jsonschema_rs.Validator:
    """Hold something against an object of the document."""
    built = document_of()
    schemas = (strict(built) if closed else built)["components"]["schemas"]
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return jsonschema_rs.Draft202012Validator(whole)


def routed() -> set[tuple[str, str]]:
    door = build_mount(Assembled(ECOSYSTEM, build_mount, {}, (UPSTREAM,)).services).door
    assert isinstance(door, RoutedDoor)
    return {(method, "/" + "/".join(each.pattern)) for each in door.routes for method in each.handlers}


def neutral(path: str) -> str:
    deepest_only_once = re.sub(r"(/\{s\d+\})+$", "/{}", path)
    return re.sub(r"\{\w+\}", "{}", deepest_only_once)


@pytest.mark.parametrize("internal", [False, True])
def test_the_document_is_openapi_3_1(internal: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    OpenAPIV31SpecValidator(document_of(internal=internal)).validate()


def test_every_route_is_an_operation_and_every_operation_a_route() -> None:
    told = {(each.method, neutral(each.path)) for each in OPERATIONS}
    addresses = {(method, neutral(path)) for method, path in routed()}
    assert addresses - told == OF_NO_PROGRAM
    assert told <= addresses


def test_an_operation_has_one_name_and_one_address() -> None:
    assert len({each.name for each in OPERATIONS}) == len(OPERATIONS)
    assert len({(each.method, neutral(each.path)) for each in OPERATIONS}) == len(OPERATIONS)


def test_what_pages_ask_is_told_only_where_it_is_asked_for() -> None:
    public, whole = (document_of(internal=each) for each in (False, True))
    assert public["paths"].keys() < whole["paths"].keys()
    assert "/api/v1/me/tokens" not in public["paths"]
    assert "NewToken" not in public["components"]["schemas"]


def test_what_is_made_here_has_no_other_fields_and_what_is_passed_on_is_marked() -> None:
    built = document_of()
    asked = {
        content["schema"].get("$ref", "").rpartition("/")[2]
        for path in built["paths"].values()
        for operation in path.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    }
    for name, schema in strict(built)["components"]["schemas"].items():
        if schema["type"] == "object" and name not in asked and not name.endswith("Fields"):
            assert schema.get("additionalProperties") is False, name
    assert PASSED_ON in built["components"]["schemas"]["Crate"]
    assert PASSED_ON not in built["components"]["schemas"]["Token"]


@pytest.mark.parametrize("name", ["bitflags", "elasticlunr-rs", "regex", "time", "utf8-ranges", "xdg"])
def test_a_real_crates_document_is_as_the_document_says(name: str) -> None:
    recorded = json.loads(recorded_crate(name))
    assert [str(error) for error in validator("WholeCrate").iter_errors(recorded)] == []


@pytest.mark.anyio
async def test_the_server_is_the_one_that_was_asked_under_the_same_view() -> None:
    ours = Assembled(ECOSYSTEM, build_mount, {}, (UPSTREAM,))
    for prefix in ("", "/@2026-08-11"):
        reply = await ours.get(f"{prefix}/cargo/api/openapi.json", {"user-agent": "a test"})
        assert reply.status == 200
        assert json.loads(reply.body)["servers"] == [{"url": f"http://packhouse.example{prefix}/cargo"}]
    plain = await ours.get("/cargo/api/openapi.json", {"user-agent": "a test"})
    assert "/api/v1/me" not in json.loads(plain.body)["paths"]
    whole = await ours.get("/cargo/api/openapi.json?internal", {"user-agent": "a test"})
    assert "/api/v1/me" in json.loads(whole.body)["paths"]
