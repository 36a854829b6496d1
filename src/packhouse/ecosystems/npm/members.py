"""The members of a JSON object and where each of them stands in the text."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

_decode = msgspec.json.Decoder(dict[str, Raw]).decode
_key = re.compile(rb'[ \t\n\r]*("(?:[^"\\]|\\.)*")[ \t\n\r]*:[ \t\n\r]*').match
_first_key = re.compile(rb'[ \t\n\r]*("(?:[^"\\]|\\.)*")([ \t\n\r]*:[ \t\n\r]*)').match
_comma = re.compile(rb"[ \t\n\r]*,[ \t\n\r]*").match
_blank = re.compile(rb"[ \t\n\r]*").match
_COMMA = ord(",")
_CLOSE = ord("}")


class Member(NamedTuple):
    """One name and its value; all numbers are positions in the text."""

    name: str
    key_at: int
    key_end: int
    start: int
    end: int


class Object(NamedTuple):
    """A JSON object within a text."""

    members: list[Member]
    at: int
    """Of its opening brace."""
    end: int
    """Behind its closing brace."""
    even: tuple[bytes, bytes] | None = None
    """What stands between members, and between a key and its value, where that is the same everywhere."""


class DuplicateKey(ValueError):
    """A name stands twice in one object, so that two readers may see two values."""


def decode_members(text: bytes | Raw) -> dict[str, Raw]:
    """Decode an object down to its members; raise msgspec's errors or RecursionError if it is none."""
    return _decode(text)


def find_members(text: bytes, values: Mapping[str, Raw], at: int = 0) -> Object:
    """Find the decoded members of the object that begins at a position; raise DuplicateKey.

    Every key and value is compared with the text, so that a wrong position cannot go unnoticed.
    """
    return _find_evenly(text, values, at) or _find_by_token(text, values, at)


def read_object(text: bytes) -> Object:
    """Find the members of a whole text that is one object; raise DuplicateKey or what decoding raises."""
    return find_members(text, decode_members(text), _past_blanks(text, 0))


def without_members(text: bytes, keep: Callable[[str], bool]) -> bytes:
    """Leave out members; those that stay keep their own bytes."""
    kept = [text[member.key_at : member.end] for member in read_object(text).members if keep(member.name)]
    return b"{" + b",".join(kept) + b"}"


def with_values(text: bytes, changed: Mapping[str, bytes]) -> bytes:
    """Replace values of members; every other byte stays."""
    parts: list[bytes] = []
    done = 0
    for member in read_object(text).members:
        if member.name in changed:
            parts += (text[done : member.start], changed[member.name])
            done = member.end
    return b"".join((*parts, text[done:]))


def decode_any(text: bytes | Raw) -> Any:  # noqa: ANN401 (whatever a stranger wrote)
    """Decode a value of which nothing is known; None if that cannot be done."""
    try:
        with suppress(msgspec.ValidationError):
            return msgspec.json.decode(text)
        # A number beyond all bounds, 1e400 or a thousand digits: for JavaScript it is Infinity.
        return json.loads(bytes(text), parse_int=float, parse_float=float)
    except (ValueError, RecursionError):
        return None


def _find_evenly(text: bytes, values: Mapping[str, Raw], at: int) -> Object | None:
    """Find members between which the same blanks stand everywhere, as programs write them; None if they do not."""
    first = _first_key(text, at + 1)
    if first is None:
        return None
    position, colon, lead = first.start(1), first[2], b""
    members: list[Member] = []
    for name, raw in values.items():
        key = b'"%b"' % name.encode()
        if not text.startswith(lead + key + colon, position):
            return None
        key_at = position + len(lead)
        key_end = key_at + len(key)
        start = key_end + len(colon)
        value = bytes(raw)
        if not text.startswith(value, start):
            return None
        position = start + len(value)
        members.append(Member(name, key_at, key_end, start, position))
        if not lead and (after := _comma(text, position)):
            lead = after[0]
    end = _past_blanks(text, position)
    return Object(members, at, end + 1, (lead or b",", colon)) if text[end] == _CLOSE else None


def _find_by_token(text: bytes, values: Mapping[str, Raw], at: int) -> Object:
    members: list[Member] = []
    position = at + 1
    for name, raw in values.items():
        match = _key(text, position)
        if match is None or not _spells(match[1], name):
            raise DuplicateKey(name)
        value = bytes(raw)
        start = match.end()
        end = start + len(value)
        if not text.startswith(value, start):
            raise DuplicateKey(name)
        members.append(Member(name, match.start(1), match.end(1), start, end))
        position = _past_blanks(text, end)
        if text[position] == _COMMA:
            position += 1
    position = _past_blanks(text, position)
    if text[position] != _CLOSE:
        raise DuplicateKey(members[-1].name if members else "")
    return Object(members, at, position + 1)


def _spells(key: bytes, name: str) -> bool:
    return key[1:-1] == name.encode() or decode_any(key) == name


def _past_blanks(text: bytes, position: int) -> int:
    if text[position] > 0x20:
        return position
    match = _blank(text, position)
    return match.end() if match else position
