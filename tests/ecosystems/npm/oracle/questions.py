"""Questions about versions and ranges: made up with many odd spellings, or from real packages."""

import json
import lzma
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.ecosystems.npm.oracle.ask import Question

_NUMBERS = ("0", "0", "1", "1", "2", "3", "10")
_ODD_NUMBERS = ("01", "00", "9007199254740990", "9007199254740991", "9007199254740992")
_PRERELEASES = ("alpha", "beta", "beta.1", "beta.2", "0", "1", "rc.0", "1.2", "-", "a-b", "x", "0a", "01", "alpha.beta")
_OPERATORS = ("", "", "^", "~", "~>", ">", "<", ">=", "<=", "=", "^ ", "~ ", "> ", ">= ", "< ", "<= ", "~> ")
_ODDITIES = (
    *(
        "",
        "*",
        "x",
        "latest",
        "foo",
        "^",
        "~",
        ">",
        "v",
        ">= ",
        "= = 1",
        "v= 1",
        "> = 1.2.3",
        "^*",
        "~x",
        "||",
        "1.2.3 -",
    ),
    *(
        "1.2.3*",
        "*1.2.3",
        ">*",
        "<*",
        "1.*.3",
        "x.1",
        "^1.x.3",
        ">=0.0.0",
        ">=0.0.0-0",
        "<0.0.0-0",
        "^0.0.0",
        "1.2.3+b c",
    ),
)


class Inventor:
    """Makes up versions and ranges, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def version(self) -> str:
        """Make a version that is often valid, at least loosely."""
        text = ".".join(self._number() for _ in range(3))
        if self._chance(0.35):
            text += self.random.choice(("-", "-", "-", "")) + self.random.choice(_PRERELEASES)
        if self._chance(0.08):
            text += self.random.choice(("+b1", "+b.2", "+b-x", "+"))
        if self._chance(0.1):
            text = self.random.choice(("v", "=", "v ", "= ", "vv", "=v", " ", "\u00a0", "\x85")) + text
        return self._damaged(text, "v= -+.01ab") if self._chance(0.1) else text

    def range(self) -> str:
        """Make a range of one to three alternatives."""
        joint = self.random.choice(("||", " || ", "|| "))
        text = joint.join(self._alternative() for _ in range(self.random.choice((1, 1, 1, 2, 3))))
        return self._damaged(text, "^~<>=*vx -+. ") if self._chance(0.05) else text

    def questions(self, rounds: int) -> Iterator[Question]:
        """Ask of each round's version and range all there is to ask: 17 questions."""
        for _ in range(rounds):
            version, other, wanted = self.version(), self.version(), self.range()
            yield ["compare", *(self._plain_version() for _ in range(2))]
            candidates = [self.version() for _ in range(5)]
            for loose in (True, False):
                yield ["valid", version, loose]
                yield ["clean", version, loose]
                for include_prerelease in (True, False):
                    options = (wanted, loose, include_prerelease)
                    yield ["validRange", *options]
                    yield ["satisfies", other, *options]
                    yield ["maxSatisfying", candidates, *options]

    def _plain_version(self) -> str:
        text = f"{self._number()}.{self._number()}.{self._number()}"
        if not self._chance(0.6):
            return text.replace("9007199254740992", "4")
        return f"{text}-{self.random.choice(_PRERELEASES)}".replace("9007199254740992", "4")

    def _alternative(self) -> str:
        shape = self.random.random()
        if shape < 0.12:
            return self._partial() + self.random.choice((" - ", " - ", "  -  ", "-", " -")) + self._partial()
        if shape < 0.16:
            return self.random.choice(_ODDITIES)
        count = self.random.choice((1, 1, 2, 2, 3))
        words = (self.random.choice(_OPERATORS) + self._partial() for _ in range(count))
        return self.random.choice((" ", "  ")).join(words)

    def _partial(self) -> str:
        count = self.random.choice((1, 2, 3, 3))
        numbers = (self._number() if self._chance(0.75) else self.random.choice("xX*") for _ in range(count))
        text = ".".join(numbers)
        if count == 3 and self._chance(0.3):
            text += self.random.choice(("-", "-", "")) + self.random.choice(_PRERELEASES)
        if self._chance(0.05):
            text += "+b1"
        return self.random.choice(("v", "=", "v ", "= ", " ")) + text if self._chance(0.06) else text

    def _number(self) -> str:
        return self.random.choice(_ODD_NUMBERS if self._chance(0.03) else _NUMBERS)

    def _damaged(self, text: str, letters: str) -> str:
        place = self.random.randrange(len(text) + 1)
        return text[:place] + self.random.choice(letters) + text[place:]

    def _chance(self, probability: float) -> bool:
        return self.random.random() < probability


class Universe:
    """The versions and requirements of real packages."""

    def __init__(self, path: Path) -> None:
        with lzma.open(path, "rt") as lines:
            packages: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.versions: dict[str, list[str]] = {package["name"]: list(package["versions"]) for package in packages}
        self.requirements: list[tuple[str, str]] = sorted(
            {
                (name, spec)
                for package in packages
                for manifest in package["versions"].values()
                for field in ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
                for name, spec in (manifest.get(field) or {}).items()
                if isinstance(spec, str)
            },
        )

    def questions(self, count: int, seed: int) -> Iterator[Question]:
        """Ask of `count` real requirements which real versions they mean, and how those are ordered."""
        chance = random.Random(seed)
        known = [(name, spec) for name, spec in self.requirements if name in self.versions]
        for name, spec in chance.sample(known, count):
            versions = self.versions[name]
            some = chance.sample(versions, min(len(versions), 12))
            yield ["validRange", spec, True, False]
            yield ["maxSatisfying", some, spec, True, False]
            yield ["satisfies", some[0], spec, True, chance.random() < 0.5]
            yield ["compare", some[0], some[-1]]
            yield ["spec", name, spec]
