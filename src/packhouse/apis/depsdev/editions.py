"""What the two editions of the API differ in."""

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from packhouse.apis.depsdev.list_messages import QueryResult
from packhouse.apis.depsdev.messages import Message, Package, PackageKey, PackageVersion, Version, VersionKey

Edition = Literal["v3", "v3alpha"]

STABLE = frozenset(
    (
        "GetPackage",
        "GetVersion",
        "GetRequirements",
        "GetDependencies",
        "GetProject",
        "GetProjectPackageVersions",
        "GetAdvisory",
        "Query",
    )
)
"""The methods that v3 has; v3alpha has all."""


class StablePackageVersion(Message, frozen=True):
    """A release in a list as v3 has it: its fields stand in another order there, in the recorded answers too."""

    version_key: VersionKey
    is_default: bool
    published_at: datetime | UnsetType
    is_deprecated: bool
    deprecated_reason: str


class StablePackage(Message, frozen=True):
    """A package as v3 has it."""

    package_key: PackageKey
    versions: tuple[StablePackageVersion, ...]


def has_method(edition: Edition, name: str) -> bool:
    """Tell whether an edition has a method."""
    return edition == "v3alpha" or name in STABLE


def in_edition(edition: Edition, message: object) -> object:
    """Leave out what an edition does not have."""
    if edition == "v3alpha":
        return message
    match message:
        case Package():
            return StablePackage(message.package_key, tuple(map(_listed, message.versions)))
        case Version():
            return _stable_version(message)
        case QueryResult():
            results = (
                replace(each, version=_stable_version(each.version), artifacts=UNSET) for each in message.results
            )
            return QueryResult(tuple(results))
        case _:
            return message


def _listed(version: PackageVersion) -> StablePackageVersion:
    return StablePackageVersion(
        version.version_key,
        version.is_default,
        version.published_at,
        version.is_deprecated,
        version.deprecated_reason,
    )


def _stable_version(version: Version) -> Version:
    return replace(version, purl=UNSET, license_details=UNSET, upstream_identifiers=UNSET, cooldown=UNSET)
