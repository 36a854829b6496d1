"""Info files, taken apart and put together."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from packhouse.domain.digest import Digest
from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.gem.index import join, locate, split
from packhouse.ecosystems.gem.lines import read_line
from tests.ecosystems.gem.gems import content, index_of, info, key, line, recorded_infos


def test_every_recorded_info_file_comes_out_byte_for_byte() -> None:
    infos = recorded_infos()
    assert len(infos) > 60
    for name, body in infos.items():
        index = index_of(name, body)
        assert join(index, index.fragments) == body
        assert len(index.fragments) == len([each for each in body.split(b"\n")[1:] if each])


@pytest.mark.parametrize(
    "body",
    [
        b"---\n",
        b"---",
        b"---\n1.0 |checksum:x",
        b"created_at: 2026-01-01\nsomething: else\n---\n1.0 |checksum:x\n",
        b"---\n1.0 |checksum:x\n\n1.1 |checksum:y\n\n",
        b"---\n\n1.0 |checksum:x\n",
        b"---\r\n---\n1.0 a:>= 0|checksum:x,later:1:2\n",
        b"---\n1.0 |checksum:x\n1.0 |checksum:x\n1.0-java |\n",
        b"---\n1.0\n1.1 \n1.2 a:>= 0\n",
    ],
)
def test_odd_files_come_out_byte_for_byte(body: bytes) -> None:
    index = index_of("plum", body)
    assert join(index, index.fragments) == body


def test_fields_that_nobody_knows_yet_survive() -> None:
    body = info(line("plum", "1.0", "rope:>= 1&< 2", "ruby:>= 2.7", "attested:yes", "seal:a:b"), "1.1 |new")
    index = index_of("plum", body)
    assert join(index, index.fragments) == body
    assert join(index, index.fragments[:1]) == body.replace(b"1.1 |new\n", b"")


def test_a_release_has_a_fragment_for_each_platform() -> None:
    index = index_of("rope", info(line("rope", "1.0"), line("rope", "1.0-java"), line("rope", "1.0-x86_64-linux-gnu")))
    assert [each.version for each in index.fragments] == ["1.0"] * 3
    assert [each.id for each in index.fragments] == [
        "rope-1.0.gem",
        "rope-1.0-java.gem",
        "rope-1.0-x86_64-linux-gnu.gem",
    ]
    left = join(index, [each for each in index.fragments if each.id != "rope-1.0-java.gem"])
    assert left == info(line("rope", "1.0"), line("rope", "1.0-x86_64-linux-gnu"))


def test_nothing_is_left_but_the_head_where_all_is_refused() -> None:
    assert join(index_of("plum", info(line("plum", "1.0"))), []) == b"---\n"


def test_a_line_that_stands_twice_is_refused_twice() -> None:
    index = index_of("plum", info(line("plum", "1.0"), line("plum", "1.0")))
    assert [each.version for each in index.fragments] == ["1.0", "1.0"]
    assert len({each.id for each in index.fragments}) == 2


def test_the_date_of_a_line_is_read_and_a_bad_one_is_none() -> None:
    dates = ["2020-01-01T00:00:00Z", "2020-01-01T00:00:00.5+01:00", "2020-01-01T00:00:00", "yesterday", ""]
    lines = [f"1.{at} |checksum:x,created_at:{each}" for at, each in enumerate(dates)]
    moments = [each.published_at for each in index_of("plum", info(*lines, "2.0 created_at:1|")).fragments]
    assert moments == [1577836800000, 1577833200500, None, None, None, None]


def test_a_file_is_found_by_its_whole_name_and_has_the_digest_of_its_line() -> None:
    index = index_of("a-1", info(line("a-1", "2.0"), line("a-1", "2.0-java"), "3.0 |checksum:not-one"))
    for full in ("a-1-2.0", "a-1-2.0-java"):
        located = locate(key("a-1"), index, f"{full}.gem")
        assert located is not None
        assert located.artifact.url == f"/gems/{full}.gem"
        assert located.artifact.digests == (Digest("sha256", hashlib.sha256(content(full)).hexdigest()),)
    undigested = locate(key("a-1"), index, "a-1-3.0.gem")
    assert undigested is not None
    assert undigested.artifact.digests == ()


@pytest.mark.parametrize(
    "filename", ["plum-2.0.gem", "plum-1.0", "plum-1.0.gem#", "Plum-1.0.gem", "", "../plum-1.0.gem"]
)
def test_a_file_that_no_line_owns_is_not_found(filename: str) -> None:
    assert locate(key("plum"), index_of("plum", info(line("plum", "1.0"))), filename) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in</body></html>",
        b"1.0 |checksum:x\n",
        b"---\n<html>\n",
        b"---\n1.0/../../etc |checksum:x\n",
        b"---\n1.0 |checksum:\0\n",
        b"---\n \xff\xfe |\n",
        b'---\n{"error": 1}\n',
        b"--- \n1.0 |\n",
    ],
)
def test_what_is_no_info_file_is_bad(body: bytes) -> None:
    with pytest.raises(UpstreamBad) as bad:
        split(key("plum"), body)
    assert len(str(bad.value)) < 300


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_an_info_file_or_bad(body: bytes, begun: bool) -> None:  # noqa: FBT001
    whole = b"---\n" * begun + body
    try:
        index = split(key("plum"), whole)
    except UpstreamBad:
        return
    assert join(index, index.fragments) == whole
    for fragment in index.fragments:
        assert locate(key("plum"), index, fragment.id) is not None or fragment.id.endswith("#")


@given(st.text(max_size=80))
def test_any_line_can_be_read(text: str) -> None:
    read_line(text.encode("utf-8", "surrogatepass"))


def test_a_huge_file_is_taken_apart() -> None:
    body = info(*(line("plum", f"1.{each}") for each in range(20_000)))
    index = index_of("plum", body)
    assert len(index.fragments) == 20_000
    assert join(index, index.fragments) == body
    assert replace(index, digest="") == replace(index_of("plum", body), digest="")
