"""What only NuGet knows of a release: kept in `Release.native`, written by describe() and complete()."""

import msgspec
from msgspec import Struct

from packhouse.domain.release import Release


class Dependency(Struct, frozen=True, array_like=True):
    """One dependency as it is written."""

    name: str
    range: str = ""
    include: str = ""
    exclude: str = ""


class Group(Struct, frozen=True, array_like=True):
    """The dependencies for one target framework, empty for any."""

    framework: str
    dependencies: tuple[Dependency, ...] = ()


class Vulnerability(Struct, frozen=True, array_like=True):
    """A vulnerability that the feed knows of."""

    url: str
    severity: str
    """0 low, 1 moderate, 2 high, 3 critical."""


class NuGetFacts(Struct, frozen=True, omit_defaults=True):
    """What the domain has no place for."""

    id: str = ""
    """The package's id as this release writes it."""
    title: str = ""
    catalog: str = ""
    """Which document of the catalog is about it, as a path there."""
    groups: tuple[Group, ...] = ()
    vulnerabilities: tuple[Vulnerability, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why it is deprecated: Legacy, CriticalBugs, Other."""
    successor_range: str = ""
    min_client_version: str = ""
    licence_url: str = ""
    licence_file: str = ""
    requires_acceptance: bool = False
    readme: str = ""
    """The name of the readme within the file, or its address."""
    types: tuple[str, ...] = ()
    """Dependency, DotnetTool, Template...; empty for a plain dependency."""
    development: bool = False
    """True where it is needed for building alone."""
    commit: str = ""
    """Of the repository, which it was built from."""
    framework_assemblies: tuple[tuple[str, str], ...] = ()
    """Name and target framework."""
    framework_references: tuple[tuple[str, str], ...] = ()
    """Name and target framework."""


_decode = msgspec.msgpack.Decoder(NuGetFacts).decode
_NONE = msgspec.Raw(b"\xc0")
_NOTHING = NuGetFacts()


def facts(release: Release) -> NuGetFacts:
    """Read what is kept with a release."""
    return _NOTHING if release.native == _NONE else _decode(release.native)
