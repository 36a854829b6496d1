"""What Composer chooses from: releases, and the further versions that branches of them stand for."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from packhouse.domain.errors import Invalid
from packhouse.domain.release import Release
from packhouse.ecosystems.composer.links import Constraint, exactly, read_constraint
from packhouse.ecosystems.composer.record import Native
from packhouse.ecosystems.composer.versions import VersionKey, key_of, normalise, normalise_branch

STABILITIES = {"stable": 0, "RC": 5, "beta": 10, "alpha": 15, "dev": 20}
"""How unstable each is."""
DEFAULT_BRANCH = "9999999-dev"
"""The version that the default branch stands for beside its own name."""
SELF = "self.version"
_OPEN_NUMBER = ".9999999"
_LINK_FIELDS = ("require", "conflict", "provide", "replace")
_release = msgspec.msgpack.Decoder(Release).decode
_native = msgspec.msgpack.Decoder(Native).decode
_unstable = re.compile(r"-(alpha|beta|RC)").search
_numeric_prefix = re.compile(r"((?:\d+\.)*\d+)(?:\.x)?-dev", re.IGNORECASE).fullmatch


class Link(NamedTuple):
    """What a release says of a name."""

    target: str
    constraint: Constraint
    text: str
    """As written."""


class Links:
    """All that a release says of other names, each in the order of its document."""

    __slots__ = ("_said", "conflicts", "provides", "replaces", "requires")

    def __init__(
        self,
        requires: tuple[Link, ...] = (),
        conflicts: tuple[Link, ...] = (),
        provides: tuple[Link, ...] = (),
        replaces: tuple[Link, ...] = (),
    ) -> None:
        self.requires = requires
        self.conflicts = conflicts
        self.provides = provides
        self.replaces = replaces
        self._said: tuple[tuple[tuple[str, str], ...], ...] | None = None

    @property
    def said(self) -> tuple[tuple[tuple[str, str], ...], ...]:
        """Write it down, so that releases which say the same are equal."""
        if self._said is None:
            kinds = (self.requires, self.conflicts, self.replaces, self.provides)
            # Of several links to one name, as aliases have them, only the last counts.
            self._said = tuple(
                tuple(sorted({link.target: link.constraint.text for link in links}.items())) for links in kinds
            )
        return self._said


class Reading(NamedTuple):
    """What a release says, read once for all graphs that it is in."""

    version: str
    """Normalised."""
    pretty: str
    links: Links


class Candidate:
    """A version that can be had; an alias is one more version of the same release, had together with it."""

    __slots__ = (
        "alias_of",
        "is_root_alias",
        "key",
        "links",
        "name",
        "names",
        "number",
        "own_names",
        "pretty",
        "stability",
        "version",
    )

    def __init__(self, name: str, version: str, pretty: str, links: Links) -> None:
        self.name = name
        self.version = version
        """Normalised."""
        self.pretty = pretty
        """As its document writes it."""
        self.links = links
        self.key, self.stability = weigh(version)
        self.own_names: tuple[str, ...] = (name,)
        """What only one of is had: its name, and what it replaces."""
        self.names: tuple[str, ...] = self.own_names
        """What it may be asked for as."""
        if links.replaces or links.provides:
            self.own_names = _names(name, links.replaces)
            self.names = _names(name, links.provides, links.replaces)
        self.number = 0
        """Its place in the pool."""
        self.alias_of: Candidate | None = None
        self.is_root_alias = False

    def __str__(self) -> str:
        return f"{self.name} {self.pretty}"

    @property
    def has_own_requires(self) -> bool:
        """Tell whether an alias requires anything else than its release: what is of the same version."""
        return any(link.text == SELF for link in self.base.links.requires)

    @property
    def base(self) -> "Candidate":
        """The release itself, of an alias as well."""
        return self.alias_of or self

    def alias(self, version: str, pretty: str, *, of_root: bool = False) -> "Candidate":
        """Make a further version of this release."""
        base = self.base
        shown = base.pretty if pretty == DEFAULT_BRANCH else pretty
        same = exactly(version)
        links = Links(
            requires=tuple(
                Link(each.target, same, shown) if each.text == SELF else each for each in base.links.requires
            ),
            conflicts=_with_alias(base.links.conflicts, same, shown),
            provides=_with_alias(base.links.provides, same, shown),
            replaces=_with_alias(base.links.replaces, same, shown),
        )
        made = Candidate(self.name, version, pretty, links)
        made.alias_of = base
        made.is_root_alias = of_root
        return made

    def meets(self, name: str, constraint: Constraint) -> bool:
        """Tell whether it will do for a name: by its own version, or by what it provides or replaces."""
        if self.name == name:
            return constraint.matches(self.key)
        links = (*self.links.provides, *self.links.replaces)
        return any(link.target == name and constraint.meets(link.constraint) for link in links)


@lru_cache(1 << 14)
def read_release(name: str, raw: bytes) -> Reading:
    """Read a release out of a record; raise Invalid for a version or constraint that is none."""
    release = _release(raw)
    native = _native(release.native)
    requires = {each.name.lower(): each.range for each in release.requirements if each.scope in {"runtime", "system"}}
    links = _shared_links(name, release.version, (requires, native.conflict, native.provide, native.replace))
    return Reading(read_version(release.version, native.normalised), release.version, links)


def read_entry(entry: Mapping[str, Any]) -> list[Candidate]:
    """Make the candidates of an entry of a lock file: the release, and what its branch stands for."""
    name, pretty = str(entry.get("name", "")).lower(), str(entry.get("version", ""))
    written = [each if isinstance(each, dict) else {} for each in map(entry.get, _LINK_FIELDS)]
    found = Candidate(name, read_version(pretty), pretty, _all_links(name, pretty, written))
    extra = entry.get("extra")
    aliases = extra.get("branch-alias") if isinstance(extra, dict) else None
    alias = stands_for(
        pretty, aliases if isinstance(aliases, dict) else {}, is_default=entry.get("default-branch") is True
    )
    return [found, found.alias(alias, pretty_alias(alias))] if alias else [found]


def _shared_links(name: str, version: str, written: tuple[Mapping[str, str], ...]) -> Links:
    """Read the links of a release; the same object for all versions that say the same."""
    own = version if any(SELF in each.values() for each in written) else ""
    try:
        return _links_of(name, own, tuple([tuple(each.items()) for each in written]))
    except Invalid:
        return _all_links(name, version, written)  # it names the version


@lru_cache(1 << 14)
def _links_of(name: str, version: str, written: tuple[tuple[tuple[str, str], ...], ...]) -> Links:
    return _all_links(name, version, [dict(each) for each in written])


def _all_links(name: str, version: str, written: Sequence[Mapping[str, str]]) -> Links:
    requires, conflicts, provides, replaces = (read_links(name, version, each) for each in written)
    return Links(requires, conflicts, provides, replaces)


def read_version(version: str, normalised: str = "") -> str:
    """Tell a version as Composer keeps it."""
    return normalised if normalised and normalised != DEFAULT_BRANCH else _normalised(version)


def read_links(name: str, version: str, written: Mapping[str, str]) -> tuple[Link, ...]:
    """Read links; what a release says of its own name does not count."""
    found: dict[str, Link] = {}
    for target, text in written.items():
        lower = target.lower()
        if lower != name:
            try:
                constraint = read_constraint(version if text == SELF else text)
            except Invalid as invalid:
                who = f"{name} {version}" if name else "the project"
                raise Invalid(f"{who} names {lower} with {text!r}, which is no constraint") from invalid
            found[lower] = Link(lower, constraint, text)
    return tuple(found.values())


def branch_alias(release: Release) -> str:
    """Tell the version that a branch stands for, normalised; empty for none."""
    native = _native(release.native)
    return stands_for(release.version, native.aliases, is_default=native.is_default_branch)


def stands_for(version: str, aliases: Mapping[str, str], *, is_default: bool) -> str:
    """Tell the version that a branch stands for by its aliases, or as the default; empty for none."""
    if not version.startswith("dev-") and not version.endswith("-dev"):
        return ""
    for branch, alias in aliases.items():
        if branch.lower() == version.lower() and (found := _checked_alias(branch, alias)):
            return found
    return DEFAULT_BRANCH if is_default and _numeric_prefix(version) is None else ""


def pretty_alias(normal: str) -> str:
    """Write an alias as people read it: 1.x-dev."""
    head, _, _ = normal.partition(_OPEN_NUMBER)
    return f"{head}.x-dev" if head != normal else normal


_normalised = lru_cache(1 << 16)(normalise)


@lru_cache(1 << 16)
def spell(version: str) -> str:
    """Normalise a version; empty where it is none."""
    try:
        return _normalised(version)
    except Invalid:
        return ""


@lru_cache(1 << 16)
def weigh(normal: str) -> tuple[VersionKey, int]:
    """Tell the place of a normalised version among others, and how unstable it is."""
    return key_of(normal), STABILITIES[stability_of(normal)]


def stability_of(normal: str) -> str:
    """Tell how stable a normalised version is."""
    if normal.startswith("dev-") or normal.endswith("-dev"):
        return "dev"
    word = _unstable(normal)
    return word[1] if word else "stable"


def _checked_alias(branch: str, alias: str) -> str:
    """Normalise what a branch is said to stand for; empty where Composer does not let it."""
    if not alias.endswith("-dev"):
        return ""
    normal = alias if alias == DEFAULT_BRANCH else normalise_branch(alias[:-4])
    if not normal.endswith("-dev"):
        return ""
    of_branch, of_alias = _numeric_prefix(branch), _numeric_prefix(alias)
    if of_branch and of_alias and not f"{of_alias[1]}.".startswith(f"{of_branch[1]}."):
        return ""
    return normal


def _with_alias(links: tuple[Link, ...], same: Constraint, shown: str) -> tuple[Link, ...]:
    return (*links, *(Link(each.target, same, shown) for each in links if each.text == SELF))


def _names(name: str, *others: tuple[Link, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([name, *(link.target for links in others for link in links)]))
