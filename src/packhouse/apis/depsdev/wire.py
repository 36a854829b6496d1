"""Our messages as protobuf and back, led by the descriptors alone: no message has code of its own."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, timestamp_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.message import DecodeError
from google.protobuf.message import Message as Protobuf
from msgspec import UNSET, Struct

from packhouse.apis.depsdev.editions import Edition
from packhouse.apis.depsdev.messages import Message
from packhouse.domain.errors import Invalid

M = TypeVar("M", bound=Message)

_TIMESTAMP = timestamp_pb2.Timestamp.DESCRIPTOR.full_name
_LONG = frozenset((FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64))


class Definition:
    """One edition's messages."""

    def __init__(self, edition: Edition) -> None:
        self._file = _load(edition)
        self.service: str = self._file.services_by_name["Insights"].full_name
        self.answers: Mapping[str, str] = {
            method.name: method.output_type.name for method in self._file.services_by_name["Insights"].methods
        }
        """The name of what each method answers."""
        self._questions = {
            method.name: message_factory.GetMessageClass(method.input_type)
            for method in self._file.services_by_name["Insights"].methods
        }

    def read(self, method: str, body: bytes, kind: type[M]) -> M:
        """Read what a method is asked; raise Invalid for bytes that are no such message."""
        try:
            sent = self._questions[method].FromString(body)
        except DecodeError:
            raise Invalid("the request cannot be read", f"send a message of {self._file.package}") from None
        return _struct(sent, kind)

    def write(self, method: str, message: object) -> bytes:
        """Write what a method answers; what the edition has no field for is left out."""
        return self.build(method, message).SerializeToString()

    def build(self, method: str, message: object) -> Protobuf:
        """Make what a method answers."""
        descriptor = self._file.message_types_by_name[self.answers[method]]
        return message_factory.GetMessageClass(descriptor)(**_fields(message, descriptor))


@cache
def _load(edition: Edition) -> FileDescriptor:
    """Add an edition to the pool of all messages, in which reflection looks."""
    body = resources.files("packhouse.apis.depsdev").joinpath("definitions", f"{edition}.binpb").read_bytes()
    (file,) = descriptor_pb2.FileDescriptorSet.FromString(body).file
    file.name = f"deps_dev/{edition}.proto"
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindFileByName(file.name)


class _Field(Struct, frozen=True):
    """How a field is found in our message, and how its value is written."""

    name: str
    json_name: str
    write: Callable[[Any], Any] | None
    """None for what is the same in both."""
    repeated: bool


@cache
def _plan(descriptor: Descriptor) -> Sequence[_Field]:
    return [_Field(field.name, field.json_name, _writer(field), field.is_repeated) for field in descriptor.fields]


def _writer(field: FieldDescriptor) -> Callable[[Any], Any] | None:
    if field.message_type is not None:
        inner = field.message_type
        return _timestamp if inner.full_name == _TIMESTAMP else lambda value: _fields(value, inner)
    if field.enum_type is not None:
        numbers = _numbers(field.enum_type)
        return lambda value: numbers.get(value, 0)
    return int if field.type in _LONG else None


def _fields(message: object, descriptor: Descriptor) -> dict[str, Any]:
    """Read our message, or an object of JSON, as the arguments of a protobuf message."""
    found: dict[str, Any] = {}
    for field in _plan(descriptor):
        if isinstance(message, Mapping):
            value = message.get(field.json_name, UNSET)
        else:
            value = getattr(message, field.name, UNSET)
        if value is UNSET or value is None:
            continue
        write = field.write
        if write is None:
            found[field.name] = value
        else:
            found[field.name] = [write(each) for each in value] if field.repeated else write(value)
    return found


def _timestamp(moment: datetime) -> dict[str, int]:
    return {"seconds": int(moment.timestamp())}


@cache
def _numbers(enum: EnumDescriptor) -> Mapping[str, int]:
    return {value.name: value.number for value in enum.values}


class _Slot(Struct, frozen=True):
    """A field of a question, and the struct that it holds."""

    name: str
    descriptor: FieldDescriptor
    inner: Any


@cache
def _slots(kind: type[Message], descriptor: Descriptor) -> Sequence[_Slot]:
    hints = get_type_hints(kind)
    return [
        _Slot(field.name, descriptor.fields_by_name[field.name], _inner(hints[field.name]))
        for field in msgspec.structs.fields(kind)
    ]


def _inner(annotation: Any) -> Any:  # noqa: ANN401 (any annotation)
    """Find the struct in `Struct`, `Struct | UnsetType` or `tuple[Struct, ...]`; None where there is none."""
    if get_origin(annotation) in (tuple, UnionType):
        return next((each for each in get_args(annotation) if _is_message(each)), None)
    return annotation if _is_message(annotation) else None


def _is_message(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Message)


def _struct(sent: Protobuf, kind: type[M]) -> M:
    """Make our message of a protobuf message; what was not sent stays what it is by itself."""
    found: dict[str, Any] = {}
    for slot in _slots(kind, sent.DESCRIPTOR):
        value = getattr(sent, slot.name)
        if slot.descriptor.is_repeated:
            found[slot.name] = tuple(_struct(each, slot.inner) for each in value)
        elif slot.inner is not None:
            if sent.HasField(slot.name):
                found[slot.name] = _struct(value, slot.inner)
        elif slot.descriptor.enum_type is not None:
            found[slot.name] = _label(slot.descriptor.enum_type, value)
        else:
            found[slot.name] = value
    return kind(**found)


def _label(enum: EnumDescriptor, number: int) -> str:
    """Name an enum's value; empty for none, and the number for one that the definition does not have."""
    known = enum.values_by_number.get(number)
    return str(number) if known is None else known.name if number else ""
