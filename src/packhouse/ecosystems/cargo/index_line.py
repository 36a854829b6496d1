"""The line of an index file that a release published here gets: fields and spelling as cargo and its users know them.

The fields of the Structs are the format's own, in the order in which the public registry writes them.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, Struct, UnsetType

from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.crate_manifest import CrateDependency, CrateManifest
from packhouse.ecosystems.cargo.ranges import parse_range

NEW_FEATURES = 2
"""The version of a line that has `features2`."""
ARTIFACTS = 3
"""The version of a line whose dependencies are built into programs."""

# JSON allows these in a string, and some readers end a line there.
_ENDS_OF_LINES = {each: b"\\u%04x" % ord(each) for each in "\x85\u2028\u2029"}
_KINDS = ("normal", "build", "dev")


class WrittenDependency(Struct, frozen=True):
    """One entry of `deps`."""

    name: str
    req: str
    features: tuple[str, ...]
    optional: bool
    default_features: bool
    target: str | None
    kind: str
    registry: str | UnsetType = UNSET
    package: str | UnsetType = UNSET
    public: bool | UnsetType = UNSET
    artifact: tuple[str, ...] | UnsetType = UNSET
    bindep_target: str | UnsetType = UNSET
    lib: bool | UnsetType = UNSET


class WrittenLine(Struct, frozen=True):
    """A whole line."""

    name: str
    vers: str
    deps: tuple[WrittenDependency, ...]
    cksum: str
    features: dict[str, tuple[str, ...]]
    features2: dict[str, tuple[str, ...]] | UnsetType = UNSET
    """Features whose syntax cargo before 1.60 cannot read."""
    yanked: bool = False
    links: str | UnsetType = UNSET
    rust_version: str | UnsetType = UNSET
    pubtime: str | UnsetType = UNSET
    v: int | UnsetType = UNSET


def write_line(manifest: CrateManifest, registries: Sequence[str | None], checksum: str, published_at: Moment) -> bytes:
    """Write the line of a release; `registries` has the index that each dependency is in, None for this one's own."""
    pairs = zip(manifest.dependencies, registries, strict=True)
    dependencies = sorted((_dependency(each, registry) for each, registry in pairs), key=_order)
    plain, new = _parted(manifest.features)
    version = ARTIFACTS if any(each.artifact for each in manifest.dependencies) else NEW_FEATURES if new else 1
    line = WrittenLine(
        name=manifest.name,
        vers=manifest.version,
        deps=tuple(dependencies),
        cksum=checksum,
        features=plain,
        features2=new or UNSET,
        links=manifest.links or UNSET,
        rust_version=manifest.rust_version or UNSET,
        pubtime=_moment(published_at),
        v=version if version > 1 else UNSET,
    )
    return _encode(line)


def with_yanked(line: bytes, *, yanked: bool) -> bytes:
    """Change the one thing of a line that may change; all else stays to the byte."""
    fields = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    return _encode_json(fields | {"yanked": msgspec.Raw(b"true" if yanked else b"false")})


def spell_requirement(text: str) -> str:
    """Spell a requirement on versions in the one way in which cargo writes it; raise Invalid if it is none."""
    parse_range(text)
    if text.strip(" ") in {"*", "x", "X"}:
        return "*"
    return ", ".join(_comparator(word) for word in text.split(","))


def _dependency(dependency: CrateDependency, registry: str | None) -> WrittenDependency:
    return WrittenDependency(
        name=dependency.alias,
        req=spell_requirement(dependency.requirement),
        features=dependency.features,
        optional=dependency.optional,
        default_features=dependency.default_features,
        target=dependency.target,
        kind=dependency.kind,
        registry=registry or UNSET,
        package=UNSET if dependency.package == dependency.alias else dependency.package,
        public=dependency.public or UNSET,
        artifact=dependency.artifact or UNSET,
        bindep_target=dependency.bindep_target or UNSET,
        lib=(dependency.lib or UNSET) if dependency.artifact else UNSET,
    )


def _order(each: WrittenDependency) -> tuple[str, str, tuple[str, ...], bool, bool, str, int, str]:
    kind, package = _KINDS.index(each.kind), each.package or ""
    return each.name, each.req, each.features, each.optional, each.default_features, each.target or "", kind, package


def _parted(features: Mapping[str, Sequence[str]]) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Part the features that every version of cargo can read from the others."""
    plain: dict[str, tuple[str, ...]] = {}
    new: dict[str, tuple[str, ...]] = {}
    for name, implied in sorted(features.items()):
        is_new = any(each.startswith("dep:") or "?/" in each for each in implied)
        (new if is_new else plain)[name] = tuple(implied)
    return plain, new


def _moment(moment: Moment) -> str:
    return datetime.fromtimestamp(moment // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _comparator(word: str) -> str:
    bare = word.strip(" ")
    version = bare.lstrip("=<>~^")
    operator = bare.removesuffix(version)
    version = version.strip(" ").partition("+")[0]
    # A pre-release may have a part that is an x.
    numbers = version if "-" in version else re.sub(r"(?:\.[*xX])+", "", version)
    if numbers != version and not operator:
        return f"{numbers}.*"
    return f"{operator or '^'}{numbers}"


_encode_json = msgspec.json.Encoder().encode


def _encode(line: WrittenLine) -> bytes:
    text = _encode_json(line)
    if not text.isascii():
        for character, escaped in _ENDS_OF_LINES.items():
            text = text.replace(character.encode(), escaped)
    return text
