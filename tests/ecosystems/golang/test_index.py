"""Lists of versions: taken apart, put together, described."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import Index
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.golang.gomod import Retraction
from packhouse.ecosystems.golang.index import INDEX, collect
from packhouse.ecosystems.golang.standing import Standing
from packhouse.formats.semver import parse
from tests.ecosystems.golang.modules import KEY, PSEUDO

LIST = b"v1.0.0\nv1.1.0 2020-01-01T00:00:00Z more\r\nv2.0.0-rc.1\tx\nv1.10.0\nmain\n"


def index_of(body: bytes, standing: Standing | None = None) -> Index:
    return INDEX.split(KEY, collect(body, standing or Standing()))


def joined(index: Index, *without: str) -> bytes:
    left = [fragment for fragment in index.fragments if fragment.version not in without]
    return INDEX.forms["list"].join(index, left)


def record_of(body: bytes, standing: Standing | None = None) -> PackageRecord:
    return INDEX.describe(KEY, index_of(body, standing))


def test_a_list_keeps_its_bytes_whatever_stands_behind_a_version() -> None:
    index = index_of(LIST)
    assert joined(index) == LIST
    assert joined(index, "v1.1.0", "main") == b"v1.0.0\nv2.0.0-rc.1\tx\nv1.10.0\n"


def test_a_last_line_without_an_end_gets_one_and_empty_lines_go() -> None:
    assert joined(index_of(b"v1.0.0\n\n  \nv1.1.0")) == b"v1.0.0\nv1.1.0\n"


def test_another_list_is_another_document_and_so_is_another_standing() -> None:
    digests = {
        index_of(b"v1.0.0\n").digest,
        index_of(b"v1.0.1\n").digest,
        index_of(b"v1.0.0\n", Standing("v1.0.0", deprecated="x")).digest,
    }
    assert len(digests) == 3
    assert index_of(b"v1.0.0\n").digest == index_of(b"v1.0.0\n").digest


def test_the_record_is_in_the_order_of_versions_without_what_is_none() -> None:
    record = record_of(LIST)
    assert record.versions == ("v1.0.0", "v1.1.0", "v1.10.0", "v2.0.0-rc.1")
    assert record.prereleases == frozenset({3})
    assert record.tags == {"latest": "v1.10.0"}


def test_a_date_is_read_of_a_line_that_has_one_and_of_a_version_that_is_one() -> None:
    record = record_of(LIST + PSEUDO.encode())
    dates = dict(zip(record.versions, record.published_at, strict=True))
    assert dates["v1.1.0"] == 1_577_836_800_000
    assert dates[PSEUDO] == 1_573_265_971_000
    assert dates["v1.0.0"] is None


def test_retractions_and_the_deprecation_are_those_of_the_newest_version() -> None:
    standing = Standing("v1.10.0", deprecated="use another", retractions=(Retraction("v1.0.0", "v1.1.0", "leaks"),))
    record = record_of(LIST, standing)
    assert record.yanked == frozenset({0, 1})
    assert [record.release(position).yanked for position in range(4)] == ["leaks", "leaks", None, None]
    assert {record.release(position).deprecated for position in range(4)} == {"use another"}


def test_what_the_tag_named_is_replaced_by_the_newest_that_is_left() -> None:
    assert INDEX.retag({"latest": "v1.2.0"}, ["v1.0.0", "v1.2.0"]) == {"latest": "v1.2.0"}
    assert INDEX.retag({"latest": "v1.2.0"}, ["v1.0.0", "v2.0.0+incompatible"]) == {"latest": "v1.0.0"}
    assert INDEX.retag({"latest": "v1.2.0"}, []) == {}
    assert INDEX.retag({}, ["v1.0.0"]) == {}


@pytest.mark.parametrize(
    "body", [b"<html>", b"\n <!DOCTYPE html>", b"v1.0.0\0", b"v" * 5000, "vé\n".encode(), b"v1.0.0\n" * (6 << 20)]
)
def test_a_list_that_is_none_is_the_upstreams_fault(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        index_of(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_list_or_the_upstreams_fault(body: bytes) -> None:
    for whole in (body, collect(body, Standing()), msgspec.msgpack.encode([body, ["v1.0.0"]])):
        try:
            index = INDEX.split(KEY, whole)
        except UpstreamBad:
            continue
        INDEX.describe(KEY, index)
        assert joined(index_of(joined(index))) == joined(index)


def test_an_empty_list_is_a_module_without_tags() -> None:
    index = index_of(b"")
    assert (index.fragments, INDEX.tags(index)) == ((), {})
    assert INDEX.describe(KEY, index).versions == ()


@pytest.mark.parametrize(
    "filename", ["../x.zip", "main.zip", "v1.0.0", "V1.0.0.zip", "v1.0.0+meta.zip", "v1.0.0-A.zip"]
)
def test_what_is_no_archive_of_a_version_is_not_located(filename: str) -> None:
    assert INDEX.locate(KEY, index_of(LIST), filename) is None


def test_archives_are_located_whether_listed_or_not() -> None:
    listed = INDEX.locate(KEY, index_of(LIST), "v1.1.0.zip")
    assert listed is not None
    assert (listed.fragment.published_at, listed.artifact.url) == (
        1_577_836_800_000,
        "/example.com/!acme/thing/@v/v1.1.0.zip",
    )
    other = INDEX.locate(KEY, Index(b"", (), ""), f"{PSEUDO}.zip")
    assert other is not None
    assert (other.fragment.version, other.fragment.published_at) == (PSEUDO, 1_573_265_971_000)


def test_the_search_shows_the_latest_and_the_repository() -> None:
    summary = INDEX.summary(KEY, index_of(LIST))
    assert summary is not None
    assert summary.version == "v1.10.0"
    assert parse("1.10.0") > parse("1.9.0")
