"""The document that clients send to change a package: all of it, or the fields that they mean."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.members import DuplicateKey, decode_members, read_object

T = TypeVar("T")

_WHAT = "the document"
_NULL = b"null"


class ChangeDocument(NamedTuple):
    """What was sent; a field that was not, or that is null, is None."""

    revision: str | None
    versions: dict[str, Raw] | None
    tags: dict[str, str] | None
    users: dict[str, bool] | None
    maintainers: Raw | None
    fields: dict[str, Raw]
    """All of them, undecoded."""


class _Attachment(Struct):
    data: Raw | UnsetType = UNSET


class _Attached(Struct):
    attachments: dict[str, _Attachment] | None = msgspec.field(default=None, name="_attachments")


_decode_attached = msgspec.json.Decoder(_Attached).decode


def has_attachments(body: bytes | bytearray) -> bool:
    """Tell whether a document brings files; raise Invalid if it is no document."""
    try:
        attachments = _decode_attached(body).attachments or {}
    except msgspec.ValidationError as error:
        raise Invalid(f"{_WHAT} has the wrong shape: {error}") from None
    except RecursionError:
        raise Invalid(f"{_WHAT} is nested too deeply") from None
    except ValueError as error:
        raise Invalid(f"{_WHAT} is no JSON: {error}") from error
    return any(not isinstance(each.data, UnsetType) for each in attachments.values())


def read_document(name: str, body: bytes | bytearray) -> ChangeDocument:
    """Read a document of a package that brings no files; raise Invalid."""
    try:
        text = bytes(body).strip()
        text.decode()
        fields = _members(text)
        for field in ("name", "_id"):
            if _field(fields, field, str) not in {None, name}:
                raise Invalid(f"{_WHAT} is one of another package than {name}")
        return ChangeDocument(
            revision=_field(fields, "_rev", str),
            versions=_object(fields, "versions", dict[str, Raw]),
            tags=_object(fields, "dist-tags", dict[str, str]),
            users=_object(fields, "users", dict[str, bool]),
            maintainers=_field(fields, "maintainers", Raw),
            fields=fields,
        )
    except DuplicateKey as error:
        raise Invalid(f"{_WHAT} has the key {str(error)[:100]!r} twice") from None
    except RecursionError:
        raise Invalid(f"{_WHAT} is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"{_WHAT} is no JSON: {error}") from error


def read_maintainers(raw: Raw) -> tuple[tuple[str, str], ...]:
    """Read who shall be the maintainers, as names with e-mail addresses; raise Invalid."""
    try:
        people = msgspec.json.decode(raw, type=list[dict[str, Any]])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        people = []
    found = tuple(_person(each) for each in people)
    if not found:
        raise Invalid("maintainers is no list of people, or an empty one", "a package has one maintainer at least")
    if len({name for name, _ in found}) < len(found):
        raise Invalid("maintainers names somebody twice", "name everybody once")
    return found


def _person(person: Mapping[str, Any]) -> tuple[str, str]:
    name, email = person.get("name"), person.get("email") or ""
    if not isinstance(name, str) or not name or not isinstance(email, str):
        # The client writes {} for a user whom it was not told of.
        raise Invalid("one of the maintainers has no name", "is that the name of a user of this registry?")
    return name, email


def _members(text: bytes) -> dict[str, Raw]:
    members = decode_members(text)
    read_object(text)
    return members


def _object(fields: Mapping[str, Raw], field: str, form: type[dict[str, T]]) -> dict[str, T] | None:
    raw = fields.get(field, _NULL)
    if bytes(raw) == _NULL:
        return None
    try:
        value = msgspec.json.decode(raw, type=form)
    except msgspec.ValidationError as error:
        raise Invalid(f"{field} has the wrong shape: {error}") from None
    read_object(bytes(raw))
    return value


def _field(fields: Mapping[str, Raw], field: str, form: type[T]) -> T | None:
    raw = fields.get(field, _NULL)
    if bytes(raw) == _NULL:
        return None
    try:
        return msgspec.json.decode(raw, type=form)
    except msgspec.ValidationError as error:
        raise Invalid(f"{field} has the wrong shape: {error}") from None
