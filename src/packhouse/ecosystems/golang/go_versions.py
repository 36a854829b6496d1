"""Versions of the language and of toolchains, which stand in module graphs as modules called `go` and `toolchain`.

Source: the toolchain reference, section on Go versions: 1.21 < 1.21rc1 < 1.21.0, while 1.20 is 1.20.0.
"""

import re
from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.versions import version_key
from packhouse.resolver.minimal_versions import Module, Needs

GO = "go"
TOOLCHAIN = "toolchain"
ASSUMED = "1.16"
"""The version of a go.mod that names none."""
_CACHED = 1 << 16
_parts = re.compile(
    r"(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)(?:\.(0|[1-9][0-9]*)|([a-z]+)(0|[1-9][0-9]*)?)?)?", re.ASCII
).fullmatch
_NO_VERSION: "GoKey" = (-1, -1, -1, "", -1)
_FIRST_WITH_RELEASES = 21

GoKey = tuple[int, int, int, str, int]


def go_key(version: str) -> GoKey:
    """Turn a Go version into its sort key; what is none is below all others."""
    found = _parts(version)
    if found is None:
        return _NO_VERSION
    major, minor, patch, kind, number = found.groups()
    if patch is None and kind is None and int(minor or 0) < _FIRST_WITH_RELEASES:
        patch = "0"
    return int(major), int(minor or 0), -1 if patch is None else int(patch), kind or "", int(number or -1)


_PRUNING = go_key("1.17")
_STRICT = go_key("1.21")


@lru_cache(_CACHED)
def precedence(path: str, version: str) -> tuple[object, ...]:
    """Return the sort key of a version in a module graph; what is no version is below all others."""
    if path == GO:
        return go_key(version)
    if path == TOOLCHAIN:
        # `default`, and a suffix behind the version such as -custom, say nothing of it.
        return go_key(re.split(r"[ \t-]", version.removeprefix("go"), maxsplit=1)[0])
    try:
        return version_key(version)
    except Invalid:
        return ()


def is_pruned(go: str) -> bool:
    """Tell whether modules of a Go version list all that their packages need."""
    return go_key(go) >= _PRUNING


def is_strict(go: str) -> bool:
    """Tell whether a module of a Go version requires that version."""
    return go_key(go) >= _STRICT


def made_up_needs(module: Module) -> Needs:
    """Return what a module needs that nobody publishes: a toolchain nothing, a Go version its toolchain."""
    if module.path == GO and is_strict(module.version):
        return Needs((Module(TOOLCHAIN, f"go{module.version}"),))
    return Needs()
