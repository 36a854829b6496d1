"""Worlds of made-up crates, with all that a line of an index can do to a resolver."""

import hashlib
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from packhouse.ecosystems.cargo.lines import Dependency
from packhouse.ecosystems.cargo.names import index_path, parse_name
from tests.agreement.cargo.client import Project
from tests.agreement.cargo.recorded import Line, World
from tests.ecosystems.cargo.releases import pack

_NAMES = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar", "sloe", "damson", "mulberry", "lemon", "lime")
_VERSIONS = (
    "0.0.1", "0.0.2", "0.1.0", "0.1.1", "0.2.0", "0.2.3", "1.0.0-beta.1", "1.0.0", "1.0.1", "1.1.0", "1.2.0-rc.1",
    "1.2.0", "1.2.0+ripe", "1.10.0", "2.0.0", "2.0.1", "2.1.0", "3.0.0-alpha",
)  # fmt: skip
_CLOSE_VERSIONS = ("1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.3.1", "1.4.0", "2.0.0", "2.1.0")
"""Of which hardly any two stand beside each other."""
_TARGETS = ("cfg(unix)", "cfg(windows)", 'cfg(all(unix, not(target_os = "macos")))', "x86_64-pc-windows-msvc")
_FEATURES = ("ripe", "sweet", "sour", "default")
_RUST = ("1.56", "1.60.0", "1.70", "1.81")


class Universe(Struct, frozen=True):
    """Crates that an index has, and a project that uses them."""

    world: World
    project: Project


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed)).make()


