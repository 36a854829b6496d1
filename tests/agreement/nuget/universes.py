"""Worlds of made-up packages, with all by which requirements can help, hinder or hide each other."""

import json
import random
from collections.abc import Sequence

from msgspec import Struct

from tests.agreement.nuget.client import Group, Need, Offer, Project, Reference

_FRUIT = (
    *("Apple", "Pear", "Plum", "Fig", "Quince", "Cherry", "Medlar", "Sloe", "Damson", "Lemon", "Lime", "Olive"),
    *("Peach", "Grape", "Mango", "Papaya", "Guava", "Kiwi"),
)
_NUMBERS = ("0.9.0", "1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.2.0.5", "1.10.0", "2.0.0", "2.1.0", "3.0.0")
_UNSTABLE = ("1.1.0-beta", "2.0.0-alpha.1", "2.0.0-rc.2", "3.0.0-beta1", "3.1.0-rc.1.2")
_GROUPS = ("netstandard1.3", "netstandard2.0", "netstandard2.1", "net45", "net461", "netcoreapp2.1", "netcoreapp3.1")
_MORE_GROUPS = ("net5.0", "", ".NETStandard1.6", "portable-net45+win8", "uap10.0", "net6.0", "monoandroid")
FRAMEWORKS = ("net5.0", "netcoreapp3.1", "netstandard2.0", "netstandard2.1", "net472", "net461", "net45", "net6.0")


_LONG_NAMES = {
    "net5.0": "net5.0",
    "net6.0": "net6.0",
    "netcoreapp3.1": ".NETCoreApp,Version=v3.1",
    "netstandard2.0": ".NETStandard,Version=v2.0",
    "netstandard2.1": ".NETStandard,Version=v2.1",
    "net472": ".NETFramework,Version=v4.7.2",
    "net461": ".NETFramework,Version=v4.6.1",
    "net45": ".NETFramework,Version=v4.5",
}


class Universe(Struct, frozen=True):
    """Packages that a feed has, and a project that uses them."""

    world: tuple[Offer, ...]
    project: Project


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed)).make()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        names = chance.sample(_FRUIT, chance.randint(3, len(_FRUIT)))
        self._versions = {name: self._some_versions() for name in names}
        self._names = names
        self._density = chance.choice((1, 2, 3, 4))
        self._circles = chance.choice((0.0, 0.0, 0.0, 0.05, 0.3))
        self._tight = chance.choice((0.0, 0.1, 0.4))
        self._odd = chance.choice((0.0, 0.0, 0.05))
        self._grouped = chance.choice((0.0, 0.0, 0.5, 1.0))

    def make(self) -> Universe:
        """Make all packages, then the project."""
        world = tuple(
            Offer(name, version, self._groups(name))
            for name, versions in self._versions.items()
            for version in versions
        )
        return Universe(world, self._project())

    def _some_versions(self) -> list[str]:
        chance = self._chance
        versions = chance.sample(_NUMBERS, chance.randint(1, len(_NUMBERS)))
        return versions + chance.sample(_UNSTABLE, chance.choice((0, 0, 1, 2)))

    def _groups(self, name: str) -> tuple[Group, ...]:
        chance = self._chance
        if chance.random() >= self._grouped:
            return (Group("", self._needs(name)),)
        frameworks = chance.sample(_GROUPS + _MORE_GROUPS, chance.randint(1, 4))
        return tuple(Group(each, self._needs(name)) for each in frameworks)

    def _needs(self, name: str) -> tuple[Need, ...]:
        chance = self._chance
        position = self._names.index(name)
        later = self._names[position + 1 :]
        found = chance.sample(later, min(len(later), chance.choice((0, 1, 1, self._density, self._density))))
        if chance.random() < self._circles:
            found.append(chance.choice(self._names))
        if chance.random() < self._odd:
            found.append(chance.choice(("Nothing", "No.One")))
        return tuple(Need(each, self._range(each)) for each in dict.fromkeys(found))

    def _range(self, name: str) -> str:
        chance = self._chance
        known = self._versions.get(name, ["1.0.0"])
        version = chance.choice(known) if chance.random() > self._odd else chance.choice(_NUMBERS)
        if chance.random() >= self._tight:
            return version if chance.random() < 0.9 else f"[{version}, )"
        other = chance.choice(_NUMBERS)
        return chance.choice(
            (
                f"[{version}]",
                f"[{version}]",
                f"[{version}, {other}]",
                f"(, {version}]",
                f"({version}, )",
                "",
                "[1.0.0, 2.0.0)",
            )
        )

    def _project(self) -> Project:
        chance = self._chance
        framework = chance.choice(FRAMEWORKS)
        names = self._roots(chance.choice((1, 1, 2, 3, 4)))
        if chance.random() < 0.15:
            return self._central(framework, names)
        references = tuple(Reference(name, self._wanted(name), self._private()) for name in names)
        if chance.random() < 0.15:
            return self._with_projects(framework, references)
        if chance.random() < 0.1:
            return Project(framework, references, lock_file=self._lock(framework, references))
        return Project(framework, references)

    def _lock(self, framework: str, references: Sequence[Reference]) -> str:
        """Write a lock file of any versions: they are not doubted, as long as the project asks for the same."""
        chance = self._chance
        entries: dict[str, dict[str, str]] = {
            name: {"type": "Transitive", "resolved": chance.choice(versions)}
            for name, versions in self._versions.items()
        }
        for each in references:
            requested = each.range if chance.random() < 0.9 else "[1.0.0, )"
            entries[each.name] |= {"type": "Direct", "requested": _as_interval(requested)}
        return json.dumps({"version": 1, "dependencies": {_LONG_NAMES[framework]: entries}})

    def _roots(self, count: int) -> list[str]:
        early = self._names[: max(2, len(self._names) // 2)] if self._chance.random() < 0.7 else self._names
        return self._chance.sample(early, min(len(early), count))

    def _central(self, framework: str, names: Sequence[str]) -> Project:
        chance = self._chance
        others = chance.sample(self._names, chance.randint(0, len(self._names) // 2))
        central = tuple((name, chance.choice(self._versions[name])) for name in dict.fromkeys([*names, *others]))
        return Project(framework, tuple(Reference(name, "") for name in names), central, is_central=True)

    def _with_projects(self, framework: str, references: Sequence[Reference]) -> Project:
        chance = self._chance
        others = tuple(
            (title, tuple(Reference(name, self._wanted(name), self._private()) for name in self._roots(2)))
            for title in chance.sample(("Orchard", "Garden"), chance.choice((1, 2)))
        )
        return Project(framework, tuple(references), projects=others)

    def _private(self) -> str:
        return "all" if self._chance.random() < 0.15 else ""

    def _wanted(self, name: str) -> str:
        """Write a range as projects have them: some of them float."""
        chance = self._chance
        if chance.random() < 0.2:
            return chance.choice(
                (
                    "*",
                    "1.*",
                    "1.0.*",
                    "2.*",
                    "*-*",
                    "2.*-*",
                    "1.1.0-*",
                    "2.0.0-alpha.*",
                    "[1.*, 2.0.0)",
                    "3.0.0-b*",
                    "1.2.0.*",
                )
            )
        return self._range(name) or "1.0.0"


def _as_interval(text: str) -> str:
    return text if text.startswith(("[", "(")) or "*" in text else f"[{text}, )"
