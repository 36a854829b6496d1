"""Platforms as RubyGems reads and compares them: processor, system and its version.

Source: the documentation and the observed answers of Gem::Platform, and of Bundler's choice among variants.
"""

import re
from functools import lru_cache

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.names import RUBY

_is_platform = re.compile(r"[0-9A-Za-z_.+~-]{1,100}").fullmatch
_WITHOUT_VERSION = {"cygwin", "macruby", "jruby", "mingw32"}
_system = re.compile(
    r"(linux)-?(\w+)?|(darwin|aix|freebsd|solaris|openbsd|java|dotnet|dalvik)([\d.]+)?|(mingw)-?(\w+)?|(mswin\d+)(?:_(\d+))?"
).match
_ANY_PROCESSOR = (None, "universal")
_MUSL = ("musl", "musleabi", "musleabihf")
_LEAST_SPECIFIC = 1_000_000


class Platform(Struct, frozen=True):
    """What a file is built for, or runs on."""

    processor: str | None
    system: str
    version: str | None

    def runs(self, other: "Platform") -> bool:
        """Tell whether what is built for another platform runs on this."""
        if "universal" in (self.processor, other.processor) and self.system[:5] == other.system[:5] == "mingw":
            return True
        return self._has_processor(other) and self.system == other.system and self._has_version(other)

    def distance(self, other: "Platform") -> int:
        """Tell how far what is built for another platform is from this one; nothing is closer than the same."""
        if self == other:
            return -1
        processor = 0 if other.processor == self.processor or _is_arm(self, other) else 2
        if processor and other.processor in _ANY_PROCESSOR:
            processor = 1
        version = 0 if other.version == self.version else 1 if other.version is None else 2
        return (self.system != other.system) + processor * 10 + version * 100

    def _has_processor(self, other: "Platform") -> bool:
        if self.processor in _ANY_PROCESSOR or other.processor in _ANY_PROCESSOR or self.processor == other.processor:
            return True
        return other.processor == "arm" and (self.processor or "").startswith("armv")

    def _has_version(self, other: "Platform") -> bool:
        if self.system != "linux":
            return self.version is None or other.version is None or self.version == other.version
        mine, theirs = _library(self.version), _library(other.version)
        # What is linked with musl, and says so of its file, also runs where it is not told which musl there is.
        return mine == theirs or self.version in {f"{libc}{other.version or ''}" for libc in _MUSL}


@lru_cache(maxsize=4096)
def parse_platform(text: str) -> Platform | None:
    """Read a platform; None for `ruby`, where everything runs."""
    if text in {"", RUBY}:
        return None
    processor, _, rest = text.partition("-")
    if re.match(r"i\d86", processor):
        processor = "x86"
    if not rest:  # as in `java` and `mswin32`
        return _read(None, processor)
    found = re.fullmatch(r"([^-]+)-(\d+(?:\.\d+)?)", rest)
    if found:
        return Platform(processor, found[1], found[2])
    return _read(processor, rest)


def check_platform(text: str) -> str:
    """Return what is a platform; raise Invalid."""
    if not _is_platform(text):
        raise Invalid(f"{text[:80]!r} is no platform", "a platform is like ruby, x86_64-linux, arm64-darwin or java")
    return text


def generic(text: str) -> str:
    """Give the platform whose rules a platform shares where a Gemfile names platforms: java, windows or ruby."""
    platform = parse_platform(text)
    if platform is not None and platform.system == "java":
        return "java"
    return "windows" if platform is not None and platform.system[:5] in {"mingw", "mswin"} else RUBY


def runs_on(built: str, here: str) -> bool:
    """Tell whether what is built for one platform runs on another, both as text."""
    if built in {RUBY, here}:
        return True
    one, other = parse_platform(built), parse_platform(here)
    return one is None or (other is not None and other.runs(one))


def distance(built: str, here: str) -> int:
    """Tell how far a platform that something is built for is from where it shall run."""
    if built == here:
        return -1
    one, other = parse_platform(built), parse_platform(here)
    return _LEAST_SPECIFIC if one is None or other is None else other.distance(one)


def _read(processor: str | None, text: str) -> Platform:
    found = _system(text)
    if text in _WITHOUT_VERSION or found is None:
        return Platform(processor, "java" if text == "jruby" else text, None)
    system, version = next(each for each in zip(found.groups()[::2], found.groups()[1::2], strict=True) if each[0])
    return Platform(processor, system or text, version)


def _library(version: str | None) -> str | None:
    """Give what a linux names beside its C library; that is glibc where none is named."""
    if version is None:
        return None
    return re.sub(r"^gnu", "", version) or None


def _is_arm(here: Platform, built: Platform) -> bool:
    return built.processor == "arm" and (here.processor or "").startswith("arm")
