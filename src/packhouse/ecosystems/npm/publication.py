"""The document of `PUT /:package` with which a version is published.

It holds the archive as one string of base64, 40 MB for a package of 30 MB. That string is never copied: it stays a
view into the request's body until `decode_tarball` turns it into bytes, a piece at a time.
"""

import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.domain.package import NormalName
from packhouse.ecosystems.npm.integrity import read_digests
from packhouse.ecosystems.npm.names import split_scope
from packhouse.ecosystems.npm.strict_json import check_marks, read_strict
from packhouse.ecosystems.npm.tag_names import OBJECT_MEMBERS, check_tag
from packhouse.ecosystems.npm.versions import canonical

Access = Literal["public", "restricted"]

README_CHARACTERS = 64 * 1024
MAX_TAGS = 1000
MAX_REST_BYTES = 8 << 20
"""Of the document without its archive."""
_PIECE_BYTES = 256 * 1024
"""Of base64; a multiple of four."""
_SEARCHED_BYTES = 200
_HINT = "publish with npm, pnpm or yarn"


class Publication(Struct, frozen=True):
    """One new version, as it was sent; nothing in it has been compared with the archive."""

    name: NormalName
    version: str
    manifest: dict[str, Any]
    """As sent."""
    tags: dict[str, str]
    others: tuple[str, ...]
    """Versions that the document names beside the new one, as old clients do: all of them must be there already, and
    what it says of them counts for nothing."""
    access: Access | None
    readme: str
    readme_filename: str
    filename: str
    """Of the attachment."""
    encoded: memoryview
    """The archive in base64, without its quotes."""
    length: int
    """Of the archive in bytes, once decoded."""
    sha512: str
    """Hexadecimal, as the sender has it."""
    sha1: str
    """Likewise; empty where the sender has none."""
    bundle: bytes | None
    """The sigstore bundle of the `.sigstore` attachment."""
    top: dict[str, Any]
    """The other fields of the document, e.g. `maintainers` and `users`; the versions and attachments are left out."""


class _Attachment(Struct):
    data: Raw | UnsetType = UNSET


class _Document(Struct):
    attachments: dict[str, _Attachment] = msgspec.field(name="_attachments")


_decode_document = msgspec.json.Decoder(_Document).decode


def read_publication(name: NormalName, body: bytes | bytearray | memoryview) -> Publication:
    """Read the document for a package; raise Invalid or TooLarge, with a sentence that says what to do."""
    text = bytes(body) if isinstance(body, memoryview) else body
    check_marks(text, "the document")
    found, filename, encoded = _cut_archive(text)
    document = _Fields(found, "the document")
    if document.text("name") != name or found.get("_id", name) != name:
        raise Invalid(f"the document is one of {str(found.get('name'))[:100]!r} and not of {name}", _HINT)
    if split_scope(name)[1] in OBJECT_MEMBERS:
        raise Invalid(f"{name} is the name of something in every JavaScript object", "take another name")
    version, manifest = _find_version(name, filename, document.members("versions"))
    attachments = document.members("_attachments")
    length = _decoded_length(encoded)
    if attachments[filename].get("length") != length:
        raise Invalid(f"{filename} has {length} bytes, and the document says {attachments[filename].get('length')!r}")
    fields = _Fields(manifest, f"the manifest of {version}")
    sha512, sha1 = _read_digests(fields)
    others = tuple(other for other in document.members("versions") if other != version)
    return Publication(
        name=name,
        version=version,
        manifest=manifest,
        tags=_read_tags(document, {version, *others}),
        others=others,
        access=_read_access(name, document),
        readme=(fields.any_text("readme") or document.any_text("readme"))[:README_CHARACTERS],
        readme_filename=(fields.any_text("readmeFilename") or document.any_text("readmeFilename"))[:255],
        filename=filename,
        encoded=encoded,
        length=length,
        sha512=sha512,
        sha1=sha1,
        bundle=_find_bundle(filename, attachments),
        top={key: value for key, value in found.items() if key not in {"versions", "_attachments", "readme"}},
    )


