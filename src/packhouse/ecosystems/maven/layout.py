"""The layout of a Maven repository: what stands at which path.

Specification: the repository layout document of maven-resolver, `{group/as/folders}/{artifact}/{version}/{file}`.
"""

import re

from msgspec import Struct

from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import NormalName
from packhouse.ecosystems.maven.names import make_name, split_name
from packhouse.ecosystems.maven.versions import MAX_LENGTH, is_snapshot

METADATA = "maven-metadata.xml"
CHECKSUMS = ("sha1", "md5", "sha256", "sha512")
_MAX_FILENAME = 400
# Whatever a file of a release is called, it is one file in one folder.
_is_safe = re.compile(r"(?!\.{1,2}$)[^\x00-\x1f\x7f/\\]+").fullmatch
_is_timestamped = re.compile(r"-[0-9]{8}\.[0-9]{6}-[0-9]+(?=[.-])").search


class Place(Struct, frozen=True):
    """Where a path leads."""

    name: NormalName
    """Empty for what belongs to no package: the metadata of a group that is one folder."""
    version: str = ""
    """The folder of a release; empty for the folder of the package. Without a package: the group's."""
    filename: str = METADATA
    """Without the end of a checksum."""
    checksum: str = ""
    """The algorithm, where the path is that of a checksum file."""

    @property
    def is_index(self) -> bool:
        """Whether it is the document that lists a package's releases."""
        return not self.version and self.filename == METADATA and bool(self.name)

    @property
    def is_moving(self) -> bool:
        """Whether it is a document or a file that may change: the metadata of a snapshot, or its only file."""
        if self.filename == METADATA:
            return True
        return is_snapshot(self.version) and not _is_timestamped(self.filename)


def read_path(segments: list[str]) -> Place:
    """Tell what a path means, by its folders from the end; raise NotFound for one that means nothing here."""
    folders, filename = segments[:-1], segments[-1] if segments else ""
    if not all(map(_is_safe, segments)) or len(filename) > _MAX_FILENAME or (segments and segments[0][0] == "."):
        raise _nothing()
    filename, checksum = _without_checksum(filename)
    try:
        if filename == METADATA:
            return _metadata(folders, checksum)
        if len(folders) < 3 or filename.startswith(METADATA) or not is_folder(folders[-1]):
            raise _nothing()
        name = make_name(".".join(folders[:-2]), folders[-2])
    except Invalid:
        raise _nothing() from None
    return Place(name, folders[-1], filename, checksum)


def is_folder(version: str) -> bool:
    """Tell whether a version can be the name of a folder."""
    return len(version) <= MAX_LENGTH and _is_safe(version) is not None


def folder_of(name: str, version: str = "") -> str:
    """Write the path of a package's folder or of a release's, without slashes at the ends."""
    from urllib.parse import quote  # noqa: PLC0415 (start-up time)

    group, artifact = split_name(name)
    path = f"{group.replace('.', '/')}/{artifact}"
    return f"{path}/{quote(version, safe='+')}" if version else path


def pom_name(name: str, version: str) -> str:
    """Name the file that describes a release."""
    return f"{split_name(name)[1]}-{version}.pom"


def file_name(name: str, version: str, extension: str, classifier: str = "") -> str:
    """Name a file of a release."""
    middle = f"{version}-{classifier}" if classifier else version
    return f"{split_name(name)[1]}-{middle}.{extension}"


def _metadata(folders: list[str], checksum: str) -> Place:
    if not folders:
        raise _nothing()
    if len(folders) >= 3 and is_snapshot(folders[-1]):
        return Place(make_name(".".join(folders[:-2]), folders[-2]), folders[-1], METADATA, checksum)
    if len(folders) == 1:
        return Place(NormalName(""), folders[0], METADATA, checksum)
    return Place(make_name(".".join(folders[:-1]), folders[-1]), "", METADATA, checksum)


def _without_checksum(filename: str) -> tuple[str, str]:
    stem, _, end = filename.rpartition(".")
    return (stem, end) if stem and end in CHECKSUMS else (filename, "")


def _nothing() -> NotFound:
    return NotFound("there is nothing at this address", "a path is {group}/{artifact}/{version}/{file}")
