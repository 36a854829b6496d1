"""Where a registry says that its files and its Web API are: its `config.json`."""

from urllib.parse import quote

import msgspec
from msgspec import Struct

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.cargo.names import prefix

CONFIG = "config.json"


class Places(Struct, frozen=True):
    """The fields of `config.json` that lead somewhere."""

    dl: str
    """Address of a file, with markers; without any, the address behind which the usual path stands."""
    api: str | None = None
    """Where the Web API is, without `/api/v1`."""


_decode = msgspec.json.Decoder(Places).decode
_MARKERS = ("{crate}", "{version}", "{prefix}", "{lowerprefix}", "{sha256-checksum}")


def read_places(config: bytes) -> Places:
    """Read a registry's configuration; raise UpstreamBad where it is none."""
    try:
        places = _decode(config)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UpstreamBad(
            f"the upstream's {CONFIG} cannot be read", "is this the address of a sparse index?"
        ) from error
    if not _is_address(places.dl) or not (places.api is None or _is_address(places.api)):
        raise UpstreamBad(f"the upstream's {CONFIG} gives no web addresses")
    return places


def file_address(dl: str, name: str, version: str, checksum: str) -> str:
    """Write the address of a release's file; the name as the index writes it."""
    if not any(marker in dl for marker in _MARKERS):
        dl = dl.rstrip("/") + "/{crate}/{version}/download"
    # A plus in an address is a blank to some stores of files: it is escaped.
    texts = (name, quote(version, safe=""), prefix(name), prefix(name.lower()), checksum)
    for marker, text in zip(_MARKERS, texts, strict=True):
        dl = dl.replace(marker, text)
    return dl


def _is_address(text: str) -> bool:
    plain = text.isascii() and text.isprintable() and not any(each in text for each in ' "<>\\^`|')
    return plain and len(text) < 2000 and text.lower().startswith(("https://", "http://"))
