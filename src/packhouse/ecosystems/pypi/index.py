"""The index document: a project's page of the Simple API, one fragment a file (PEP 503, 592, 658, 691, 700, 714, 740).

A fragment is the upstream's address of the file, a line feed, and the entry with our addresses in it. Rules decide file
by file: a file that is new is no older for belonging to an old release.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urljoin

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from packhouse.domain.digest import Digest
from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located, Summary
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, build_record, native
from packhouse.ecosystems.pypi.names import is_served_name, kind_of, parse_name, provenance_path, version_of
from packhouse.ecosystems.pypi.versions import is_prerelease, version_key

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
METADATA = ".metadata"
SIGNATURE = ".asc"
_HEX = re.compile(r"[0-9a-fA-F]{32,128}")
_UNKNOWN = "0+unknown"
"""The version of a file whose name does not tell one; the file stays on the wire."""


class File(Struct, rename="kebab"):
    """What we need to know of a file."""

    filename: str
    url: str = ""
    hashes: dict[str, str] = {}
    requires_python: str | None = None
    yanked: bool | str | None = None
    size: int | None = None
    upload_time: str | None = None
    core_metadata: bool | dict[str, str] | None = None
    dist_info_metadata: bool | dict[str, str] | None = None
    gpg_sig: bool | None = None
    provenance: str | None = None

    @property
    def metadata(self) -> bool | dict[str, str]:
        """What is said of the file's metadata, by its new name or the old one."""
        return self.core_metadata or self.dist_info_metadata or False


class FileFacts(Struct, frozen=True, omit_defaults=True):
    """What the files of a release say for themselves, where they do not all say the same; in `Release.native`."""

    described: bool | tuple[str, ...] = False
    """The wheels whose metadata stands beside them; True for all of them."""
    python: dict[str, str] = {}
    """What a file needs of Python, where that is not what the release needs."""
    yanked: tuple[str, ...] = ()
    """Files that are yanked, where others of the release are not."""


class Head(Struct):
    """All of a page that is not of one file."""

    members: dict[str, Raw]
    """But for `files` and `versions`."""
    versions: list[str] | None = None
    """As the upstream lists them; None where it lists none."""


_members = msgspec.json.Decoder(dict[str, Raw]).decode
_entries = msgspec.json.Decoder(list[Raw]).decode
_read_file = msgspec.json.Decoder(File).decode
_encode = msgspec.json.Encoder().encode
_read_head = msgspec.json.Decoder(Head).decode


def split(key: PackageKey, body: bytes) -> Index:
    """Take a page apart: the address that it was found at, a line feed, and its JSON form; raise UpstreamBad."""
    if BASE in body:
        raise UpstreamBad(f"the upstream's page of {key} holds a NUL")
    address, _, document = body.partition(b"\n")
    try:
        members = _members(document)
        name = msgspec.json.decode(members["name"]) if "name" in members else key.name
        if not isinstance(name, str) or _normal(name) != key.name:
            raise UpstreamBad(f"the upstream's page of {key} is another project's")
        fragments: dict[str, Fragment] = {}
        for entry in _entries(members.pop("files")):
            fragment = _fragment(key, address.decode(), bytes(entry))
            if fragment is not None:
                fragments.setdefault(fragment.part, fragment)
        if _is_quarantined(members.get("project-status")):
            fragments = {}  # PEP 792: its files must not be offered
        versions = msgspec.json.decode(members.pop("versions", Raw(b"null")), type=list[str] | None)
    except (msgspec.MsgspecError, KeyError, RecursionError, ValueError) as error:
        raise UpstreamBad(f"the upstream's page of {key} cannot be read: {error}") from error
    head = _encode(Head(members, versions))
    return Index(head, tuple(fragments.values()), hashlib.blake2b(body, digest_size=16).hexdigest())


def _is_quarantined(raw: Raw | None) -> bool:
    status = None if raw is None else msgspec.json.decode(raw)
    return isinstance(status, dict) and status.get("status") == "quarantined"


def _normal(name: str) -> str:
    try:
        return parse_name(name)
    except Invalid:
        return ""


def _fragment(key: PackageKey, address: str, entry: bytes) -> Fragment | None:
    """Make a file's fragment; one whose name cannot stand in a path is left out."""
    file = _read_file(entry)
    if not is_served_name(file.filename):
        return None
    url = urljoin(address, file.url)
    if "\n" in url or not url.startswith(("http://", "https://")):
        return None
    members = _members(entry)
    version = version_of(key.name, file.filename) or _UNKNOWN
    members["url"] = Raw(b'"' + BASE + f'/files/{key.name}/{quote(file.filename)}"'.encode())
    if file.provenance:
        path = f'/integrity/{key.name}/{quote(version)}/{quote(file.filename)}/provenance"'
        members["provenance"] = Raw(b'"' + BASE + path.encode())
    return Fragment(version, url.encode() + b"\n" + _encode(members), _moment(file.upload_time), part=file.filename)


