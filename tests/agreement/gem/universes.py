"""Worlds of made-up gems: conflicts, pre-releases, files for platforms, and what they need of Ruby."""

import random

from msgspec import Struct

from tests.agreement.gem.client import Project

_NAMES = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar", "sloe", "damson", "mulberry", "lemon", "lime")
_VERSIONS = (
    "0.1.0", "0.9", "1.0.0", "1.0.1", "1.1.0", "1.2.0.pre1", "1.2.0", "1.10.0", "2.0.0.beta", "2.0.0", "2.0.1", "2.1",
    "3.0.0.rc1", "3.0.0", "3.1.0", "4.0.0.alpha.2",
)  # fmt: skip
_RUBIES = (">= 2.7", ">= 2.7", ">= 3.0", ">= 3.2", ">= 3.0&< 3.2.dev", "< 3.1", ">= 9")
_PLATFORMS = (
    "x86_64-linux",
    "x86_64-linux",
    "java",
    "arm64-darwin",
    "x86_64-darwin",
    "universal-linux",
    "aarch64-linux",
)


class Universe(Struct, frozen=True):
    """Info files, a project, and the same project as it was before, where it has a lock file from then."""

    world: dict[str, list[str]]
    project: Project
    before: Project | None = None


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed)).make()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._is_tight = chance.random() < 0.6
        self._has_platforms = chance.random() < 0.4
        self._has_rubies = chance.random() < 0.4
        self._has_prereleases = chance.random() < 0.4
        names = chance.sample(_NAMES, chance.randint(3, len(_NAMES)))
        usual = [each for each in _VERSIONS if self._has_prereleases or not any(map(str.isalpha, each))]
        self._gems = {name: sorted(chance.sample(usual, chance.randint(1, len(usual)))) for name in names}

    def make(self) -> Universe:
        """Make all gems, then the project."""
        world = {
            name: [line for version in versions for line in self._lines(name, version)]
            for name, versions in self._gems.items()
        }
        project = Project(self._gemfile())
        before = Project(self._gemfile()) if self._chance.random() < 0.3 else None
        return Universe(world, project, before)

    def _lines(self, name: str, version: str) -> list[str]:
        chance = self._chance
        needs = self._needs(name)
        lines = [self._line(version, needs)]
        if self._has_platforms and chance.random() < 0.5:
            for platform in dict.fromkeys(chance.sample(_PLATFORMS, chance.randint(1, 3))):
                own = needs if chance.random() < 0.5 else self._needs(name)
                lines.append(self._line(f"{version}-{platform}", own))
            if chance.random() < 0.15:
                lines.pop(0)
        return lines

    def _line(self, release: str, needs: str) -> str:
        facts = ["checksum:" + "0" * 64]
        if self._has_rubies and self._chance.random() < 0.4:
            facts.append(f"ruby:{self._chance.choice(_RUBIES)}")
        if self._has_rubies and self._chance.random() < 0.1:
            facts.append(f"rubygems:{self._chance.choice(('>= 2.0', '>= 3.3', '>= 9', '> 1.3.1'))}")
        return f"{release} {needs}|{','.join(facts)}"

    def _needs(self, name: str) -> str:
        chance = self._chance
        count = chance.choice((0, 1, 1, 2, 2, 3)) if self._is_tight else chance.choice((0, 0, 1, 1, 2))
        # Bundler refuses circles, so that there are few.
        listed = list(self._gems)
        left = [each for each in listed if each != name] if chance.random() < 0.01 else listed[listed.index(name) + 1 :]
        others = chance.sample(left, min(count, len(left)))
        if chance.random() < 0.01:
            others.append("missing")
        return ",".join(f"{other}:{self._range(other)}" for other in sorted(others))

    def _range(self, name: str) -> str:
        chance = self._chance
        version = chance.choice(self._gems.get(name, ["1.0"]))
        if not self._has_prereleases or chance.random() < 0.7:
            version = ".".join(part for part in version.split(".") if part.isdigit()) or "1"
        kind = chance.choices(("~>", ">=", "=", "<", "!=", ">", "<=", "both", "any"), (8, 6, 2, 2, 1, 1, 1, 2, 2))[0]
        if kind == "any":
            return ">= 0"
        if kind == "both":
            return f">= {version}&< {int(version.split('.')[0]) + chance.randint(1, 2)}"
        if kind == "~>" and chance.random() < 0.5:
            version = ".".join(version.split(".")[:2])
        return f"{kind} {version}"

    def _gemfile(self) -> str:
        chance = self._chance
        names = chance.sample(list(self._gems), chance.randint(1, min(5, len(self._gems))))
        lines = []
        for name in names:
            text = ""
            if chance.random() < 0.6:
                text = "".join(f', "{part}"' for part in self._range(name).split("&"))
            lines.append(f'gem "{name}"{text}\n')
        return "".join(lines)
