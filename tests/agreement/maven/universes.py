"""Worlds of made-up packages, with all that a POM can do to a tree."""

import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

_NAMES = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar", "sloe", "damson", "lemon", "lime", "melon")
_VERSIONS = ("1.0", "1.1", "1.2-rc1", "1.2", "1.10", "2.0-alpha-1", "2.0", "2.0.1", "3.0.0.Final", "3.0.1", "3.1-jre")
_RANGES = ("[1.0,2.0)", "[1.0,)", "(,2.0]", "[1.1,3.0.1]", "[2.0]", "(1.0,3.0)", "[1.0,1.2],[2.0,)", "[1.2]", "[3,4)")
_SCOPES = ("", "", "", "", "compile", "compile", "runtime", "runtime", "provided", "test")


class World(Struct, frozen=True):
    """All POMs of a repository, and the versions that it lists."""

    poms: dict[str, str]
    """By `group:artifact:version`."""
    versions: Mapping[str, Sequence[str]] = {}
    """By `group:artifact`."""


class Universe(Struct, frozen=True):
    """A world, and a project that uses it."""

    world: World
    project: str
    """Its POM, less the opening and the ends."""


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed), f"fruit{seed}.example").make()


def write_repository(world: World, folder: Path) -> None:
    """Write a world as a repository."""
    for key, text in world.poms.items():
        group, artifact, version = key.split(":")
        place = folder / group.replace(".", "/") / artifact / version
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{artifact}-{version}.pom").write_text(text)
    for key, versions in world.versions.items():
        group, artifact = key.split(":")
        place = folder / group.replace(".", "/") / artifact
        place.mkdir(parents=True, exist_ok=True)
        listed = "".join(f"<version>{version}</version>" for version in versions)
        (place / "maven-metadata.xml").write_text(
            f"<metadata><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
            f"<versioning><latest>{versions[-1]}</latest><release>{versions[-1]}</release><versions>{listed}</versions></versioning></metadata>"
        )


