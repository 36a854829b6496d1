"""For what a graph is resolved: PHP, its extensions and libraries, and how stable releases have to be."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.candidates import STABILITIES, Candidate, Links
from packhouse.ecosystems.composer.environment import USUAL
from packhouse.ecosystems.composer.versions import normalise

is_platform = re.compile(
    r"php(?:-64bit|-ipv6|-zts|-debug)?|hhvm|(?:ext|lib)-[a-z0-9](?:[_.-]?[a-z0-9]+)*|composer(?:-(?:plugin|runtime)-api)?",
    re.IGNORECASE,
).fullmatch
_is_extra = re.compile(r"(?:ext|lib)-.+", re.IGNORECASE).fullmatch
_YES = {"true": True, "false": False}
_COMPOSER = "2.5.5"
_APIS = {"composer": _COMPOSER, "composer-plugin-api": "2.3.0", "composer-runtime-api": "2.2.2"}
_PHP_KINDS = ("php", "php-64bit", "php-ipv6")


class Environment(Struct, frozen=True):
    """For what is resolved."""

    packages: Mapping[str, str]
    """Versions of platform packages, in the order in which Composer finds them."""
    any_extra: bool = False
    """True where every extension and library that is asked for is taken to be there."""
    minimum_stability: int = STABILITIES["stable"]
    prefer_stable: bool = False
    prefer_lowest: bool = False

    def is_ignored(self, name: str) -> bool:
        """Tell whether a name is met whatever the version."""
        return self.any_extra and name not in self.packages and _is_extra(name) is not None

    def overridden(self, versions: Mapping[str, str | bool]) -> "Environment":
        """Take `config.platform` of a project for what is there; false takes a package away."""
        kept = {name: version for name, version in self.packages.items() if versions.get(name) is not False}
        told = {name: version for name, version in versions.items() if isinstance(version, str)}
        if "php" in told:
            kept |= {name: told["php"] for name in kept if name.startswith("php-")}
        return replace(self, packages=told | {name: version for name, version in kept.items() if name not in told})

    def candidates(self) -> Iterator[Candidate]:
        """Make what is there."""
        for name, version in self.packages.items():
            yield Candidate(name, normalise(version), version, Links())


def read_environment(told: Mapping[str, str]) -> Environment:
    """Read what is told; raise Invalid for a value that cannot be.

    `platform` lists extensions and libraries as `ext-json ext-redis=6.0 lib-icu=72.1`, the version of PHP being that of
    an extension without one; `*` is all that anybody asks for.
    """
    values = {**USUAL, **told}
    php = values["php"]
    packages = dict(_APIS) | dict.fromkeys(_PHP_KINDS, _version("php", php))
    for word in values["platform"].replace(",", " ").split():
        if word == "*":
            continue
        name, _, version = word.partition("=")
        if is_platform(name) is None:
            raise Invalid(f"{name!r} is no platform package", "write ext-json, lib-icu=72.1 or *")
        packages[name.lower()] = _version(name, version or php)
    return Environment(
        packages,
        any_extra="*" in values["platform"].replace(",", " ").split(),
        minimum_stability=read_stability(values["minimum-stability"]),
        prefer_stable=_flag("prefer-stable", values),
        prefer_lowest=_flag("prefer-lowest", values),
    )


def read_stability(word: str) -> int:
    """Read the name of a stability; raise Invalid."""
    found = STABILITIES.get("RC" if word.lower() == "rc" else word.lower())
    if found is None:
        raise Invalid(f"{word!r} is no stability", f"there are {', '.join(STABILITIES)}")
    return found


def _version(name: str, version: str) -> str:
    try:
        normalise(version)
    except Invalid:
        raise Invalid(f"{version!r} is no version of {name}", "write 8.2.35") from None
    return version


def _flag(name: str, values: Mapping[str, str]) -> bool:
    found = _YES.get(values[name])
    if found is None:
        raise Invalid(f"{name} cannot be {values[name]!r}", "write true or false")
    return found
