"""What a run of bytes hashes to."""

import re

from msgspec import Struct

ALGORITHMS = ("md5", "sha1", "sha256", "sha384", "sha512")
"""From the weakest to the strongest."""


class Digest(Struct, frozen=True, order=True):
    """One hash of one file, in lower-case hexadecimal."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


def strongest(digests: tuple[Digest, ...]) -> Digest | None:
    """Pick the digest that is hardest to forge."""
    known = [digest for digest in digests if digest.algorithm in ALGORITHMS]
    return max(known, key=lambda digest: ALGORITHMS.index(digest.algorithm), default=None)


def parse_checksum(text: bytes) -> Digest | None:
    """Read the digest with which a checksum file begins; its length tells the algorithm. None if it is none."""
    words = text.lstrip(b"\xef\xbb\xbf").split(None, 1)
    if not words:
        return None
    value = words[0].decode("latin-1").lower()
    algorithm = _BY_LENGTH.get(len(value))
    return Digest(algorithm, value) if algorithm and _is_hexadecimal(value) else None


_BY_LENGTH = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_is_hexadecimal = re.compile(r"[0-9a-f]+").fullmatch
