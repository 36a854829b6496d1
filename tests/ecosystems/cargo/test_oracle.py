"""Agreement with the library by which cargo reads versions and requirements."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.ranges import is_range, satisfies
from packhouse.ecosystems.cargo.versions import version_key

HERE = Path(__file__).parent
RECORDED = HERE.parent / "cases" / "cargo" / "answers.txt"
_SEEDS = range(2, 5)


def answer(question: str) -> str:
    """Answer as the oracle does."""
    words = question.split("\t")
    try:
        if len(words) == 3:
            left, right = version_key(words[1]), version_key(words[2])
            return "<" if left < right else ">" if left > right else "="
        if not is_range(words[1]):
            return "?"
        return str(int(satisfies(*words)))
    except Invalid:
        return "!"


def test_every_recorded_answer_is_ours_too() -> None:
    lines = RECORDED.read_text().splitlines()
    assert len(lines) == 6000
    wrong = [line for line in lines if answer(line.partition("\t")[2]) != line.partition("\t")[0]]
    assert wrong == []


@pytest.mark.client
@pytest.mark.parametrize("seed", _SEEDS)
def test_new_questions_are_answered_as_the_library_does(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    oracle = _questions()
    asked = list(oracle.questions(seed, 10_000))
    # Built once for all seeds, outside the repository.
    target = tmp_path_factory.getbasetemp().parent / "packhouse-cargo-oracle"
    if shutil.which("cargo") is None:
        _miss("it is not installed")
    try:
        answers = oracle.ask(asked, target)
    except subprocess.CalledProcessError as error:
        # The recorded answers are checked all the same.
        pytest.skip(f"the library of the oracle cannot be fetched: {error.stderr[-200:]}")
    wrong = [each for each in zip(asked, answers, strict=True) if answer(each[0]) != each[1]]
    assert wrong == []


def _questions() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cargo_oracle_questions", HERE / "oracle" / "questions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _miss(why: str) -> None:
    reason = f"cargo is needed: {why}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
