"""Undoing gzip (RFC 1952) in bounded pieces, and only where every program would undo it alike."""

from collections.abc import Iterator
from typing import cast

from packhouse.formats.archive import BadArchive, Rules, TooMuch

_PIECE_BYTES = 256 * 1024
_MAGIC = b"\x1f\x8b"


class Inflater:
    """Undoes one gzip file that comes in chunks.

    Some programs read a second member behind the first, some stop there, and some take what follows for padding: two
    of them would see two archives. So there must be exactly one, and nothing behind it.
    """

    def __init__(self, rules: Rules) -> None:
        from isal import isal_zlib  # noqa: PLC0415 (imported when first needed: start-up time)

        self._stream = isal_zlib.decompressobj(wbits=31)
        # Its stub says that this is an exception, not a class of them.
        self._error = cast("type[Exception]", isal_zlib.error)
        self._rules = rules
        self._start = b""
        self._begun = False
        self._read_bytes = 0
        self._made_bytes = 0

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what another chunk makes; raise BadArchive or TooMuch."""
        self._read_bytes += len(chunk)
        if not self._begun:
            chunk = self._start + chunk
            self._start = chunk[: len(_MAGIC)]
            if len(chunk) < len(_MAGIC):
                return
            if not chunk.startswith(_MAGIC):
                raise BadArchive("the archive is not compressed with gzip")
            self._begun = True
        yield from self._inflate(chunk)

    def finish(self) -> None:
        """Raise BadArchive if the file ended too early."""
        if not self._stream.eof:
            raise BadArchive("the archive's gzip is cut off" if self._begun else "the archive is empty")

    def _inflate(self, chunk: bytes) -> Iterator[bytes]:
        stream = self._stream
        more = True
        while more and not stream.eof:
            try:
                piece = stream.decompress(chunk, _PIECE_BYTES)
            except self._error as error:
                raise BadArchive(f"the archive's gzip is damaged: {error}") from error
            if piece:
                self._count(len(piece))
                yield piece
            chunk = stream.unconsumed_tail
            more = bool(chunk) or len(piece) == _PIECE_BYTES
        if stream.eof:
            self._check_behind(stream.unused_data or chunk)

    def _count(self, made: int) -> None:
        self._made_bytes += made
        rules = self._rules
        if self._made_bytes > rules.unpacked_bytes:
            raise TooMuch(f"the archive unpacks to more than {rules.unpacked_bytes} bytes")
        if self._made_bytes > max(rules.ratio_from_bytes, rules.ratio * self._read_bytes):
            raise TooMuch(f"the archive unpacks to more than {rules.ratio} times its size")

    @staticmethod
    def _check_behind(rest: bytes) -> None:
        if rest.startswith(_MAGIC):
            raise BadArchive("the archive's gzip has a second member, which some programs do not read")
        if rest:
            raise BadArchive("there are bytes behind the end of the archive's gzip")