def decode_tarball(publication: Publication) -> Iterator[bytes]:
    """Yield the archive in pieces; raise Invalid where its base64 is not to the letter (RFC 4648 section 4)."""
    encoded = publication.encoded
    for at in range(0, len(encoded), _PIECE_BYTES):
        piece = encoded[at : at + _PIECE_BYTES]
        try:
            decoded = binascii.a2b_base64(piece, strict_mode=True)
        except binascii.Error as error:
            raise _bad_base64(publication.filename) from error
        last = at + _PIECE_BYTES >= len(encoded)
        # Padding within, or bits in the last character that count for nothing: two texts, one archive.
        if last:
            sound = binascii.b2a_base64(binascii.a2b_base64(piece[-4:]), newline=False) == piece[-4:]
        else:
            sound = len(decoded) * 4 == len(piece) * 3
        if not sound:
            raise _bad_base64(publication.filename)
        yield decoded


def _cut_archive(text: bytes | bytearray) -> tuple[dict[str, Any], str, memoryview]:
    """Take the archive out of the document, and read what is left."""
    try:
        attachments = _decode_document(text).attachments
    except msgspec.ValidationError as error:
        raise Invalid(f"the document has no _attachments with an archive: {error}", _HINT) from None
    except RecursionError:
        raise Invalid("the document is nested too deeply", _HINT) from None
    except ValueError as error:
        raise Invalid(f"the document is no JSON: {error}", _HINT) from error
    archives = [filename for filename in attachments if filename.endswith(".tgz")]
    if len(archives) != 1:
        raise Invalid(f"the document has {len(archives)} archives (.tgz) in _attachments and not one", _HINT)
    data = attachments[archives[0]].data
    string = memoryview(b"") if isinstance(data, UnsetType) else memoryview(data)
    if len(string) < 2 + 4 or string[0] != ord('"'):
        raise Invalid(f"{archives[0][:214]!r} has no data in _attachments", _HINT)
    start = _locate(text, string)
    view = memoryview(text)
    if len(text) - len(string) > MAX_REST_BYTES:
        raise TooLarge(f"the document without its archive is longer than {MAX_REST_BYTES} bytes")
    rest = read_strict(b"".join((view[:start], b"true", view[start + len(string) :])), "the document")
    return cast("dict[str, Any]", rest), archives[0], string[1:-1]


def _locate(text: bytes | bytearray, string: memoryview) -> int:
    """Find where a part of a text stands in it."""
    beginning = bytes(string[:_SEARCHED_BYTES])
    at = text.find(beginning)
    while not text.startswith(string, at):
        at = text.find(beginning, at + 1)
    return at


class _Fields:
    """Fields of an object, each of which may have any type."""

    def __init__(self, fields: Mapping[str, Any], what: str) -> None:
        self._fields = fields
        self._what = what

    def value(self, field: str) -> object:
        return self._fields.get(field)

    def text(self, field: str) -> str:
        value = self._fields.get(field)
        if not isinstance(value, str):
            raise Invalid(f"{self._what} has no {field}, or one that is no text", _HINT)
        return value

    def any_text(self, field: str) -> str:
        value = self._fields.get(field)
        return value if isinstance(value, str) else ""

    def members(self, field: str) -> dict[str, dict[str, Any]]:
        value = self._fields.get(field)
        if not isinstance(value, dict) or not all(isinstance(member, dict) for member in value.values()):
            raise Invalid(f"{self._what} has no {field}, or what stands there is no object of objects", _HINT)
        return value

    def object(self, field: str) -> "_Fields":
        value = self._fields.get(field)
        if not isinstance(value, dict):
            raise Invalid(f"{self._what} has no {field}, or one that is no object", _HINT)
        return _Fields(value, field)

    def texts(self, field: str) -> dict[str, str]:
        value = self._fields.get(field, {})
        if not isinstance(value, dict) or not all(isinstance(member, str) for member in value.values()):
            raise Invalid(f"{self._what} has {field}, but not as an object of texts", _HINT)
        return value


