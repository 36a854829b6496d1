"""The index file of a crate that is published here."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Conflict, Invalid, NotFound
from packhouse.domain.index import Index
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.hosted import EMPTY, add_line, is_yanked, spelt_name, with_yank, without_release
from packhouse.ecosystems.cargo.index import INDEX, join, locate, split, with_places
from packhouse.ecosystems.cargo.index_line import write_line
from tests.ecosystems.cargo.crates import PLACES, key
from tests.ecosystems.cargo.releases import DAY, check_line, manifest_of

PEAR = key("Pear")


def line(version: str, at: int = DAY, name: str = "Pear") -> bytes:
    """Write the line of a release."""
    manifest = manifest_of(f'[package]\nname = "{name}"\nversion = "{version}"\n[dependencies]\nfig = "1"')
    return write_line(manifest, (None,), "ab" * 32, Moment(at))


def published(*versions: str) -> Index:
    """Make the index file of some releases, a day apart."""
    lines = [line(version, DAY + day * 86_400_000) for day, version in enumerate(versions)]
    return reduce(lambda index, each: add_line(PEAR, index, each), lines, EMPTY)


def check_form(index: Index) -> None:
    """Compare with what would be made of the same bytes from an upstream."""
    lines = join(index, index.fragments)
    theirs = split(PEAR, with_places(PLACES, lines))
    assert theirs.fragments == index.fragments
    assert join(theirs, theirs.fragments) == lines
    assert lines.count(b"\n") == len(index.fragments)
    for each in lines.splitlines():
        check_line(each)
    ours, upstream = INDEX.describe(PEAR, index), INDEX.describe(PEAR, theirs)
    assert ours.versions == upstream.versions
    assert ours.yanked == upstream.yanked
    assert ours.published_at == upstream.published_at


def test_releases_stand_in_the_order_in_which_they_were_published() -> None:
    index = published("1.0.0", "0.9.1", "2.0.0-rc.1+b")
    assert [each.version for each in index.fragments] == ["1.0.0", "0.9.1", "2.0.0-rc.1+b"]
    assert index.fragments[1].published_at == DAY + 86_400_000
    assert spelt_name(index) == "Pear"
    check_form(index)


def test_a_release_has_a_file_that_is_hosted_here() -> None:
    index = published("1.0.0")
    located = locate(PEAR, index, "Pear-1.0.0.crate")
    assert located is not None
    assert located.artifact.filename == "Pear-1.0.0.crate"
    assert [each.value for each in located.artifact.digests] == ["ab" * 32]
    assert not located.artifact.url.startswith("http")


def test_a_version_is_there_once_whatever_its_build_metadata() -> None:
    index = published("1.0.0", "1.1.0+a")
    for version in ("1.0.0", "1.0.0+b", "1.1.0", "1.1.0+a"):
        with pytest.raises(Conflict, match="is already uploaded"):
            add_line(PEAR, index, line(version))


@pytest.mark.parametrize("wrong", [line("1.0.0", name="fig"), line("1.0.0") + b"\n", b"{}", b"[]"])
def test_a_line_of_something_else_is_not_added(wrong: bytes) -> None:
    with pytest.raises(Invalid):
        add_line(PEAR, EMPTY, wrong)


def test_yanking_changes_one_line_and_can_be_taken_back() -> None:
    index = published("1.0.0", "1.1.0")
    yanked = with_yank(index, "1.0.0", yanked=True)
    check_form(yanked)
    assert is_yanked(yanked, "1.0.0")
    assert not is_yanked(yanked, "1.1.0")
    assert yanked.fragments[1] is index.fragments[1]
    assert yanked.digest != index.digest
    assert with_yank(yanked, "1.0.0", yanked=True) is yanked
    assert with_yank(yanked, "1.0.0", yanked=False) == index


def test_a_release_that_is_not_there_is_not_found() -> None:
    index = published("1.0.0+a")
    for version in ("1.0.0", "1.0.0+b", "2.0.0"):
        with pytest.raises(NotFound):
            with_yank(index, version, yanked=True)
        with pytest.raises(NotFound):
            without_release(index, version)
        with pytest.raises(NotFound):
            is_yanked(index, version)


def test_the_last_release_may_go() -> None:
    index = without_release(published("1.0.0", "1.1.0"), "1.0.0")
    check_form(index)
    assert index.digest != EMPTY.digest
    assert without_release(index, "1.1.0") == EMPTY
    assert join(EMPTY, ()) == b""
    assert spelt_name(EMPTY) is None


_steps = st.lists(st.tuples(st.sampled_from("ayur"), st.integers(0, 4)), max_size=25)


@given(_steps)
def test_after_any_changes_it_is_as_an_upstreams(steps: list[tuple[str, int]]) -> None:
    index, expected = EMPTY, dict[str, bool]()
    for number, (step, which) in enumerate(steps):
        version = f"1.{which}.0"
        if step == "a" and version not in expected:
            index = add_line(PEAR, index, line(version, DAY + number * 1000))
            expected[version] = False
        elif step in "yu" and version in expected:
            index = with_yank(index, version, yanked=step == "y")
            expected[version] = step == "y"
        elif step == "r" and version in expected:
            index = without_release(index, version)
            del expected[version]
        assert {each.version: is_yanked(index, each.version) for each in index.fragments} == expected
    if expected:
        check_form(index)
    else:
        assert index == EMPTY
