"""The documents that are served: full, abbreviated, and that of the tags."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from secrets import token_hex
from typing import Any

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from packhouse.domain.index import BASE, Fragment, Index
from packhouse.ecosystems.npm.head import SMALL_BYTES, Frame, Head, decode_head, read_frame, read_head
from packhouse.ecosystems.npm.manifest import has_install_script
from packhouse.ecosystems.npm.members import (
    decode_any,
    decode_members,
    read_object,
    with_values,
    without_members,
)
from packhouse.ecosystems.npm.names import split_scope
from packhouse.ecosystems.npm.tags import retag

_ALWAYS = frozenset({"created", "modified", "unpublished"})
"""Keys of `time` that are no versions."""
_BY_FILE = ("_attachments", "_distfiles")
"""Fields whose members are named as files."""
_FILE_KINDS = ("tgz", "tar.gz", "sigstore")
_TRUE = Raw(b"true")
# A NUL may not stand in JSON, so that something that nobody can guess stands for it while manifests are decoded.
_TOKEN = token_hex(16).encode()

_Field = Raw | UnsetType


class _Short(Struct):
    """The fields of a version in the abbreviated document, in the order of the registry's own description."""

    name: _Field = UNSET
    version: _Field = UNSET
    deprecated: _Field = UNSET
    dependencies: _Field = UNSET
    acceptDependencies: _Field = UNSET  # noqa: N815 (wire)
    optionalDependencies: _Field = UNSET  # noqa: N815 (wire)
    devDependencies: _Field = UNSET  # noqa: N815 (wire)
    bundleDependencies: _Field = UNSET  # noqa: N815 (wire)
    peerDependencies: _Field = UNSET  # noqa: N815 (wire)
    peerDependenciesMeta: _Field = UNSET  # noqa: N815 (wire)
    bin: _Field = UNSET
    directories: _Field = UNSET
    dist: _Field = UNSET
    engines: _Field = UNSET
    shrinkwrap: _Field = msgspec.field(default=UNSET, name="_hasShrinkwrap")
    hasInstallScript: _Field = UNSET  # noqa: N815 (wire)
    funding: _Field = UNSET
    cpu: _Field = UNSET
    os: _Field = UNSET
    libc: _Field = UNSET
    scripts: _Field = UNSET
    """Read, not written: the full document has scripts where the abbreviated one has `hasInstallScript`."""


_decode_shorts = msgspec.json.Decoder(list[_Short]).decode
_encode = msgspec.json.Encoder().encode


def join_full(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Make the full document: upstream's own bytes where no release is missing."""
    head = read_head(index)
    frame = read_frame(head)
    if not _is_whole(head, fragments):
        frame = _reduce(head, frame, fragments)
    if not frame.after:
        return frame.before
    if frame.gaps:
        inner: list[bytes] = [frame.gaps[0]]
        for fragment, gap in zip(fragments, frame.gaps[1:], strict=True):
            inner += (fragment.body, gap)
    else:
        inner = [frame.opening]
        lead = b""
        for fragment in fragments:
            inner += (lead, _encode(fragment.version), frame.colon, fragment.body)
            lead = frame.lead
        inner.append(frame.closing)
    return b"".join((frame.before, b"{", *inner, b"}", frame.after))


def join_abbreviated(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Make the document for installs: what a resolver needs of each version, and the times."""
    head = read_head(index)
    frame = read_frame(head)
    if not _is_whole(head, fragments):
        frame = _reduce(head, frame, fragments)
    top = decode_members(frame.text())
    time = decode_any(top["time"]) if "time" in top else None
    modified = time.get("modified") if isinstance(time, dict) else None
    document: dict[str, Any] = {"name": top["name"]}
    if isinstance(modified, str):
        document["modified"] = modified
    elif "modified" in top:
        document["modified"] = top["modified"]
    document["dist-tags"] = top.get("dist-tags", {})
    document["versions"] = _shorten(fragments)
    if "time" in top:
        document["time"] = top["time"]
    return _encode(document).replace(_TOKEN, BASE)


def tags_document(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Make the document of the tags, as they are when only these releases are there."""
    return _encode(retag(read_head(index).tags, [fragment.version for fragment in fragments]))


def head_members(index: Index) -> dict[str, Raw]:
    """Read the fields of the document that are not of one version."""
    return dict(_small_members(index.head)) if len(index.head) <= SMALL_BYTES else _members(index.head)


def _members(head: bytes) -> dict[str, Raw]:
    members = decode_members(read_frame(decode_head(head)).text())
    members.pop("versions", None)
    return members


_small_members = lru_cache(32)(_members)


def _is_whole(head: Head, fragments: Sequence[Fragment]) -> bool:
    if not head.sound or len(fragments) != len(head.versions):
        return False
    return all(fragment.version == version for fragment, version in zip(fragments, head.versions, strict=True))


def _reduce(head: Head, frame: Frame, fragments: Sequence[Fragment]) -> Frame:
    """Let all that is not there drop out of the text around the manifests as well."""
    left = {fragment.version for fragment in fragments}
    gone = {version for version in (*head.versions, *head.omitted) if version not in left} - _ALWAYS
    text = frame.text()
    top = {name: bytes(raw) for name, raw in decode_members(text).items()}
    changed = {}
    if "dist-tags" in top:
        changed["dist-tags"] = _encode(retag(head.tags, left))
    if top.get("time", b"").startswith(b"{"):
        changed["time"] = without_members(top["time"], lambda name: name not in gone)
    files = _files(decode_any(top["name"]), gone)
    for name in _BY_FILE:
        if top.get(name, b"").startswith(b"{"):
            changed[name] = without_members(top[name], lambda file: file not in files)
    text = with_values(text, changed)
    versions = next((member for member in read_object(text).members if member.name == "versions"), None)
    if versions is None:
        return Frame(text, b"")
    before, after = text[: versions.start], text[versions.end :]
    if frame.gaps:
        return Frame(before, after)
    return msgspec.structs.replace(frame, before=before, after=after)


def _files(name: str, versions: Iterable[str]) -> frozenset[str]:
    """Name the files of releases as attachments are named: with the scope by npm itself, without it by others."""
    stems = {name, split_scope(name)[1]}
    return frozenset(f"{stem}-{version}.{kind}" for stem in stems for version in versions for kind in _FILE_KINDS)


def _shorten(fragments: Sequence[Fragment]) -> dict[str, _Short]:
    manifests = b",".join([fragment.body for fragment in fragments]).replace(BASE, _TOKEN)
    shorts = _decode_shorts(b"[%b]" % manifests)
    for short in shorts:
        if short.hasInstallScript is UNSET and has_install_script(short.scripts):
            short.hasInstallScript = _TRUE
        short.scripts = UNSET
    return {fragment.version: short for fragment, short in zip(fragments, shorts, strict=True)}
