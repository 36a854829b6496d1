"""What only RubyGems knows of a release: kept in `Release.native`, written by describe() and complete()."""

import msgspec
from msgspec import Struct

from packhouse.domain.release import Release


class GemFacts(Struct, frozen=True, omit_defaults=True):
    """What the index and the API say of a release and the domain has no place for."""

    platform: str = ""
    """The platform that the release's requirements without a marker and its runtimes are those of."""
    platforms: tuple[str, ...] = ()
    """All platforms that it has a file for, in the index's order."""
    runtimes: dict[str, dict[str, str]] = {}
    """By platform what its file must run on, where that is not what the release's runtimes say."""
    downloads: int | None = None
    """Of this version, for all platforms, when the API was asked."""


_decode = msgspec.msgpack.Decoder(GemFacts).decode
_NONE = msgspec.Raw(b"\xc0")
_NOTHING = GemFacts()


def facts(release: Release) -> GemFacts:
    """Read what is kept with a release."""
    return _NOTHING if release.native == _NONE else _decode(release.native)
