"""Platforms: what `cfg(...)` says of each, and whether a dependency counts there.

As `rustc --print cfg` tells it, less what no dependency asks for (target features, sizes of atomics).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.platforms import parse_platform

DEFAULT_TARGET = "x86_64-unknown-linux-gnu"
_FIELDS = ("arch", "vendor", "os", "env", "family", "pointer_width")
_TARGETS = {
    "x86_64-unknown-linux-gnu": "x86_64 unknown linux gnu unix 64",
    "x86_64-unknown-linux-musl": "x86_64 unknown linux musl unix 64",
    "aarch64-unknown-linux-gnu": "aarch64 unknown linux gnu unix 64",
    "aarch64-unknown-linux-musl": "aarch64 unknown linux musl unix 64",
    "i686-unknown-linux-gnu": "x86 unknown linux gnu unix 32",
    "x86_64-unknown-freebsd": "x86_64 unknown freebsd - unix 64",
    "x86_64-pc-windows-msvc": "x86_64 pc windows msvc windows 64",
    "aarch64-pc-windows-msvc": "aarch64 pc windows msvc windows 64",
    "i686-pc-windows-msvc": "x86 pc windows msvc windows 32",
    "x86_64-pc-windows-gnu": "x86_64 pc windows gnu windows 64",
    "x86_64-apple-darwin": "x86_64 apple macos - unix 64",
    "aarch64-apple-darwin": "aarch64 apple macos - unix 64",
    "aarch64-apple-ios": "aarch64 apple ios - unix 64",
    "aarch64-linux-android": "aarch64 unknown android - unix 64",
    "wasm32-unknown-unknown": "wasm32 unknown unknown - wasm 32",
    "wasm32-wasip1": "wasm32 unknown wasi p1 wasm 32",
}
TARGETS = tuple(_TARGETS)
_FAMILIES = ("unix", "windows")
"""Families that have a word of their own in `cfg`."""
_WORD = r'"[^"]*"|[(),=]|[^\s(),="]+'


def check_target(target: str) -> str:
    """Return a target that is known; raise Invalid for any other."""
    if target not in _TARGETS:
        raise Invalid(f"the platform {target!r} is not known", f"known are {', '.join(TARGETS)}")
    return target


@lru_cache(maxsize=8192)
def counts(platform: str | None, target: str) -> bool:
    """Tell whether what is for a platform counts on a target; an expression that nobody can read counts nowhere."""
    if platform is None:
        return True
    if not platform.startswith("cfg("):
        return platform == target
    try:
        text = parse_platform(platform)
    except Invalid:
        return False
    tokens = iter(re.findall(_WORD, text[4:-1]))
    return _Expression(tokens, _settings(target)).read()


def _settings(target: str) -> frozenset[str]:
    values = dict(zip(_FIELDS, _TARGETS[check_target(target)].split(), strict=True))
    found = {f'target_{field}="{"" if value == "-" else value}"' for field, value in values.items()}
    if values["family"] in _FAMILIES:
        found.add(values["family"])
    return frozenset(found | {'target_endian="little"', 'target_has_atomic="ptr"', "true", "debug_assertions"})


class _Expression:
    """Reads tokens of an expression that is known to be well formed."""

    def __init__(self, tokens: Iterator[str], settings: frozenset[str]) -> None:
        self._tokens = tokens
        self._settings = settings
        self._ahead = next(tokens, "")

    def read(self) -> bool:
        """Read one term and tell whether it holds."""
        word = self._take()
        if self._ahead == "(":
            verdicts = self._operands()
            if word == "not":
                return not verdicts[0]
            return all(verdicts) if word == "all" else any(verdicts)
        if self._ahead == "=":
            self._take()
            word = f"{word}={self._take()}"
        return word in self._settings

    def _operands(self) -> list[bool]:
        self._take()
        verdicts = []
        while self._ahead != ")":
            if self._ahead == ",":
                self._take()
            else:
                verdicts.append(self.read())
        self._take()
        return verdicts

    def _take(self) -> str:
        token, self._ahead = self._ahead, next(self._tokens, "")
        return token
