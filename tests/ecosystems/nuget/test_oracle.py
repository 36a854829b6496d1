"""Agreement with NuGet.Versioning, the library by which every client reads versions and ranges."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.nuget.ranges import matches, parse_range
from packhouse.ecosystems.nuget.versions import parse_version, version_key
from tests.clients.nuget.program import need_nuget

HERE = Path(__file__).parent
RECORDED = HERE.parent / "cases" / "nuget" / "answers.txt"


def answer(question: str) -> str:
    """Answer as the oracle does."""
    kind, *words = question.split("\t")
    try:
        if kind == "parse":
            version = parse_version(words[0])
            return f"{version.normal} | {bool(version.labels)} | {version.needs_semver2}"
        if kind == "compare":
            left, right = version_key(words[0]), version_key(words[1])
            return str((left > right) - (left < right))
        versions = words[1].split(" ")
        best = parse_range(words[0]).best(versions)
        satisfied = "".join(str(int(matches(version, words[0]))) for version in versions)
    except Invalid:
        return "invalid"
    return f"{satisfied} | {'' if best is None else parse_version(best).normal}"


def test_every_recorded_answer_is_ours_too() -> None:
    lines = RECORDED.read_text().splitlines()
    assert len(lines) == 6000
    wrong = [line for line in lines if answer(line.partition("\t")[2]) != line.partition("\t")[0]]
    assert wrong == []


@pytest.mark.client
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [2, 3])
def test_new_questions_are_answered_as_the_library_does(seed: int, tmp_path: Path) -> None:
    program = need_nuget()
    oracle = _questions()
    asked = list(oracle.questions(seed, 9000))
    answers = oracle.ask(asked, program, tmp_path)
    given = [each.replace("\t", " | ") for each in answers]
    wrong = [each for each in zip(asked, given, strict=True) if answer(each[0]) != each[1]]
    assert wrong == []


def _questions() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nuget_oracle_questions", HERE / "oracle" / "questions.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
