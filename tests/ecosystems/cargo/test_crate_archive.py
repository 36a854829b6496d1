"""The archive of a crate, read and refused."""

import gzip
import lzma
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.cargo.crate_archive import (
    MAX_MANIFEST_BYTES,
    MAX_TEXT_BYTES,
    CrateArchive,
    VcsInfo,
    read_crate,
    read_text,
)
from packhouse.formats.archive import Rules
from tests.formats.tars import END, GNU, entry, gzipped, pax

MANIFEST = b'[package]\nname = "pear"\nversion = "1.0.0"\n'
ROOT = b"pear-1.0.0/"
PLAIN = entry(ROOT + b"Cargo.toml", MANIFEST)
MALFORMED = "uploaded tarball is malformed or too large when decompressed"


def found_in(blocks: bytes, rules: Rules | None = None) -> CrateArchive:
    """Read an archive of these entries."""
    return read_crate(gzipped(blocks + END), "pear", "1.0.0", rules or Rules())


def test_all_that_cargo_packs_is_found() -> None:
    vcs = b'{"git": {"sha1": "abc", "dirty": true, "later": 1}, "path_in_vcs": "fruit/pear"}'
    long = ROOT + b"src/" + b"x" * 150 + b".rs"
    found = found_in(
        entry(ROOT + b".cargo_vcs_info.json", vcs)
        + entry(ROOT + b"Cargo.lock", b"version = 4")
        + PLAIN
        + entry(ROOT + b"Cargo.toml.orig", b"# mine")
        + entry(ROOT + b"README.md", b"# Pear")
        + entry(ROOT + b"LICENSE-MIT", b"Permission")
        + entry(ROOT + b"src/readme.md", b"not this one")
        + entry(b"././@LongLink", long + b"\0", b"L", magic=GNU)
        + entry(long[:100], b"fn x() {}", magic=GNU)
    )
    assert found.manifest == MANIFEST
    assert found.vcs == VcsInfo("fruit/pear", "abc", dirty=True)
    assert found.texts == {"README.md": b"# Pear", "LICENSE-MIT": b"Permission"}
    assert long[len(ROOT) :].decode() in found.files
    assert len(found.files) == 8
    assert found.has_lock
    assert found.has_original


def test_the_least_is_a_manifest() -> None:
    found = found_in(PLAIN)
    assert found == CrateArchive("pear-1.0.0", MANIFEST, frozenset({"Cargo.toml"}), len(MANIFEST), {})
    assert not found.has_lock
    assert not found.has_original


@pytest.mark.parametrize("note", [b"", b"[]", b"{", b"\xff", b'{"git": 1}', b'{"a":' * 10_000])
def test_a_damaged_note_of_the_repository_is_as_none(note: bytes) -> None:
    assert found_in(PLAIN + entry(ROOT + b".cargo_vcs_info.json", note)).vcs is None


def test_a_text_is_found_wherever_the_manifest_says_that_it_is() -> None:
    body = gzipped(
        entry(ROOT + b"docs/intro.md", "é".encode() * MAX_TEXT_BYTES)
        + PLAIN
        + entry(ROOT + b"README.md", b"a\xffb")
        + entry(ROOT + b"empty.md")
        + END
    )
    archive = read_crate(body, "pear", "1.0.0")
    assert read_text(body, archive, "docs/intro.md") == "é" * (MAX_TEXT_BYTES // 2)
    assert read_text(body, archive, "README.md") == "a\ufffdb"
    assert read_text(body, archive, "empty.md") == ""
    assert read_text(body, archive, "../README.md") is None


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        (entry(b"fig-1.0.0/Cargo.toml", MANIFEST), "invalid path found: fig-1.0.0/Cargo.toml"),
        (PLAIN + entry(b"fig-1.0.0/src/lib.rs", b"x"), "invalid path found: fig-1.0.0/src/lib.rs"),
        (PLAIN + entry(b"fig-1.0.0", kind=b"5"), "invalid path found: fig-1.0.0"),
        (entry(b"Pear-1.0.0/Cargo.toml", MANIFEST), "invalid path found: Pear-1.0.0/Cargo.toml"),
        (entry(b"Cargo.toml", MANIFEST), "invalid path found: Cargo.toml"),
        (entry(b"pear-1.0.0", MANIFEST), "invalid path found: pear-1.0.0"),
        (PLAIN + entry(ROOT + b".cargo-ok", b"ok"), "invalid path found: pear-1.0.0/.cargo-ok"),
        (PLAIN + entry(ROOT + b".Cargo-OK/a", b"ok"), "invalid path found: pear-1.0.0/.Cargo-OK/a"),
        (b"", "uploaded tarball is missing a `Cargo.toml` manifest file"),
        (entry(ROOT + b"Cargo.toml", kind=b"5"), "uploaded tarball is missing a `Cargo.toml` manifest file"),
        (entry(ROOT + b"src/Cargo.toml", MANIFEST), "uploaded tarball is missing a `Cargo.toml` manifest file"),
        (
            entry(ROOT + b"CARGO.toml", MANIFEST),
            (
                "uploaded tarball is missing a `Cargo.toml` manifest file; `CARGO.toml` was found, but must be named"
                " `Cargo.toml` with that exact casing"
            ),
        ),
    ],
)
def test_what_lies_in_the_wrong_place_is_refused_in_the_words_of_the_public_registry(
    blocks: bytes, message: str
) -> None:
    with pytest.raises(Invalid) as caught:
        found_in(blocks)
    assert caught.value.message == message


