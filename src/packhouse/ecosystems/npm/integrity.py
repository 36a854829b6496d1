"""Hashes of an archive as `dist` gives them."""

import binascii
import re
from collections.abc import Iterator

from packhouse.domain.digest import Digest

_LENGTHS = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
_is_sha1 = re.compile(r"[0-9a-fA-F]{40}").fullmatch


def read_digests(integrity: object, shasum: object) -> tuple[Digest, ...]:
    """Read the digests, the strongest first; what cannot be read is no digest.

    Where `integrity` names two of one kind, the first counts: a client would accept either, and we ask for more.
    """
    found: dict[str, Digest] = {}
    for digest in (*_subresource(integrity), *_hexadecimal(shasum)):
        found.setdefault(digest.algorithm, digest)
    return tuple(found[algorithm] for algorithm in reversed(_LENGTHS) if algorithm in found)


def _subresource(integrity: object) -> Iterator[Digest]:
    """Read W3C Subresource Integrity: `sha512-<base64>?options`, several with blanks between them."""
    for part in integrity.split() if isinstance(integrity, str) else ():
        algorithm, _, encoded = part.partition("?")[0].partition("-")
        try:
            value = binascii.a2b_base64(encoded, strict_mode=True)
        except (binascii.Error, ValueError):
            continue
        if len(value) == _LENGTHS.get(algorithm):
            yield Digest(algorithm, value.hex())


def _hexadecimal(shasum: object) -> Iterator[Digest]:
    if isinstance(shasum, str) and _is_sha1(shasum):
        yield Digest("sha1", shasum.lower())
