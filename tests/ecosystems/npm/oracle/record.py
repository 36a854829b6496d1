"""Write down what npm's libraries answer: `python -m tests.ecosystems.npm.oracle.record`."""

import json
from pathlib import Path

from tests.ecosystems.npm.oracle.ask import Question, ask_npm
from tests.ecosystems.npm.oracle.questions import Inventor, Universe
from tests.shared import shared_path

CASES = Path(__file__).parents[2] / "cases" / "npm"
RECORDED = CASES / "answers.jsonl"
"""Sorted; each line is a question followed by npm's answer."""
SPECS = CASES / "specs.txt"
"""Requirement specs written by hand, one a line."""
UNIVERSE = ("data", "npm-universe", "universe-2026-11-21.jsonl.xz")


def _questions() -> list[Question]:
    invented = list(Inventor(20261121).questions(122))
    real = list(Universe(shared_path(*UNIVERSE)).questions(210, 20261121))
    return [*invented, *real, *(["spec", "foo", spec] for spec in SPECS.read_text().splitlines())]


def record() -> None:
    """Ask npm and replace the file."""
    questions = _questions()
    cases = {json.dumps([*asked, told]) for asked, told in zip(questions, ask_npm(questions), strict=True)}
    RECORDED.write_text("\n".join(sorted(cases)) + "\n")


if __name__ == "__main__":
    record()