def read_file(fragment: Fragment) -> File:
    """Read a file's entry, with our addresses."""
    return _read_file(entry_of(fragment).replace(BASE, b""))


def entry_of(fragment: Fragment) -> bytes:
    """Return a file's entry, BASE still in it."""
    return fragment.body.partition(b"\n")[2]


def join_json(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Put the JSON form together; `versions` are those of which a file is left."""
    head = _read_head(index.head)
    parts = [_encode(name) + b":" + bytes(raw) for name, raw in head.members.items()]
    parts.append(b'"files":[' + b",".join(entry_of(fragment) for fragment in fragments) + b"]")
    if head.versions is not None:
        parts.append(b'"versions":' + _encode(_left(head.versions, fragments)))
    return b"{" + b",".join(parts) + b"}"


def join_html(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Write the HTML form of the same files."""
    from html import escape  # noqa: PLC0415 (start-up time)

    head = _read_head(index.head)
    name = _text(head.members.get("name")) or ""
    meta = msgspec.json.decode(head.members.get("meta", Raw(b"{}")))
    meta = meta if isinstance(meta, dict) else {}
    status = msgspec.json.decode(head.members.get("project-status", Raw(b"{}")))
    lines = [
        "<!DOCTYPE html>",
        "<html>",
        "<head>",
        f'<meta name="pypi:repository-version" content="{escape(str(meta.get("api-version", "1.0")))}">',
        *_status(status if isinstance(status, dict) else {}),
        f"<title>Links for {escape(name)}</title>",
        "</head>",
        "<body>",
        f"<h1>Links for {escape(name)}</h1>",
        *map(_anchor, fragments),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines).encode()


def _status(status: dict[str, Any]) -> list[str]:
    """Say what PEP 792 says of a project."""
    from html import escape  # noqa: PLC0415 (start-up time)

    lines = []
    for field, name in (("status", "project-status"), ("reason", "project-status-reason")):
        if isinstance(status.get(field), str):
            lines.append(f'<meta name="pypi:{name}" content="{escape(status[field])}">')
    return lines


def _anchor(fragment: Fragment) -> str:
    from html import escape  # noqa: PLC0415 (start-up time)

    file = read_file(fragment)  # its addresses are paths of ours
    digest = next((each for each in file.hashes.items() if each[0] == "sha256"), None)
    digest = digest or next(iter(file.hashes.items()), None)
    hashed = f"#{digest[0]}={digest[1]}" if digest is not None else ""
    attributes = [f'href="\0{escape(file.url + hashed)}"', *_attributes(file)]
    return f"<a {' '.join(attributes)}>{escape(file.filename)}</a><br>"


def _attributes(file: File) -> Iterator[str]:
    from html import escape  # noqa: PLC0415 (start-up time)

    if file.requires_python:
        yield f'data-requires-python="{escape(file.requires_python)}"'
    if file.metadata:
        said = "true"
        if isinstance(file.metadata, dict):
            said = next((f"{name}={value}" for name, value in file.metadata.items()), said)
        yield f'data-core-metadata="{escape(said)}"'
        yield f'data-dist-info-metadata="{escape(said)}"'
    if file.yanked is not None and file.yanked is not False:
        yield f'data-yanked="{escape(file.yanked) if isinstance(file.yanked, str) else ""}"'
    if file.gpg_sig is not None:
        yield f'data-gpg-sig="{str(file.gpg_sig).lower()}"'
    if file.provenance:
        yield f'data-provenance="\0{escape(file.provenance)}"'


def _left(versions: list[str], fragments: Sequence[Fragment]) -> list[str]:
    """Keep the versions of which a file is left, however they are spelled."""
    left = {_canonical(fragment.version) for fragment in fragments}
    return [version for version in versions if _canonical(version) in left]


def _canonical(version: str) -> object:
    try:
        return version_key(version)
    except Invalid:
        return version


def _describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record: the files of one version, however it is spelled, are one release; odd versions come first."""
    releases: dict[object, list[Fragment]] = {}
    for fragment in index.fragments:
        releases.setdefault(_canonical(fragment.version), []).append(fragment)
    ordered = sorted(releases.items(), key=lambda item: (not isinstance(item[0], str), item[0]))
    record = build_record(key, [_release(fragments) for _, fragments in ordered], runtime="python")
    status = read_member(index, "project-status")
    if not isinstance(status, dict):
        return record
    told = {field: value for field in ("status", "reason") if isinstance(value := status.get(field), str)}
    return replace(record, status=told.get("status", ""), status_reason=told.get("reason", ""))


def _release(fragments: list[Fragment]) -> Release:
    files = [read_file(fragment) for fragment in fragments]
    yanked = [file.yanked for file in files]
    dates = [fragment.published_at for fragment in fragments if fragment.published_at is not None]
    reasons = [reason for reason in yanked if isinstance(reason, str)]
    is_yanked = all(reason is not None and reason is not False for reason in yanked)
    needed = next((file.requires_python for file in files if file.requires_python), None)
    version = fragments[0].version
    return Release(
        version=version,
        published_at=min(dates, default=None),
        artifacts=tuple(_artifact(fragment, file) for fragment, file in zip(fragments, files, strict=True)),
        prerelease=_is_prerelease(version),
        yanked=next(iter(reasons), "") if is_yanked else None,
        runtimes={"python": needed} if needed else {},
        native=_facts(files, needed or "", is_yanked=is_yanked),
    )


def _facts(files: Sequence[File], needed: str, *, is_yanked: bool) -> Raw:
    wheels = [file for file in files if file.filename.endswith(".whl")]
    described = tuple(file.filename for file in wheels if file.metadata)
    return native(
        FileFacts(
            described=True if described and len(described) == len(wheels) else described or False,
            python={
                file.filename: file.requires_python or "" for file in files if (file.requires_python or "") != needed
            },
            yanked=()
            if is_yanked
            else tuple(file.filename for file in files if file.yanked is not None and file.yanked is not False),
        )
    )


def _is_prerelease(version: str) -> bool:
    try:
        return is_prerelease(version_key(version))
    except Invalid:
        return False


def _locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the file, or the file whose metadata is asked for."""
    del key
    wanted = filename.removesuffix(METADATA)
    for fragment in index.fragments:
        if fragment.part == filename:
            return Located(fragment, _artifact(fragment, read_file(fragment)))
        if f"{fragment.part}{SIGNATURE}" == filename:
            return Located(fragment, _signature(fragment)) if read_file(fragment).gpg_sig else None
        if fragment.part == wanted:
            file = read_file(fragment)
            return Located(fragment, _metadata(fragment, file)) if file.metadata else None
    return None


def _artifact(fragment: Fragment, file: File) -> Artifact:
    return Artifact(
        filename=fragment.part,
        url=fragment.body.partition(b"\n")[0].decode(),
        digests=_digests(file.hashes),
        size_bytes=file.size,
        kind=kind_of(fragment.part),
        published_at=fragment.published_at,
        attestations=provenance_path(fragment.version, fragment.part) if file.provenance else "",
    )


def _metadata(fragment: Fragment, file: File) -> Artifact:
    url = fragment.body.partition(b"\n")[0].decode()
    hashes = file.metadata if isinstance(file.metadata, dict) else {}
    return Artifact(f"{fragment.part}{METADATA}", f"{url}{METADATA}", _digests(hashes), kind="metadata")


def _signature(fragment: Fragment) -> Artifact:
    url = fragment.body.partition(b"\n")[0].decode()
    return Artifact(f"{fragment.part}{SIGNATURE}", f"{url}{SIGNATURE}", kind="signature")


def _digests(hashes: dict[str, str]) -> tuple[Digest, ...]:
    return tuple(Digest(name, value.lower()) for name, value in hashes.items() if _HEX.fullmatch(value))


def default_version(record: PackageRecord) -> str:
    """Choose what pip installs: the newest release that is not yanked, a pre-release only where there is no other."""
    positions = [position for position in range(len(record.versions)) if position not in record.yanked]
    final = [position for position in positions if position not in record.prereleases]
    chosen = final or positions or list(range(len(record.versions)))
    return record.versions[chosen[-1]] if chosen else ""


def _no_tags(index: Index) -> dict[str, str]:
    del index
    return {}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    return {tag: version for tag, version in tags.items() if version in versions}


def _summary(key: PackageKey, index: Index) -> Summary:
    """Say which version is the newest: a page tells no more."""
    best: tuple[tuple[bool, Any], Fragment] | None = None
    for fragment in index.fragments:
        try:
            version = version_key(fragment.version)
        except Invalid:
            continue
        rank = (not is_prerelease(version), version)
        if best is None or rank > best[0]:
            best = (rank, fragment)
    if best is None:
        return Summary(key)
    return Summary(key, best[1].version, published_at=best[1].published_at)


def read_member(index: Index, name: str) -> Any:  # noqa: ANN401 (whatever the upstream has written)
    """Read a field of the page itself; None where it has none."""
    raw = _read_head(index.head).members.get(name)
    return None if raw is None else msgspec.json.decode(raw)


def _text(raw: Raw | None) -> str | None:
    value = None if raw is None else msgspec.json.decode(raw)
    return value if isinstance(value, str) else None


def _moment(text: str | None) -> Moment | None:
    try:
        return Moment(int(datetime.fromisoformat(text or "").timestamp() * 1000))
    except (ValueError, OverflowError):
        return None


INDEX = IndexFormat(
    forms={
        "json": Form("json", JSON, join_json),
        "html": Form("html", HTML, join_html),
        "plain": Form("plain", "text/html; charset=utf-8", join_html),
    },
    split=split,
    describe=_describe,
    locate=_locate,
    tags=_no_tags,
    retag=_retag,
    summary=_summary,
)
