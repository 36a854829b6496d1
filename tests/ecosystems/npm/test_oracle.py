"""We answer as npm's own libraries do."""

import itertools
import json

from tests.ecosystems.npm.oracle.ask import ask_npm, ask_us, differences
from tests.ecosystems.npm.oracle.questions import Inventor, Universe
from tests.ecosystems.npm.oracle.record import RECORDED, SPECS, UNIVERSE
from tests.shared import shared_path

# Where a simple range holds no version at all, or one pre-release, npm's `intersects` compares comparators one by one
# and calls `<0` and `*` overlapping.
_NOTHING = "<0.0.0-0"


def test_recorded_answers_of_npm_are_ours() -> None:
    cases = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    wrong = differences([case[:-1] for case in cases], [case[-1] for case in cases])

    assert not wrong
    assert len(cases) > 3000


def test_invented_versions_and_ranges_mean_what_npm_says() -> None:
    questions = list(Inventor(7).questions(1200))
    answers = ask_npm(questions)

    assert not differences(questions, answers)
    assert len(questions) > 20_000
    for kind in ("validRange", "valid", "maxSatisfying"):
        told = [answer for question, answer in zip(questions, answers, strict=True) if question[0] == kind]
        assert 0.1 < sum(answer is None for answer in told) / len(told) < 0.9, kind


def test_real_versions_and_requirements_mean_what_npm_says() -> None:
    questions = list(Universe(shared_path(*UNIVERSE)).questions(4500, 11))

    assert not differences(questions, ask_npm(questions))
    assert len(questions) > 20_000


def test_every_real_requirement_is_understood_as_npm_does() -> None:
    requirements = Universe(shared_path(*UNIVERSE)).requirements
    odd = [["spec", name, spec] for name, spec in requirements if set(spec) & set(":/#@")]
    questions = [*odd, *(["spec", name, spec] for name, spec in requirements[::5])]
    # npm-package-arg leaves this protocol to its caller; we name it.
    questions = [question for question in questions if not question[2].startswith("workspace:")]

    assert not differences(questions, ask_npm(questions))
    assert len(questions) > 20_000


def test_requirements_written_by_hand_are_understood_as_npm_does() -> None:
    questions = [["spec", "foo", spec] for spec in SPECS.read_text().splitlines()]

    assert not differences(questions, ask_npm(questions))


def test_ranges_overlap_where_npm_says() -> None:
    inventor = Inventor(5)
    pairs = [(inventor.range(), inventor.range()) for _ in range(3000)]
    questions = []
    for one, other in pairs:
        texts = [ask_us(["validRange", text, True, False]) for text in (one, other)]
        if all(text and _NOTHING not in text and not _has_exact_prerelease(text) for text in texts):
            questions.append(["intersects", one, other])

    assert not differences(questions, ask_npm(questions))
    assert len(questions) > 500


def test_real_ranges_lie_within_each_other_where_npm_says() -> None:
    by_name: dict[str, list[str]] = {}
    for name, spec in Universe(shared_path(*UNIVERSE)).requirements:
        if ask_us(["validRange", spec, True, False]):
            by_name.setdefault(name, []).append(spec)
    pairs = [(one, other) for specs in by_name.values() for one, other in itertools.pairwise(specs)]
    questions = [["subset", *pair] for one, other in pairs for pair in ((one, other), (other, one))][::9]
    answers = ask_npm(questions)

    assert not differences(questions, answers)
    assert min(answers.count(True), answers.count(False)) > 1000


def test_names_are_accepted_as_npm_accepts_old_ones() -> None:
    names = [
        *(
            "a",
            "A",
            "JSONStream",
            "a.b",
            "a-b",
            "constructor",
            "toString",
            "a~b",
            "a!",
            "(a)",
            "a*",
            "a'",
            "http",
            "a" * 214,
        ),
        *("@a/b", "@A/B", "@a/_b", "@a/-b", "@_a/b", "@-a/b", "@.a/b", "@a/node_modules", "@a/b~c"),
        *("", ".a", "_a", "..", ".", "__proto__", "a b", " a", "a ", "a\n", "a\0", "a\\b", "a%", "é", "a:b", "a@b"),
        *(
            "@a",
            "@a/",
            "@/b",
            "@a/b/c",
            "a/b",
            "@a/.b",
            "@a/..",
            "@a@b/c",
            "node_modules",
            "NODE_MODULES",
            "favicon.ico",
        ),
    ]
    questions = [["name", name] for name in names]

    assert not differences(questions, ask_npm(questions))


def _has_exact_prerelease(text: str) -> bool:
    return any(
        "-" in word and (word[0].isdigit() or not word.endswith("-0")) for word in text.replace("||", " ").split()
    )
