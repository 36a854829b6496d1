"""The OpenAPI document of cargo's door: made of the table of operations and of the objects that they name."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from packhouse.ecosystems.cargo import openapi_of_crates, openapi_of_people
from packhouse.ecosystems.cargo.openapi_crates import Failure, PassedOn
from packhouse.ecosystems.cargo.openapi_operations import TEXT, Operation, Query, Said
from packhouse.http.answers import JSON
from packhouse.http.callers import COOKIE
from packhouse.http.schemas import REFERENCE, said_of

Json = dict[str, Any]

PASSED_ON = "x-passed-on"
"""Marks an object that an upstream may have made, which may have further fields then."""
_OK, _NOT_PERMITTED = 200, 403
_DESCRIPTION = """\
The registry that cargo speaks to: the sparse index, the files, and the Web API, for crates that are published here and
for those of upstreams alike. A dated view (`/@2026-08-11/cargo/...`) answers as of that day.

What is made here has all fields of an object and no others. Where an upstream's document is handed on, its registry may
add fields, and leave out those that it does not know yet: such objects are marked with `x-passed-on`, which names the
fields that are always there when no upstream has a part in the answer.
"""
_YOUNGER = {
    "Crate": "default_version max_stable_version newest_version num_versions trustpub_only yanked",
    "Version": "audit_actions bin_names checksum crate_size description documentation edition has_lib homepage"
    " lib_links license linecounts published_by readme_path repository rust_version trustpub_data yank_message",
    "Extent": "next_page prev_page",
    "Dependency": "downloads",
}
"""Fields that registries have got by and by."""
_FAILURES = {
    400: "The question is wrong.",
    401: "Who asks must say who they are.",
    403: "A rule of this server refuses it, or who asks may not.",
    404: "There is no such thing, as far as who asks may see.",
    409: "Somebody else has changed it meanwhile.",
    410: "It is too late.",
    413: "The body is too large.",
    416: "The file has no such part.",
    422: "It is understood, and not possible.",
    429: "Too often: `Retry-After` says when again.",
    501: "The registry tells no such thing.",
    502: "The upstream's answer cannot be used.",
    503: "The upstream is down or switched off, which says nothing about the crate.",
    507: "The disk is full.",
}
_SUCCESSES = {
    201: "It is being done.",
    204: "It is done.",
    206: "A part of the file.",
    302: "It is at another address.",
    304: "What the client has is still right.",
}
_SCHEMES: Json = {
    "token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "A token, bare as cargo sends.",
    },
    "trusted": {"type": "http", "scheme": "bearer", "description": "What trusted publishing has given."},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Who is signed in."},
}
_TEXT: Json = {"type": "string", "minLength": 1}
_SEGMENTS: dict[str, Json] = {
    "crate": {**_TEXT, "description": "The name of a crate.", "examples": ["serde"]},
    "version": {**_TEXT, "description": "A version.", "examples": ["1.0.0"]},
    "first": {**_TEXT, "description": "`1` or `2` for names as long, `3`, or the first two letters."},
    "second": {**_TEXT, "description": "The first letter, or the third and fourth."},
    "filename": {**_TEXT, "description": "Name and version, as in `serde-1.0.0.crate`."},
    "id": {"type": "integer", "minimum": 0, "maximum": (1 << 32) - 1, "description": "The number."},
    "crate_id": {"type": "integer", "minimum": 0, "maximum": (1 << 32) - 1, "description": "The number of the crate."},
}


OPERATIONS = (*openapi_of_crates.OPERATIONS, *openapi_of_people.OPERATIONS)


@cache
def build_document(*, internal: bool) -> Json:
    """Write the document, but for the servers; `internal` tells of what pages alone should ask."""
    from importlib.metadata import version  # noqa: PLC0415 (start-up time)

    shown = [each for each in OPERATIONS if internal or not each.internal]
    paths: Json = {}
    for each in shown:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Packhouse for cargo",
            "version": version("packhouse"),
            "summary": "A registry of crates.",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [],
        "paths": paths,
        "components": {"schemas": _schemas(shown), "securitySchemes": _SCHEMES},
    }


def strict(document: Json) -> Json:
    """Close the objects that may have an upstream's fields, for answers in which no upstream has a part."""
    schemas = document["components"]["schemas"]
    closed = {
        name: {**schema, "additionalProperties": False, "required": schema[PASSED_ON]}
        if PASSED_ON in schema
        else schema
        for name, schema in schemas.items()
    }
    return {**document, "components": {**document["components"], "schemas": closed}}


