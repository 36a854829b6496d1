import io
import lzma
import tarfile
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.formats.archive import Archive, BadArchive, Rules, TooMuch
from tests.formats.tars import END, GNU, entry, gzipped, header, pax, read, read_chunks, record

ANYTHING = Rules(kinds=frozenset({"file", "folder", "symlink", "hardlink", "device", "fifo"}), twins=True)
OLD = bytes(8)

_part = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\:"), min_size=1, max_size=70)
_path = st.lists(_part.filter(lambda part: part not in {".", ".."}), min_size=1, max_size=5).map("/".join)
_kind = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
_member = st.tuples(_path, _kind, st.binary(max_size=1500), st.integers(0, 0o7777))
_KINDS = {b"0": "file", b"5": "folder", b"2": "symlink", b"1": "hardlink", b"6": "fifo"}


@settings(max_examples=200, deadline=None)
@given(
    members=st.lists(_member, max_size=6, unique_by=lambda member: member[0].partition("/")[0]),
    form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
    chunk=st.sampled_from([1 << 20, 300, 7]),
)
def test_python_and_we_read_the_same(members: list[tuple[str, bytes, bytes, int]], form: int, chunk: int) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for path, kind, body, mode in members:
            info = tarfile.TarInfo(path)
            info.type, info.mode = kind, mode
            info.linkname = "target/é" * (len(body) % 20) if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
            info.size = len(body) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(body))

    found = read(packed.getvalue(), ANYTHING, chunk=chunk)

    with tarfile.open(fileobj=io.BytesIO(packed.getvalue())) as archive:
        theirs = archive.getmembers()
        assert [(each.path, each.kind, each.size, each.mode, each.link) for each in found.entries] == [
            (info.name, _KINDS[info.type], info.size, info.mode, info.linkname) for info in theirs
        ]
        bodies = {info.name: file.read() for info in theirs if info.isreg() and (file := archive.extractfile(info))}
    assert found.bodies == bodies
    assert found.unpacked_bytes == sum(map(len, bodies.values()))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_is_damaged_python_reads_what_we_accept_alike(data: st.DataObject) -> None:
    whole = bytearray(
        pax(path=b"package/long", size=b"5") + entry(b"package/a", b"12345") + entry(b"package/b", b"6") + END
    )
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, 2600))
        whole[at] = data.draw(st.integers(0, 255))
    _recheck(whole, [at for at in (0, 1024, 2048) if data.draw(st.booleans())])
    try:
        found = read(bytes(whole), ANYTHING)
    except BadArchive:
        return
    with tarfile.open(fileobj=io.BytesIO(bytes(whole))) as archive:
        theirs = [(info.name.rstrip("/"), info.size) for info in archive.getmembers()]
    assert [(each.path, each.size) for each in found.entries] == theirs


def _recheck(whole: bytearray, headers: list[int]) -> None:
    for at in headers:
        whole[at + 148 : at + 156] = b" " * 8
        whole[at + 148 : at + 156] = b"%06o\0 " % sum(whole[at : at + 512])


def test_only_the_beginnings_that_are_wanted_are_kept() -> None:
    found = read(entry(b"a", b"12345") + entry(b"b", b"") + END, keep=3)
    assert found.bodies == {"a": b"123", "b": b""}
    assert read(entry(b"a", b"12345") + END, keep=0).bodies == {}


def test_folders_may_be_told_many_times_and_in_the_old_way() -> None:
    found = read(entry(b"a/", kind=b"5") + entry(b"a", kind=b"5") + entry(b"b/", kind=b"\0", magic=OLD) + END)
    assert [(each.path, each.kind) for each in found.entries] == [("a", "folder"), ("a", "folder"), ("b", "folder")]


def test_all_forms_of_long_names_are_read() -> None:
    long = b"l" * 90 + b"/" + b"m" * 90
    packed = (
        entry(b"m" * 90, b"1", prefix=b"l" * 90)
        + entry(b"././@LongLink", b"2/" + long + b"\0", b"L", magic=GNU)
        + entry(b"2/" + long[:98], b"2", magic=GNU)
        + pax(path=b"3/" + long)
        + entry(b"3", b"3")
    )
    assert list(read(packed + END).bodies.items()) == [
        (long.decode(), b"1"),
        (f"2/{long.decode()}", b"2"),
        (f"3/{long.decode()}", b"3"),
    ]


