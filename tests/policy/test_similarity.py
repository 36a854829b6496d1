"""Why a name may be taken for another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.policy.similar_forms import SHORTEST, forms, letters, questions, skeleton
from packhouse.policy.similarity import KnownName, Spelling, rank, times_as_used, why

CASES = [
    ("JSONStream", "jsonstream", ["case"]),
    ("left-pad", "left_pad", ["separators"]),
    ("left-pad", "leftpad", ["separators"]),
    ("lodash.merge", "lodash-merge", ["separators"]),
    ("@babel/core", "babel-core", ["scope"]),
    ("@types/node", "@type/node", ["letter"]),
    ("lodash", "1odash", ["look-alikes"]),
    ("react", "reаct", ["look-alikes"]),  # noqa: RUF001 (a Cyrillic letter)
    ("modern", "modem", ["look-alikes"]),
    ("lodash", "lodahs", ["exchanged"]),
    ("loadsh", "lodash", ["exchanged"]),
    ("lodash", "lodashs", ["letter"]),
    ("lodash", "lodsh", ["letter"]),
    ("lodash", "lo-dahs", ["exchanged", "separators"]),
    ("python-requests", "requests-python", ["order"]),
    ("parse-url-path", "url-path-parse", ["order"]),
    ("requests", "python-requests", ["affix"]),
    ("lodash", "lodashjs", ["affix"]),
    ("lodash", "lodash.js", ["affix"]),
    ("foobar", "foo-bar-js", ["affix"]),
    ("bar-foo", "foo-bar-js", ["affix", "order"]),
    ("react", "@types/react", ["other-scope"]),
]


@pytest.mark.parametrize(("left", "right", "kinds"), CASES)
def test_a_name_that_may_be_meant_is_found_with_its_reasons_from_both_sides(
    left: str, right: str, kinds: list[str]
) -> None:
    for asked, other in ((left, right), (right, left)):
        assert [reason.kind for reason in why(Spelling(asked), Spelling(other))] == kinds
        assert forms("plain", other) & set(questions("plain", asked))


@pytest.mark.parametrize(
    ("left", "right"),
    [("react", "preact-x"), ("a", "b"), ("vue", "vux"), ("pear", "plum"), ("happy", "hap"), ("node", "js"), ("-", "_")],
)
def test_names_that_differ_are_not_alike(left: str, right: str) -> None:
    assert not why(Spelling(left), Spelling(right))


@given(st.text("abcdeil0-_@/.", min_size=5, max_size=14), st.data())
def test_whatever_slip_is_made_the_name_that_was_meant_is_found(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 2))
    letter = data.draw(st.sampled_from("xyz"))
    slipped = data.draw(
        st.sampled_from(
            [
                name[:at] + letter + name[at:],
                name[:at] + name[at + 1 :],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            ]
        )
    )
    shapes = [skeleton(letters(each)) for each in (name, slipped)]
    if min(map(len, shapes)) < SHORTEST:
        return
    if why(Spelling(slipped), Spelling(name)):
        assert forms("plain", name) & set(questions("plain", slipped))


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_can_be_compared_and_likeness_is_mutual(left: str, right: str) -> None:
    assert bool(why(Spelling(left), Spelling(right))) == bool(why(Spelling(right), Spelling(left)))
    for reasons in (why(Spelling(left), Spelling(right)),):
        assert not reasons or forms("plain", right) & set(questions("plain", left))


def test_the_most_used_is_the_likeliest_and_of_equally_used_names_the_closest() -> None:
    known = [
        KnownName("lodashy", 10, 4),
        KnownName("lodashx", 10**9, 30),
        KnownName("lo-dash", 5, 3),
        KnownName("pear"),
    ]
    assert [each.known.name for each in rank("lodash", known)] == ["lodashx", "lo-dash", "lodashy"]


def test_a_name_is_not_like_itself() -> None:
    assert not rank("lodash", [KnownName("lodash", 10**9)])


@pytest.mark.parametrize(
    ("downloads", "own", "times"),
    [(123_456, 10, 10_000), (123_456, None, 100_000), (10, 100, 0), (0, 5, None), (999, 100, 9), (25, 10, 2)],
)
def test_how_many_times_as_used_is_told_in_round_figures(downloads: int, own: int | None, times: int | None) -> None:
    asked = None if own is None else KnownName("a", own)
    assert times_as_used(KnownName("b", downloads), asked) == times