def _schemas(operations: Sequence[Operation]) -> dict[str, Json]:
    said = [each for operation in operations for each in (operation.body, *operation.answers.values())]
    flat = [each for group in said for each in (group if isinstance(group, tuple) else (group,))]
    kinds = [each for each in flat if isinstance(each, type)]
    _, schemas = msgspec.json.schema_components((*kinds, Failure), ref_template=REFERENCE)
    for kind in _reachable((*kinds, Failure)):
        schema = schemas[kind.__name__]
        names = {each.name: each.encode_name for each in msgspec.structs.fields(kind)}
        for field, text in said_of(kind).items():
            schema["properties"][names[field]].setdefault("description", text)
        if issubclass(kind, PassedOn):
            younger = _YOUNGER.get(kind.__name__, "").split()
            schema[PASSED_ON] = schema["required"]
            schema["required"] = [each for each in schema["required"] if each not in younger]
    return schemas


def _reachable(kinds: Iterable[type[msgspec.Struct]]) -> Iterator[type[msgspec.Struct]]:
    for each in msgspec.inspect.multi_type_info(kinds):
        yield from _structs_in(each)


def _structs_in(info: msgspec.inspect.Type) -> Iterator[type[msgspec.Struct]]:
    match info:
        case msgspec.inspect.StructType(cls=cls, fields=fields):
            yield cls
            for field in fields:
                yield from _structs_in(field.type)
        case msgspec.inspect.ListType(item_type=item):
            yield from _structs_in(item)
        case msgspec.inspect.DictType(value_type=item):
            yield from _structs_in(item)
        case msgspec.inspect.UnionType(types=types):
            for each in types:
                yield from _structs_in(each)


def _operation(operation: Operation) -> Json:
    segments = re.findall(r"\{(\w+)\}", operation.path)
    parameters = [*(_segment(each) for each in segments), *(_query(each) for each in operation.query)]
    described: Json = {
        "operationId": operation.name,
        "summary": operation.says.rstrip("."),
        "tags": ["internal" if operation.internal else "public"],
        "security": [{each: []} if each else {} for each in operation.access],
        "parameters": parameters,
        "responses": _responses(operation),
    }
    if operation.body is not None:
        described["requestBody"] = {"required": True, "content": _content(operation.body)}
    return described


def _segment(name: str) -> Json:
    schema = _SEGMENTS.get(name, _TEXT)
    plain = {key: value for key, value in schema.items() if key != "description"}
    return {"name": name, "in": "path", "required": True, "schema": plain} | (
        {"description": schema["description"]} if "description" in schema else {}
    )


def _query(query: Query) -> Json:
    return {"name": query.name, "in": "query", "required": False, "description": query.says, "schema": query.schema}


def _responses(operation: Operation) -> Json:
    found: Json = {}
    for status, said in sorted(operation.answers.items()):
        words = operation.says if status == _OK else _SUCCESSES[status]
        found[str(status)] = {"description": words} | ({} if said is None else {"content": _content(said)})
    failure = _content(Failure)
    for status in sorted(set(operation.failures)):
        found[str(status)] = {"description": _FAILURES[status], "content": failure}
    if _NOT_PERMITTED in operation.failures and operation.path.startswith("/api/"):
        # Who does not say in User-Agent what it is is told so as text.
        found[str(_NOT_PERMITTED)]["content"] = failure | _content(TEXT)
    return found


def _content(said: Said) -> Json:
    kinds = said if isinstance(said, tuple) else (said,)
    return {
        each if isinstance(each, str) else JSON: {
            "schema": {"type": "string"} if isinstance(each, str) else {"$ref": REFERENCE.format(name=each.__name__)}
        }
        for each in kinds
        if each is not None
    }