def test_binary_sizes_and_comments_for_all_are_read() -> None:
    size = b"\x80" + bytes(10) + b"\3"
    packed = pax(b"g", comment=b"0123abc") + header(b"a", size_field=size) + b"xyz".ljust(512, b"\0")
    assert read(packed + END).bodies == {"a": b"xyz"}


def test_numbers_may_have_blanks_around_them_and_a_mode_may_be_missing() -> None:
    found = read(entry(b"a", b"xyz", size_field=b"          3\0", mode=bytes(8)) + entry(b"b", mode=b" 100755 ") + END)
    assert [(each.size, each.mode) for each in found.entries] == [(3, 0), (0, 0o755)]


LONG_NAME = entry(b"././@LongLink", b"long\0", b"L", magic=GNU)

REFUSED: dict[str, tuple[bytes, str]] = {
    "a way up": (entry(b"a/../../b"), "leads out of its folder"),
    "a way up at the end": (entry(b"a/.."), "leads out of its folder"),
    "an absolute path": (entry(b"/etc/passwd"), "is absolute"),
    "a drive": (entry(b"C:/x"), "names a drive"),
    "a drive below": (entry(b"package/c:x"), "names a drive"),
    "a backslash": (entry(b"a\\..\\b"), "backslash"),
    "a lone period": (entry(b"./a"), "lone period"),
    "an empty part": (entry(b"a//b"), "empty part"),
    "an empty name": (entry(b""), "is empty"),
    "a line break": (entry(b"a\nb"), "control character"),
    "an escape": (entry(b"a\x1b[2J"), "control character"),
    "a NUL in pax": (pax(path=b"a\0b") + entry(b"a"), "with a NUL"),
    "no UTF-8": (entry(b"a\xff"), "not UTF-8"),
    "no UTF-8 in pax": (pax(path=b"a\xff") + entry(b"a"), "not UTF-8"),
    "no UTF-8 in GNU": (entry(b"L", b"\xff\0", b"L", magic=GNU) + entry(b"a"), "not UTF-8"),
    "a long path": (pax(path=b"a" * 1025) + entry(b"a"), "longer than 1024"),
    "a symlink": (entry(b"a", kind=b"2", link=b"/etc"), "is a symlink"),
    "a hardlink": (entry(b"a", kind=b"1", link=b"b"), "is a hardlink"),
    "a character device": (entry(b"a", kind=b"3"), "is a device"),
    "a block device": (entry(b"a", kind=b"4"), "is a device"),
    "a fifo": (entry(b"a", kind=b"6"), "is a fifo"),
    "GNU sparse": (entry(b"a", kind=b"S", magic=GNU), "sparse"),
    "pax sparse": (pax(**{"GNU.sparse.map": b"0,1"}) + entry(b"a", b"1"), "sparse"),
    "contiguous": (entry(b"a", kind=b"7"), "unknown type"),
    "a volume label": (entry(b"a", kind=b"V", magic=GNU), "unknown type"),
    "Solaris's extended header": (entry(b"a", record(b"path", b"b"), b"X"), "unknown type"),
    "twice": (entry(b"a") + entry(b"a"), "'a' twice"),
    "twice by pax": (entry(b"a") + pax(path=b"a") + entry(b"b"), "'a' twice"),
    "a file and a folder": (entry(b"a/", kind=b"5") + entry(b"a"), "'a' twice"),
    "a file in a file": (entry(b"a/b") + entry(b"a-") + entry(b"a"), "is no folder"),
    "twins by case": (entry(b"Cargo.toml") + entry(b"cargo.TOML"), "one file on some disks"),
    "twins by composition": (entry("é".encode()) + entry("e\u0301".encode()), "one file on some disks"),
    "twins by folding": (entry("straße".encode()) + entry(b"STRASSE"), "one file on some disks"),
    "a folder that is a twin of a file": (entry(b"A") + entry(b"a/b"), "is no folder"),
    "a wrong checksum": (entry(b"a", checksum=b"000001\0 "), "wrong checksum"),
    "no checksum": (entry(b"a", checksum=b"        "), "checksum of b'a' is no number"),
    "a size in words": (entry(b"a", size_field=b"12 34       "), "size of b'a' is no number"),
    "a size with a sign": (entry(b"a", size_field=b"+0000000001\0"), "is no number"),
    "a size that is not octal": (entry(b"a", size_field=b"00000000008\0"), "is no number"),
    "a size with an underscore": (entry(b"a", size_field=b"0000000_001\0"), "is no number"),
    "a time that is none": (entry(b"a", time=b"yesterday   "), "time of b'a' is no number"),
    "a size and nothing that says how": (entry(b"a", size_field=b"\x81" + bytes(11)), "out of bounds"),
    "no size": (entry(b"a", size_field=bytes(12)), "is no number"),
    "a negative size": (entry(b"a", size_field=b"\xff" * 12), "out of bounds"),
    "a size beyond all bounds": (entry(b"a", size_field=b"\x80" + b"\xff" * 11), "out of bounds"),
    "one size here and another there": (pax(size=b"0") + entry(b"a", b"x" * 600), "one size in its header"),
    "a pax size that is none": (pax(size=b"-1") + entry(b"a"), "one size in its header"),
    "a pax size of a thousand digits": (pax(size=b"0" * 1000) + entry(b"a"), "one size in its header"),
    "a size for all": (pax(b"g", size=b"3") + entry(b"a"), "the size of all its entries"),
    "a path for all": (pax(b"g", path=b"b") + entry(b"a"), "the path of all its entries"),
    "a pax header in the middle of nowhere": (pax(path=b"b"), "entry that is missing"),
    "two pax headers": (pax(path=b"b") + pax(path=b"c") + entry(b"a"), "second for one entry"),
    "two long names": (LONG_NAME + LONG_NAME + entry(b"a", magic=GNU), "second for one entry"),
    "a long name and a pax path": (LONG_NAME + pax(path=b"b") + entry(b"a"), "two long names"),
    "a long name with more behind it": (entry(b"L", b"a\0b", b"L", magic=GNU) + entry(b"a"), "not one text"),
    "a long name without an end": (entry(b"L", b"abc", b"L", magic=GNU) + entry(b"a"), "not one text"),
    "a long name of nothing": (entry(b"L", b"", b"L", magic=GNU) + entry(b"a"), "not one text"),
    "a path twice": (entry(b"P", record(b"path", b"b") + record(b"path", b"c"), b"x") + entry(b"a"), "'path' twice"),
    "an empty pax path": (pax(path=b"") + entry(b"a"), "empty path"),
    "a pax length that is too long": (entry(b"P", b"99 path=b\n", b"x") + entry(b"a"), "cannot be read"),
    "a pax length that is none": (entry(b"P", b"xx path=b\n", b"x") + entry(b"a"), "cannot be read"),
    "a pax length of nothing": (entry(b"P", b"2 path=b\n", b"x") + entry(b"a"), "cannot be read"),
    "a pax record without a key": (entry(b"P", b"6 =bb\n", b"x") + entry(b"a"), "cannot be read"),
    "another charset": (pax(hdrcharset=b"BINARY", path=b"b") + entry(b"a"), "not UTF-8"),
    "a long pax header": (pax(comment=b"x" * 70_000) + entry(b"a"), "longer than 65536"),
    "a prefix where there is none": (entry(b"a", magic=GNU, prefix=b"b"), "where its kind of tar has none"),
    "a prefix before there were any": (entry(b"a", magic=OLD, prefix=b"b"), "where its kind of tar has none"),
    "an unknown kind of tar": (entry(b"a", magic=b"xtar\0\0\0\0"), "unknown kind of tar"),
    "a file named as a folder": (entry(b"a/", b"1"), "a folder by its name"),
    "an old folder with a size": (entry(b"a/", b"1", b"\0"), "a folder with a size"),
    "a folder with a size": (entry(b"a/", entry(b"hidden"), b"5"), "a folder with a size"),
    "a header behind the end": (entry(b"a") + bytes(512) + entry(b"b"), "behind the end"),
    "garbage behind the end": (entry(b"a") + END + b"x" * 512, "behind the end"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_programs_read_differently_or_outside_is_refused(case: str) -> None:
    data, sentence = REFUSED[case]
    for chunk in (1 << 20, 100):
        with pytest.raises(BadArchive) as refusal:
            read(data + END, chunk=chunk)
        assert sentence in str(refusal.value)


@pytest.mark.parametrize("cut", [0, 1, 511, 512, 513, 1023, 1024, 1100, 1536])
def test_an_archive_that_is_cut_off_is_refused(cut: int) -> None:
    whole = entry(b"a", b"x" * 600) + END
    with pytest.raises(BadArchive, match=r"cut off|end with a block"):
        read(whole[:cut])


def test_a_link_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(BadArchive, match="points to what is not UTF-8"):
        read(entry(b"a", kind=b"2", link=b"\xff") + END, ANYTHING)


def test_one_block_of_zeros_is_an_end_and_so_are_twenty() -> None:
    for blocks in (1, 2, 20):
        assert len(read(entry(b"a") + bytes(512 * blocks)).entries) == 1


def test_gzip_that_is_not_whole_is_refused() -> None:
    whole = gzipped(entry(b"a", b"x") + END)
    for cut in (1, 2, 5, 10, len(whole) - 8, len(whole) - 1):
        with pytest.raises(BadArchive, match=r"cut off|empty"):
            read_chunks([whole[:cut]])
    with pytest.raises(BadArchive, match="empty"):
        read_chunks([])
    for at in (len(whole) - 2, len(whole) - 6, len(whole) // 2):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        with pytest.raises(BadArchive):
            read_chunks([bytes(damaged)])


def test_exactly_one_gzip_member_is_read_however_it_is_cut() -> None:
    whole = gzipped(entry(b"a", b"x") + END)
    for behind, sentence in ((whole, "second member"), (b"\0" * 512, "behind the end"), (b"x", "behind the end")):
        with pytest.raises(BadArchive, match=sentence):
            read_chunks([whole + behind])
        with pytest.raises(BadArchive, match=r"behind the end|second member"):
            read_chunks([whole, behind])
        with pytest.raises(BadArchive, match=r"behind the end|second member"):
            read_chunks(bytes([byte]) for byte in whole + behind)
    assert len(read_chunks(bytes([byte]) for byte in whole).entries) == 1
    assert len(read_chunks([b"", whole, b""]).entries) == 1


@pytest.mark.parametrize("disguised", [lzma.compress(END), END, b"PK\3\4", b"\x1f"])
def test_what_is_not_gzip_is_refused(disguised: bytes) -> None:
    with pytest.raises(BadArchive, match=r"not compressed with gzip|cut off|empty"):
        read_chunks([disguised])


def test_a_bomb_is_noticed_before_it_goes_off() -> None:
    bomb = gzipped(header(b"a", 400 << 20) + bytes(100 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch, match="200 times"):
            read_chunks([bomb], keep=1000)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_every_limit_has_its_sentence() -> None:
    files = b"".join(entry(b"%03d" % number, b"x" * 100) for number in range(20)) + END
    for rules, sentence in (
        (Rules(entries=19), "more than 19 entries"),
        (Rules(unpacked_bytes=10_000), "more than 10000 bytes"),
        (Rules(ratio=2, ratio_from_bytes=0), "2 times its size"),
        (Rules(all_paths_bytes=59), "59 bytes together"),
        (Rules(path_bytes=2), "longer than 2 bytes"),
    ):
        with pytest.raises(TooMuch, match=sentence):
            read(files, rules)
    assert len(read(files, Rules(entries=20, all_paths_bytes=60, path_bytes=3)).entries) == 20


def test_a_size_that_is_claimed_counts_before_the_body_comes() -> None:
    with pytest.raises(TooMuch, match="unpacks to more than"):
        read(header(b"a", 1 << 30) + END)


def test_a_small_package_is_read_in_a_moment() -> None:
    packed = gzipped(b"".join(entry(b"package/lib/%d.js" % number, b"x" * 2000) for number in range(8)) + END)
    quickest = min(_time(packed) for _ in range(30))
    # 0.15 ms where nothing else runs; the limit is for machines on which much does.
    assert quickest < 0.003


def _time(packed: bytes) -> float:
    started = time.perf_counter()
    found: Archive = read_chunks([packed], keep=0)
    assert len(found.entries) == 8
    return time.perf_counter() - started
