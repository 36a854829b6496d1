"""What the two editions of the API differ in."""

from typing import Literal

from msgspec import UNSET
from msgspec.structs import replace

from packhouse.apis.depsdev.list_messages import QueryResult
from packhouse.apis.depsdev.messages import Package, Version

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


def has_method(edition: Edition, name: str) -> bool:
    """Tell whether an edition has a method."""
    return edition == "v3alpha" or name in STABLE


def in_edition(edition: Edition, message: object) -> object:
    """Leave out what an edition does not have."""
    if edition == "v3alpha":
        return message
    match message:
        case Package():
            versions = tuple(replace(version, purl=UNSET) for version in message.versions)
            return replace(message, purl=UNSET, versions=versions)
        case Version():
            return _stable_version(message)
        case QueryResult():
            results = (
                replace(each, version=_stable_version(each.version), artifacts=UNSET) for each in message.results
            )
            return QueryResult(tuple(results))
        case _:
            return message


def _stable_version(version: Version) -> Version:
    return replace(version, purl=UNSET, license_details=UNSET, upstream_identifiers=UNSET, cooldown=UNSET)
