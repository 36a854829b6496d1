"""Content codings of HTTP: choosing one and applying it.

Measured on a real packument of 10.5 MB: gzip by ISA-L at level 2 takes 6 ms for 648 KB where zlib at level 6
takes 79 ms for 535 KB; zstd at level 1 takes 7 ms for 453 KB; br at quality 1 takes 9 ms for 503 KB.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

Coding = Literal["identity", "gzip", "br", "zstd"]

PREFERRED: tuple[Coding, ...] = ("zstd", "br", "gzip")
"""Best first: the smallest bytes for the least work."""


@lru_cache(maxsize=256)
def choose_coding(accept_encoding: str) -> Coding:
    """Pick the coding to answer with (RFC 9110 section 12.5.3); identity if nothing better is accepted."""
    accepted: dict[str, float] = {}
    for item in accept_encoding.split(","):
        token, _, parameters = item.partition(";")
        accepted[token.strip().lower()] = _quality(parameters)
    anything = accepted.get("*", 0.0)
    offered = [(accepted.get(coding, anything), -rank, coding) for rank, coding in enumerate(PREFERRED)]
    quality, _, coding = max(offered)
    return coding if quality > 0 else "identity"


def compress(body: bytes, coding: Coding) -> bytes:
    """Apply a coding to a whole body."""
    if coding == "gzip":
        from isal import igzip  # noqa: PLC0415 (imported when first needed: start-up time)

        # mtime 0: the same document always compresses to the same bytes.
        return igzip.compress(body, compresslevel=2, mtime=0)
    if coding == "zstd":
        import zstandard  # noqa: PLC0415

        return zstandard.ZstdCompressor(level=1).compress(body)
    if coding == "br":
        import brotli  # noqa: PLC0415

        return bytes(brotli.compress(body, quality=1))
    return body


def _quality(parameters: str) -> float:
    """Read the weight of an Accept-Encoding item; what cannot be read counts as accepted."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def codings() -> Sequence[Coding]:
    """List every coding that `compress` knows."""
    return ("identity", *PREFERRED)
