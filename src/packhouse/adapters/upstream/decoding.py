"""Undoing content codings (RFC 9110 section 8.4.1) piece by piece, so that a bomb is noticed before it goes off."""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

ACCEPTED = "gzip, deflate, br, zstd"
"""What we say that we can undo."""

_BLOCK_BYTES = 256 * 1024
"""Output is made in pieces of at most about this size."""
_SLICE_BYTES = 1024
"""zstd tells no output limit; a block of 128 KB takes 4 bytes, so that 1 KB of input makes 32 MB at worst."""
_WINDOW_BYTES = 8 << 20
"""RFC 8878 section 3.1.1.1.2 recommends to support this much; more is refused."""
_MAX_MEMBERS = 100
"""Files joined out of many compressed ones are legal, and beyond this a trick."""


class CodingError(Exception):
    """The bytes are not what their coding says."""


class Decoder(Protocol):
    """Undoes one coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what more input makes, in bounded pieces; raise CodingError."""

    def finish(self) -> None:
        """Raise CodingError if the input ended too early."""


def make_decoder(coding: str) -> Decoder | None:
    """Make a decoder for the value of Content-Encoding, None where there is nothing to undo; raise CodingError."""
    name = coding.strip().lower()
    if name in {"", "identity"}:
        return None
    known: dict[str, Callable[[], Decoder]] = {
        "gzip": lambda: Inflating(gzip=True),
        "x-gzip": lambda: Inflating(gzip=True),
        "deflate": lambda: Inflating(gzip=False),
        "br": Brotli,
        "zstd": Zstandard,
    }
    if name not in known:
        raise CodingError("a content coding that we did not ask for")
    return known[name]()


class Inflating:
    """gzip, and deflate with or without its zlib wrapper."""

    def __init__(self, *, gzip: bool) -> None:
        from isal import isal_zlib  # noqa: PLC0415 (imported when first needed: start-up time)

        self._start = isal_zlib.decompressobj
        self._wbits = 31 if gzip else 15
        self._many = gzip
        self._members = 0
        self._current = self._start(wbits=self._wbits)
        self._begun = False
        self._done = False
        # Its stub says that this is an exception, not a class of them.
        self._error = cast("type[Exception]", isal_zlib.error)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Undo more."""
        while data:
            if not self._begun:
                self._begin(data)
            yield from self._member(data)
            if not self._current.eof:
                return
            self._done = True
            self._begun = False
            # Some servers fill up with zeros behind the last member.
            data = self._current.unused_data.lstrip(b"\0")
            if data and not self._many:
                raise CodingError("bytes behind the end of the coded body")

    def finish(self) -> None:
        """Check that the last member was whole."""
        if self._begun or not self._done:
            raise CodingError("the coded body ends too early")

    def _begin(self, data: bytes) -> None:
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise CodingError("too many coded pieces in one body")
        # RFC 9110 section 8.4.1.2: some send deflate without the zlib wrapper; CM 8 in the first byte tells.
        raw = self._wbits == 15 and data[0] & 0x0F != 8
        self._current = self._start(wbits=-15 if raw else self._wbits)
        self._begun = True

    def _member(self, data: bytes) -> Iterator[bytes]:
        try:
            piece = self._current.decompress(data, _BLOCK_BYTES)
            # It may hold back output without a tail of input: only an empty piece says that it has no more.
            while piece or self._current.unconsumed_tail:
                yield piece
                piece = self._current.decompress(self._current.unconsumed_tail, _BLOCK_BYTES)
        except self._error as error:
            raise CodingError("a damaged coded body") from error


class Brotli:
    """RFC 7932."""

    def __init__(self) -> None:
        import brotli  # noqa: PLC0415

        self._current = brotli.Decompressor()
        self._error = brotli.error

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Undo more."""
        try:
            piece = self._current.process(data, output_buffer_limit=_BLOCK_BYTES)
            yield piece
            while not self._current.can_accept_more_data():
                piece = self._current.process(b"", output_buffer_limit=_BLOCK_BYTES)
                yield piece
        except self._error as error:
            raise CodingError("a damaged coded body") from error

    def finish(self) -> None:
        """Check that the stream was whole."""
        if not self._current.is_finished():
            raise CodingError("the coded body ends too early")


class Zstandard:
    """RFC 8878: frames, one behind the other."""

    def __init__(self) -> None:
        import zstandard  # noqa: PLC0415

        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES)
        self._current = self._decompressor.decompressobj()
        self._error = zstandard.ZstdError
        self._frames = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Undo more."""
        for start in range(0, len(data), _SLICE_BYTES):
            rest = data[start : start + _SLICE_BYTES]
            while rest:
                if self._current.eof:
                    self._next_frame()
                try:
                    yield self._current.decompress(rest)
                except self._error as error:
                    raise CodingError("a damaged coded body") from error
                rest = self._current.unused_data if self._current.eof else b""

    def finish(self) -> None:
        """Check that the last frame was whole."""
        if not self._current.eof:
            raise CodingError("the coded body ends too early")

    def _next_frame(self) -> None:
        self._frames += 1
        if self._frames > _MAX_MEMBERS:
            raise CodingError("too many coded pieces in one body")
        self._current = self._decompressor.decompressobj()
