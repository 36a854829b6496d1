"""Small values as MessagePack in a column of their own."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from packhouse.domain.errors import StorageDamaged

T = TypeVar("T")

encode_body = msgspec.msgpack.Encoder().encode


def body_decoder(kind: type[T]) -> Callable[[bytes], T]:
    """Make what reads values of a kind back; it raises StorageDamaged."""
    decode = msgspec.msgpack.Decoder(kind).decode

    def decode_body(body: bytes) -> T:
        try:
            return decode(body)
        except msgspec.MsgspecError as error:
            raise StorageDamaged(f"a stored {kind.__name__} cannot be read: {error}") from error

    return decode_body