class _Maker:
    def __init__(self, chance: random.Random, group: str) -> None:
        self._chance = chance
        self._group = group
        names = chance.sample(_NAMES, chance.randint(3, len(_NAMES)))
        self._names = {name: chance.sample(_VERSIONS, chance.randint(1, 5)) for name in names}
        self._ranged = chance.random() < 0.35
        self._odd = chance.random() < 0.3
        self._moved = chance.random() < 0.3
        self._profiled = chance.random() < 0.3

    def make(self) -> Universe:
        """Make all packages, then the project."""
        poms = {
            f"{self._group}:{name}:{version}": self._pom(name, version)
            for name, versions in self._names.items()
            for version in versions
        }
        for number in range(2):
            poms[f"{self._group}:bom{number}:1"] = self._parent(f"bom{number}", "")
            inner = self._above(f"parent{number - 1}") if number and self._chance.random() < 0.5 else ""
            poms[f"{self._group}:parent{number}:1"] = self._parent(f"parent{number}", inner)
        if self._odd and self._chance.random() < 0.5:
            poms.pop(self._chance.choice([key for key in poms if not key.endswith(":1")]))
        versions = {f"{self._group}:{name}": list(known) for name, known in self._names.items()}
        return Universe(World(poms, versions), self._project())

    def _project(self) -> str:
        # What makes a project no project at all would keep mvn from looking at any other.
        self._odd = False
        text = self._above(f"parent{self._chance.randint(0, 1)}") if self._chance.random() < 0.2 else ""
        text += f"<properties><v.fruit>{self._chance.choice(_VERSIONS)}</v.fruit></properties>"
        if self._chance.random() < 0.6:
            text += self._management(self._chance.randint(1, 4), imports=self._chance.random() < 0.4)
        return text + self._dependencies(self._chance.randint(1, 6))

    def _pom(self, name: str, version: str) -> str:
        chance = self._chance
        text = self._above(f"parent{chance.randint(0, 1)}") if chance.random() < 0.25 else ""
        if chance.random() < 0.2:
            text += f"<properties><v.fruit>{chance.choice(_VERSIONS)}</v.fruit></properties>"
        if chance.random() < 0.2:
            text += self._management(chance.randint(1, 3), imports=chance.random() < 0.3)
        if self._moved and chance.random() < 0.15:
            text += self._relocation(name)
        text += self._dependencies(chance.choice([0, 1, 1, 2, 2, 3, 4]))
        if self._profiled and chance.random() < 0.4:
            text += "<profiles>" + "".join(self._profile(number) for number in range(chance.randint(1, 2)))
            text += "</profiles>"
        return self._project_of(name, version, text)

    def _parent(self, name: str, inner: str) -> str:
        inner += f"<properties><v.fruit>{self._chance.choice(_VERSIONS)}</v.fruit></properties>"
        inner += self._management(self._chance.randint(1, 4), imports=False)
        if name.startswith("parent") and self._chance.random() < 0.4:
            inner += self._dependencies(1)
        return self._project_of(name, "1", inner, "pom")

    def _project_of(self, name: str, version: str, inner: str, packaging: str = "jar") -> str:
        return (
            f"<project><modelVersion>4.0.0</modelVersion><groupId>{self._group}</groupId>"
            f"<artifactId>{name}</artifactId><version>{version}</version><packaging>{packaging}</packaging>"
            f"{inner}</project>"
        )

    def _above(self, name: str) -> str:
        return (
            f"<parent><groupId>{self._group}</groupId><artifactId>{name}</artifactId><version>1</version>"
            "<relativePath/></parent>"
        )

    def _relocation(self, name: str) -> str:
        """Move to a name further on: in a circle mvn itself would run for ever."""
        later = [each for each in self._names if each > name]
        if not later:
            return ""
        parts = [f"<artifactId>{self._chance.choice(later)}</artifactId>"]
        if self._chance.random() < 0.5:
            parts.append(f"<version>{self._chance.choice(_VERSIONS)}</version>")
        return f"<distributionManagement><relocation>{''.join(parts)}</relocation></distributionManagement>"

    def _profile(self, number: int) -> str:
        condition = self._chance.choice(
            [
                "<activeByDefault>true</activeByDefault>",
                "<jdk>17</jdk>",
                "<jdk>1.8</jdk>",
                "<jdk>[11,)</jdk>",
                "<jdk>(,9]</jdk>",
                "<jdk>!1.8</jdk>",
                "<os><family>unix</family></os>",
                "<os><family>windows</family></os>",
                "<os><name>linux</name><arch>!x86</arch></os>",
                "<property><name>!ripe</name></property>",
                "<property><name>ripe</name></property>",
                "<property><name>java.specification.version</name><value>17</value></property>",
                "<property><name>ripe</name><value>!false</value></property>",
                "<file><missing>/there/is/no/such/file</missing></file>",
                "<file><missing>${basedir}/none</missing></file>",
                "<file><exists>/there/is/no/such/file</exists></file>",
            ]
        )
        inner = self._dependencies(1) if self._chance.random() < 0.6 else ""
        inner += f"<properties><v.fruit>{self._chance.choice(_VERSIONS)}</v.fruit></properties>"
        return f"<profile><id>p{number}</id><activation>{condition}</activation>{inner}</profile>"

    def _management(self, count: int, *, imports: bool) -> str:
        entries = "".join(self._entry(is_managed=True) for _ in range(count))
        if imports:
            for number in self._chance.sample(range(2), self._chance.randint(1, 2)):
                entries += (
                    f"<dependency><groupId>{self._group}</groupId><artifactId>bom{number}</artifactId>"
                    "<version>1</version><type>pom</type><scope>import</scope></dependency>"
                )
        return f"<dependencyManagement><dependencies>{entries}</dependencies></dependencyManagement>"

    def _dependencies(self, count: int) -> str:
        return f"<dependencies>{''.join(self._entry(is_managed=False) for _ in range(count))}</dependencies>"

    def _entry(self, *, is_managed: bool) -> str:
        return f"<dependency>{''.join(self._parts(is_managed=is_managed))}</dependency>"

    def _parts(self, *, is_managed: bool) -> Iterator[str]:
        chance = self._chance
        name = chance.choice(list(self._names))
        group = "${project.groupId}" if chance.random() < 0.05 else self._group
        yield f"<groupId>{group}</groupId><artifactId>{name}</artifactId>"
        if chance.random() < 0.97 or not self._odd:
            yield f"<version>{self._version(name)}</version>"
        if chance.random() < 0.08:
            yield chance.choice(
                ["<type>test-jar</type>", "<classifier>tests</classifier>", "<type>war</type>", "<type>pom</type>"]
            )
        scope = chance.choice(_SCOPES)
        if scope and (not is_managed or chance.random() < 0.4):
            yield f"<scope>{scope}</scope>"
        elif self._odd and chance.random() < 0.05:
            yield "<scope>system</scope><systemPath>/there/is/no/such.jar</systemPath>"
        if chance.random() < 0.1:
            yield f"<optional>{chance.choice(['true', 'true', 'false'])}</optional>"
        if chance.random() < 0.15:
            excluded = chance.choice([*self._names, *self._names, "*"])
            group = chance.choice([self._group, self._group, "*"])
            yield (
                f"<exclusions><exclusion><groupId>{group}</groupId><artifactId>{excluded}</artifactId></exclusion>"
                "</exclusions>"
            )

    def _version(self, name: str) -> str:
        chance = self._chance
        if self._ranged and chance.random() < 0.15:
            return chance.choice(_RANGES)
        if chance.random() < 0.08:
            return "${v.fruit}"
        if self._odd and chance.random() < 0.05:
            return chance.choice(["9.9", "${unknown}", "RELEASE", "LATEST"])
        return chance.choice(self._names[name])
