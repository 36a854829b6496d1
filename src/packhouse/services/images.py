"""Container images: the chain ids of their layers, and the import of indexes and images.

Source: the OCI image specification, config.md (Layer ChainID), image-layout.md and manifest.md.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from re import compile as pattern

import anyio.to_thread

from packhouse.domain.errors import Invalid
from packhouse.services.advisory_ports import FeedFault
from packhouse.services.image_ports import ImageEntry, ImageStore
from packhouse.services.intake import IntakeReport

EMPTY_LAYERS = frozenset(
    {
        # An archive of nothing, as builders write it for steps that change no file: 1,024 zero bytes.
        sha256(bytes(1024)).digest(),
        sha256(bytes(10240)).digest(),
    }
)
_BATCH = 200
_is_hex = pattern(r"[0-9a-f]{64}").fullmatch
_NAME = "sha256:"


def read_chain(text: str) -> bytes:
    """Read a chain or layer id, with the name of its algorithm or without; raise Invalid."""
    digits = text.strip().lower().removeprefix(_NAME)
    if _is_hex(digits) is None:
        raise Invalid(f"{text[:80]!r} is no SHA-256", "write sha256: and 64 hexadecimal digits")
    return bytes.fromhex(digits)


def chains(layers: Sequence[bytes]) -> list[bytes]:
    """List the chain ids of all layers, given the digests of what each unpacks to, the lowest first."""
    found: list[bytes] = []
    for layer in layers:
        # ChainID(L0|...|Ln) = Digest(ChainID(L0|...|Ln-1) + " " + DiffID(Ln)), each written with its algorithm.
        below = f"{_NAME}{found[-1].hex()} {_NAME}{layer.hex()}" if found else ""
        found.append(sha256(below.encode()).digest() if found else layer)
    return found


def chains_of_image(layers: Sequence[bytes]) -> tuple[bytes, ...]:
    """List the chain ids of an image, as it is and as if layers that change nothing were not there."""
    full = [each for each in layers if each not in EMPTY_LAYERS]
    return tuple(dict.fromkeys([*chains(layers), *chains(full)]))


class ImageImport:
    """Brings images into the store."""

    def __init__(self, store: ImageStore) -> None:
        self._store = store

    async def add(self, feed: Iterable[ImageEntry | FeedFault]) -> IntakeReport:
        """Store all that can be read; counted as new is each chain of a repository."""
        report = IntakeReport()
        found = iter(feed)

        def read_batch() -> tuple[int, list[ImageEntry]]:
            entries = []
            before = report.read
            for each in found:
                report.read += 1
                if isinstance(each, FeedFault):
                    report.fail(each)
                else:
                    entries.append(each)
                if report.read - before == _BATCH:
                    break
            return report.read - before, entries

        while True:
            read, entries = await anyio.to_thread.run_sync(read_batch)
            if entries:
                report.written += await self._store.write_images(entries)
            if not read:
                return report
