"""Questions about versions and requirements, invented: the same every time for the same seed.

As a program it asks the library itself and writes what `test_oracle.py` reads; run it in this folder, with cargo:
python questions.py > ../../cases/cargo/answers.txt
"""

import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NUMBERS = ("0", "1", "2", "3", "10")
_IDENTIFIERS = ("0", "1", "2", "10", "a", "b", "alpha", "rc1", "-", "1a", "A")
_ODD = (
    "",
    "01",
    "x",
    "*",
    "X",
    "-1",
    "18446744073709551615",
    "18446744073709551616",
    "a",
    " ",
    "1.",
    "+",
    "v1",
    "\u0661",
)
_OPERATORS = ("", "", "", "^", "~", "=", ">", ">=", "<", "<=") * 6 + ("> ", ">= ", "^ ", "==", "=>", "!=", "~>")


def questions(seed: int, number: int) -> Iterator[str]:
    """Yield questions: mostly of versions and requirements that are near each other, some of odd texts."""
    rng = random.Random(seed)
    for _ in range(number):
        if rng.random() < 0.25:
            yield f"<\t{_version(rng)}\t{_version(rng)}"
        else:
            version = _version(rng)
            yield f"{version}\t{_requirement(rng, version)}"


def ask(asked: list[str], target: Path) -> list[str]:
    """Build the program into a folder and give it the questions."""
    command = ["cargo", "run", "--release", "--quiet", "--locked", "--target-dir", str(target)]
    given = "\n".join(asked) + "\n"
    here = Path(__file__).parent
    said = subprocess.run(command, cwd=here, input=given, text=True, check=True, capture_output=True)
    return said.stdout.splitlines()


def _version(rng: random.Random) -> str:
    core = ".".join(_number(rng) for _ in range(3))
    if rng.random() < 0.02:
        core = ".".join(_number(rng) for _ in range(rng.choice((1, 2, 4))))
    pre = "-" + _identifiers(rng) if rng.random() < 0.4 else ""
    build = "+" + _identifiers(rng, ("00", "01", "001")) if rng.random() < 0.2 else ""
    return core + pre + build


def _number(rng: random.Random) -> str:
    return rng.choice(_ODD) if rng.random() < 0.01 else rng.choice(_NUMBERS)


def _identifiers(rng: random.Random, more: tuple[str, ...] = ()) -> str:
    return ".".join(rng.choice(_IDENTIFIERS + more) for _ in range(rng.choice((1, 1, 2, 3))))


def _requirement(rng: random.Random, version: str) -> str:
    if rng.random() < 0.03:
        return rng.choice(("*", " x ", "X", "", " ", "*, 1", "1, *", "*.1", "1,", ",1", "1 2", "1.2.3 ,2", "1 , 2"))
    separator = rng.choice((",", ", ", " , ")) if rng.random() < 0.9 else rng.choice((" ", " || ", ",,"))
    return separator.join(_comparator(rng, version) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))


def _comparator(rng: random.Random, version: str) -> str:
    words = (version.partition("+")[0] if rng.random() < 0.7 else _version(rng)).split("-", 1)
    numbers = words[0].split(".")
    for place, number in enumerate(numbers):
        if rng.random() < 0.25:
            numbers[place] = rng.choice(_NUMBERS) if number else number
    numbers = numbers[: rng.choice((1, 2, 3, 3, 3))]
    if rng.random() < 0.12:
        numbers = [*numbers[:2], rng.choice("*xX")]
        if rng.random() < 0.2:
            numbers = [numbers[0], "*", rng.choice("*1x")]
    text = ".".join(numbers)
    if len(words) > 1 and (len(numbers) == 3 or rng.random() < 0.03):
        text += "-" + (words[1] if rng.random() < 0.7 else _identifiers(rng))
    if rng.random() < 0.05:
        text += "+" + _identifiers(rng)
    return f"{rng.choice(_OPERATORS)}{text}"


if __name__ == "__main__":
    everything = list(questions(1, 6000))
    with tempfile.TemporaryDirectory() as folder:
        answers = ask(everything, Path(folder))
    sys.stdout.writelines(f"{answer}\t{question}\n" for answer, question in zip(answers, everything, strict=True))
