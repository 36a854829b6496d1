"""Rules and decisions."""

from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.policy.decision import decide, judge
from packhouse.policy.rules.age import MinimumAge
from packhouse.policy.rules.as_of import AsOf
from packhouse.policy.rules.deny import Denied, Deny

KEY = PackageKey("toy", NormalName("thing"))
HOUR = 3_600_000
NOW = Moment(1_000 * HOUR)


def _release(version: str, hours_ago: int | None, absent_hours_ago: int | None = None) -> Fragment:
    published = None if hours_ago is None else Moment(NOW - hours_ago * HOUR)
    absent = None if absent_hours_ago is None else Moment(NOW - absent_hours_ago * HOUR)
    return Fragment(version, b"{}", published, absent)


def _age(hours: int) -> MinimumAge:
    return MinimumAge(hours * HOUR, lambda key: key.name == "exempt")


def test_a_release_younger_than_the_minimum_is_refused_with_both_numbers() -> None:
    decision = decide([_age(72)], KEY, _release("1.0.0", 3), NOW)
    assert not decision.allowed
    assert decision.sentence == "published 3 hours ago, the minimum age is 72 hours"


def test_a_release_of_exactly_the_minimum_age_is_allowed() -> None:
    assert decide([_age(72)], KEY, _release("1.0.0", 72), NOW).allowed


def test_an_old_date_does_not_help_a_release_that_was_not_there_when_we_last_looked() -> None:
    assert not decide([_age(72)], KEY, _release("1.0.0", 5_000, absent_hours_ago=2), NOW).allowed


def test_an_old_release_of_a_package_that_is_new_to_us_is_not_young() -> None:
    assert decide([_age(72)], KEY, _release("1.0.0", 5_000), NOW).allowed


def test_a_release_without_any_date_is_refused_where_an_age_is_required() -> None:
    assert not decide([_age(72)], KEY, _release("1.0.0", None), NOW).allowed


def test_an_exempt_package_may_be_young() -> None:
    exempt = PackageKey("toy", NormalName("exempt"))
    assert decide([_age(72)], exempt, _release("1.0.0", 0), NOW).allowed


def test_a_verdict_lasts_until_the_first_release_comes_of_age() -> None:
    releases = [_release("1.0.0", 100), _release("1.1.0", 50), _release("1.2.0", 3)]
    verdict = judge([_age(72)], KEY, releases, NOW)
    assert verdict.dropped == {"1.1.0", "1.2.0"}
    assert verdict.until == NOW + 22 * HOUR


def test_a_release_refused_for_ever_by_another_rule_does_not_end_a_verdict() -> None:
    deny = Deny((Denied("toy/thing@1.2.0", lambda key, version: (key, version) == (KEY, "1.2.0")),))
    verdict = judge([_age(72), deny], KEY, [_release("1.2.0", 3)], NOW)
    assert (verdict.dropped, verdict.until) == (frozenset({"1.2.0"}), None)


def test_a_refusal_names_every_reason() -> None:
    deny = Deny((Denied("toy/*", lambda _key, _version: True),))
    decision = decide([_age(72), deny], KEY, _release("1.2.0", 3), NOW)
    assert [objection.rule for objection in decision.objections] == ["minimum-age", "deny"]
    assert "toy/*" in decision.sentence


def test_verdicts_are_told_apart_by_what_they_refuse() -> None:
    young, younger = _release("1.1.0", 2), _release("1.2.0", 1)
    one = judge([_age(72)], KEY, [young], NOW)
    both = judge([_age(72)], KEY, [young, younger], NOW)
    again = judge([_age(24)], KEY, [young], NOW)
    assert one.digest != both.digest
    assert one.digest == again.digest
    assert judge([], KEY, [young], NOW).digest == ""


def test_in_a_dated_view_only_what_was_published_by_then_exists() -> None:
    rule = AsOf(Moment(NOW - 10 * HOUR))
    assert decide([rule], KEY, _release("1.0.0", 10), NOW).allowed
    assert not decide([rule], KEY, _release("1.0.1", 9), NOW).allowed
    assert not decide([rule], KEY, _release("1.0.2", None), NOW).allowed
