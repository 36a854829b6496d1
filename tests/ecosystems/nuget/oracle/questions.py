"""Questions about versions and ranges, and NuGet's own answers to them.

`python questions.py SEED COUNT NUGET_EXE > ../../cases/nuget/answers.txt` records answers, one before each question.
"""

import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
_LABELS = (
    *("alpha", "BETA", "beta", "a", "A", "b", "rc", "rc1", "RC-2", "x", "1a", "a-b", "-", "-5", "-05"),
    *("0", "1", "2", "11", "00", "01", "2147483647", "2147483648", "-2147483648", "-2147483649", "99999999999"),
)
_is_loose = re.compile(r"(?:^|[\[( ])[0-9.]*[0-9]\*").search
_PREFIXES = ("", "a", "rc", "rc.", "a.b", "RC-", "0", "a.", "1", "rc.1")


def questions(seed: int, count: int) -> Iterator[str]:
    """Invent questions; the same seed gives the same ones."""
    chance = random.Random(seed)
    for _ in range(count // 3):
        yield f"parse\t{_version(chance, odd=0.3)}"
        yield f"compare\t{_version(chance, odd=0.05)}\t{_version(chance, odd=0.05)}"
        while _is_quirk(wanted := _range(chance).strip()):
            continue
        versions = " ".join(_small(chance) for _ in range(chance.randint(1, 7)))
        yield f"range\t{wanted}\t{versions}"


def ask(asked: Sequence[str], program: Path, folder: Path) -> list[str]:
    """Build the oracle from the client, and let it answer."""
    shutil.copy(program, folder / "NuGet.exe")
    oracle = folder / "oracle.exe"
    if not oracle.exists():
        command = ["mcs", "-r:NuGet.exe", str(HERE / "Versions.cs"), f"-out:{oracle}"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    text = "".join(f"{question}\n" for question in asked)
    done = subprocess.run(["mono", str(oracle)], input=text, check=True, capture_output=True, text=True)
    return done.stdout.split("\n")[:-1]


def _is_quirk(wanted: str) -> bool:
    """Tell what this release of NuGet reads otherwise than its documentation and later ones: `1`, nothing, `1*`."""
    return not wanted or wanted.isdigit() or _is_loose(wanted) is not None


def _version(chance: random.Random, odd: float) -> str:
    if chance.random() < odd:
        return "".join(chance.choice("0011223.-.-+ abBzZ9v") for _ in range(chance.randint(1, 8)))
    numbers = ("0", "1", "2", "10", "01", "00", "2147483647", "1")
    text = ".".join(chance.choice(numbers) for _ in range(chance.choice((1, 2, 3, 3, 3, 4, 4, 5))))
    if chance.random() < 0.6:
        text += "-" + ".".join(chance.choice(_LABELS) for _ in range(chance.choice((1, 1, 2, 3))))
    if chance.random() < 0.2:
        text += "+" + ".".join(chance.choice(_LABELS) for _ in range(chance.choice((1, 2))))
    return f" {text}" if chance.random() < 0.05 else text


def _small(chance: random.Random, prereleases: float = 0.5) -> str:
    """Invent a version near to the others."""
    text = ".".join(str(chance.randint(0, 2)) for _ in range(chance.choice((2, 3, 3, 4))))
    if chance.random() < prereleases:
        text += "-" + ".".join(chance.choice(_LABELS[:16]) for _ in range(chance.choice((1, 1, 2))))
    return text


def _floating(chance: random.Random) -> str:
    numbers = "".join(f"{chance.randint(0, 2)}." for _ in range(chance.choice((0, 1, 2, 3))))
    return chance.choice(
        (
            f"{numbers}*",
            f"{_small(chance, 0)}-{chance.choice(_PREFIXES)}*",
            f"{numbers}*-{chance.choice(_PREFIXES)}*",
            "".join(chance.choice("*.-01a") for _ in range(chance.randint(1, 6))),
        )
    )


def _range(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.15:
        return _small(chance)
    if kind < 0.4:
        return _floating(chance)
    if kind < 0.45:
        return "".join(chance.choice("[](),*1. -a") for _ in range(chance.randint(1, 7)))
    lower = chance.choice((_small(chance), _small(chance), _floating(chance), "", " "))
    upper = chance.choice((_small(chance), _small(chance), "", " ", lower))
    opening, closing = chance.choice("[("), chance.choice("])")
    return f"{opening}{lower}{closing}" if chance.random() < 0.1 else f"{opening}{lower},{upper}{closing}"


if __name__ == "__main__":
    import tempfile

    invented = list(questions(int(sys.argv[1]), int(sys.argv[2])))
    with tempfile.TemporaryDirectory() as name:
        for given, question in zip(ask(invented, Path(sys.argv[3]), Path(name)), invented, strict=True):
            sys.stdout.write(f"{given.replace(chr(9), ' | ')}\t{question}\n")
