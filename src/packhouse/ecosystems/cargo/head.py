"""What an index file does not say of one release, and the addresses of files that are made with it."""

import re

import msgspec
from msgspec import Struct

from packhouse.domain.digest import Digest
from packhouse.domain.index import Fragment, Index
from packhouse.domain.release import Artifact
from packhouse.ecosystems.cargo.lines import read_sum
from packhouse.ecosystems.cargo.places import file_address

FILE = ".crate"
"""What the names of files end in."""


class Head(Struct, frozen=True, array_like=True):
    """All that is not of one release."""

    dl: str
    """Where the registry has its files."""
    ended: bool
    """True where the last line has its end."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Head).decode
_SUM = r"[0-9a-f]{64}"


def pack_head(dl: str, *, ended: bool) -> bytes:
    """Encode a head."""
    return _pack(Head(dl, ended))


def read_head(index: Index) -> Head:
    """Decode the head of an index that `split` made."""
    return _unpack(index.head)


def artifact_of(dl: str, fragment: Fragment) -> Artifact | None:
    """Tell where a release's file is and what it hashes to; None for a line that says neither."""
    found = read_sum(fragment.body)
    if found is None:
        return None
    name, checksum = found[0], found[1].lower()
    digests = (Digest("sha256", checksum),) if re.fullmatch(_SUM, checksum) else ()
    # Without an address it is a file of our own.
    url = file_address(dl, name, fragment.version, checksum if digests else "") if dl else ""
    return Artifact(file_name(name, fragment.version), url, digests, kind="source")


def file_name(name: str, version: str) -> str:
    """Name a release's file."""
    return f"{name}-{version}{FILE}"
