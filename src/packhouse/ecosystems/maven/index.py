"""How Maven's documents are found, fetched and taken apart."""

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Form, Fragment, Index, IndexFormat, Located
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.maven.layout import METADATA, folder_of, is_folder, pom_name
from packhouse.ecosystems.maven.metadata import join, split, tags_of
from packhouse.ecosystems.maven.record import describe, summarize
from packhouse.ecosystems.maven.tags import retag
from packhouse.ecosystems.maven.versions import is_snapshot

XML = "text/xml"


def document(base_url: str, key: PackageKey) -> UpstreamRequest:
    """Ask for the list of a package's releases."""
    return UpstreamRequest(url=f"{base_url}/{folder_of(key.name)}/{METADATA}")


def release_page(base_url: str, name: str, version: str) -> str:
    """Give the address of a release's folder."""
    return f"{base_url}/{folder_of(name, version)}/"


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the release that owns `{version}/{file}`: the path says it, listed or not."""
    version, slash, bare = filename.partition("/")
    if not (slash and is_folder(version) and is_folder(bare)):
        return None
    listed = next((fragment for fragment in index.fragments if fragment.version == version), None)
    return Located(listed or Fragment(version, b""), artifact(key.name, version, bare))


def artifact(name: str, version: str, filename: str, kind: str = "archive") -> Artifact:
    """Describe a file of a release."""
    from urllib.parse import quote  # noqa: PLC0415 (start-up time)

    path = f"/{folder_of(name, version)}/{quote(filename, safe='+')}"
    return Artifact(f"{version}/{filename}", path, kind=kind, checksum_url=f"{path}.sha1")


def gather_further(registry: UpstreamRegistry, further: FurtherKey) -> Gathering[Gathered]:
    """Fetch a document beside the index: `{version}/{file}` of a package, or the metadata of a group's plugins."""
    from urllib.parse import quote  # noqa: PLC0415 (start-up time)

    if not all(map(is_folder, further.path.split("/"))):
        raise NotFound(f"there is no {further}")
    folder = f"{folder_of(further.key.name)}/" if further.key.name else ""
    return gather_one(UpstreamRequest(url=f"{registry.url}/{folder}{quote(further.path, safe='/+')}"))


def is_lasting(further: FurtherKey) -> bool:
    """Tell whether a document is one of a release, which never changes."""
    version, slash, filename = further.path.partition("/")
    return bool(slash and further.key.name) and not is_snapshot(version) and not filename.startswith(METADATA)


def pom_key(key: PackageKey, version: str) -> FurtherKey:
    """Name the document that describes a release."""
    return FurtherKey(key, f"{version}/{pom_name(key.name, version)}")


def gather_date(registry: UpstreamRegistry, key: PackageKey, fragment: Fragment) -> Gathering[Moment | None]:
    """Find out when a release was published: since when its POM has been as it is."""
    version = fragment.version
    # The POM of a snapshot has the time of its build in its name; its metadata is as old as the newest build.
    filename = METADATA if is_snapshot(version) else pom_name(key.name, version)
    url = f"{registry.url}{artifact(key.name, version, filename).url}"
    (answer,) = yield (UpstreamRequest(url, method="HEAD"),)
    if answer.status == 404:
        raise NotFound(f"{registry.name} has no POM of {key} {version}")
    return read_date(answer.last_modified)


def read_date(text: str | None) -> Moment | None:
    """Read a date of HTTP; None for none, and for the beginning of time that some servers give."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 (start-up time)

    try:
        moment = int(parsedate_to_datetime(text).timestamp() * 1000) if text else 0
    except (ValueError, OverflowError):
        return None
    return Moment(moment) if moment > 0 else None


INDEX = IndexFormat(
    forms={"metadata": Form("metadata", XML, join)},
    split=split,
    describe=describe,
    locate=locate,
    tags=tags_of,
    retag=retag,
    summary=summarize,
)
