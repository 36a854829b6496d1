"""What is asked of an upstream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.maven import ECOSYSTEM
from packhouse.ecosystems.maven.index import gather_date, gather_further, is_lasting, locate, read_date
from packhouse.ecosystems.maven.layout import read_path

TEAM = UpstreamRegistry("team", "maven", "http://team.example/nexus/repository/maven")
KEY = PackageKey("maven", NormalName("org.example:plum"))
EMPTY = Index(b"", (), "")


def test_a_repository_in_a_folder_of_its_host_is_asked_there() -> None:
    (request,) = next(gather_further(TEAM, FurtherKey(KEY, "1.0+x/plum-1.0+x.pom")))
    assert request.url == f"{TEAM.url}/org/example/plum/1.0+x/plum-1.0+x.pom"
    assert request.conditional
    assert ECOSYSTEM.document(TEAM.url, KEY).url == f"{TEAM.url}/org/example/plum/maven-metadata.xml"


@pytest.mark.parametrize("path", ["../x", "1/../../x", "", "/", "1/", "1/a\0", "1/a\\b"])
def test_a_document_that_would_be_elsewhere_is_not_asked_for(path: str) -> None:
    with pytest.raises(NotFound):
        next(gather_further(TEAM, FurtherKey(KEY, path)))


@pytest.mark.parametrize(
    ("key", "path", "lasting"),
    [
        (KEY, "1.0/plum-1.0.pom", True),
        (KEY, "1.0/plum-1.0.jar.sha256", True),
        (KEY, "1.0-SNAPSHOT/maven-metadata.xml", False),
        (KEY, "1.0-SNAPSHOT/plum-1.0-SNAPSHOT.jar", False),
        (PackageKey("maven", NormalName("")), "junit/maven-metadata.xml", False),
    ],
)
def test_what_belongs_to_a_release_never_changes(key: PackageKey, path: str, lasting: bool) -> None:  # noqa: FBT001
    assert is_lasting(FurtherKey(key, path)) is lasting


def test_a_release_without_a_pom_has_no_date_here() -> None:
    gathering = gather_date(TEAM, KEY, Fragment("1.0", b""))
    (request,) = next(gathering)
    assert (request.method, request.url.rpartition("/")[2]) == ("HEAD", "plum-1.0.pom")
    with pytest.raises(NotFound):
        gathering.send((UpstreamAnswer(404),))


def test_a_snapshot_is_as_old_as_its_metadata() -> None:
    (request,) = next(gather_date(TEAM, KEY, Fragment("2-SNAPSHOT", b"")))
    assert request.url.endswith("/plum/2-SNAPSHOT/maven-metadata.xml")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Wed, 01 Jan 2020 00:00:00 GMT", 1_577_836_800_000),
        (None, None),
        ("", None),
        ("yesterday", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Wed, 99 Jan 2020 00:00:00 GMT", None),
    ],
)
def test_a_date_is_read_or_none(text: str | None, moment: int | None) -> None:
    assert read_date(text) == moment


@pytest.mark.parametrize("filename", ["plum-1.0.jar", "1.0/", "/x.jar", "1.0/../x", "../1.0/x", "1.0/a/b"])
def test_what_is_no_file_of_a_release_is_not_located(filename: str) -> None:
    assert locate(KEY, EMPTY, filename) is None


def test_a_file_belongs_to_the_listed_release_or_to_one_that_its_path_names() -> None:
    listed = Fragment("1.0", b"<version>1.0</version>")
    found = locate(KEY, Index(b"", (listed,), ""), "1.0/plum-1.0.jar")
    assert found is not None
    assert found.fragment is listed
    assert found.artifact.checksum_url == "/org/example/plum/1.0/plum-1.0.jar.sha1"
    other = locate(KEY, EMPTY, "1.0/plum-1.0.jar")
    assert other is not None
    assert other.fragment == Fragment("1.0", b"")


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_path_is_a_place_within_its_package_or_nothing(segments: list[str]) -> None:
    try:
        place = read_path(segments)
    except NotFound:
        return
    assert not {"", ".", ".."} & {place.filename, place.version or "x"}
    assert "/" not in place.filename + place.version


def test_hints_name_the_package_and_our_address() -> None:
    assert "org.example:plum:1.0" in ECOSYSTEM.install_hint("http://here.example/maven", "org.example:plum", "1.0")[0]
    assert any("http://here.example/maven/" in line for line in ECOSYSTEM.setup_hint("http://here.example/maven"))
