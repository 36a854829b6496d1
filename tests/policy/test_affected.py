"""Which versions an advisory is about: as the OSV schema evaluates ranges, and yes where a record leaves it open."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.advisory import AffectedRange, EventKind, Mention, RangeEvent, RangeKind
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.formats import semver
from packhouse.policy.affected import Prepared, Shared, ask
from tests.toy import TOY

Events = Sequence[tuple[EventKind, str]]


def _key(version: str) -> semver.Key:
    try:
        return semver.parse(version)
    except ValueError:
        raise Invalid(f"{version!r} is no version") from None


def _key_with_build(version: str) -> tuple[semver.Key, str]:
    core, _, build = version.partition("+")
    return _key(core), build


SEMVER: Ecosystem = msgspec.structs.replace(TOY, version_key=_key_with_build, osv_version=lambda text: text.lstrip("v"))


def _prepared(
    *ranges: Events, versions: tuple[str, ...] = (), kind: RangeKind = "ecosystem", ecosystem: Ecosystem = SEMVER
) -> Prepared:
    spans = tuple(AffectedRange(kind, tuple(RangeEvent(*event) for event in events)) for events in ranges)
    return Prepared(ecosystem, Mention("A-1", "farm", Moment(0), ranges=spans, versions=versions))


def _affected(prepared: Prepared, *versions: str) -> list[str]:
    return [version for version in versions if prepared.affects(ask(SEMVER, version))]


def test_the_beginning_is_no_version_though_another_event_names_it_as_one() -> None:
    orders: tuple[Events, ...] = ((("fixed", "0"), ("introduced", "0")), (("introduced", "0"), ("fixed", "0")))
    for events in orders:
        assert _affected(_prepared(events), "0.0.0", "1.0.0") == []
    shared = Shared(SEMVER)
    first, second = (
        Mention("A-1", "farm", Moment(0), ranges=(AffectedRange("ecosystem", events),))
        for events in (
            (RangeEvent("introduced", "1.0.0"), RangeEvent("fixed", "0")),
            (RangeEvent("introduced", "0"), RangeEvent("fixed", "2.0.0")),
        )
    )
    Prepared(SEMVER, first, shared).affects(ask(SEMVER, "1.0.0"))
    assert Prepared(SEMVER, second, shared).affects(ask(SEMVER, "0.0.0-alpha"))


def _fixed_above(prepared: Prepared, version: str) -> str:
    found = prepared.fixed_above(ask(SEMVER, version))
    return "" if found is None else found[1]


def test_a_fixed_version_is_not_affected_and_a_last_one_is() -> None:
    fixed = _prepared([("introduced", "1.0.0"), ("fixed", "2.0.0")])
    last = _prepared([("introduced", "1.0.0"), ("last_affected", "2.0.0")])
    asked = ("0.9.0", "1.0.0", "1.9.9", "2.0.0-rc.1", "2.0.0", "2.0.1")
    assert _affected(fixed, *asked) == ["1.0.0", "1.9.9", "2.0.0-rc.1"]
    assert _affected(last, *asked) == ["1.0.0", "1.9.9", "2.0.0-rc.1", "2.0.0"]


def test_introduced_0_is_before_every_version() -> None:
    assert _affected(_prepared([("introduced", "0"), ("fixed", "1.0.0")]), "0.0.0-0", "0.0.0", "1.0.0") == [
        "0.0.0-0",
        "0.0.0",
    ]


def test_without_an_end_all_later_versions_are_affected() -> None:
    assert _affected(_prepared([("introduced", "1.0.0")]), "0.1.0", "1.0.0", "999.0.0") == ["1.0.0", "999.0.0"]


def test_the_order_of_events_in_the_record_makes_no_difference() -> None:
    events: list[tuple[EventKind, str]] = [
        ("fixed", "2.0.0"),
        ("introduced", "3.0.0"),
        ("introduced", "0"),
        ("fixed", "3.5.0"),
    ]
    assert _affected(_prepared(events), "1.0.0", "2.5.0", "3.0.0", "3.4.0", "3.5.0") == ["1.0.0", "3.0.0", "3.4.0"]


def test_one_of_several_ranges_is_enough() -> None:
    several = _prepared(
        [("introduced", "1.0.0"), ("fixed", "1.2.0")], [("introduced", "2.0.0"), ("last_affected", "2.1.0")]
    )
    assert _affected(several, "1.1.0", "1.2.0", "2.0.0", "2.1.0", "2.1.1") == ["1.1.0", "2.0.0", "2.1.0"]


def test_what_is_fixed_and_introduced_in_one_version_is_affected_again_from_it_on() -> None:
    again = _prepared([("introduced", "0"), ("fixed", "1.0.0"), ("introduced", "1.0.0"), ("fixed", "2.0.0")])
    assert _affected(again, "0.9.0", "1.0.0", "1.5.0", "2.0.0") == ["0.9.0", "1.0.0", "1.5.0"]


def test_what_is_introduced_and_fixed_in_one_version_affects_nothing() -> None:
    assert _affected(_prepared([("introduced", "1.0.0"), ("fixed", "1.0.0")]), "0.9.0", "1.0.0", "1.0.1") == []


def test_what_is_introduced_and_last_affected_in_one_version_affects_it_alone() -> None:
    for events in (
        [("introduced", "1.0.0"), ("last_affected", "1.0.0")],
        [("last_affected", "1.0.0"), ("introduced", "1.0.0")],
    ):
        assert _affected(_prepared(events), "0.9.0", "1.0.0", "1.0.1") == ["1.0.0"]  # type: ignore[arg-type]


def test_nothing_from_the_highest_limit_on_is_affected() -> None:
    limited = _prepared([("introduced", "1.0.0"), ("limit", "2.0.0"), ("limit", "3.0.0")])
    assert _affected(limited, "1.0.0", "2.5.0", "3.0.0", "4.0.0") == ["1.0.0", "2.5.0"]
    assert _affected(_prepared([("introduced", "1.0.0"), ("limit", "*")]), "4.0.0") == ["4.0.0"]


def test_listed_versions_are_affected_in_every_spelling() -> None:
    listed = _prepared(versions=("1.0.0", "v2.0.0", "not a version"))
    assert _affected(listed, "1.0.0", "v1.0.0", "2.0.0", "1.0.1", "not a version", "nor this") == [
        "1.0.0",
        "v1.0.0",
        "2.0.0",
        "not a version",
    ]


def test_a_version_is_affected_by_list_or_range() -> None:
    both = _prepared([("introduced", "1.0.0"), ("fixed", "2.0.0")], versions=("3.0.0",))
    assert _affected(both, "1.0.0", "2.0.0", "3.0.0") == ["1.0.0", "3.0.0"]


def test_semver_ranges_do_not_count_build_metadata_and_others_do_as_the_ecosystem_does() -> None:
    events: Events = [("introduced", "1.0.0"), ("last_affected", "2.0.0")]
    assert _affected(_prepared(events, kind="semver"), "2.0.0+build.7") == ["2.0.0+build.7"]
    assert _affected(_prepared(events), "2.0.0+build.7") == []


def test_a_range_that_cannot_be_read_is_told_and_holds_everything() -> None:
    odd = _prepared([("introduced", "0"), ("fixed", "tomorrow")])
    assert odd.oddities == ["'tomorrow' in a range is no version"]
    assert _affected(odd, "1.0.0", "9.0.0") == ["1.0.0", "9.0.0"]


def test_what_begins_or_ends_at_an_unreadable_version_begins_at_once_and_does_not_end() -> None:
    ends = _prepared([("introduced", "1.0.0"), ("fixed", "tomorrow")])
    assert _affected(ends, "0.9.0", "1.0.0", "9.0.0") == ["1.0.0", "9.0.0"]
    begins = _prepared([("introduced", "yesterday"), ("fixed", "2.0.0")])
    assert _affected(begins, "0.9.0", "1.9.0", "2.0.0") == ["0.9.0", "1.9.0"]


def test_parts_of_versions_are_filled_up_where_the_ecosystem_has_none() -> None:
    partial = _prepared([("introduced", "0.1"), ("fixed", "v2")])
    assert _affected(partial, "0.0.9", "0.1.0", "1.9.0", "2.0.0") == ["0.1.0", "1.9.0"]
    assert partial.oddities == []


def test_beside_a_list_a_range_that_cannot_be_read_is_left_out() -> None:
    odd = _prepared([("introduced", "0"), ("fixed", "tomorrow")], versions=("1.0.0",))
    assert _affected(odd, "1.0.0", "9.0.0") == ["1.0.0"]


def test_a_range_without_a_beginning_begins_at_the_beginning() -> None:
    assert _affected(_prepared([("fixed", "2.0.0")]), "1.0.0", "2.0.0") == ["1.0.0"]


def test_no_range_holds_what_is_no_version() -> None:
    assert _affected(_prepared([("introduced", "0")]), "not a version") == []


def test_the_lowest_fixed_version_above_is_named() -> None:
    several = _prepared(
        [("introduced", "0"), ("fixed", "1.5.0"), ("introduced", "2.0.0"), ("fixed", "v2.3.0")],
        [("introduced", "0"), ("last_affected", "4.0.0")],
    )
    assert [_fixed_above(several, each) for each in ("1.0.0", "1.5.0", "2.1.0", "2.3.0", "x")] == [
        "1.5.0",
        "2.3.0",
        "2.3.0",
        "",
        "",
    ]


_NUMBER = st.integers(0, 9).map(str)
_KIND: st.SearchStrategy[EventKind] = st.sampled_from(["introduced", "fixed", "last_affected"])


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[EventKind, str]]:
    """Make events of which no two are at one version: the specification leaves their order open there."""
    versions = draw(st.lists(_NUMBER, min_size=1, max_size=6, unique=True))
    events = [(draw(_KIND), version) for version in versions]
    if not any(kind == "introduced" for kind, _ in events):
        events[0] = ("introduced", events[0][1])
    limits: list[tuple[EventKind, str]] = [("limit", each) for each in draw(st.lists(_NUMBER, max_size=2))]
    return draw(st.permutations(events + limits))


@given(st.lists(_histories(), min_size=1, max_size=3), _NUMBER)
def test_intervals_say_what_the_evaluation_of_the_specification_says(
    histories: list[list[tuple[EventKind, str]]], version: str
) -> None:
    prepared = _prepared(*histories, ecosystem=TOY)
    assert prepared.affects(ask(TOY, version)) == any(_evaluated(int(version), events) for events in histories)


def _evaluated(version: int, events: list[tuple[EventKind, str]]) -> bool:
    """Evaluate as the pseudocode of the schema does (section "Evaluation")."""
    limits = [int(at) for kind, at in events if kind == "limit"]
    if limits and not any(version < limit for limit in limits):
        return False
    vulnerable = False
    for kind, at in sorted(events, key=lambda event: int(event[1])):
        if kind == "introduced" and version >= int(at):
            vulnerable = True
        elif (kind == "fixed" and version >= int(at)) or (kind == "last_affected" and version > int(at)):
            vulnerable = False
    return vulnerable


@pytest.mark.parametrize("kind", ["semver", "ecosystem"])
@given(events=st.lists(st.tuples(_KIND, st.text(max_size=6)), max_size=4), version=st.text(max_size=6))
def test_no_record_and_no_version_is_too_odd_to_be_compared(
    kind: RangeKind, events: list[tuple[EventKind, str]], version: str
) -> None:
    prepared = _prepared(events, kind=kind)
    prepared.affects(ask(SEMVER, version))
    prepared.fixed_above(ask(SEMVER, version))
