"""JSON Schemas of the values that doors are asked with and answer with, made of their classes."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, get_args

import msgspec

REFERENCE = "#/components/schemas/{name}"


def schemas_of(kinds: Sequence[type[msgspec.Struct]]) -> dict[str, dict[str, Any]]:
    """Write the schemas of some classes and of those that they are made of, with what is said of each field."""
    _, schemas = msgspec.json.schema_components(kinds, ref_template=REFERENCE)
    for each in _structs_in(kinds):
        schema = schemas[each.__name__]
        renamed = {field.name: field.encode_name for field in msgspec.structs.fields(each)}
        for field, said in said_of(each).items():
            schema["properties"][renamed[field]].setdefault("description", said)
    return schemas


def _structs_in(kinds: Sequence[Any], seen: set[Any] | None = None) -> Iterator[type[msgspec.Struct]]:
    seen = set() if seen is None else seen
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind not in seen:
                seen.add(kind)
                yield kind
                yield from _structs_in([field.type for field in msgspec.structs.fields(kind)], seen)
        else:
            yield from _structs_in(get_args(kind), seen)


def said_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    """Read what stands beneath the fields of a class and of those that it is made of."""
    said: dict[str, str] = {}
    for each in reversed(kind.__mro__[: kind.__mro__.index(msgspec.Struct)]):
        definition = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        body = definition.body if isinstance(definition, ast.ClassDef) else []
        for before, after in pairwise(body):
            match before, after:
                case ast.AnnAssign(target=ast.Name(id=field)), ast.Expr(value=ast.Constant(value=str(text))):
                    said[field] = " ".join(text.split())
    return said