def write_registry(world: World, folder: Path) -> None:
    """Write a world as a folder that cargo takes for a registry, archives included."""
    for name, lines in world.items():
        place = folder / "index" / index_path(parse_name(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        written = []
        for line in lines:
            archive = pack(name, line["vers"], {"Cargo.toml": _manifest(line).encode(), "src/lib.rs": b""})
            (folder / f"{name}-{line['vers']}.crate").write_bytes(archive)
            written.append(msgspec.json.encode({**line, "cksum": hashlib.sha256(archive).hexdigest()}))
        place.write_bytes(b"\n".join(written) + b"\n")


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._is_tight = chance.random() < 0.5
        self._has_features = chance.random() < 0.6
        self._has_links = chance.random() < 0.25
        self._has_rust = chance.random() < 0.25
        self._has_cycles = chance.random() < 0.1
        self._is_deep = chance.random() < 0.4
        names = [*_NAMES, *(f"wild-{name}" for name in _NAMES)] if self._is_deep else _NAMES
        least = 10 if self._is_deep else 3
        self._order = chance.sample(names, chance.randint(least, len(names)))
        self._versions = _CLOSE_VERSIONS if self._is_deep else _VERSIONS
        self._crates: dict[str, list[str]] = {}
        for name in self._order:
            chosen = chance.sample(self._versions, chance.randint(5 if self._is_deep else 1, 8))
            self._crates[name] = sorted(chosen, key=self._versions.index)
        self._features: dict[str, list[str]] = {
            name: chance.sample(_FEATURES, chance.randint(0, 4)) if self._has_features else [] for name in self._order
        }

    def make(self) -> Universe:
        """Make all crates, then the project."""
        world = {name: [self._line(name, version) for version in versions] for name, versions in self._crates.items()}
        chance = self._chance
        dependencies = self._dependencies(self._order, chance.randint(1, 5), project=True)
        resolver = "3" if self._has_rust else chance.choice("122")
        rust = chance.choice(_RUST) if self._has_rust else None
        features = self._own_features(dependencies, _FEATURES if self._has_features else (), project=True)
        return Universe(world, Project(dependencies, features, resolver, rust))

    def _line(self, name: str, version: str) -> Line:
        chance = self._chance
        below = self._order[self._order.index(name) + 1 :] if not self._has_cycles else self._order
        dependencies = self._dependencies([each for each in below if each != name], chance.choice((0, 1, 1, 2, 2, 3)))
        own = [each for each in self._features[name] if chance.random() < 0.9]
        line: Line = {
            "name": name,
            "vers": version,
            "deps": [msgspec.to_builtins(each) for each in dependencies],
            "features": self._own_features(dependencies, own),
            "yanked": chance.random() < (0.03 if self._is_deep else 0.08),
            "v": 2,
        }
        if self._has_links and chance.random() < 0.3:
            line["links"] = chance.choice(("juice", "peel"))
        if self._has_rust and chance.random() < 0.7:
            line["rust_version"] = chance.choice(_RUST)
        return line

    def _dependencies(self, names: Sequence[str], count: int, *, project: bool = False) -> list[Dependency]:
        chance = self._chance
        found: dict[tuple[object, ...], Dependency] = {}
        for name in chance.sample(names, min(count, len(names))):
            times = 2 if chance.random() < 0.1 else 1
            for _ in range(times):
                each = self._dependency(name, project=project)
                found.setdefault((each.name, each.kind, each.target), each)
        listed = list(found.values())
        # The same name is the same package everywhere in a crate.
        packages: dict[str, str | None] = {}
        return [each for each in listed if packages.setdefault(each.name, each.package) == each.package]

    def _dependency(self, name: str, *, project: bool) -> Dependency:
        chance = self._chance
        kind = chance.choices(("normal", "build", "dev"), (8, 1, 1))[0]
        optional = self._has_features and kind != "dev" and chance.random() < 0.4
        asked = [each for each in self._features[name] if each != "default" and chance.random() < 0.3]
        alias = f"{name}-too" if chance.random() < 0.08 else name
        return Dependency(
            alias,
            self._range(name),
            asked,
            optional=optional,
            default_features=chance.random() < 0.75,
            target=chance.choice(_TARGETS) if chance.random() < 0.12 else None,
            kind=None if project and kind == "normal" else kind,
            package=name if alias != name else None,
        )

    def _range(self, name: str) -> str:
        chance = self._chance
        version = chance.choice(self._crates[name]).partition("+")[0]
        parts = version.split(".")
        templates: tuple[str, ...]
        if self._is_deep:
            templates = ("~{v}", "<={v}", ">={v}, <3", "{v}", "{v}", "{v}")
        elif self._is_tight:
            templates = ("={v}", "={v}", "~{v}", "<{v}", "{v}", ">={v}", "<={v}")
        else:
            templates = ("{v}", "{v}", "{v}", "^{v}", "~{v}", ">={v}", "={v}", "*", ">={v}, <3")
        if "-" not in version and chance.random() < 0.3:
            return chance.choice((parts[0], ".".join(parts[:2])))
        return chance.choice(templates).format(v=version)

    def _own_features(
        self, dependencies: Sequence[Dependency], own: Sequence[str], *, project: bool = False
    ) -> dict[str, list[str]]:
        chance = self._chance
        optional = [each.name for each in dependencies if each.optional]
        words: list[str] = [each for each in own if each != "default"]
        for each in dependencies:
            inner = [word for word in self._features[each.package or each.name] if word != "default"]
            if each.kind == "dev" or not inner:
                continue
            words.append(f"{each.name}/{chance.choice(inner)}")
            if each.optional:
                words.append(f"{each.name}?/{chance.choice(inner)}")
        # Either all optional dependencies are features of their own, or they are named by `dep:`.
        if chance.random() < 0.5:
            words += [f"dep:{each}" for each in optional] * 2
            # A feature of a dependency's name hides it where no feature names it by `dep:`: cargo passes over the line.
            own = [*own, *(each for each in optional if not project and chance.random() < 0.3)]
        else:
            words += optional * 2
        features = {}
        for name in own:
            chosen = chance.sample(words, min(len(words), chance.randint(0, 3)))
            features[name] = [word for word in dict.fromkeys(chosen) if word != name]
        return features


def _manifest(line: Line) -> str:
    """Write the least that is a Cargo.toml; what a crate asks for cargo takes from the index."""
    return f'[package]\nname = "{line["name"]}"\nversion = "{line["vers"]}"\nedition = "2021"\n'
