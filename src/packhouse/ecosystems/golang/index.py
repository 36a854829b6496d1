"""The index document: `@v/list`, a line for each tagged version.

A file may be asked for of a version that no list has: pseudo-versions stand for commits. `locate` makes a fragment for
it, so that the rules are asked about it as about any other.
"""

import hashlib
from collections.abc import Collection, Sequence

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, build_record
from packhouse.ecosystems.golang.links import module_links
from packhouse.ecosystems.golang.names import escape, unescape
from packhouse.ecosystems.golang.versions import is_prerelease, is_version, pseudo_moment, rank, version_key

_MAX_LINE = 1000
_ZIP = ".zip"


def split(key: PackageKey, body: bytes) -> Index:
    """Take a list apart; raise UpstreamBad if it is none."""
    if BASE in body or b"<" in body:
        raise UpstreamBad(f"the upstream's list of {key} is no list of versions")
    fragments: dict[str, Fragment] = {}
    for line in body.splitlines():
        words = line.split()
        if not words:
            continue
        if len(line) > _MAX_LINE:
            raise UpstreamBad(f"the upstream's list of {key} has an impossible line")
        try:
            version = words[0].decode("ascii")
        except UnicodeDecodeError:
            raise UpstreamBad(f"the upstream's list of {key} has a version that is not ASCII") from None
        fragments.setdefault(version, Fragment(version, line, pseudo_moment(version)))
    return Index(b"", tuple(fragments.values()), hashlib.blake2b(body, digest_size=16).hexdigest())


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Put the lines that are left together."""
    del index
    return b"".join(fragment.body + b"\n" for fragment in fragments)


def choose_latest(versions: Collection[str]) -> str:
    """Choose what `@latest` means: the highest release, else the highest pre-release; empty where there is none."""
    return max(filter(is_version, versions), key=rank, default="")


def archive_name(version: str) -> str:
    """Name the archive of a version as we serve it."""
    return f"{escape(version)}{_ZIP}"


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the version that owns an archive, listed or not."""
    if not filename.endswith(_ZIP):
        return None
    try:
        version = unescape(filename.removesuffix(_ZIP))
    except Invalid:
        return None
    if not is_version(version):
        return None
    listed = next((fragment for fragment in index.fragments if fragment.version == version), None)
    fragment = listed or Fragment(version, b"", pseudo_moment(version))
    return Located(fragment, _archive(key, version))


def _archive(key: PackageKey, version: str) -> Artifact:
    return Artifact(archive_name(version), f"/{escape(key.name)}/@v/{archive_name(version)}")


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record; lines that are no version are left out."""
    links = module_links(key.name)
    versions = sorted((each.version for each in index.fragments if is_version(each.version)), key=_order)
    releases = [
        Release(
            version=version,
            published_at=pseudo_moment(version),
            prerelease=is_prerelease(version),
            links=links,
            artifacts=(_archive(key, version),),
        )
        for version in versions
    ]
    latest = choose_latest(versions)
    return build_record(key, releases, tags={"latest": latest} if latest else {}, runtime="go")


def _order(version: str) -> tuple[object, str]:
    return version_key(version), version


def _tags(index: Index) -> dict[str, str]:
    latest = choose_latest([fragment.version for fragment in index.fragments])
    return {"latest": latest} if latest else {}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    latest = choose_latest(versions) if tags else ""
    return {"latest": latest} if latest else {}


def _summary(key: PackageKey, index: Index) -> Summary:
    links = {link.label: link.url for link in module_links(key.name)}
    return Summary(key, _tags(index).get("latest", ""), links=links)


INDEX = IndexFormat(
    forms={"list": Form("list", "text/plain; charset=utf-8", join)},
    split=split,
    describe=describe,
    locate=locate,
    tags=_tags,
    retag=_retag,
    summary=_summary,
)
