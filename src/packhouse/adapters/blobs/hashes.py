"""The digests that every stored file is known by."""

import hashlib
from pathlib import Path

from packhouse.domain.digest import Digest

KEPT = ("md5", "sha1", "sha256", "sha512")
_CHUNK_BYTES = 1 << 20


class Hashes:
    """Computes all digests of a file as its bytes come by."""

    def __init__(self) -> None:
        # Some clients know nothing better than md5 or sha1: we compute them, and trust sha256.
        self._running = {name: hashlib.new(name, usedforsecurity=False) for name in KEPT}

    def update(self, chunks: list[bytes]) -> None:
        """Take bytes in; runs without the interpreter's lock for all but small chunks."""
        for running in self._running.values():
            for chunk in chunks:
                running.update(chunk)

    def digests(self) -> tuple[Digest, ...]:
        """Return the digests of all that came by."""
        return tuple(Digest(name, running.hexdigest()) for name, running in self._running.items())


def verify_file(path: Path, expected: Digest) -> bool:
    """Read a file and compare its digest."""
    running = hashlib.new(expected.algorithm)
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK_BYTES):
            running.update(chunk)
    return running.hexdigest() == expected.value
