"""The index document keeps the upstream's bytes."""

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.maven.elements import parse_elements
from packhouse.ecosystems.maven.metadata import join, split, tags_of
from tests.shared import shared_path

KEY = PackageKey("maven", NormalName("org.example:plum"))
BODY = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- ours -->
<metadata modelVersion="1.1.0" xmlns:new="urn:new">
  <groupId>org.example</groupId>\t<artifactId>plum</artifactId>
  <versioning>
    <latest>2.1-SNAPSHOT</latest>
    <release>2.0</release>
    <versions>
      <!-- the first -->
      <version>1.0</version>
      <version new:reason="a > b">1.1</version>
      <new:note>kept</new:note>
      <version>2.0-rc1</version><version>2.0</version>

      <version>2.1-SNAPSHOT</version>
    </versions>
    <new:thing a='1'><version>9</version></new:thing>
    <lastUpdated>20260101000000</lastUpdated>
  </versioning>
</metadata>
"""


def left(*versions: str, body: bytes = BODY) -> bytes:
    index = split(KEY, body)
    return join(index, [fragment for fragment in index.fragments if fragment.version in versions])


def text_of(body: bytes, name: str) -> str | None:
    versioning = parse_elements(body).find("versioning")
    assert versioning is not None
    return versioning.read(name)


def listed(body: bytes) -> list[str]:
    versions = next(each for each in parse_elements(body).children if each.name == "versioning").find("versions")
    return [each.text for each in versions or () if each.name == "version"]


def test_what_is_split_is_joined_to_the_same_bytes() -> None:
    index = split(KEY, BODY)
    assert [fragment.version for fragment in index.fragments] == ["1.0", "1.1", "2.0-rc1", "2.0", "2.1-SNAPSHOT"]
    assert join(index, index.fragments) == BODY


def test_everything_but_what_is_refused_stays() -> None:
    expected = BODY.replace(b'\n      <version new:reason="a > b">1.1</version>', b"")
    assert left("1.0", "2.0-rc1", "2.0", "2.1-SNAPSHOT") == expected


def test_unknown_elements_between_versions_survive_every_version() -> None:
    body = left()
    assert b"<new:note>kept</new:note>" in body
    assert b"<!-- the first -->" in body
    assert listed(body) == []


def test_latest_and_release_move_to_the_nearest_below() -> None:
    body = left("1.0", "1.1", "2.0-rc1")
    assert (text_of(body, "latest"), text_of(body, "release")) == ("2.0-rc1", "1.1")
    assert text_of(body, "lastUpdated") == "20260101000000"


def test_a_release_does_not_move_to_a_snapshot_nor_up_while_there_is_one_below() -> None:
    assert text_of(left("1.0", "2.1-SNAPSHOT"), "release") == "1.0"
    assert text_of(left("2.1-SNAPSHOT"), "release") is None


def test_without_versions_nothing_is_latest() -> None:
    body = left()
    assert (text_of(body, "latest"), text_of(body, "release")) == (None, None)


def test_a_date_that_was_once_a_version_does_not_become_the_release() -> None:
    body = BODY.replace(b"<version>1.0</version>", b"<version>20030203.000550</version>")
    assert text_of(left("20030203.000550", "1.1", body=body), "release") == "1.1"


def test_what_the_upstream_names_and_does_not_list_stays_while_nothing_is_refused() -> None:
    body = BODY.replace(b"<latest>2.1-SNAPSHOT", b"<latest>3")
    index = split(KEY, body)
    assert join(index, index.fragments) == body
    assert text_of(left("1.0", "1.1", body=body), "latest") == "1.1"


def test_a_version_that_is_listed_twice_is_one_release() -> None:
    body = BODY.replace(b"<version>2.0</version>", b"<version>2.0</version><version>2.0</version>")
    assert listed(left("2.0", body=body)) == ["2.0", "2.0"]
    assert listed(left("1.0", body=body)) == ["1.0"]


@pytest.mark.parametrize(
    "body",
    [
        b"<metadata/>",
        b"<metadata><plugins><plugin><prefix>x</prefix></plugin></plugins></metadata>\n",
        b"\xef\xbb\xbf<metadata>\r\n</metadata>",
        b"<metadata><versioning><release>1</release><versions/></versioning></metadata>",
    ],
)
def test_a_document_without_versions_is_passed_on(body: bytes) -> None:
    index = split(KEY, body)
    assert index.fragments == ()
    assert join(index, ()) == body


BOMB = b'<!DOCTYPE metadata [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><metadata>&b;</metadata>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<metadata>",
        b"<project/>",
        BOMB,
        b'<!DOCTYPE metadata SYSTEM "file:///etc/passwd"><metadata/>',
        BODY.replace(b"1.0<", b"1\0<"),
        BODY.replace(b"UTF-8", b"ISO-8859-1"),
        BODY.decode().encode("utf-16"),
        b"<metadata>" + b"<a>" * 200 + b"</a>" * 200 + b"</metadata>",
        b"<metadata>&unknown;</metadata>",
        BODY.replace(b"plum", b"peach"),
    ],
)
def test_what_is_no_metadata_of_this_package_is_refused(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        split(KEY, body)


@pytest.mark.parametrize("version", ["../../etc", "a/b", "..", "", "x" * 300])
def test_a_version_that_is_no_folder_is_no_release(version: str) -> None:
    body = BODY.replace(b"<version>1.0<", f"<version>{version}<".encode())
    index = split(KEY, body)
    assert version not in {fragment.version for fragment in index.fragments}
    assert join(index, index.fragments) == body


@given(st.binary(max_size=200) | st.binary(max_size=20).map(lambda noise: BODY[:300] + noise + BODY[300:]))
def test_any_bytes_are_split_and_joined_or_refused(body: bytes) -> None:
    try:
        index = split(KEY, body)
    except UpstreamBad:
        return
    assert join(index, index.fragments) == body


def test_real_documents_are_joined_to_the_same_bytes() -> None:
    seen = 0
    with tarfile.open(shared_path("data", "fixtures", "dependabot-registry.tar.xz")) as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.name.endswith(".xml") else None
            body = file.read() if file is not None else b""
            if b"<metadata" not in body or b"<artifactId>" not in body:
                continue
            artifact = body.partition(b"<artifactId>")[2].partition(b"<")[0].decode()
            index = split(PackageKey("maven", NormalName(f"g:{artifact}")), body)
            assert join(index, index.fragments) == body
            assert set(tags_of(index)) <= {"latest", "release"}
            seen += 1
    assert seen >= 5
