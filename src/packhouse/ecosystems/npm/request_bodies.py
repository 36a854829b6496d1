"""Bodies of requests that clients may have compressed."""

import zlib

from packhouse.domain.errors import Invalid, TooLarge

_RATIO = 200
"""Lists of names and versions shrink to a tenth; what shrinks to less than this was made to hurt."""
_ALWAYS_BYTES = 1 << 20
_PLAIN = frozenset({"", "identity"})
_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def unpack_body(body: bytes, content_encoding: str, limit_bytes: int) -> bytes:
    """Undo the coding of a body; raise Invalid, or TooLarge before more than the limit was unpacked."""
    coding = content_encoding.strip().lower()
    if coding in _PLAIN:
        if len(body) > limit_bytes:
            raise TooLarge(f"the body is larger than {limit_bytes} bytes")
        return body
    if coding not in _GZIP:
        raise Invalid(f"a body coded as {coding[:40]!r} cannot be read", "send it plain or as gzip")
    return _gunzip(body, min(limit_bytes, max(_ALWAYS_BYTES, len(body) * _RATIO)))


def _gunzip(body: bytes, allowed_bytes: int) -> bytes:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        text = stream.decompress(body, allowed_bytes + 1)
    except zlib.error as error:
        raise Invalid("the body is no gzip") from error
    if len(text) > allowed_bytes:
        raise TooLarge(f"the body is larger than {allowed_bytes} bytes when it is unpacked")
    if not stream.eof or stream.unused_data:
        raise Invalid("the body is not one whole gzip stream")
    return text
