"""The go.mod of a dependency, read for a module graph: thousands of them for one answer, so that it is quick.

Blocks of requirements, which are nearly all of a file, are read by one expression; all else line by line.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.go_versions import GO, is_pruned, is_strict
from packhouse.ecosystems.golang.gomod import MAX_BYTES, Line, go_version, lines, unquote
from packhouse.ecosystems.golang.versions import INCOMPATIBLE, canonical
from packhouse.resolver.minimal_versions import Module, Needs

_CACHED = 1 << 17
_FILES = 1 << 14
_KEPT_BYTES = 16 << 10
"""Larger files are read anew each time: there are few of them."""
_HEEDED = frozenset({"module", "go", "require"})
_blocks = re.compile(r"^[ \t]*require[ \t]*\([ \t\r]*(?://.*)?\n((?:.*\n)*?)[ \t]*\)[ \t\r]*(?://.*)?$", re.MULTILINE)
_block_lines = re.compile(
    r"""^[ \t]*(?:([^\s()\[\]{},"`]+)[ \t]+([^\s()\[\]{},"`/]+)[ \t\r]*)?(?://.*)?\r?$""", re.MULTILINE
)
_major = re.compile(r"/v([0-9.]+)\Z", re.ASCII).search
_gopkg = re.compile(r"gopkg\.in/.*[^/]?\.(v(?:0|[1-9][0-9]*))(?:-unstable)?", re.ASCII | re.DOTALL).fullmatch


class DependencyFile(Struct, frozen=True):
    """What counts of a go.mod that is not the main module's."""

    module: str
    needs: Needs


def read_dependency(body: bytes) -> DependencyFile:
    """Read a file; what the go command would not accept is the fault of its needs."""
    return _kept(body) if len(body) <= _KEPT_BYTES else _read(body)


def forget() -> None:
    """Read every file anew from here on."""
    _kept.cache_clear()
    checked.cache_clear()


def _read(body: bytes) -> DependencyFile:
    if len(body) > MAX_BYTES:
        return DependencyFile("", Needs(fault="its go.mod is too large"))
    reading = _Reading()
    for line in _directives(body.decode("utf-8", "replace")):
        if isinstance(line, list):
            reading.requires += line
        elif line.verb in _HEEDED and not reading.take(line):
            reading.fault = reading.fault or f"its go.mod cannot be read: {line.verb} {' '.join(line.words)}"
    go = reading.go
    if go and is_strict(go):
        reading.requires.append(Module(GO, go))
    return DependencyFile(reading.module, Needs(tuple(reading.requires), bool(go) and is_pruned(go), reading.fault))


class _Reading:
    def __init__(self) -> None:
        self.module = self.go = self.fault = ""
        self.requires: list[Module] = []

    def take(self, line: Line) -> bool:
        """Learn what a line says; False where it says nothing that the go command would accept."""
        match line.verb, line.words:
            case "module", (path,) if not self.module:
                self.module = unquote(path)
            case "go", (version,) if not self.go and (go := go_version(version)):
                self.go = go
            case "require", (path, version) if (found := checked(unquote(path), unquote(version))) is not None:
                self.requires.append(found)
            case _:
                return False
        return True


_kept = lru_cache(_FILES)(_read)


@lru_cache(_CACHED)
def checked(path: str, version: str) -> Module | None:
    """Return a requirement with its version written whole; None where path and version do not go together."""
    try:
        whole = canonical(version)
    except Invalid:
        return None
    return Module(path, whole) if "//" not in path and _fits(path, whole) else None


def _fits(path: str, version: str) -> bool:
    """Tell whether a path's major version is that of the version."""
    major = version.partition(".")[0]
    if path.startswith("gopkg.in/"):
        found = _gopkg(path)
        # gopkg.in's pseudo-versions of v1 once began with v0.0.0.
        return found is not None and (found[1] == major or (found[1] == "v1" and version.startswith("v0.0.0-")))
    suffix = _major(path)
    if suffix is None:
        return major in {"v0", "v1"} or version.endswith(INCOMPATIBLE)
    number = suffix[1]
    return "." not in number and not number.startswith("0") and number != "1" and major == f"v{number}"


def _directives(text: str) -> Iterator[Line | list[Module]]:
    """Go through a file, a block of requirements at a time where that can be read at once."""
    end = 0
    for block in _blocks.finditer(text):
        yield from lines(text[end : block.start()])
        end = block.end()
        body = block[1]
        found = _block_lines.findall(body)
        modules = [checked(path, version) for path, version in found if path]
        # The expression also finds the empty line behind the last one.
        if len(found) == body.count("\n") + 1 and None not in modules:
            yield [module for module in modules if module is not None]
        else:
            yield from lines(block[0])
    yield from lines(text[end:])
