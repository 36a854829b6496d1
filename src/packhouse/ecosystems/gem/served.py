"""The list of all gems as we serve it: the upstream's bytes, and lines of our own for what it does not have right.

Clients keep the list and ask for what was added since, so that ours only ever grows, too: what was served once stays
where it is, and a later line about a gem counts instead of an earlier one (guide to the compact index).
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.errors import UpstreamBad

Span = tuple[int, int]
"""From where up to where, in the upstream's document."""
RULE = b"---\n"
_CHUNK_BYTES = 256 * 1024


class Served(Struct, frozen=True):
    """The list at one moment."""

    upstream: bytes
    pieces: tuple[bytes | Span, ...]
    size_bytes: int
    md5: str
    sha256: bytes

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from a position up to another."""
        begin = 0
        for piece in self.pieces:
            whole, first, last = (piece, 0, len(piece)) if isinstance(piece, bytes) else (self.upstream, *piece)
            end = begin + last - first
            if end > start and begin < stop:
                at, beyond = first + max(start - begin, 0), last - max(end - stop, 0)
                for each in range(at, beyond, _CHUNK_BYTES):
                    yield whole[each : min(each + _CHUNK_BYTES, beyond)]
            begin = end

    @property
    def repr_digest(self) -> bytes:
        """The digest of the whole, as clients check what they have put together from parts."""
        return b64encode(self.sha256)


class Kept(Struct, frozen=True):
    """A list that is kept over a restart: what it is made of, without the upstream's bytes."""

    size_bytes: int
    """Of the upstream's document."""
    md5: str
    """Of the upstream's document."""
    pieces: tuple[bytes | Span, ...]


class Ledger:
    """Grows the list, and hashes no byte of it twice."""

    def __init__(self, upstream: bytes) -> None:
        check_list(upstream)
        self._upstream = upstream
        self._start()

    @classmethod
    def restored(cls, upstream: bytes, kept: "Kept") -> "Ledger | None":
        """Go on with a list that was kept, where the upstream's still begins as it did then."""
        if hashlib.md5(memoryview(upstream)[: kept.size_bytes], usedforsecurity=False).hexdigest() != kept.md5:
            return None
        ledger = cls(upstream[: kept.size_bytes])
        ledger._clear()
        for piece in kept.pieces:
            ledger._add(piece if isinstance(piece, bytes) else (piece[0], piece[1]))
        return ledger

    def kept(self) -> "Kept":
        """Give what is needed to go on with the list after a restart."""
        md5 = hashlib.md5(self._upstream, usedforsecurity=False).hexdigest()
        return Kept(len(self._upstream), md5, tuple(self._pieces))

    @property
    def upstream(self) -> bytes:
        """The upstream's document that was taken last."""
        return self._upstream

    def served(self) -> Served:
        """Give the list as it is now."""
        return Served(
            self._upstream, tuple(self._pieces), self._size_bytes, self._md5.hexdigest(), self._sha256.digest()
        )

    def follow(self, upstream: bytes) -> bytes | None:
        """Take the upstream's newer document: return what it has added; None where it has begun anew, as we do then."""
        check_list(upstream)
        before = self._upstream
        self._upstream = upstream
        if upstream.startswith(before) and before.endswith(b"\n"):
            self._add((len(before), len(upstream)))
            return upstream[len(before) :]
        self._start()
        return None

    def append(self, lines: bytes) -> None:
        """Add lines of our own."""
        if lines:
            self._add(lines if self._ends else b"\n" + lines)

    def _start(self) -> None:
        self._clear()
        self._add((0, len(self._upstream)))

    def _clear(self) -> None:
        self._pieces: list[bytes | Span] = []
        self._size_bytes = 0
        self._ends = True
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()

    def _add(self, piece: bytes | Span) -> None:
        part = piece if isinstance(piece, bytes) else memoryview(self._upstream)[piece[0] : piece[1]]
        if not part:
            return
        last = self._pieces[-1] if self._pieces else None
        if isinstance(last, bytes) and isinstance(piece, bytes) and len(last) < _CHUNK_BYTES:
            self._pieces[-1] = last + piece
        else:
            self._pieces.append(piece)
        self._size_bytes += len(part)
        self._md5.update(part)
        self._sha256.update(part)
        self._ends = part[-1] == 0x0A


def check_list(upstream: bytes) -> None:
    """Raise UpstreamBad for what is no list of gems."""
    if not upstream.startswith(RULE) and b"\n" + RULE not in upstream[:4096]:
        hint = "a registry without a compact index cannot be an upstream"
        raise UpstreamBad("what the upstream has as its list of gems is none", hint)


def read_lines(lines: bytes) -> Mapping[str, tuple[str, str]]:
    """Read versions and MD5 by name; the last line about a gem counts."""
    found = {}
    for line in lines.splitlines():
        words = line.decode("utf-8", "replace").split(" ")
        if len(words) >= 3:
            found[words[0]] = (words[1], words[2])
    return found


def write_line(name: str, versions: Sequence[str], md5: str) -> bytes:
    """Write a line; a version with a dash before it is gone."""
    return f"{name} {','.join(versions)} {md5}\n".encode()
