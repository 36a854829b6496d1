"""The main module's go.mod: where replace, exclude and toolchain count, and where nothing is passed over.

Source: the module reference, section on go.mod files.
"""

import re
from collections.abc import Iterable

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.dependency_file import checked
from packhouse.ecosystems.golang.go_versions import ASSUMED, GO, TOOLCHAIN, is_pruned, precedence
from packhouse.ecosystems.golang.gomod import MAX_BYTES, Line, go_version, is_indirect, lines, unquote
from packhouse.ecosystems.golang.versions import canonical
from packhouse.resolver.minimal_versions import Module, Roots

_is_toolchain = re.compile(r"default|go1(?:\..*)?", re.ASCII | re.DOTALL).fullmatch
_is_directory = re.compile(r"\.{1,2}(?:/.*)?|/.*", re.DOTALL).fullmatch


class MainModule(Struct, frozen=True):
    """A module whose own go.mod decides."""

    path: str
    go: str = ""
    toolchain: str = ""
    requires: tuple[Module, ...] = ()
    direct: frozenset[Module] = frozenset()
    """Requirements that are not marked as indirect."""
    replaced: dict[Module, Module] = {}
    """What stands in for a module; with an empty version it is every one of its path, or, to the right, a directory."""
    excluded: frozenset[Module] = frozenset()

    def replacement(self, module: Module) -> Module | None:
        """Return what stands in for a module; None where nothing does."""
        return self.replaced.get(module) or self.replaced.get(Module(module.path, ""))

    def roots(self) -> Roots:
        """Return what the selection begins with."""
        go = self.go or ASSUMED
        modules = [each for each in self.requires if each not in self.excluded]
        modules.append(Module(GO, go))
        if self.toolchain:
            modules.append(Module(TOOLCHAIN, self.toolchain))
        modules.sort(key=lambda module: (module.path, precedence(*module)))
        direct = {module.path for module in self.direct - self.excluded}
        return Roots(tuple(modules), is_pruned(go), frozenset(direct | {GO}))


def read_main(body: bytes) -> MainModule:
    """Read a file; raise Invalid where a line has no meaning."""
    if len(body) > MAX_BYTES:
        raise Invalid("the go.mod is too large")
    reading = _Reading()
    for line in lines(body.decode("utf-8", "replace")):
        reading.take(line)
    if not reading.path:
        raise Invalid("the go.mod has no module line", "it begins with the module's path: module example.com/thing")
    return MainModule(
        path=reading.path,
        go=reading.go,
        toolchain=reading.toolchain,
        requires=tuple(reading.requires),
        direct=frozenset(reading.direct),
        replaced=reading.replaced,
        excluded=frozenset(reading.excluded),
    )


def requiring(module: Module, go: str) -> MainModule:
    """Make a main module that requires one other and nothing else, for a Go version."""
    return MainModule("command-line-arguments", go, requires=(module,), direct=frozenset({module}))


class _Reading:
    def __init__(self) -> None:
        self.path = self.go = self.toolchain = ""
        self.requires: list[Module] = []
        self.direct: set[Module] = set()
        self.replaced: dict[Module, Module] = {}
        self.excluded: list[Module] = []

    def take(self, line: Line) -> None:
        """Learn what a line says."""
        match line.verb, line.words:
            case "module", (path,):
                self.path = unquote(path)
            case "go", (version,):
                self.go = go_version(version)
            case "toolchain", (name,) if _is_toolchain(name):
                self.toolchain = name
            case "require", (path, version):
                module = _module(line, path, version)
                self.requires.append(module)
                self.direct.update(() if is_indirect(line.suffix) else (module,))
            case "exclude", (path, version):
                self.excluded.append(_module(line, path, version))
            case "replace", words:
                self._replace(line, words)
            case (("module" | "go" | "toolchain" | "require" | "exclude"), _):
                raise _odd(line)

    def _replace(self, line: Line, words: tuple[str, ...]) -> None:
        match words:
            case (path, "=>", *by):
                old = Module(unquote(path), "")
            case (path, version, "=>", *by):
                old = _module(line, path, version)
            case _:
                raise _odd(line)
        new = _stand_in(line, by)
        if self.replaced.setdefault(old, new) != new:
            raise Invalid(f"the go.mod replaces {old.path} twice")


def _stand_in(line: Line, words: Iterable[str]) -> Module:
    match [unquote(word) for word in words]:
        case [directory] if _is_directory(directory):
            return Module(directory, "")
        case [path, version] if not _is_directory(path):
            try:
                # The major version of a stand-in need not fit its path.
                return Module(path, canonical(version))
            except Invalid:
                raise _odd(line) from None
        case _:
            raise _odd(line)


def _module(line: Line, path: str, version: str) -> Module:
    found = checked(unquote(path), unquote(version))
    if found is None:
        raise _odd(line)
    return found


def _odd(line: Line) -> Invalid:
    return Invalid(f"the go.mod has an odd line: {line.verb} {' '.join(line.words)}")
