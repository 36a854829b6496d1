"""Write the tables of docs/reference/packages-api.md; `make docs` runs this through cog."""

from collections.abc import Iterator
from typing import Any

from packhouse.apis.packages.openapi import build_document


def operations() -> str:
    """Describe every operation: what it takes and what it answers."""
    document = build_document(())
    paths = document["paths"].items()
    return "\n".join(line for path, methods in paths for line in _operation(document, path, methods))


def failures() -> str:
    """List what a status means, with the codes that it comes with."""
    statuses: dict[str, str] = {}
    for methods in build_document(())["paths"].values():
        for status, response in methods["post"]["responses"].items():
            statuses[status] = response["description"]
    return _table(("status", "when"), ((status, said) for status, said in sorted(statuses.items()) if status != "200"))


def _operation(document: dict[str, Any], path: str, methods: dict[str, Any]) -> Iterator[str]:
    schemas = document["components"]["schemas"]
    post = methods["post"]
    yield f"### {post['operationId']}\n"
    yield f"{post['summary']}: `{path}`. {post['description']}\n"
    question = schemas[_name(post["requestBody"]["content"]["application/json"]["schema"])]
    if question["properties"]:
        yield _table(("field", "value", "default", "meaning"), _fields(question)) + "\n"
    answer = post["responses"]["200"]["content"]["application/json"]["schema"]
    for each in answer.get("anyOf", [answer]):
        kind = schemas[_name(each)]
        yield f"*{kind['title']}.* {kind['description']}\n"
        yield _table(("field", "value", "meaning"), ((*row[:2], row[3]) for row in _fields(kind))) + "\n"


def _fields(schema: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for name, field in schema["properties"].items():
        default = "" if name in schema["required"] else f"`{field['default']}`" if field.get("default") else "none"
        yield f"`{name}`", _kind(field), default, field.get("description", "")


def _kind(field: dict[str, Any]) -> str:
    match field:
        case {"$ref": reference}:
            said = f"*{reference.rpartition('/')[2]}*"
        case {"anyOf": choices}:
            said = " or ".join(_kind(choice) for choice in choices)
        case {"enum": values}:
            said = ", ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            said = f"list of {_kind(items)}"
        case {"type": "object", "additionalProperties": values}:
            said = f"object of {_kind(values)}"
        case {"type": "string", "format": "date-time"}:
            said = "time"
        case _:
            said = {"string": "text", "integer": "number"}.get(field["type"], field["type"])
    return said


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
