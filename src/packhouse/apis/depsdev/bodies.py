"""Requests as JSON, as leniently as the mapping of protobuf to JSON reads it.

Fields go by either spelling, null is a field that is left out, and unknown fields are ignored.
"""

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from packhouse.apis.depsdev.messages import Message
from packhouse.domain.errors import Invalid

M = TypeVar("M", bound=Message)


def read_body(body: bytes, kind: type[M]) -> M:
    """Read a request; raise Invalid for what is no JSON object or has a field of another type."""
    try:
        read = msgspec.json.decode(body) if body.strip() else {}
        if not isinstance(read, dict):
            raise Invalid("the body is no JSON object")
        return msgspec.convert(_canonical(read), kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the body cannot be read: {str(error)[:200]}") from None


def _canonical(value: Any) -> Any:  # noqa: ANN401 (any JSON)
    match value:
        case dict():
            return {_camel(name): _canonical(each) for name, each in value.items() if each is not None}
        case list():
            return [_canonical(each) for each in value]
        case _:
            return value


@lru_cache(256)
def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
