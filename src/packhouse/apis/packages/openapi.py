"""The OpenAPI document: made of the questions and messages themselves, so that it cannot say anything else."""

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from packhouse.apis.packages import messages
from packhouse.apis.packages.operations import OPERATIONS, Operation
from packhouse.domain.errors import NotAllowed, NotFound
from packhouse.http.answers import JSON, Answer
from packhouse.http.request import Request
from packhouse.http.schemas import REFERENCE, schemas_of
from packhouse.http.serving import body_answer
from packhouse.services.assembly import Services

_DESCRIPTION = """\
One API for the packages of every registry that this server knows: the same questions and the same answers, by POST with
a JSON body or by GET with a query. A dated view (`/@2026-08-11/packages/v1/...`) answers as of that day.
"""
_FAILURES = {
    "400": "The question is wrong: invalid_request, invalid_package, bad_paging or bad_period.",
    "403": "A rule of this server refuses the release: refused.",
    "404": "unknown_registry, unknown_package, unknown_version or unknown_maintainer.",
    "413": "The body is too large: too_large.",
    "422": "Nothing fits together, or this was not found out: unresolvable or too_hard.",
    "501": "The registry tells no such thing: not_told.",
    "502": "The registry's answer cannot be used: upstream_bad or upstream_denied.",
    "503": "The registry is down or switched off, which says nothing about the package: upstream_down or upstream_off.",
}
_ONLY_IN = {"422": ("resolve",), "501": ("maintainer",)}
_ASKS_NOBODY = ("registries",)
_NOT_THEN = ("403", "404", "502", "503")


class OpenApiDoor:
    """Answers /openapi.json."""

    def __init__(self, services: Mapping[str, Services]) -> None:
        self._registries = tuple(services)

    async def __call__(self, request: Request, segments: Sequence[str]) -> Answer:
        """Answer with the document, whose server is this one under the view that was asked for."""
        if segments:
            raise NotFound("there is nothing at this address")
        if request.method not in ("GET", "HEAD"):
            raise NotAllowed(f"{request.method[:20]} is not possible here", "use GET")
        server = {"url": request.base.removesuffix("/openapi.json")}
        document = {**build_document(self._registries), "servers": [server]}
        return body_answer(request, msgspec.json.encode(document), JSON)


@cache
def build_document(registries: tuple[str, ...]) -> dict[str, Any]:
    """Write the document, but for the servers; `registries` are examples of what may be asked about."""
    from importlib.metadata import version  # noqa: PLC0415 (start-up time)

    schemas = _schemas(registries)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Package Registries API",
            "version": version("packhouse"),
            "summary": "One API for the packages of every registry.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [],
        "tags": [{"name": "packages", "description": "Packages, their versions, people and downloads."}],
        "paths": {f"/packages/v1/{each.name}": _path(each, schemas) for each in OPERATIONS.values()},
        "components": {"schemas": schemas},
    }


def _schemas(registries: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    kinds = [kind for each in OPERATIONS.values() for kind in (each.question, *each.answers)]
    schemas = schemas_of((*kinds, messages.Failure))
    for each in OPERATIONS.values():
        properties = schemas[each.question.__name__]["properties"]
        if "registry" in properties:
            properties["registry"]["examples"] = list(registries)
    return schemas


def _path(operation: Operation, schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    question = schemas[operation.question.__name__]
    said = inspect.getdoc(operation.run) or ""
    shared = {"tags": ["packages"], "summary": operation.summary, "description": said}
    asked = {"$ref": REFERENCE.format(name=operation.question.__name__)}
    responses = _responses(operation)
    body = {"required": bool(question["required"]), "content": {JSON: {"schema": asked}}}
    return {
        "post": {**shared, "operationId": operation.name, "requestBody": body, "responses": responses},
        "get": {
            **shared,
            "operationId": f"{operation.name}_by_query",
            "parameters": [_parameter(field, schema, question) for field, schema in question["properties"].items()],
            "responses": responses,
        },
    }


def _parameter(field: str, schema: dict[str, Any], question: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in schema.items() if name not in ("description", "anyOf")}
    # A query cannot say null: it leaves the field out.
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null":
            plain = {**choice, **{name: value for name, value in plain.items() if value is not None}}
    required = field in question["required"]
    parameter = {"name": field, "in": "query", "required": required, "schema": plain}
    return {**parameter, "description": schema["description"]} if "description" in schema else parameter


def _responses(operation: Operation) -> dict[str, Any]:
    kinds = [{"$ref": REFERENCE.format(name=each.__name__)} for each in operation.answers]
    answer = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    said = " or ".join(f"{(each.__doc__ or '').splitlines()[0].rstrip('.')}" for each in operation.answers)
    failure = {JSON: {"schema": {"$ref": REFERENCE.format(name="Failure")}}}
    statuses = [
        status
        for status in _FAILURES
        if operation.name in _ONLY_IN.get(status, (operation.name,))
        and not (operation.name in _ASKS_NOBODY and status in _NOT_THEN)
    ]
    return {
        "200": {"description": f"{said}.", "content": {JSON: {"schema": answer}}},
        **{status: {"description": _FAILURES[status], "content": failure} for status in statuses},
    }
