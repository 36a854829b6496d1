"""Worlds of made-up modules, with all that a go.mod can do to a module graph."""

import random
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from packhouse.ecosystems.golang.names import escape
from tests.agreement.golang.client import Project

_PSEUDO = "v0.0.0-20240102030405-abcdefabcdef"
_GO_LINES = ("", "", "1.12", "1.16", "1.17", "1.17", "1.20", "1.21", "1.21.0", "1.22.3", "1.22rc1", "1.24.0", "1.25")
_OWN_GO_LINES = ("", "1.15", "1.16", "1.17", "1.18", "1.20", "1.21", "1.22.1", "1.24", "1.25.1", "1.26")
_KINDS = {
    "fruit.example/{}": ("v0.1.0", "v0.2.0", "v1.0.0", "v1.0.1-rc.1", "v1.1.0", "v1.10.0", _PSEUDO),
    "fruit.example/Bowl/{}/v2": ("v2.0.0", "v2.0.1-0.20240102030405-abcdefabcdef", "v2.1.0", "v2.2.0-beta.1"),
    "fruit.example/old/{}": ("v1.5.0", "v2.0.0+incompatible", "v3.1.0+incompatible", "v3.1.0-pre+incompatible"),
    "gopkg.in/{}.v1": ("v1.0.0", "v1.2.0", _PSEUDO),
}
_NAMES = ("apple", "pear", "plum", "fig", "quince", "cherry", "medlar", "sloe", "damson", "mulberry", "lemon", "lime")


class Universe(Struct, frozen=True):
    """Modules that a proxy has, and a project that uses them."""

    files: dict[str, str]
    """go.mod files by `path@version`."""
    project: Project


def make(seed: int) -> Universe:
    """Make a world; the same one for the same seed."""
    return _Maker(random.Random(seed)).make()


def write_proxy(universe: Universe, folder: Path) -> str:
    """Write a world as a folder that the go command takes for a proxy; return its address."""
    for key, text in universe.files.items():
        path, version = key.rsplit("@", 1)
        place = folder / escape(path) / "@v"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{version}.mod").write_text(text)
        (place / f"{version}.info").write_text(f'{{"Version": "{version}", "Time": "2024-01-02T03:04:05Z"}}')
        with (place / "list").open("a") as listed:
            listed.write(f"{version}\n")
    return folder.as_uri()


class _Maker:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._is_tidy = chance.random() < 0.9
        self._go_lines = chance.choice([_GO_LINES, _GO_LINES[4:], _GO_LINES[:4]])
        names = chance.sample(_NAMES, chance.randint(3, len(_NAMES)))
        templates = list(_KINDS)
        self._modules: dict[str, list[str]] = {}
        for name in names:
            template = chance.choices(templates, (8, 2, 2, 2))[0]
            versions = _KINDS[template]
            self._modules[template.format(name)] = chance.sample(versions, chance.randint(1, len(versions)))
        self._modules["fruit.example/project"] = ["v1.0.0", "v1.1.0"]

    def make(self) -> Universe:
        """Make all modules, then the project."""
        all_of_it = [(path, version) for path, versions in self._modules.items() for version in versions]
        files = {f"{path}@{version}": self._file(path) for path, version in all_of_it}
        if not self._is_tidy and self._chance.random() < 0.4:
            files.pop(self._chance.choice(list(files)))
        return Universe(files, self._project())

    def _file(self, path: str) -> str:
        chance = self._chance
        if not self._is_tidy and chance.random() < 0.06:
            return chance.choice(
                ["", "module fruit.example/else\n", f"module {path}\nrequire fruit.example/x latest\n"]
            )
        if path.startswith("fruit.example/old/"):
            return f"module {path}\n" + (self._requirements(chance.randint(0, 1)) if chance.random() < 0.3 else "")
        text = f"module {path}\n" if chance.random() < 0.8 else f'module "{path}" // Deprecated: too ripe\n'
        go = chance.choice(self._go_lines)
        text += f"\ngo {go}\n" if go else ""
        text += f"\ntoolchain go{go}\n" if go.startswith("1.22.") else ""
        text += self._requirements(chance.choice([0, 1, 1, 2, 2, 3, 4]))
        if chance.random() < 0.2:
            text += "\nretract (\n\tv1.0.0 // sour\n\t[v1.1.0, v1.9.9]\n)\n"
        if chance.random() < 0.2:
            # What counts for a main module only.
            other = self._require()
            text += f"\nexclude {other}\n\nreplace {other} => ../else\n\nignore ./rotten\n"
        return text

    def _requirements(self, count: int) -> str:
        chance = self._chance
        lines = [self._require() + chance.choice(["", "", " // indirect", " // sweet"]) for _ in range(count)]
        if not lines:
            return ""
        if chance.random() < 0.3:
            return "\n" + "".join(f"require {line}\n" for line in lines)
        return "\nrequire (\n" + "".join(f"\t{line}\n" for line in lines) + ")\n"

    def _require(self) -> str:
        path = self._chance.choice(list(self._modules))
        version = self._chance.choice(self._modules[path])
        return f'"{path}" {version}' if self._chance.random() < 0.05 else f"{path} {version}"

    def _project(self) -> Project:
        chance = self._chance
        go = chance.choice(_OWN_GO_LINES)
        text = "module fruit.example/project\n" + (f"\ngo {go}\n" if go else "")
        if chance.random() < 0.2:
            text += f"\ntoolchain go{chance.choice(['1.21.3', '1.24.2', '1.26.0-house'])}\n"
        text += self._requirements(chance.randint(1, 6))
        directories: dict[str, str] = {}
        if chance.random() < 0.35:
            text += "".join(f"\nexclude {self._require()}\n" for _ in range(chance.randint(1, 3)))
        if chance.random() < 0.35:
            text += "".join(self._replacements(directories))
        return Project(text, directories)

    def _replacements(self, directories: dict[str, str]) -> Iterator[str]:
        chance = self._chance
        paths = [path for path in self._modules if path != "fruit.example/project"]
        for path in chance.sample(paths, chance.randint(1, 2)):
            version = f" {chance.choice(self._modules[path])}" if chance.random() < 0.5 else ""
            if chance.random() < 0.3:
                name = f"./near/{len(directories)}"
                directories[name] = self._file(path)
                yield f"\nreplace {path}{version} => {name}\n"
                continue
            other = path if chance.random() < 0.5 else chance.choice(paths)
            yield f"\nreplace {path}{version} => {other} {chance.choice(self._modules[other])}\n"
