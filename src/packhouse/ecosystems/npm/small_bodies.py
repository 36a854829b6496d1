"""Bodies of requests that say one small thing."""

from typing import TypeVar

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.request_bodies import unpack_body
from packhouse.http.request import Request

_LIMIT_BYTES = 64 << 10

T = TypeVar("T")


async def read_small(request: Request, form: type[T]) -> T:
    """Read a body as a value of that form; raise Invalid where it has another, TooLarge where it is none of these."""
    body = await request.read_body(_LIMIT_BYTES)
    plain = unpack_body(body, request.header(b"content-encoding"), _LIMIT_BYTES)
    try:
        return msgspec.json.decode(plain or b"{}", type=form)
    except RecursionError:
        raise Invalid("the body is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"the body cannot be read: {error}") from None
