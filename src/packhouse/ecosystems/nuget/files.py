"""The one file of a release."""

from packhouse.domain.index import Index, Located
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact
from packhouse.ecosystems.nuget.head import Head, read_head
from packhouse.ecosystems.nuget.places import file_address, file_name
from packhouse.ecosystems.nuget.registration import find_file


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the release that owns a file."""
    fragment = find_file(key, index, filename)
    return None if fragment is None else Located(fragment, artifact_of(key, read_head(index), fragment.version))


def artifact_of(key: PackageKey, head: Head, version: str) -> Artifact:
    """Tell where a release's file is; its digest is told by the catalog alone."""
    url = head.files.get(version) or file_address(head.places.flat, key.name, version)
    return Artifact(file_name(key.name, version), url, kind="archive")
