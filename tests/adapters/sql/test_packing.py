"""The stored form of documents and records."""

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.adapters.sql.packing import decode_index, decode_record, pack_index, pack_record, unpack_index
from packhouse.domain.errors import StorageDamaged
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment
from tests.ports.samples import index, record

MOMENTS = st.none() | st.integers(-(2**40), 2**50).map(Moment)
FRAGMENTS = st.builds(Fragment, st.text(max_size=20), st.binary(max_size=60), MOMENTS, MOMENTS)
INDEXES = st.builds(Index, st.binary(max_size=60), st.lists(FRAGMENTS, max_size=12).map(tuple), st.text(max_size=20))


@given(INDEXES)
def test_a_document_comes_back_as_it_was(document: Index) -> None:
    packed = asyncio.run(pack_index(document))
    assert decode_index(packed, document.digest) == document


@pytest.mark.parametrize("versions", [3, 3000])
def test_size_makes_no_difference(versions: int) -> None:
    async def round_trip() -> Index:
        return await unpack_index(await pack_index(index("a", versions)), index("a", versions).digest)

    assert asyncio.run(round_trip()) == index("a", versions)


PACKED_INDEX = asyncio.run(pack_index(index("a", 20)))
PACKED_RECORD = asyncio.run(pack_record(record("a", 20)))


@given(st.integers(0, len(PACKED_INDEX) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_document_goes_unseen(position: int, change: int) -> None:
    damaged = bytearray(PACKED_INDEX)
    damaged[position] ^= change
    with contextlib.suppress(StorageDamaged):
        assert decode_index(bytes(damaged), index("a", 20).digest) == index("a", 20)  # a byte that means nothing


@given(st.integers(0, len(PACKED_RECORD) - 1), st.integers(1, 255))
def test_no_changed_byte_of_a_record_goes_unseen(position: int, change: int) -> None:
    damaged = bytearray(PACKED_RECORD)
    damaged[position] ^= change
    with contextlib.suppress(StorageDamaged):
        assert decode_record(bytes(damaged)) == record("a", 20)


@given(st.integers(0, len(PACKED_INDEX) - 1))
def test_bytes_that_were_cut_off_are_damage(length: int) -> None:
    with pytest.raises(StorageDamaged):
        decode_index(PACKED_INDEX[:length], index("a", 20).digest)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_are_damage(packed: bytes) -> None:
    with pytest.raises(StorageDamaged):
        decode_index(packed, "digest")
    with pytest.raises(StorageDamaged):
        decode_record(packed)