def _find_version(
    name: NormalName, filename: str, versions: Mapping[str, dict[str, Any]]
) -> tuple[str, dict[str, Any]]:
    """Find the version that the archive is of, and hold its names against each other."""
    stems = [f"{stem}-" for stem in (name, split_scope(name)[1]) if filename.startswith(f"{stem}-")]
    if not stems:
        raise Invalid(f"the attachment {filename[:300]!r} is not named as an archive of {name}", _HINT)
    version = filename.removesuffix(".tgz")[len(stems[0]) :]
    manifest = versions.get(version)
    if manifest is None:
        raise Invalid(f"the attachment {filename[:300]!r} belongs to none of the document's versions", _HINT)
    if canonical(version) != version:
        better = canonical(version, loose=True)
        raise Invalid(
            f"{version[:100]!r} is no version as semver spells it",
            f"publish it as {better}" if better else "a version is three numbers, and what may follow - behind them",
        )
    fields = _Fields(manifest, f"the manifest of {version}")
    if fields.text("name") != name:
        raise Invalid(f"the manifest of {version} is one of {fields.text('name')[:100]!r} and not of {name}", _HINT)
    if fields.text("version") != version or manifest.get("_id", f"{name}@{version}") != f"{name}@{version}":
        raise Invalid(f"the manifest of {version} says that it is of another version", _HINT)
    return version, manifest


def _decoded_length(encoded: memoryview) -> int:
    if len(encoded) % 4:
        raise _bad_base64("the archive")
    return len(encoded) // 4 * 3 - bytes(encoded[-2:]).count(b"=")


def _bad_base64(filename: str) -> Invalid:
    return Invalid(f"the data of {filename} is not base64", _HINT)


def _read_digests(manifest: _Fields) -> tuple[str, str]:
    dist = manifest.object("dist")
    integrity = dist.text("integrity")
    found = {digest.algorithm: digest.value for digest in read_digests(integrity, None)}
    # Whoever checks may take any of several; so there is one, and it is strong.
    if set(found) != {"sha512"} or not _is_one_sha512(integrity):
        raise Invalid("dist.integrity is not one sha512 of the archive", _HINT)
    shasum = dist.any_text("shasum")
    sha1 = "".join(digest.value for digest in read_digests(None, shasum))
    if dist.value("shasum") is not None and not sha1:
        raise Invalid("dist.shasum is not the sha1 of the archive in hexadecimal", _HINT)
    return found["sha512"], sha1


_is_one_sha512 = re.compile(r"sha512-[A-Za-z0-9+/]{86}==").fullmatch


def _read_tags(document: _Fields, versions: set[str]) -> dict[str, str]:
    tags = document.texts("dist-tags")
    if len(tags) > MAX_TAGS:
        raise TooLarge(f"the document has more than {MAX_TAGS} tags")
    for tag, version in tags.items():
        check_tag(tag)
        if version not in versions:
            raise Invalid(f"the tag {tag} points to {version[:100]!r}, which the document does not have", _HINT)
    return tags


def _read_access(name: NormalName, document: _Fields) -> Access | None:
    access = document.value("access")
    if access is None:
        return None
    if access not in ("public", "restricted"):
        raise Invalid(f"access is {str(access)[:60]!r}", "it is public, restricted or left out")
    if access == "restricted" and not split_scope(name)[0]:
        raise Invalid(f"{name} cannot be restricted", "only packages of a scope can: take a name like @scope/name")
    return access


def _find_bundle(filename: str, attachments: Mapping[str, dict[str, Any]]) -> bytes | None:
    wanted = f"{filename.removesuffix('.tgz')}.sigstore"
    for name in attachments.keys() - {filename, wanted}:
        raise Invalid(f"the attachment {name[:214]!r} is neither the archive nor its provenance", _HINT)
    if wanted not in attachments:
        return None
    bundle = _Fields(attachments[wanted], f"the attachment {wanted}")
    encoded = bundle.text("data").encode()
    if bundle.value("length") not in {None, len(encoded), len(bundle.text("data"))}:
        raise Invalid(f"{wanted} has {len(encoded)} bytes, and the document says {bundle.value('length')!r}", _HINT)
    return encoded
