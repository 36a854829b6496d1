"""Explanations are cut where a new step begins, and nowhere else."""

from packhouse.resolver.sentences import split_steps


def test_each_numbered_step_is_a_piece_of_its_own() -> None:
    told = (
        "After 3 steps that are left out here: (4) Since a needs b (2) and b needs c 1.0, a needs c 1.0. "
        "(5) Since a needs c 1.0 (4) and c is gone, nothing fits. So a needs b, which cannot be met."
    )
    assert split_steps(told) == [
        "After 3 steps that are left out here:",
        "(4) Since a needs b (2) and b needs c 1.0, a needs c 1.0.",
        "(5) Since a needs c 1.0 (4) and c is gone, nothing fits.",
        "So a needs b, which cannot be met.",
    ]


def test_one_sentence_stays_whole() -> None:
    assert split_steps("no version of a is (1, 2)") == ["no version of a is (1, 2)"]
    assert split_steps("") == []
