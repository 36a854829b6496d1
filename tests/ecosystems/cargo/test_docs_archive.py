"""Archives of documentation pages as functions, and whatever somebody may send in place of one."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid, StorageDamaged, TooLarge
from packhouse.ecosystems.cargo.docs_archive import open_docs, read_files
from packhouse.ecosystems.cargo.docs_pack import TRAILER_BYTES, Contents, contents_start, pack, read_contents
from packhouse.formats.archive import Rules
from packhouse.formats.compression import compress
from tests.ecosystems.cargo.pages import PAGES, tarball, zipped

SOUND = (tarball(PAGES), zipped(PAGES))


def contents_of(body: bytes) -> Contents:
    start = contents_start(body[-TRAILER_BYTES:], len(body))
    return read_contents(body[start:-TRAILER_BYTES])


def packed(body: bytes) -> bytes:
    archive = open_docs(body, "green-pear")
    return b"".join(pack(archive.start, read_files(archive)))


@pytest.mark.parametrize("body", SOUND)
def test_what_was_packed_is_found_again(body: bytes) -> None:
    made = packed(body)
    contents = contents_of(made)
    assert contents.first == "green_pear/index.html"
    assert contents.pages.keys() == PAGES.keys() - {".lock"}
    for path, page in contents.pages.items():
        stored = made[page.start : page.start + page.stored_bytes]
        assert stored == (compress(PAGES[path], "gzip") if page.gzipped else PAGES[path])
    assert contents.pages["green_pear/index.html"].gzipped
    assert not contents.pages["static.files/a.woff2"].gzipped


def test_both_kinds_of_archive_make_the_same_pages() -> None:
    tar, archive = (contents_of(packed(body)) for body in SOUND)
    assert {path: page.tag for path, page in tar.pages.items()} == {
        path: page.tag for path, page in archive.pages.items()
    }


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=6)), max_size=4),
    st.integers(0, 200),
)
def test_no_damage_to_an_archive_is_more_than_a_mistake_of_who_sends_it(
    body: bytes, changes: list[tuple[int, bytes]], cut: int
) -> None:
    damaged = bytearray(body[: len(body) - cut])
    for place, change in changes:
        at = place % len(damaged)
        damaged[at : at + len(change)] = change
    with suppress(Invalid, TooLarge):
        made = packed(bytes(damaged))
        for path in contents_of(made).pages:
            assert not path.startswith("/")
            assert ".." not in path.split("/")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08\x00"]))
def test_what_is_no_archive_is_a_mistake_of_who_sends_it(body: bytes, start: bytes) -> None:
    with pytest.raises((Invalid, TooLarge)):
        packed(start + body)


@pytest.mark.parametrize("body", SOUND)
@pytest.mark.parametrize("rules", [Rules(entries=5), Rules(unpacked_bytes=1500), Rules(path_bytes=20)])
def test_limits_hold_for_both_kinds(body: bytes, rules: Rules) -> None:
    with pytest.raises(TooLarge):
        open_docs(body, "green-pear", rules)


def test_a_crate_of_another_library_begins_with_that() -> None:
    pages = {path.replace("green_pear", "core_of_it"): body for path, body in PAGES.items()}
    assert open_docs(zipped(pages), "green-pear").start == "core_of_it/index.html"


@pytest.mark.parametrize("body", [b"", b"x", b"\0" * 16, b"\xff" * 8 + b"PHDOCS01", b"\0" * 7 + b"\x05PHDOCS01"])
def test_a_damaged_file_of_pages_is_our_own_fault(body: bytes) -> None:
    with pytest.raises(StorageDamaged):
        contents_of(body)
