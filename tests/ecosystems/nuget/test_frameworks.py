"""Which framework's code a project takes: as NuGet.Frameworks answers."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.ecosystems.nuget.compatibility import nearest, runs
from packhouse.ecosystems.nuget.frameworks import ANY, UNSUPPORTED, parse_framework
from tests.clients.nuget.program import need_nuget

HERE = Path(__file__).parent
RECORDED = HERE.parent / "cases" / "nuget" / "frameworks.txt"


def answer(target: str, candidates: str) -> str:
    """Answer as the oracle does: which of the candidates, or -1."""
    parsed = [parse_framework(each) for each in candidates.split(" ")]
    found = nearest(parse_framework(target), parsed)
    return str(-1 if found is None else parsed.index(found))


def test_every_recorded_choice_among_frameworks_is_ours_too() -> None:
    lines = [line.split("\t") for line in RECORDED.read_text().splitlines()]
    assert len(lines) == 3000
    assert [line for line in lines if answer(line[1], line[2]) != line[0]] == []


@pytest.mark.client
@pytest.mark.timeout(120)
def test_new_choices_are_made_as_the_library_makes_them(tmp_path: Path) -> None:
    program = need_nuget()
    oracle = _questions()
    asked = [*oracle.questions(2, 6000)]
    answers = oracle.ask(asked, program, tmp_path)
    wrong = [each for each in zip(asked, answers, strict=True) if answer(*each[0].split("\t")) != each[1]]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("net8.0", "net8.0"),
        (".NETFramework,Version=v4.7.2", "net472"),
        (".NETStandard2.0", "netstandard2.0"),
        (".NETCoreApp,Version=v6.0", "net6.0"),
        ("net6.0-windows10.0.19041", "net6.0-windows10.0.19041"),
        ("net50", "net5.0"),
        ("net40-full", "net40"),
        ("uap10.0", "uap10.0"),
        ("45", "net45"),
    ],
)
def test_a_framework_is_written_as_in_a_project_file_however_it_was_read(text: str, short: str) -> None:
    assert str(parse_framework(text)) == short


@given(st.text(max_size=40) | st.text("net.0589,=vV-+portablesdwix²", max_size=30))
def test_any_text_is_a_framework_or_unsupported(text: str) -> None:
    found = parse_framework(text)
    if found != UNSUPPORTED:
        assert runs(found, ANY)
        assert runs(found, found)


def _questions() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nuget_frameworks", HERE / "oracle" / "frameworks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
