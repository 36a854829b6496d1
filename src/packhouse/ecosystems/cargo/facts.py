"""What only cargo knows of a release: kept in `Release.native`, written by describe(), read by resolver and doors."""

import msgspec
from msgspec import Struct

from packhouse.domain.release import Release


class CargoFacts(Struct, frozen=True, omit_defaults=True):
    """What the index says of a release and the domain has no place for."""

    features: dict[str, list[str]] = {}
    """What each feature switches on (features, `dep:name`, `name/feature`, `name?/feature`), of both fields."""
    links: str | None = None
    """The native library that it links to: only one release that does may be in a program."""
    plain: tuple[int, ...] = ()
    """Positions of the requirements that do not want their package's default features."""
    registries: dict[int, str] = {}
    """The other registry's index by position of the requirement, where that is to be met from another one."""


_decode = msgspec.msgpack.Decoder(CargoFacts).decode
_NONE = msgspec.Raw(b"\xc0")
_NOTHING = CargoFacts()


def facts(release: Release) -> CargoFacts:
    """Read what is kept with a release."""
    return _NOTHING if release.native == _NONE else _decode(release.native)


class _Native(Struct):
    native: msgspec.Raw = _NONE


class _Links(Struct):
    links: str | None = None


_decode_native = msgspec.msgpack.Decoder(_Native).decode
_decode_links = msgspec.msgpack.Decoder(_Links).decode


def links(release: msgspec.Raw) -> str | None:
    """Read the native library of a release out of its encoded form, and nothing else."""
    native = _decode_native(release).native
    return None if native == _NONE else _decode_links(native).links
