"""What a project asks for: its composer.json, or one release that is to be installed into an empty project."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.candidates import STABILITIES, Candidate, Link, Links, read_links, stability_of
from packhouse.ecosystems.composer.links import exactly
from packhouse.ecosystems.composer.platform import Environment, read_stability
from packhouse.ecosystems.composer.versions import normalise

NAMELESS = "__root__"
MANIFEST = "composer.json"
_VERSION = "1.0.0"
_OR = re.compile(r"\s*\|\|?\s*")
_AND = re.compile(r"(?<!^)(?<!as)(?<![=>< ,]) *(?<!-)[, ](?!-) *(?!,|as|$)")
_flag = re.compile(r"[^@]*?@(stable|RC|beta|alpha|dev)", re.IGNORECASE).fullmatch
_alias = re.compile(r"(?:^|\| *|, *)([^,\s#|]+)(?:#[^ ]+)? +as +([^,\s|]+)(?:$| *\|| *,)").search
_source = re.compile(r"([^,\s@]+) as .+").fullmatch
_plain = re.compile(r"[^,\s@]+").fullmatch


class RootAlias(Struct, frozen=True):
    """A version that the project takes another for."""

    version: str
    """Normalised, as is `alias`."""
    alias: str
    pretty: str


class Project(Struct, frozen=True):
    """What is resolved."""

    root: Candidate
    """The project itself, without what it requires."""
    requires: Mapping[str, Link]
    """What it requires for use and for development, by name, in Composer's order."""
    plain: Mapping[str, Link]
    """What it requires for use."""
    environment: Environment
    flags: Mapping[str, int] = {}
    """How unstable releases of single packages may be."""
    aliases: Mapping[tuple[str, str], RootAlias] = {}
    """By name and normalised version."""

    def accepts(self, name: str, stability: int) -> bool:
        """Tell whether a release of a package may be this unstable."""
        return stability <= self.limit(name)

    def limit(self, name: str) -> int:
        """Tell how unstable a release of a package may be."""
        return self.flags.get(name, self.environment.minimum_stability)


def of_release(name: str, version: str, normal: str, environment: Environment) -> Project:
    """Make an empty project that requires one release."""
    root = Candidate(NAMELESS, normalise(_VERSION), _VERSION, Links())
    link = Link(name, exactly(normal), version)
    flags = {name: STABILITIES[stability_of(normal)]}
    if flags[name] <= environment.minimum_stability:
        flags = {}
    return Project(root, {name: link}, {name: link}, environment, flags)


def read_project(body: bytes, environment: Environment) -> Project:
    """Read a composer.json; raise Invalid if it is none."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"the {MANIFEST} cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise Invalid(f"the {MANIFEST} is no object")
    name = str(told.get("name", NAMELESS)).lower()
    version = str(told.get("version", _VERSION))
    plain, dev = _texts(told, "require"), _texts(told, "require-dev")
    environment = _environment(told, environment)
    if name in plain or name in dev:
        raise Invalid(f"the project {name} requires itself")
    return Project(
        Candidate(name, normalise(version), version, _root_links(told, name, version)),
        {link.target: link for link in read_links("", version, {**plain, **dev})},
        {link.target: link for link in read_links("", version, plain)},
        environment,
        _flags(plain, dev, environment.minimum_stability),
        dict([*_aliases(plain), *_aliases(dev)]),
    )


def _root_links(told: Mapping[str, Any], name: str, version: str) -> Links:
    conflicts, provides, replaces = (
        read_links(name, version, _texts(told, field)) for field in ("conflict", "provide", "replace")
    )
    return Links((), conflicts, provides, replaces)


def _environment(told: Mapping[str, Any], environment: Environment) -> Environment:
    config = told.get("config")
    overrides = config.get("platform") if isinstance(config, dict) else None
    if isinstance(overrides, dict) and overrides:
        versions = {str(name).lower(): each for name, each in overrides.items() if isinstance(each, str | bool)}
        environment = environment.overridden(versions)
    if "minimum-stability" in told:
        stability = read_stability(str(told["minimum-stability"]))
        environment = msgspec.structs.replace(environment, minimum_stability=stability)
    if "prefer-stable" in told:
        wanted = environment.prefer_stable or bool(told["prefer-stable"])
        environment = msgspec.structs.replace(environment, prefer_stable=wanted)
    return environment


def _texts(told: Mapping[str, Any], field: str) -> dict[str, str]:
    found = told.get(field)
    if not isinstance(found, dict):
        return {}
    return {str(name).lower(): each for name, each in found.items() if isinstance(each, str)}


def _flags(plain: Mapping[str, str], dev: Mapping[str, str], minimum: int) -> dict[str, int]:
    """Read how unstable single packages may be: as a flag says, else as the version that is named is."""
    flags: dict[str, int] = {}
    for name, text in [*plain.items(), *dev.items()]:
        pieces = [piece for either in _OR.split(text.strip()) for piece in _AND.split(either)]
        told = [read_stability(found[1]) for found in map(_flag, pieces) if found]
        fitting = [each for each in told if each >= flags.get(name, 0)]
        if fitting:
            flags[name] = max(fitting)
            continue
        for piece in pieces:
            source = _source(piece)
            version = source[1] if source else piece
            stability = _stability_word(version) if _plain(version) else 0
            if stability and stability >= flags.get(name, 0) and stability >= minimum:
                flags[name] = stability
    return flags


def _stability_word(text: str) -> int:
    """Tell how unstable a version is, or a bound that ends like one."""
    text = re.sub(r"#.+$", "", text)
    if text.startswith("dev-") or text.endswith("-dev"):
        return STABILITIES["dev"]
    found = re.search(
        r"[._-]?(?:(stable|beta|b|rc|alpha|a|patch|pl|p)((?:[.-]?\d+)*)?)?([.-]?dev)?(?:\+.*)?$", text.lower()
    )
    if found is None:
        return 0
    words = {"beta": "beta", "b": "beta", "alpha": "alpha", "a": "alpha", "rc": "RC"}
    return STABILITIES["dev" if found[3] else words.get(found[1], "stable")]


def _aliases(requires: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], RootAlias]]:
    for name, text in requires.items():
        found = _alias(text)
        if found is not None:
            version, pretty = normalise(found[1]), found[2]
            yield (name, version), RootAlias(version, normalise(pretty), pretty)
        elif " as " in text:
            raise Invalid(f"{text!r} of {name} is no alias", "write exact-version as other-exact-version")
