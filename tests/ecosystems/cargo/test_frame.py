"""The body of a publish, taken apart."""

import json
import time
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.cargo.frame import (
    MAX_CRATE_BYTES,
    MAX_METADATA_BYTES,
    Frame,
    FrameReader,
    largest_frame,
    read_frame,
    read_metadata,
)

PLAIN = b'{"name": "pear", "vers": "1.0.0"}'


def framed(metadata: bytes, crate: bytes) -> bytes:
    """Write a body as cargo does."""
    return b"".join((len(metadata).to_bytes(4, "little"), metadata, len(crate).to_bytes(4, "little"), crate))


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_what_was_framed_is_found_again(metadata: bytes, crate: bytes) -> None:
    assert read_frame(framed(metadata, crate)) == Frame(metadata, crate)


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=2), st.lists(st.integers(0, 90), max_size=9))
def test_a_body_that_comes_in_pieces_is_read_as_one_that_comes_whole(
    metadata: bytes, crate: bytes, behind: bytes, cuts: list[int]
) -> None:
    body = framed(metadata, crate) + behind
    reader = FrameReader()
    places = [0, *sorted(cuts), len(body)]
    try:
        for start, stop in pairwise(places):
            reader.feed(body[start:stop])
            # The metadata is there as soon as its last byte is.
            assert (reader.metadata is not None) == (min(stop, len(body)) >= 4 + len(metadata))
        found: Frame | str = reader.finish()
    except Invalid as error:
        found = error.message.partition("bytes")[2]
    try:
        whole: Frame | str = read_frame(body)
    except Invalid as error:
        whole = error.message.partition("bytes")[2]
    assert found == whole
    assert isinstance(whole, Frame) == (not behind)


@given(st.binary(max_size=50), st.binary(max_size=50), st.data())
def test_a_body_that_is_cut_off_anywhere_is_refused(metadata: bytes, crate: bytes, data: st.DataObject) -> None:
    body = framed(metadata, crate)
    with pytest.raises(Invalid, match=r"^invalid (metadata|tarball) length"):
        read_frame(body[: data.draw(st.integers(0, len(body) - 1))])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "invalid metadata length"),
        (b"\0\0\0", "invalid metadata length"),
        (b"\x64\0\0\0{}", "invalid metadata length for remaining payload: 100"),
        (framed(PLAIN, b"")[:-2], "invalid tarball length"),
        (framed(PLAIN, b"x" * 100)[:-99], "invalid tarball length for remaining payload: 100"),
        (framed(PLAIN, b"x") + b"y", "there are 1 bytes behind the tarball"),
    ],
)
def test_what_is_wrong_with_the_lengths_is_said_in_the_words_of_the_public_registry(body: bytes, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_frame(body)
    assert caught.value.message == message


@pytest.mark.parametrize("length", [MAX_METADATA_BYTES + 1, 2**31, 2**32 - 1])
def test_a_length_over_the_limit_is_refused_before_a_byte_of_it_is_read(length: int) -> None:
    with pytest.raises(TooLarge, match=r"^JSON metadata blob too large$"):
        read_frame(length.to_bytes(4, "little"))
    with pytest.raises(TooLarge, match=rf"^max upload size is: {MAX_CRATE_BYTES}$"):
        read_frame(framed(PLAIN, b"")[:-4] + max(length, MAX_CRATE_BYTES + 1).to_bytes(4, "little"))


def test_metadata_and_archive_may_be_as_long_as_the_limits_say() -> None:
    body = framed(b"x" * MAX_METADATA_BYTES, b"y" * 20)
    assert len(read_frame(body, 20).crate) == 20
    assert len(body) == largest_frame(20)
    with pytest.raises(TooLarge, match="max upload size is: 19"):
        read_frame(body, 19)


def test_metadata_is_read_with_and_without_what_old_and_new_versions_of_cargo_send() -> None:
    metadata = read_metadata(PLAIN)
    assert (metadata.name, metadata.vers, metadata.deps) == ("pear", "1.0.0", None)
    later = json.loads(PLAIN) | {"later_field": [1], "deps": [{"name": "fig", "version_req": "^1"}]}
    read = read_metadata(json.dumps(later).encode())
    assert read.deps is not None
    assert read.deps[0].default_features


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b'{"name": 1, "vers": "1.0.0"}',
        b'{"name": "pear", "vers": "1.0.0", "deps": {}}',
        b'{"name": "pear", "vers": "1.0.0", "name": "fig"}',
        b'{"name": "pear", "vers": "1.0.0", "badges": {"a": {"b": "c", "b": "d"}}}',
        b'{"name": "pe\xffar", "vers": "1.0.0"}',
        b'{"name": "pear", "vers": "1.0.0"} {}',
        b'{"name": "pear", "vers": "1.0.0", "x": NaN}',
        b'{"name": "pear", "vers": "1.0.0", "x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
        b'{"name": "\\ud800", "vers": "1.0.0"}',
    ],
)
def test_metadata_that_programs_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid, match="invalid upload request"):
        read_metadata(text)


def test_a_number_of_many_digits_costs_nothing_where_nobody_reads_it() -> None:
    assert read_metadata(PLAIN[:-1] + b', "x": ' + b"9" * 10_000 + b"}").name == "pear"


def test_a_key_that_stands_twice_among_many_is_found_at_once() -> None:
    text = b'{"name": "pear", "vers": "1.0.0"' + b"".join(b', "%d": 1' % each for each in range(80_000)) + b', "7": 1}'
    begun = time.perf_counter()
    with pytest.raises(Invalid, match="duplicate field '7'"):
        read_metadata(text)
    assert time.perf_counter() - begun < 3


def test_metadata_of_very_many_values_is_not_decoded() -> None:
    with pytest.raises(TooLarge):
        read_metadata(b'{"name": "pear", "vers": "1.0.0", "x": [' + b"1," * 200_000 + b"1]}")


@given(st.binary(max_size=200) | st.just(PLAIN).map(lambda text: text[:-1] + b', "deps": [{}]}'))
def test_no_metadata_fails_in_an_unexpected_way(text: bytes) -> None:
    with suppress(Invalid, TooLarge):
        read_metadata(text)
