"""The index document: `@v/list`, a line for each version; and how the module stands, as its newest go.mod says.

A file may be asked for of a version that no list has: pseudo-versions stand for commits. `locate` makes a fragment for
it, so that the rules are asked about it as about any other.
"""

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, build_record
from packhouse.ecosystems.golang.links import module_links
from packhouse.ecosystems.golang.names import escape, unescape
from packhouse.ecosystems.golang.standing import LATEST, Standing, choose_standing, decode, encode, retag, retracted_by
from packhouse.ecosystems.golang.versions import is_prerelease, is_version, pseudo_moment, read_time, version_key

_MAX_LINE = 1000
_MAX_BYTES = 32 << 20
_ZIP = ".zip"


class _Collected(Struct, frozen=True, array_like=True):
    list: bytes
    """The upstream's bytes."""
    standing: Standing


_decode = msgspec.msgpack.Decoder(_Collected).decode


def collect(body: bytes, standing: Standing) -> bytes:
    """Put a list and the module's standing together, for `split` to take apart."""
    return msgspec.msgpack.encode(_Collected(body, standing))


def read_lines(key: PackageKey, body: bytes) -> list[tuple[str, bytes]]:
    """Read the lines of a list, each with its version; raise UpstreamBad if it is no list."""
    if BASE in body or body.lstrip().startswith(b"<") or len(body) > _MAX_BYTES:
        raise UpstreamBad(f"the upstream's list of {key} is no list of versions")
    found: dict[str, bytes] = {}
    for line in body.split(b"\n"):
        words = line.split(None, 1)
        if not words:
            continue
        if len(line) > _MAX_LINE:
            raise UpstreamBad(f"the upstream's list of {key} has an impossible line")
        try:
            found.setdefault(words[0].decode("ascii"), line)
        except UnicodeDecodeError:
            raise UpstreamBad(f"the upstream's list of {key} has a version that is not ASCII") from None
    return list(found.items())


def split(key: PackageKey, body: bytes) -> Index:
    """Take apart what `collect` has put together; raise UpstreamBad if the list is none."""
    try:
        collected = _decode(body)
    except msgspec.MsgspecError:
        raise UpstreamBad(f"the upstream's list of {key} is no list of versions") from None
    fragments = [Fragment(version, line, _moment(version, line)) for version, line in read_lines(key, collected.list)]
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Index(encode(collected.standing), tuple(fragments), digest)


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Put the lines that are left together."""
    del index
    return b"".join(fragment.body + b"\n" for fragment in fragments)


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
    return Located(listed or Fragment(version, b"", pseudo_moment(version)), _archive(key, version))


def _moment(version: str, line: bytes) -> Moment | None:
    """Read when a version was committed: of the version itself, or behind it, where some proxies write it."""
    words = line.split()
    return pseudo_moment(version) or (read_time(words[1].decode("ascii", "replace")) if len(words) > 1 else None)


def _archive(key: PackageKey, version: str) -> Artifact:
    return Artifact(archive_name(version), f"/{escape(key.name)}/@v/{archive_name(version)}")


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record; lines that are no version are left out."""
    links, standing = module_links(key.name), decode(index.head)
    retracted = retracted_by(standing)
    listed = sorted((each for each in index.fragments if is_version(each.version)), key=_order)
    releases = [
        Release(
            version=each.version,
            published_at=each.published_at,
            prerelease=is_prerelease(each.version),
            links=links,
            artifacts=(_archive(key, each.version),),
            yanked=retracted(each.version),
            deprecated=standing.deprecated,
        )
        for each in listed
    ]
    return build_record(key, releases, tags=_tags(index), runtime="go")


def _order(fragment: Fragment) -> tuple[object, str]:
    return version_key(fragment.version), fragment.version


def _tags(index: Index) -> dict[str, str]:
    """Make `latest` of what the go command calls so."""
    latest = choose_standing(decode(index.head), [fragment.version for fragment in index.fragments])
    return {LATEST: latest} if latest else {}


def _summary(key: PackageKey, index: Index) -> Summary:
    links = {link.label: link.url for link in module_links(key.name)}
    return Summary(key, _tags(index).get(LATEST, ""), links=links)


INDEX = IndexFormat(
    forms={"list": Form("list", "text/plain; charset=utf-8", join)},
    split=split,
    describe=describe,
    locate=locate,
    tags=_tags,
    retag=retag,
    summary=_summary,
)
