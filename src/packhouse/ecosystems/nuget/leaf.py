"""One release in a registration: what must be known of it at once, and its bytes with our addresses."""

import re

import msgspec
from msgspec import Raw, Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.index import BASE, Fragment
from packhouse.domain.package import Moment, NormalName
from packhouse.ecosystems.nuget.hives import OUR_CATALOG, OUR_FLAT, OUR_HIVE, our_file, our_index, our_leaf
from packhouse.ecosystems.nuget.moments import parse_moment
from packhouse.ecosystems.nuget.names import lower
from packhouse.ecosystems.nuget.places import Places, file_address
from packhouse.ecosystems.nuget.versions import Version, parse_version

_NULL = Raw(b"null")
_contents = re.compile(rb'"packageContent"\s*:').findall


class _Dependency(Struct):
    range: Raw = _NULL


class _Group(Struct):
    dependencies: list[_Dependency] | None = None


class _Entry(Struct):
    id: str
    version: str
    published: Raw = _NULL
    content: Raw = msgspec.field(default=_NULL, name="packageContent")
    groups: list[_Group] | None = msgspec.field(default=None, name="dependencyGroups")


class _Leaf(Struct):
    entry: _Entry = msgspec.field(name="catalogEntry")
    address: Raw = msgspec.field(default=_NULL, name="@id")
    content: Raw = msgspec.field(default=_NULL, name="packageContent")
    registration: Raw = _NULL


class Cut(Struct, frozen=True):
    """A release as it was cut out of a registration."""

    fragment: Fragment
    written_id: str
    file: str
    """The upstream's address of its file, where that is not the usual one."""
    needs_semver2: bool


class Unusable(ValueError):
    """A release that cannot be served, and why."""


class OtherPackage(ValueError):
    """A release of another package; its text is that one's id."""


_decode = msgspec.json.Decoder(_Leaf).decode
_text = msgspec.json.Decoder(str).decode
# A version with a period in its labels or with metadata: clients that know SemVer 1.0.0 alone cannot read it.
_is_semver2 = re.compile(rb"-[0-9A-Za-z-]*\.[0-9A-Za-z-]|\+").search


def cut_leaf(name: NormalName, places: Places, raw: bytes) -> Cut:
    """Make the fragment of a release; raise Unusable, or OtherPackage if it is not of this package."""
    try:
        leaf = _decode(raw)
        version = parse_version(leaf.entry.version)
    except (msgspec.MsgspecError, Invalid) as error:
        raise Unusable(str(error)) from error
    if lower(leaf.entry.id) != name:
        raise OtherPackage(leaf.entry.id)
    file = _read(leaf.content) or _read(leaf.entry.content)
    if file == file_address(places.flat, name, version.normal) or not file.startswith(("http://", "https://")):
        if not places.flat:
            raise Unusable("the feed does not say where its file is")
        file = ""
    return Cut(
        fragment=Fragment(version.normal, _rewritten(name, places, raw, leaf, version), _published(leaf)),
        written_id=leaf.entry.id,
        file=file,
        needs_semver2=version.needs_semver2 or _depends_on_semver2(leaf.entry),
    )


def with_our_addresses(places: Places, raw: bytes) -> bytes:
    """Let every address that is below one of the feed's bases lead to us."""
    for base, ours in ((places.flat, OUR_FLAT), (places.registration, OUR_HIVE), (places.catalog, OUR_CATALOG)):
        if base:
            raw = raw.replace(f'"{base}/'.encode(), b'"' + ours + b"/")
    return raw


def _rewritten(name: NormalName, places: Places, raw: bytes, leaf: _Leaf, version: Version) -> bytes:
    ours = b'"' + our_file(name, version.normal) + b'"'
    contents = [each for each in (bytes(leaf.content), bytes(leaf.entry.content)) if each != b"null"]
    if len(_contents(raw)) != len(contents):
        # A key that stands twice: what a client reads there would be anyone's guess.
        raise Unusable("it names its file in more than one way")
    if not all(content.startswith(b'"') for content in contents):
        raise Unusable("the address of its file is no text")
    for content in contents:
        # With its quotes it can be nothing but a whole text, wherever it stands.
        raw = raw.replace(content, ours)
    base = f'"{places.registration}/'.encode() if places.registration else BASE
    for address, our_address in ((leaf.address, our_leaf(name, version.normal)), (leaf.registration, our_index(name))):
        if (written := bytes(address)).startswith(b'"') and not written.startswith(base):
            raw = raw.replace(written, b'"' + our_address + b'"')
    return with_our_addresses(places, raw)


def _published(leaf: _Leaf) -> Moment | None:
    return parse_moment(_read(leaf.entry.published))


def _read(raw: Raw) -> str:
    try:
        return _text(raw)
    except msgspec.MsgspecError:
        return ""


def _depends_on_semver2(entry: _Entry) -> bool:
    return any(
        _is_semver2(bytes(dependency.range)) is not None
        for group in entry.groups or ()
        for dependency in group.dependencies or ()
    )
