"""Worlds of made-up packages, with all by which composer packages can help or hinder each other."""

import random
from typing import Any

from msgspec import Struct

from tests.agreement.composer.client import Project

_FRUIT = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar", "sloe", "damson", "lemon", "lime", "olive")
_VENDORS = ("orchard", "grove")
_NUMBERS = ("0.1.0", "0.2.0", "0.2.1", "1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0", "3.0.0")
_UNSTABLE = ("1.1.0-beta1", "2.0.0-RC1", "2.0.0-alpha3", "3.0.0-beta.2", "v3.1.0-rc2")
_BRANCHES = ("dev-main", "dev-master", "dev-ripe/early", "1.x-dev", "2.0.x-dev")
_ANSWERS = ("basket/fruit-implementation", "basket/peel-implementation")


class Universe(Struct, frozen=True):
    """Packages that a repository has, and a project that uses them."""

    world: dict[str, list[dict[str, Any]]]
    project: Project


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed)).make()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        names = chance.sample(_FRUIT, chance.randint(4, len(_FRUIT)))
        self._versions: dict[str, list[str]] = {}
        self._has_branches = chance.random() < 0.5
        for name in names:
            self._versions[f"{chance.choice(_VENDORS)}/{name}"] = self._some_versions()
        self._names = list(self._versions)
        self._density = chance.choice((1, 1, 2, 3, 4))
        self._spite = chance.choice((0.0, 0.03, 0.1, 0.25))

    def _some_versions(self) -> list[str]:
        chance = self._chance
        versions = chance.sample(_NUMBERS, chance.randint(2, len(_NUMBERS)))
        versions += chance.sample(_UNSTABLE, chance.choice((0, 0, 1, 2)))
        versions.sort(key=_NUMBERS_AND_MORE.index, reverse=True)
        if self._has_branches:
            versions = chance.sample(_BRANCHES, chance.choice((0, 1, 1, 2))) + versions
        return versions

    def make(self) -> Universe:
        """Make all packages, then the project."""
        world = {name: [self._release(name, each) for each in versions] for name, versions in self._versions.items()}
        return Universe(world, self._project())

    def _release(self, name: str, version: str) -> dict[str, Any]:
        chance = self._chance
        release: dict[str, Any] = {"version": version, "dist": {"type": "zip", "url": "https://files.example/a.zip"}}
        requires = self._requires(name, chance.choice((0, 0, 1, 1, self._density)))
        if chance.random() < 0.1:
            requires["php"] = chance.choice((">=7.4", "^8.0", "^8.0", "^7.1", "~8.1.0 || ~8.2.0", "^8.2"))
        if chance.random() < 0.03:
            requires[chance.choice(("ext-json", "ext-pear", "lib-pcre", "composer-runtime-api"))] = chance.choice(
                ("*", ">=1", "^2.0")
            )
        release["require"] = requires
        if chance.random() < 0.1:
            release["require-dev"] = self._requires(name, 1)
        self._spoil(release, name)
        if version.startswith("dev-") and chance.random() < 0.5:
            release["extra"] = {"branch-alias": {version: chance.choice(("1.x-dev", "2.x-dev", "3.0.x-dev", "1.0.0"))}}
        if version == "dev-main":
            release["default-branch"] = True
        return release

    def _spoil(self, release: dict[str, Any], name: str) -> None:
        """Let a release be in the way of others, or stand in for them."""
        chance = self._chance
        if chance.random() < self._spite:
            release["conflict"] = self._requires(name, 1)
        if chance.random() < self._spite:
            release["replace"] = {
                chance.choice(self._others(name)): chance.choice(("self.version", "*", "1.0.0", "^1.0"))
            }
        if chance.random() < self._spite:
            release["provide"] = {chance.choice((*_ANSWERS, *self._others(name))): chance.choice(("1.0.0", "^1", "*"))}

    def _others(self, name: str) -> list[str]:
        return [each for each in self._names if each != name]

    def _requires(self, name: str, count: int) -> dict[str, str]:
        others = self._others(name)
        chosen = self._chance.sample(others, min(count, len(others)))
        requires = {each: self._range(each) for each in chosen}
        if self._chance.random() < self._spite / 3:
            requires[self._chance.choice(_ANSWERS)] = self._chance.choice(("*", "^1.0"))
        return requires

    def _range(self, name: str) -> str:
        chance = self._chance
        versions = self._versions[name]
        stable = [each for each in versions if each in _NUMBERS]
        version = chance.choice(stable if stable and chance.random() < 0.85 else versions)
        if version.startswith("dev-") or version.endswith("-dev"):
            return version if chance.random() < 0.7 else chance.choice(("*", ">=1.0", "self.version"))
        plain = version.removeprefix("v").partition("-")[0]
        major, minor, _ = plain.split(".")
        return chance.choice(
            (
                *[f"^{plain}", f"^{major}.{minor}", f"~{major}.{minor}", f">={plain}", "*"] * 3,
                *[f"^{major}.{minor} || ^2.0", f"^1.0 || ^{major}.{minor}", f">={major}"] * 3,
                f"~{plain}", f"<={plain}", f"<{plain}", f"{major}.{minor}.*", f"{major}.*", version, f"!={plain}",
                f">={plain} <3.0", f"{plain} - 3.0", f">={plain},!=1.1.0", f"^1.0 || ^2.0 || ^{major}.{minor}",
                f"^{plain}@dev", f">{plain}@beta",
            )
        )  # fmt: skip

    def _project(self) -> Project:
        chance = self._chance
        manifest: dict[str, Any] = {"require": self._root_requires(chance.randint(1, 4))}
        if chance.random() < 0.4:
            manifest["require-dev"] = self._root_requires(chance.randint(1, 2))
        if chance.random() < 0.35:
            manifest["minimum-stability"] = chance.choice(("dev", "dev", "beta", "alpha", "RC"))
        if chance.random() < 0.4:
            manifest["prefer-stable"] = True
        if chance.random() < 0.1:
            manifest["conflict"] = self._requires("", 1)
        if chance.random() < 0.07:
            manifest["replace"] = {chance.choice(self._names): "*"}
        if chance.random() < 0.07:
            manifest["provide"] = {chance.choice(_ANSWERS): "1.0.0"}
        if chance.random() < 0.1:
            manifest["config"] = {"platform": {"php": chance.choice(("7.4.0", "8.1.2"))}}
        lowest = ("--prefer-lowest",) if chance.random() < 0.15 else ()
        return Project(manifest, lowest)

    def _root_requires(self, count: int) -> dict[str, str]:
        requires = self._requires("", count)
        chance = self._chance
        for name in requires:
            dice = chance.random()
            branches = [each for each in self._versions.get(name, ()) if each.startswith("dev-")]
            if dice < 0.08:
                requires[name] = f"{requires[name].partition('@')[0]}@{chance.choice(('dev', 'beta', 'stable', 'RC'))}"
            elif branches and dice < 0.3:
                requires[name] = branches[0] + chance.choice(("", "", " as 1.1.0", " as 2.0.x-dev"))
        return requires


_NUMBERS_AND_MORE = (
    "0.1.0", "0.2.0", "0.2.1", "1.0.0", "1.0.1", "1.1.0-beta1", "1.1.0", "1.2.0", "1.10.0", "2.0.0-alpha3", "2.0.0-RC1",
    "2.0.0", "2.1.0", "3.0.0-beta.2", "3.0.0", "v3.1.0-rc2",
)  # fmt: skip
