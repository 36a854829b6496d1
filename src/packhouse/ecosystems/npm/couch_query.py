"""The parameters that CouchDB's lists take, read as CouchDB reads them: unknown ones are passed over.

https://docs.couchdb.org/en/stable/api/database/changes.html and .../bulk-api.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid

_MOST_NAMES = 1000
_MOST_DIGITS = 18
_FEEDS = {"normal": "normal", "longpoll": "longpoll", "continuous": "continuous", "live": "continuous"}
_FEEDS |= {"eventsource": "eventsource"}
_PATIENCE_S = 60.0
"""How long a client waits for a change that says nothing of it, and the most that it may say."""
_LEAST_BEAT_S = 1.0
_JSON_BEGINS = tuple('"[{')


class ChangesAsked(Struct, frozen=True):
    """What `_changes` is asked for."""

    feed: str
    since: int | None
    """None for now."""
    limit: int | None
    descending: bool
    documents: bool
    timeout_s: float
    heartbeat_s: float | None
    names: frozenset[str] | None
    """Only these packages; None for all."""


class Bound(NamedTuple):
    """A JSON value among names, as CouchDB orders them: numbers and the like, then texts, then lists and objects."""

    rank: int
    text: str = ""


class DocumentsAsked(Struct, frozen=True):
    """What `_all_docs` is asked for."""

    keys: tuple[str, ...] | None
    first: Bound | None
    last: Bound | None
    with_last: bool
    descending: bool
    limit: int | None
    skip: int
    documents: bool
    sequence: bool
    """Whether the answer says what the last change is."""


def read_changes(query: Mapping[str, str], last_event: str, body: object) -> ChangesAsked:
    """Read the query, the header Last-Event-ID and the body of a POST; raise Invalid."""
    feed = _FEEDS.get(query.get("feed", "") or "normal", "")
    if not feed:
        raise Invalid("Supported `feed` types: normal, continuous, live, longpoll, eventsource")
    since = query.get("since") or query.get("last-event-id") or (last_event if feed == "eventsource" else "")
    limit = count(query, "limit")
    return ChangesAsked(
        feed=feed,
        since=None if since == "now" else _sequence(since),
        # Zero asks for one, as CouchDB has it.
        limit=None if limit is None else max(limit, 1),
        descending=query.get("descending") == "true",
        documents=query.get("include_docs") == "true",
        timeout_s=min((count(query, "timeout") or _PATIENCE_S * 1000) / 1000, _PATIENCE_S),
        heartbeat_s=_heartbeat(query.get("heartbeat", "")),
        names=_filtered(query, body),
    )


def read_documents(query: Mapping[str, str], body: object) -> DocumentsAsked:
    """Read the query and the body of a POST; raise Invalid."""
    first = _bound(query, "startkey", "start_key", "key")
    last = _bound(query, "endkey", "end_key", "key")
    keys: object = body.get("keys") if isinstance(body, dict) else None
    if keys is None and query.get("keys"):
        keys = _json(query["keys"], "keys")
    return DocumentsAsked(
        keys=None if keys is None else names_in(keys, "keys"),
        first=first,
        last=last,
        with_last=_flag(query, "inclusive_end", default=True),
        descending=_flag(query, "descending"),
        limit=count(query, "limit"),
        skip=count(query, "skip") or 0,
        documents=_flag(query, "include_docs"),
        sequence=_flag(query, "update_seq"),
    )


def count(query: Mapping[str, str], name: str) -> int | None:
    """Read a number that is not below zero; None where none is given."""
    text = query.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"Invalid value for integer: {name}={text[:40]!r}")
    return int(text[:_MOST_DIGITS])


def names_in(value: object, what: str) -> tuple[str, ...]:
    """Take a list of names out of a JSON value."""
    if not isinstance(value, list):
        raise Invalid(f"`{what}` member must be an array.")
    if len(value) > _MOST_NAMES:
        raise Invalid(f"more than {_MOST_NAMES} names are asked for at once", "ask in parts")
    if not all(isinstance(each, str) for each in value):
        raise Invalid(f"`{what}` must hold names only.")
    return tuple(value)


def _sequence(text: str) -> int:
    # CouchDB's own are followed by a dash and what only it reads; old clients send numbers as JSON text.
    digits = text.strip('"').partition("-")[0] if text else "0"
    if not (digits.isascii() and digits.isdigit()):
        raise Invalid("Malformed sequence supplied in 'since' parameter.")
    return int(digits[:_MOST_DIGITS])


def _heartbeat(text: str) -> float | None:
    if text in ("", "false"):
        return None
    if text == "true":
        return _PATIENCE_S
    if not (text.isascii() and text.isdigit() and int(text[:_MOST_DIGITS])):
        raise Invalid("The heartbeat value should be a positive integer (in milliseconds).")
    return max(int(text[:_MOST_DIGITS]) / 1000, _LEAST_BEAT_S)


def _filtered(query: Mapping[str, str], body: object) -> frozenset[str] | None:
    """Read which packages are wanted; a list of names as the whole body is what some followers send."""
    wanted = query.get("filter", "")
    if not wanted:
        return None
    if wanted != "_doc_ids":
        raise Invalid(f"the filter {wanted[:40]!r} is not known here", "take _doc_ids, or leave changes out yourself")
    names = body.get("doc_ids") if isinstance(body, dict) else body
    if names is None:
        names = _json(query.get("doc_ids", "null"), "doc_ids")
    return frozenset(names_in(names, "doc_ids"))


def _flag(query: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    text = query.get(name, "")
    if not text:
        return default
    if text.lower() not in ("true", "false"):
        raise Invalid(f"Invalid boolean parameter: {name}={text[:40]!r}")
    return text.lower() == "true"


def _bound(query: Mapping[str, str], *names: str) -> Bound | None:
    """Read the first of some parameters that is given: JSON, or a bare word that is itself."""
    for name in names:
        text = query.get(name, "")
        if not text:
            continue
        if not text.startswith(_JSON_BEGINS):
            return Bound(0) if _is_plain_json(text) else Bound(1, text)
        value = _json(text, name)
        return Bound(1, value) if isinstance(value, str) else Bound(2)
    return None


def _is_plain_json(text: str) -> bool:
    """Tell whether it is a number, null, true or false, which stand before all names."""
    try:
        msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.MsgspecError, UnicodeError):
        return False
    return True


def _json(text: str, name: str) -> Any:  # noqa: ANN401 (any JSON)
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Invalid(f"{name} is not JSON", f'write it as {name}="a"') from None


def read_json(body: bytes) -> Any:  # noqa: ANN401 (any JSON)
    """Read the body of a POST; nothing is an empty object."""
    if not body.strip():
        return {}
    try:
        found: Sequence[Any] | dict[str, Any] = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Invalid("invalid UTF-8 JSON") from None
    if not isinstance(found, dict | list):
        raise Invalid("Request body must be a JSON object")
    return found
