"""The record of a package, and what completes a release: its manifest and its catalog entry."""

import base64
import binascii
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from packhouse.domain.digest import Digest
from packhouse.domain.errors import UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact, Licence, Link, PackageRecord, Release, build_record, native
from packhouse.ecosystems.nuget.entry import (
    read_authors,
    read_entry,
    read_licence,
    read_tags,
    release_of,
    requirements_of,
    web_address,
)
from packhouse.ecosystems.nuget.facts import facts
from packhouse.ecosystems.nuget.files import artifact_of
from packhouse.ecosystems.nuget.gatherings import CATALOG, catalog_path_of
from packhouse.ecosystems.nuget.head import Head, read_head
from packhouse.ecosystems.nuget.nuspec import Nuspec, parse_nuspec
from packhouse.ecosystems.nuget.versions import is_prerelease, version_key


class _CatalogLeaf(Struct):
    hash: str = msgspec.field(name="packageHash", default="")
    algorithm: str = msgspec.field(name="packageHashAlgorithm", default="")
    size: int | None = msgspec.field(name="packageSize", default=None)


_decode_leaf = msgspec.json.Decoder(_CatalogLeaf).decode


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record; unlisted releases count as yanked."""
    head = read_head(index)
    ordered = sorted(index.fragments, key=lambda fragment: version_key(fragment.version))
    releases = [_release(key, head, fragment) for fragment in ordered]
    description = next((each.description for each in reversed(releases) if each.description), None)
    return build_record(key, releases, description=description)


def summarize(key: PackageKey, index: Index) -> Summary | None:
    """Read what search shows of the release that is installed by default; None where all are unlisted."""
    by_order = sorted(index.fragments, key=lambda fragment: version_key(fragment.version), reverse=True)
    stable = [fragment for fragment in by_order if not is_prerelease(fragment.version)]
    for fragment in (*stable, *by_order):
        entry = read_entry(fragment.body)
        if entry.get("listed", True) is False:
            continue
        release = release_of(entry, fragment.version, "")
        return Summary(
            key=key,
            version=fragment.version,
            description=release.description or "",
            keywords=release.keywords,
            published_at=fragment.published_at,
            maintainers=tuple(person.name for person in release.authors if person.name),
            links={link.label: link.url for link in release.links},
            licence=" OR ".join(licence.spdx or licence.raw for licence in release.licences),
        )
    return None


def default_version(record: PackageRecord) -> str:
    """Choose as clients do: the newest stable release that is listed, else the newest pre-release that is."""
    listed = [at for at in range(len(record.versions)) if at not in record.yanked]
    stable = [at for at in listed if at not in record.prereleases]
    chosen = stable or listed or list(range(len(record.versions)))
    return record.versions[chosen[-1]] if chosen else ""


def complete(
    key: PackageKey, release: Release, documents: Mapping[FurtherKey, bytes | None]
) -> Release | frozenset[FurtherKey]:
    """Add what stands in the manifest (repository, licence, kinds) and in the catalog (digest, size)."""
    manifest = FurtherKey(key, f"nuspec/{release.version.lower()}")
    path = facts(release).catalog
    leaf = FurtherKey(key, f"{CATALOG}{path}") if path else None
    wanted = frozenset(each for each in (manifest, leaf) if each is not None)
    if missing := wanted - documents.keys():
        return missing
    body, told = documents[manifest], documents[leaf] if leaf is not None else None
    completed = _with_manifest(release, body) if body is not None else release
    return _with_digest(completed, told) if told is not None else completed


def _release(key: PackageKey, head: Head, fragment: Fragment) -> Release:
    release = release_of(read_entry(fragment.body), fragment.version, catalog_path_of(fragment.body))
    artifact = artifact_of(key, head, fragment.version)
    return replace(release, published_at=fragment.published_at, artifacts=(artifact,))


def _with_manifest(release: Release, body: bytes) -> Release:
    try:
        found = parse_nuspec(body)
    except UpstreamBad:
        return release
    known = facts(release)
    groups = found.groups or known.groups
    return replace(
        release,
        description=release.description or found.description or found.summary or None,
        requirements=requirements_of(groups),
        licences=_licences(release, found),
        links=_links(release, found),
        authors=release.authors or read_authors(found.authors),
        keywords=release.keywords or read_tags(found.tags),
        native=native(
            replace(
                known,
                title=known.title or found.title,
                groups=groups,
                licence_file=found.licence if found.licence_type == "file" else "",
                readme=found.readme or known.readme,
                types=found.types,
                development=found.development,
                commit=found.commit,
                framework_assemblies=found.framework_assemblies,
                framework_references=found.framework_references,
            )
        ),
    )


def _licences(release: Release, found: Nuspec) -> tuple[Licence, ...]:
    if found.licence_type == "expression":
        return read_licence(found.licence, "")
    if found.licence_type == "file" and not release.licences:
        return (Licence(f"SEE LICENSE IN {found.licence}"[:500]),)
    return release.licences or read_licence("", found.licence_url)


def _links(release: Release, found: Nuspec) -> tuple[Link, ...]:
    links = list(release.links)
    labels = {link.label for link in links}
    for label, address in (("homepage", found.project_url), ("repository", found.repository_url)):
        if label not in labels and (page := web_address(address)):
            links.append(Link(label, page))
    return tuple(links)


def _with_digest(release: Release, body: bytes) -> Release:
    try:
        leaf = _decode_leaf(body)
        raw = base64.b64decode(leaf.hash, validate=True)
    except (msgspec.MsgspecError, binascii.Error, RecursionError):
        return release
    algorithm = leaf.algorithm.replace("-", "").lower()
    digests = (Digest(algorithm, raw.hex()),) if _LENGTHS.get(algorithm) == len(raw) else ()
    size = leaf.size if leaf.size is not None and leaf.size >= 0 else None
    artifacts = tuple(_told(artifact, digests, size) for artifact in release.artifacts)
    return replace(release, artifacts=artifacts)


_LENGTHS = {"sha256": 32, "sha512": 64}


def _told(artifact: Artifact, digests: tuple[Digest, ...], size: int | None) -> Artifact:
    return replace(artifact, digests=artifact.digests or digests, size_bytes=size)
