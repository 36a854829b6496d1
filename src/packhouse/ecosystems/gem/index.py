"""The index document of a gem: its file in the compact index, a line for each release and platform.

Lines are kept as they are. Their MD5 stands in the registry's list of all gems, so that what is not refused must come
out byte for byte.
"""

import hashlib
from collections.abc import Collection, Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.gem.files import artifact_of
from packhouse.ecosystems.gem.lines import read_created, read_line, read_release
from packhouse.ecosystems.gem.names import FILE, full_name
from packhouse.ecosystems.gem.record import describe, summarize

INFO = "info"
"""The one form in which an index document is served."""
_RULE = b"---"


class Head(Struct, frozen=True, array_like=True):
    """All that is not of one release."""

    text: bytes
    """Up to the rule, and with it."""
    end: bytes
    """What stands behind the last line."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Head).decode


def split(key: PackageKey, body: bytes) -> Index:
    """Take an info file apart; raise UpstreamBad if it is none."""
    if BASE in body:
        raise UpstreamBad(f"the info file of {key} has a NUL in it")
    text, lines = _without_head(key, body)
    if not lines.strip():
        text, lines = text + lines, b""
    kept = lines.rstrip(b"\r\n")
    fragments: list[Fragment] = []
    seen: set[str] = set()
    for line in kept.split(b"\n") if kept else ():
        fragment = _fragment(key, line, seen)
        if fragment is not None:
            fragments.append(fragment)
        elif fragments:
            # An empty line belongs to the one before it: nothing is lost, and nothing of it can be refused.
            fragments[-1] = msgspec.structs.replace(fragments[-1], body=b"%b\n%b" % (fragments[-1].body, line))
        else:
            text += line + b"\n"
    digest = hashlib.blake2b(body, digest_size=16).hexdigest()
    return Index(_pack(Head(text, lines[len(kept) :])), tuple(fragments), digest)


def join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Make an info file of the lines that are left."""
    head = _unpack(index.head)
    if not fragments:
        return head.text
    return head.text + b"\n".join([fragment.body for fragment in fragments]) + head.end


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the release that owns a file `name-version[-platform].gem`: the index says where the name ends."""
    fragment = next((each for each in index.fragments if each.part == filename), None)
    line = fragment and read_line(fragment.body)
    return Located(fragment, artifact_of(key.name, line)) if fragment and line else None


def _without_head(key: PackageKey, body: bytes) -> tuple[bytes, bytes]:
    """Cut behind the line of three dashes."""
    if body.startswith(_RULE + b"\n") or body.strip() == _RULE:
        position = 0
    else:
        position = body.find(b"\n" + _RULE + b"\n") + 1
        if not position:
            hint = "a registry without a compact index cannot be an upstream"
            raise UpstreamBad(f"what the upstream has for {key} is no info file of a compact index", hint)
    end = position + len(_RULE) + 1
    return body[:end], body[end:]


def _fragment(key: PackageKey, line: bytes, seen: set[str]) -> Fragment | None:
    """Read a line; None for an empty one."""
    if not line.strip():
        return None
    release = read_release(line)
    if release is None:
        raise UpstreamBad(f"the info file of {key} has a line that is no release: {line[:60]!r}")
    part = full_name(key.name, *release) + FILE
    while part in seen:  # nobody publishes twice, but a line more would go unnoticed
        part += "#"
    seen.add(part)
    return Fragment(release[0], line, read_created(line), part=part)


def _no_tags(index: Index) -> dict[str, str]:
    del index
    return {}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    return {tag: version for tag, version in tags.items() if version in versions}


INDEX = IndexFormat(
    forms={INFO: Form(INFO, "text/plain; charset=utf-8", join)},
    split=split,
    describe=describe,
    locate=locate,
    tags=_no_tags,
    retag=_retag,
    summary=summarize,
)
