"""Words, and the slips that lie between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.formats.words import deletions, distance, fold, parts_of, words_of

WORD = st.text("abcd", min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("React", "react"),
        ("CAFÉ", "cafe"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("İ", "i"),
        ("\U0001d400", "a"),
        ("日本", "日本"),
        ("", ""),
    ],
)
def test_case_accents_and_forms_are_taken_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert all(word.isalnum() for word in words_of(text))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("JSONStream", ["json", "stream"]),
        ("left-pad", ["left", "pad", "leftpad"]),
        ("@types/react", ["types", "react", "typesreact"]),
        ("getHTTP2Server", ["get", "http", "2", "server"]),
        ("-", []),
    ],
)
def test_a_name_is_taken_apart_and_put_together(name: str, parts: list[str]) -> None:
    assert parts_of(name) == parts


@given(WORD, st.data())
def test_a_word_and_what_one_slip_makes_of_it_meet(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcd"))
    exchanged = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    for slipped in (word[:at] + word[at + 1 :], word[:at] + letter + word[at:], exchanged):
        assert deletions(word, 1) & deletions(slipped, 1)
        assert distance(word, slipped) <= 1
    wrong = word[:at] + letter + word[at + 1 :]
    assert deletions(word, 1) & deletions(wrong, 1)
    assert distance(word, wrong) == (word != wrong)


@given(WORD, WORD)
def test_words_one_slip_apart_always_meet(left: str, right: str) -> None:
    if distance(left, right) == 1:
        assert deletions(left, 1) & deletions(right, 1)
    assert distance(left, right) == distance(right, left)
    assert (distance(left, right) == 0) == (left == right)
    assert abs(len(left) - len(right)) <= distance(left, right) <= max(len(left), len(right))


def test_deletions_are_all_that_is_left_without_so_many_letters() -> None:
    assert deletions("abc", 1) == {"abc", "ab", "ac", "bc"}
    assert deletions("abc", 2) == {"abc", "ab", "ac", "bc", "a", "b", "c"}
