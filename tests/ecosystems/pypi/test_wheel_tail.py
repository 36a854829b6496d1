"""Reading a wheel's metadata from its end."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.upstream import Gathered, UpstreamAnswer, UpstreamRegistry
from packhouse.ecosystems.pypi.catalogue import package_key
from packhouse.ecosystems.pypi.gatherings import further
from packhouse.ecosystems.pypi.wheel_tail import Need, read_tail

_TEXT = b"Metadata-Version: 2.1\nName: apple\nVersion: 1.0\nRequires-Dist: pear\n"


def _wheel(*, padding: int = 0, first: bool = False, members: int = 3, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as wheel:
        if first:
            wheel.writestr("apple-1.0.dist-info/METADATA", _TEXT)
        for number in range(members):
            wheel.writestr(zipfile.ZipInfo(f"apple/{number}.py"), bytes(padding))
        if not first:
            wheel.writestr("apple-1.0.dist-info/METADATA", _TEXT)
        wheel.writestr("apple-1.0.dist-info/RECORD", b"")
    return body.getvalue()


@given(st.integers(min_value=1, max_value=400))
def test_metadata_is_found_however_little_of_the_end_is_there_at_first(size: int) -> None:
    whole = _wheel(padding=300)
    tail = whole[-max(size, 22) :]
    found = read_tail(tail)
    while isinstance(found, Need):
        assert len(whole) - found.begin > len(tail)
        tail = whole[found.begin :]
        found = read_tail(tail)
    assert found == _TEXT


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_packed_and_plain_members_are_read(method: int) -> None:
    assert read_tail(_wheel(method=method)) == _TEXT


def test_what_lies_too_far_from_the_end_is_not_fetched() -> None:
    whole = _wheel(padding=3 << 20, first=True)
    assert read_tail(whole[-4096:]) is None


def test_what_is_no_zip_file_is_the_upstream_s_fault() -> None:
    with pytest.raises(UpstreamBad):
        read_tail(b"<html>not here</html>")


def test_a_mirror_without_metadata_files_is_asked_for_the_end_of_the_wheel() -> None:
    address = "http://files.example/apple-1.0-py3-none-any.whl"
    wanted = FurtherKey(package_key("apple"), f"apple-1.0-py3-none-any.whl.metadata {address}.metadata")
    gathering = further(UpstreamRegistry("mirror", "pypi", "http://pypi.example"), wanted)
    assert [each.url for each in next(gathering)] == [f"{address}.metadata"]
    (request,) = gathering.send([UpstreamAnswer(404)])
    assert request.url == address
    assert request.begin_bytes < 0
    with pytest.raises(StopIteration) as end:
        gathering.send([UpstreamAnswer(206, _wheel())])
    gathered = end.value.value
    assert isinstance(gathered, Gathered)
    assert gathered.body == _TEXT
