"""The metadata that comes beside an archive, held against its manifest; and where each dependency is to be found."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.crate_manifest import CrateDependency, CrateManifest
from packhouse.ecosystems.cargo.frame import Metadata, MetadataDependency
from packhouse.ecosystems.cargo.index_line import spell_requirement
from packhouse.ecosystems.cargo.platforms import parse_platform

_HINT = "pack and publish it with one version of cargo"
_SPARSE = "sparse+"
_FIELDS = ("license", "links", "rust_version")
_MAX_ADDRESS = 2000
_SCHEMES = ("sparse+https://", "sparse+http://", "registry+https://", "registry+http://", "https://", "http://")
T = TypeVar("T")


class Registries(Struct, frozen=True):
    """How manifests name the registries that their dependencies are in."""

    own: frozenset[str] = frozenset()
    """All addresses of the index that is published to."""
    public: str = ""
    """The index that cargo means where a manifest names none; it counts where the metadata does not tell."""
    others: frozenset[str] | None = None
    """The further indexes that may be named; None where any may."""


def match_metadata(metadata: Metadata, manifest: CrateManifest, registries: Registries) -> tuple[str | None, ...]:
    """Tell the index that each dependency of the manifest is in, None for this one; raise Invalid for a contradiction.

    What the metadata leaves out is no contradiction: older versions of cargo know fewer fields.
    """
    for field, said, meant in (
        ("name", metadata.name, manifest.name),
        ("version", metadata.vers, manifest.version),
    ):
        if said != meant:
            raise Invalid(f"metadata {field} `{said}` does not match manifest {field} `{meant[:200]}`", _HINT)
    for field in _FIELDS:
        said, meant = getattr(metadata, field), getattr(manifest, field)
        if said is not None and said != meant:
            raise Invalid(f"metadata {field} {said[:200]!r} does not match the manifest", _HINT)
    if metadata.features is not None and _unordered(metadata.features) != _unordered(manifest.features):
        raise Invalid("metadata features do not match the manifest", _HINT)
    if metadata.deps is None:
        return tuple(_checked(each, _silent(each, registries), registries) for each in manifest.dependencies)
    pairs = _pair(metadata.deps, manifest.dependencies)
    return tuple(_checked(meant, _place(said, meant, registries), registries) for said, meant in pairs)


def _pair(
    said: list[MetadataDependency], meant: tuple[CrateDependency, ...]
) -> list[tuple[MetadataDependency, CrateDependency]]:
    """Find for each dependency of the manifest that of the metadata; raise Invalid where they are not the same."""
    theirs = _grouped(said, _said_key)
    ours = _grouped(list(meant), _meant_key)
    for key in sorted(theirs.keys() | ours.keys(), key=repr):
        if len(theirs.get(key, ())) != len(ours.get(key, ())):
            raise Invalid(f"metadata of dependency `{str(key[0])[:200]}` does not match the manifest", _HINT)
    return [(theirs[_meant_key(each)].pop(0), each) for each in meant]


_Key = tuple[str, str, str, str, str, bool, bool, tuple[str, ...]]


def _grouped(each: list[T], key: Callable[[T], _Key]) -> dict[_Key, list[T]]:
    groups: dict[_Key, list[T]] = {}
    for one in each:
        groups.setdefault(key(one), []).append(one)
    return groups


def _said_key(said: MetadataDependency) -> _Key:
    return (
        said.explicit_name_in_toml or said.name,
        said.name,
        said.kind or "normal",
        parse_platform(said.target) if said.target else "",
        spell_requirement(said.version_req),
        said.optional,
        said.default_features,
        tuple(sorted(said.features)),
    )


def _meant_key(meant: CrateDependency) -> _Key:
    return (
        meant.alias,
        meant.package,
        meant.kind,
        meant.target or "",
        spell_requirement(meant.requirement),
        meant.optional,
        meant.default_features,
        tuple(sorted(meant.features)),
    )


def _place(said: MetadataDependency, meant: CrateDependency, registries: Registries) -> str | None:
    """Tell where a dependency is: the manifest has the address, and cargo knows which one is published to."""
    stated = said.registry
    if not stated:
        # A server has more addresses than it knows, and the publisher may have used any of them.
        return None
    if meant.registry is None:
        same = not registries.public or _plain(registries.public) == _plain(stated)
    else:
        same = _plain(meant.registry) == _plain(stated)
    if not same:
        raise Invalid(f"metadata of dependency `{meant.label}` names another registry than the manifest", _HINT)
    return None if _is_own(stated, registries) else stated


def _silent(meant: CrateDependency, registries: Registries) -> str | None:
    place = registries.public if meant.registry is None else meant.registry
    return place if place and not _is_own(place, registries) else None


def _checked(meant: CrateDependency, place: str | None, registries: Registries) -> str | None:
    if place is None:
        return None
    plain = _plain(place)
    known = registries.others is None or plain in {_plain(each) for each in (*registries.others, registries.public)}
    if not known:
        raise Invalid(
            f"Dependency `{meant.label}` is hosted on another registry. Cross-registry dependencies are not permitted"
            " on this registry, but for those that its operator has allowed."
        )
    address = (
        place.isascii() and place.isprintable() and len(place) < _MAX_ADDRESS and not set(place) & set(' "<>\\^`|')
    )
    if not (address and place.startswith(_SCHEMES)):
        raise Invalid(f"dependency `{meant.label}` names {place[:200]!r}, which is no address of a registry")
    return place


def _is_own(place: str, registries: Registries) -> bool:
    return _plain(place) in {_plain(each) for each in registries.own}


def _plain(address: str) -> str:
    return address.removeprefix(_SPARSE).rstrip("/")


def _unordered(features: dict[str, list[str]] | dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: sorted(implied) for name, implied in features.items()}
