"""Index files, taken apart and put together."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import Fragment
from packhouse.ecosystems.cargo.index import INDEX, join, locate, split, with_places
from packhouse.ecosystems.cargo.places import Places, file_address, read_places
from tests.ecosystems.cargo.crates import CASES, CONFIG, FILES, PLACES, index_file, key, line, parted, recorded

RECORDED = sorted(path.stem for path in CASES.glob("*.index"))


def test_there_are_real_index_files_to_test_with() -> None:
    assert RECORDED == ["inflector", "utf8-ranges", "xdg", "yprox", "zstd-sys"]


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("ending", [b"", b"\n"])
def test_a_file_comes_out_as_it_went_in(name: str, ending: bytes) -> None:
    body = recorded(name).rstrip(b"\n") + ending
    index = parted(name, body)
    assert join(index, index.fragments) == body


def test_fields_that_nobody_knows_yet_survive() -> None:
    body = b'{"name":"plum", "vers":"1.0.0","deps":[],"later":{"x":[1,2.50]},"cksum":"", "v":9}\n'
    index = parted("plum", body)
    assert join(index, index.fragments) == body


@given(st.sets(st.integers(0, 20)))
def test_what_is_left_out_takes_nothing_else_with_it(left: set[int]) -> None:
    lines = [json.dumps(line("plum", f"1.{number}.0")).encode() for number in range(21)]
    index = parted("plum", b"".join(each + b"\n" for each in lines))
    kept: Sequence[Fragment] = [each for number, each in enumerate(index.fragments) if number in left]
    assert join(index, kept) == b"".join(each + b"\n" for number, each in enumerate(lines) if number in left)


def test_the_time_of_publishing_is_that_of_the_line() -> None:
    found = parted("xdg", recorded("xdg")).fragments[0]
    assert found.published_at == 1_442_785_348_000  # 2015-09-20T21:42:28Z


@pytest.mark.parametrize("written", [None, "", "yesterday", "2020-01-01T00:00:00", 17, [], {"a": 1}])
def test_a_time_that_cannot_be_read_is_none(written: object) -> None:
    index = parted("plum", index_file(line("plum", "1.0.0", pubtime=written)))
    assert [each.published_at for each in index.fragments] == [None]


def test_blank_lines_and_carriage_returns_do_no_harm() -> None:
    index = parted("plum", b"\n" + index_file(line("plum", "1.0.0")).replace(b"\n", b"\r\n") + b" \n")
    assert [each.version for each in index.fragments] == ["1.0.0"]


def test_a_line_that_is_no_release_is_passed_over_as_cargo_does() -> None:
    odd = [{"vers": "1.0.0"}, {"name": "plum"}, {"name": "plum", "vers": 1}, [], "x", None]
    index = parted("plum", index_file(*(json.dumps(each).encode() for each in odd), line("plum", "1.0.1")))
    assert [each.version for each in index.fragments] == ["1.0.1"]


def test_of_two_lines_for_one_version_the_later_one_counts() -> None:
    index = parted("plum", index_file(line("plum", "1.0.0"), line("plum", "1.0.1"), line("plum", "1.0.0", yanked=True)))
    assert [each.version for each in index.fragments] == ["1.0.0", "1.0.1"]
    assert b"true" in index.fragments[0].body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>not an index</html>",
        b'{"name":"plum","vers":"1.0.0"',
        b'{"name":"plum","vers":"1.0.0"}\n{"name":"plum","ve',
        b"[" * 100_000,
        b'{"name":"plum","vers":"1.0.0","x":' + b"[" * 100_000,
        b'{"name":"plum","vers":"1.0.0","x":"\0"}',
        b'{"name":"pear","vers":"1.0.0"}',
        b'{"name":"plum","vers":"1.0.0"}\n{"name":"pear","vers":"1.0.0"}',
        '{"name":"p\u212alum","vers":"1.0.0"}'.encode(),
        b'{"name":"plum","vers":"\xff"}',
        b"null",
    ],
)
def test_what_is_not_this_crates_index_file_is_refused(body: bytes) -> None:
    with pytest.raises(UpstreamBad) as refused:
        parted("plum", body)
    assert len(str(refused.value)) < 300


def test_a_name_that_only_looks_like_ours_is_another_crates() -> None:
    with pytest.raises(UpstreamBad):
        parted("k", '{"name":"\u212a","vers":"1.0.0"}'.encode())  # the sign for kelvin, whose small letter is k


@given(st.binary(max_size=200))
def test_any_bytes_are_an_index_file_or_refused(body: bytes) -> None:
    for whole in (body, with_places(PLACES, body)):
        try:
            index = split(key("plum"), whole)
        except UpstreamBad:
            continue
        assert index.fragments


def test_equal_files_of_registries_with_other_places_are_other_documents() -> None:
    lines = index_file(line("plum", "1.0.0"))
    one, other = (split(key("plum"), with_places(Places(f"http://{host}.example"), lines)) for host in "ab")
    assert one.digest != other.digest


def test_a_file_belongs_to_the_release_in_its_name() -> None:
    index = parted("Inflector", recorded("inflector"))
    for filename in ("Inflector-0.11.4.crate", "inflector-0.11.4.crate"):
        located = locate(key("inflector"), index, filename)
        assert located is not None
        assert located.fragment.version == "0.11.4"
        # The name is written as upstream writes it, whatever the client has asked for.
        assert located.artifact.filename == "Inflector-0.11.4.crate"
        assert located.artifact.url == f"{FILES}/Inflector/Inflector-0.11.4.crate"
        assert [str(digest) for digest in located.artifact.digests] == [
            "sha256:fe438c63458706e03479442743baae6c88256498e6431708f6dfc520a26515d3"
        ]


@pytest.mark.parametrize(
    "filename", ["", "plum", "plum-1.0.0", "plum-.crate", "plum-1.0.1.crate", "pear-1.0.0.crate", "../plum-1.0.0.crate"]
)
def test_a_file_that_no_release_owns_is_not_found(filename: str) -> None:
    index = parted("plum", index_file(line("plum", "1.0.0")))
    assert locate(key("plum"), index, filename) is None


def test_capitals_in_a_version_matter() -> None:
    index = parted("plum", index_file(line("plum", "1.0.0-RC"), line("plum", "1.0.0-rc")))
    located = locate(key("plum"), index, "PLUM-1.0.0-rc.crate")
    assert located is not None
    assert located.fragment.version == "1.0.0-rc"


@pytest.mark.parametrize("checksum", ["", "abc", "g" * 64, "a" * 63])
def test_a_checksum_that_is_none_gives_no_digest(checksum: str) -> None:
    index = parted("plum", index_file(line("plum", "1.0.0", cksum=checksum)))
    located = locate(key("plum"), index, "plum-1.0.0.crate")
    assert located is not None
    assert located.artifact.digests == ()


@pytest.mark.parametrize(
    ("dl", "expected"),
    [
        ("https://a.example/dl", "https://a.example/dl/In-F/1.0.0%2Bx/download"),
        ("https://a.example/dl/", "https://a.example/dl/In-F/1.0.0%2Bx/download"),
        ("https://a.example/{crate}/{version}", "https://a.example/In-F/1.0.0%2Bx"),
        ("https://a.example/{prefix}/{crate}", "https://a.example/In/-F/In-F"),
        ("https://a.example/{lowerprefix}/{crate}", "https://a.example/in/-f/In-F"),
        ("https://a.example/{sha256-checksum}.crate", "https://a.example/abc.crate"),
    ],
)
def test_every_marker_of_a_download_address_is_filled(dl: str, expected: str) -> None:
    assert file_address(dl, "In-F", "1.0.0+x", "abc") == expected


@pytest.mark.parametrize(
    "config",
    [
        b"",
        b"{}",
        b"[]",
        b'{"dl":1}',
        b'{"dl":"file:///etc/passwd"}',
        b'{"dl":"/relative"}',
        b'{"dl":"https://a.example/\\u0000"}',
        b'{"dl":"https://a.example/ b"}',
        b'{"dl":"https://a.example","api":"javascript:1"}',
        b"[" * 100_000,
    ],
)
def test_a_configuration_without_web_addresses_is_refused(config: bytes) -> None:
    with pytest.raises(UpstreamBad):
        read_places(config)


def test_a_registry_without_a_web_api_is_one_all_the_same() -> None:
    assert read_places(b'{"dl":"https://a.example","auth-required":true,"later":1}').api is None
    assert read_places(CONFIG) == PLACES


def test_there_are_no_tags() -> None:
    index = parted("plum", index_file(line("plum", "1.0.0")))
    assert INDEX.tags(index) == {}
    assert INDEX.retag({}, ["1.0.0"]) == {}


def test_a_line_without_a_digest_has_no_file() -> None:
    index = parted("plum", b'{"name":"plum","vers":"1.0.0"}\n')
    assert locate(key("plum"), index, "plum-1.0.0.crate") is None
