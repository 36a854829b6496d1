"""Tags follow what is left: never to nothing, never up without need, never to a pre-release for a stable one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.ecosystems.npm.tags import retag
from packhouse.ecosystems.npm.versions import is_prerelease

VERSIONS = (
    *("0.9.0", "1.0.0", "1.1.0", "1.2.0-beta.1", "1.2.0-beta.2", "1.2.0", "2.0.0-alpha.1", "2.0.0-beta.1"),
    *("2.0.0-beta.2", "2.0.0-rc.1", "2.0.0", "3.0.0-0", "3.0.0-1"),
)


@pytest.mark.parametrize(
    ("tag", "target", "left", "expected"),
    [
        ("latest", "2.0.0", "1.1.0 1.2.0 2.0.0-rc.1 3.0.0", "1.2.0"),
        ("latest", "1.0.0", "1.1.0 2.0.0", "2.0.0"),
        ("latest", "1.0.0", "0.9.0 2.0.0", "0.9.0"),
        ("latest", "2.0.0", "2.0.0-rc.1", None),
        ("latest", "2.0.0-rc.1", "2.0.0-beta.1 3.0.0-0", "3.0.0-0"),
        ("latest", "2.0.0-rc.1", "2.0.0-beta.1 1.0.0", "1.0.0"),
        ("latest", "2.0.0-rc.1", "2.0.0-beta.1 4.0.0", "4.0.0"),
        ("latest", "2.0.0", "", None),
        ("latest", "nonsense", "1.0.0", None),
        ("next", "2.0.0", "1.2.0 2.0.0-rc.1 2.1.0", None),
        ("next", "2.1.0", "1.2.0 2.0.0 2.1.0-rc.1 2.2.0", "2.0.0"),
        ("beta", "2.0.0-beta.2", "2.0.0-beta.1 2.0.0-alpha.9 1.9.0", "2.0.0-beta.1"),
        ("beta", "2.1.0-beta.2", "2.0.0-beta.1 2.0.0 2.1.0-alpha.9", "2.0.0-beta.1"),
        ("beta", "2.1.0-beta.2", "2.0.0 2.1.0-alpha.9 2.1.0-rc.1", "2.1.0-alpha.9"),
        ("beta", "2.1.0-beta.2", "2.0.0", "2.0.0"),
        ("beta", "2.0.0-beta.2", "1.0.0-beta.1 2.0.0-rc.1", None),
        ("canary", "3.0.0-1", "3.0.0-0 2.0.0", "3.0.0-0"),
        ("odd", "nonsense", "1.0.0", None),
        ("kept", "1.0.0", "1.0.0 2.0.0", "1.0.0"),
    ],
)
def test_a_tag_moves_to_the_nearest_release_that_can_stand_in(
    tag: str, target: str, left: str, expected: str | None
) -> None:
    assert retag({tag: target}, left.split()).get(tag) == expected


def test_tags_whose_releases_are_all_there_stay_as_they_are() -> None:
    tags = {"latest": "1.0.0", "odd": "nonsense"}
    assert retag(tags, ["nonsense", "1.0.0"]) == tags


@settings(deadline=None)
@given(
    tags=st.dictionaries(st.sampled_from(["latest", "next", "beta", "v1"]), st.sampled_from(VERSIONS)),
    left=st.sets(st.sampled_from(VERSIONS)),
)
def test_no_tag_dangles_rises_within_its_major_or_falls_to_a_prerelease(tags: dict[str, str], left: set[str]) -> None:
    moved = retag(tags, left)
    assert list(moved) == [tag for tag in tags if tag in moved]
    for tag, version in moved.items():
        assert version in left
        assert is_prerelease(tags[tag]) or not is_prerelease(version)
        if tags[tag] in left:
            assert version == tags[tag]
        elif tag != "latest":
            assert VERSIONS.index(version) < VERSIONS.index(tags[tag])
            assert version.partition(".")[0] == tags[tag].partition(".")[0]


def test_ten_thousand_tags_over_ten_thousand_releases_move_within_a_second() -> None:
    versions = [f"1.{number}.0" for number in range(10_000)]
    tags = {f"t{number}": f"1.{number}.5" for number in range(10_000)}
    assert retag(tags, versions) == {f"t{number}": f"1.{number}.0" for number in range(10_000)}
