"""All documents that a feed has about the releases of one package, put together as one body."""

import msgspec
from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.nuget.places import Places


class Collected(Struct, frozen=True, array_like=True):
    """The upstream's documents in their own bytes, and where the feed has what."""

    places: Places
    registration: bytes = b""
    """The registration index; empty where the feed has no registrations."""
    pages: dict[str, bytes] = {}
    """The pages that stand outside of the index, by their address there."""
    flat: bytes = b""
    """The list of versions, where there is no registration."""


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Collected).decode


def pack_collected(collected: Collected) -> bytes:
    """Encode the documents."""
    return _pack(collected)


def read_collected(body: bytes) -> Collected:
    """Decode what `pack_collected` has made; raise UpstreamBad if it is anything else."""
    try:
        return _unpack(body)
    except msgspec.MsgspecError as error:
        raise UpstreamBad(f"what is kept of the package's documents cannot be read: {error}") from error
