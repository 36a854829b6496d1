"""Ranges of npm say the same as matching does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.domain.advisory import AffectedRange, EventKind, Mention, RangeEvent, RangeKind
from packhouse.domain.package import Moment
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.audit_ranges import affected_spans, write_affected, write_mended
from packhouse.policy.affected import Prepared, ask

VERSIONS = st.sampled_from([f"{major}.{minor}.0" for major in range(3) for minor in range(4)])
KINDS: st.SearchStrategy[EventKind] = st.sampled_from(["introduced", "fixed", "last_affected", "limit"])
RANGE_KINDS: st.SearchStrategy[RangeKind] = st.sampled_from(["semver", "ecosystem"])
EVENTS = st.builds(RangeEvent, KINDS, VERSIONS | st.sampled_from(["0", "*", "1.1", "v2", "nonsense", "1.2.0+build"]))
RANGES = st.builds(AffectedRange, RANGE_KINDS, st.lists(EVENTS, max_size=5).map(tuple))


def mention(*ranges: AffectedRange, versions: tuple[str, ...] = ()) -> Mention:
    return Mention("A-1", "test", Moment(0), ranges=ranges, versions=versions)


def span(*events: tuple[EventKind, str]) -> AffectedRange:
    return AffectedRange("semver", tuple(RangeEvent(kind, version) for kind, version in events))


MENTIONS = st.builds(
    lambda ranges, versions: mention(*ranges, versions=tuple(versions)),
    st.lists(RANGES, max_size=3),
    st.lists(VERSIONS | st.just("nonsense"), max_size=3),
)


@settings(deadline=None)
@given(st.lists(MENTIONS, min_size=1, max_size=3))
def test_a_range_holds_exactly_the_versions_that_match(mentions: list[Mention]) -> None:
    text = write_affected(affected_spans(mentions))
    prepared = [Prepared(ECOSYSTEM, each) for each in mentions]
    for major in range(4):
        for minor in range(5):
            version = f"{major}.{minor}.0"
            asked = ask(ECOSYSTEM, version)
            assert ECOSYSTEM.matches(version, text) == any(each.affects(asked) for each in prepared), text


@settings(deadline=None)
@given(st.lists(MENTIONS, min_size=1, max_size=3))
def test_no_version_is_called_mended_that_is_affected(mentions: list[Mention]) -> None:
    spans = affected_spans(mentions)
    affected, mended = write_affected(spans), write_mended(spans)
    for major in range(4):
        for minor in range(5):
            version = f"{major}.{minor}.0"
            assert not (mended and ECOSYSTEM.matches(version, mended) and ECOSYSTEM.matches(version, affected))


@pytest.mark.parametrize(
    ("known", "affected", "mended"),
    [
        (mention(span(("introduced", "0"), ("fixed", "1.2.0"))), "<1.2.0", ">=1.2.0"),
        (mention(span(("introduced", "1.0.0"), ("last_affected", "1.2.0"))), ">=1.0.0 <=1.2.0", ""),
        (mention(span(("introduced", "1.0.0"))), ">=1.0.0", ""),
        (mention(span(("introduced", "0"))), "*", ""),
        (
            mention(span(("introduced", "0"), ("fixed", "1.2.0"), ("introduced", "2.0.0"), ("fixed", "2.1.0"))),
            "<1.2.0 || >=2.0.0 <2.1.0",
            ">=1.2.0 <2.0.0 || >=2.1.0",
        ),
        (mention(versions=("1.0.7", "1.0.8")), "=1.0.7 || =1.0.8", ""),
        (
            mention(span(("introduced", "0"), ("fixed", "1.0.0")), versions=("0.9.0", "3.0.0")),
            "<1.0.0 || =3.0.0",
            ">=1.0.0 <3.0.0",
        ),
        (mention(span(("introduced", "0"), ("fixed", "nonsense"))), "*", ""),
        (mention(span(("introduced", "0"), ("fixed", "nonsense")), versions=("1.0.0",)), "=1.0.0", ""),
    ],
)
def test_histories_are_written_as_people_would(known: Mention, affected: str, mended: str) -> None:
    spans = affected_spans([known])
    assert (write_affected(spans), write_mended(spans)) == (affected, mended)


def test_what_two_databases_say_of_one_package_is_one_range() -> None:
    first = mention(span(("introduced", "0"), ("fixed", "1.2.0")))
    second = mention(span(("introduced", "1.0.0"), ("fixed", "1.3.0")))
    spans = affected_spans([first, second])
    assert (write_affected(spans), write_mended(spans)) == ("<1.3.0", ">=1.3.0")
