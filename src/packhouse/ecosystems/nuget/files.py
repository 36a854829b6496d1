"""The one file of a release."""

from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact
from packhouse.ecosystems.nuget.head import Head
from packhouse.ecosystems.nuget.places import file_address, file_name


def artifact_of(key: PackageKey, head: Head, version: str) -> Artifact:
    """Tell where a release's file is; its digest is told by the catalog alone."""
    url = head.files.get(version) or file_address(head.places.flat, key.name, version)
    return Artifact(file_name(key.name, version), url, kind="archive")
