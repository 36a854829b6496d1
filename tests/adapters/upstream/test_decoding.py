"""Content codings are undone whatever the pieces are."""

import gzip
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from packhouse.adapters.upstream.decoding import CodingError, make_decoder

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: bytes(brotli.compress(body, quality=3)),
    "zstd": zstandard.compress,
}


def undo(coding: str, packed: bytes, step: int) -> bytes:
    decoder = make_decoder(coding)
    assert decoder is not None
    pieces = [piece for at in range(0, len(packed), step) for piece in decoder.feed(packed[at : at + step])]
    decoder.finish()
    return b"".join(pieces)


@given(st.sampled_from(sorted(PACK)), st.binary(max_size=3000), st.integers(1, 100), st.integers(1, 200))
def test_what_was_packed_comes_out(coding: str, body: bytes, times: int, step: int) -> None:
    assert undo(coding, PACK[coding](body * times), step) == body * times


@given(
    st.sampled_from(["gzip", "zstd"]), st.lists(st.binary(max_size=300), min_size=1, max_size=20), st.integers(1, 99)
)
def test_joined_pieces_come_out_joined(coding: str, bodies: list[bytes], step: int) -> None:
    assert undo(coding, b"".join(map(PACK[coding], bodies)), step) == b"".join(bodies)


@given(st.sampled_from(sorted(PACK)), st.binary(min_size=1, max_size=3000), st.data())
def test_what_ends_too_early_is_never_taken_for_whole(coding: str, body: bytes, data: st.DataObject) -> None:
    packed = PACK[coding](body)
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(CodingError):
        undo(coding, packed[:cut], 64)


@given(st.sampled_from(sorted(PACK)), st.binary(max_size=3000))
def test_any_bytes_are_a_body_or_a_coding_error(coding: str, junk: bytes) -> None:
    with suppress(CodingError):
        undo(coding, junk, 64)


@pytest.mark.parametrize("coding", PACK)
def test_bytes_behind_the_end_are_refused(coding: str) -> None:
    with pytest.raises(CodingError):
        undo(coding, PACK[coding](b"body") + b"junk", 64)


@pytest.mark.parametrize("coding", PACK)
def test_output_comes_in_bounded_pieces(coding: str) -> None:
    packed = PACK[coding](bytes(40_000_000))
    decoder = make_decoder(coding)
    assert decoder is not None
    assert max(len(piece) for piece in decoder.feed(packed)) <= 32 << 20


def test_a_window_that_needs_much_memory_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    packer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(CodingError):
        undo("zstd", packer.compress(b"body") + packer.flush(), 64)