@pytest.mark.parametrize(
    "blocks",
    [
        PLAIN + entry(ROOT + b"../fig-1.0.0/a", b"x"),
        PLAIN + entry(b"/pear-1.0.0/a", b"x"),
        PLAIN + entry(ROOT + b"a", kind=b"2", link=b"/etc/passwd"),
        PLAIN + entry(ROOT + b".cargo-ok", kind=b"2", link=b"Cargo.toml"),
        PLAIN + entry(ROOT + b"a", kind=b"1", link=ROOT + b"Cargo.toml"),
        PLAIN + entry(ROOT + b"a", kind=b"6"),
        PLAIN + entry(ROOT + b"a", kind=b"3"),
        PLAIN + entry(ROOT + b"a", kind=b"4"),
        PLAIN + entry(ROOT + b"a", b"x", kind=b"S"),
        PLAIN + entry(ROOT + b"a", b"x", kind=b"7"),
        PLAIN + entry(ROOT + b"\xff", b"x"),
        PLAIN + pax(size=b"600") + entry(ROOT + b"a", b"x"),
        PLAIN + pax(path=b"fig-1.0.0/../../a") + entry(ROOT + b"a", b"x"),
        PLAIN + entry(ROOT + b"cargo.toml", MANIFEST),
        PLAIN + PLAIN,
        PLAIN + entry(ROOT + b"Src/a", b"") + entry(ROOT + b"src/A", b""),
        PLAIN + END + entry(ROOT + b"a", b"x"),
        PLAIN[:-1],
    ],
)
def test_an_archive_that_cargo_could_unpack_elsewhere_or_otherwise_is_refused(blocks: bytes) -> None:
    with pytest.raises(Invalid, match=MALFORMED):
        found_in(blocks)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        PLAIN + END,
        lzma.compress(PLAIN + END),
        gzipped(PLAIN + END)[:-9],
        gzipped(PLAIN + END) + b"\0",
        gzipped(PLAIN + END) + gzipped(b""),
        gzip.compress(PLAIN, mtime=0),
    ],
)
def test_what_is_no_single_gzip_of_a_whole_archive_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid, match=MALFORMED):
        read_crate(body, "pear", "1.0.0")


def test_what_unpacks_to_too_much_is_refused_as_too_large() -> None:
    bomb = PLAIN + entry(ROOT + b"zeros", bytes(40 << 20))
    with pytest.raises(TooLarge, match=MALFORMED):
        found_in(bomb)
    with pytest.raises(TooLarge, match=MALFORMED):
        found_in(PLAIN + entry(ROOT + b"a", b"x" * 600), Rules(unpacked_bytes=2000))
    with pytest.raises(TooLarge, match=MALFORMED):
        found_in(b"".join(entry(ROOT + b"%d" % each) for each in range(12)), Rules(entries=10))
    with pytest.raises(TooLarge, match=r"`Cargo.toml` is longer"):
        found_in(entry(ROOT + b"Cargo.toml", b"#" * (MAX_MANIFEST_BYTES + 1)))


@settings(deadline=None)
@given(st.data())
def test_no_archive_fails_in_an_unexpected_way(data: st.DataObject) -> None:
    blocks = bytearray(PLAIN + pax(size=b"1") + entry(ROOT + b"a", b"x") + entry(ROOT + b"b", kind=b"5") + END)
    for _ in range(data.draw(st.integers(1, 4))):
        blocks[data.draw(st.integers(0, len(blocks) - 1))] = data.draw(st.integers(0, 255))
    body = bytearray(gzipped(bytes(blocks)))
    if data.draw(st.booleans()):
        body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(Invalid, TooLarge):
        assert read_crate(bytes(body), "pear", "1.0.0").root == "pear-1.0.0"
