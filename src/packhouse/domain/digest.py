"""What a run of bytes hashes to."""

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
