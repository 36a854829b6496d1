"""The definitions for gRPC are those of the tables, and our messages are theirs."""

from collections.abc import Iterator
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import depsdev_definitions as tool
import msgspec
import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor

from packhouse.apis.depsdev import wire
from packhouse.apis.depsdev.editions import STABLE, Edition
from packhouse.apis.depsdev.insights import Insights
from packhouse.apis.depsdev.messages import Message
from tests.shared import shared_path

EDITIONS: tuple[Edition, ...] = ("v3", "v3alpha")
_COUNTS = {"v3": (69, 231, 5, 8), "v3alpha": (106, 316, 7, 18)}


def _tables() -> tool.Tables:
    return tool.read_tables(shared_path("reference", "depsdev-wire.md").read_text())


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_definition_is_what_the_tables_say(edition: Edition) -> None:
    written = (tool.TARGET / f"{edition}.proto").read_text()
    assert written == tool.write_definition(_tables(), edition)


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_loaded_is_the_compiled_definition(edition: Edition, tmp_path: Path) -> None:
    compiled = tmp_path / "compiled"
    tool.compile_definition(tool.TARGET / f"{edition}.proto", compiled)
    kept = descriptor_pb2.FileDescriptorSet.FromString((tool.TARGET / f"{edition}.binpb").read_bytes())
    assert kept == descriptor_pb2.FileDescriptorSet.FromString(compiled.read_bytes())


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_definition_has_as_much_as_the_tables_count(edition: Edition) -> None:
    file = wire._load(edition)
    messages = [each for top in file.message_types_by_name.values() for each in _with_nested(top)]
    enums = len(file.enum_types_by_name) + sum(len(each.enum_types) for each in messages)
    methods = file.services_by_name["Insights"].methods
    assert (len(messages), sum(len(each.fields) for each in messages), enums, len(methods)) == _COUNTS[edition]


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_field_has_the_number_and_type_of_the_tables(edition: Edition) -> None:
    file = wire._load(edition)
    mark = tool.EDITIONS[edition]
    rows = [row for row in _tables().fields if mark in row.editions.split()]
    assert len(rows) == _COUNTS[edition][1]
    found = {
        (message.full_name.removeprefix(f"{file.package}."), field.name): field
        for top in file.message_types_by_name.values()
        for message in _with_nested(top)
        for field in message.fields
    }
    for row in rows:
        field = found[row.message, row.name]
        assert (field.number, field.is_repeated) == (row.number, row.label == "repeated"), row
        if field.message_type is not None:
            assert field.message_type.full_name in (f"{file.package}.{row.kind}", row.kind), row


def test_v3_has_the_stable_methods_and_v3alpha_has_all() -> None:
    assert wire.Definition("v3").answers.keys() == STABLE
    assert wire.Definition("v3alpha").answers.keys() == Insights({}).methods.keys()


METHODS = Insights({}).methods


@pytest.mark.parametrize("name", METHODS)
def test_a_question_has_the_fields_of_its_definition(name: str) -> None:
    descriptor = wire._load("v3alpha").services_by_name["Insights"].methods_by_name[name].input_type
    assert METHODS[name].request.__name__ == descriptor.name == f"{name}Request"
    _compare(METHODS[name].request, descriptor)


@pytest.mark.parametrize("name", sorted(METHODS.keys() - {"GetRequirements"}))
def test_an_answer_has_the_fields_of_its_definition(name: str) -> None:
    descriptor = wire._load("v3alpha").services_by_name["Insights"].methods_by_name[name].output_type
    (kind,) = (each for each in _subclasses(Message) if each.__name__ == descriptor.name)
    _compare(kind, descriptor)


def _compare(kind: type[Message], descriptor: Descriptor) -> None:
    """Compare a struct and all that it holds with a message."""
    ours = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
    assert ours == {field.name: field.json_name for field in descriptor.fields}
    hints = get_type_hints(kind)
    for field in descriptor.fields:
        annotation = hints[field.name]
        assert (_holds(annotation, tuple)) == field.is_repeated, (kind, field.name)
        inner = wire._inner(next((each for each in get_args(annotation) if _holds(each, tuple)), annotation))
        if field.message_type is not None and not field.message_type.full_name.startswith("google."):
            _compare(inner, field.message_type)
        else:
            assert inner is None


def _holds(annotation: Any, kind: type) -> bool:  # noqa: ANN401 (any annotation)
    if get_origin(annotation) is UnionType:
        return any(_holds(each, kind) for each in get_args(annotation))
    return get_origin(annotation) is kind


def _subclasses(kind: type[Message]) -> Iterator[type[Message]]:
    for each in kind.__subclasses__():
        yield each
        yield from _subclasses(each)


def _with_nested(message: Descriptor) -> Iterator[Descriptor]:
    yield message
    for each in message.nested_types:
        yield from _with_nested(each)
