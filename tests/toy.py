"""An ecosystem for tests: one line a release, so that a test can write a document by hand.

name thing
tag latest 1.1
1.0 published=1000 sha256=… url=http://toy.example/thing-1.0.zip
1.1 …
"""

import hashlib
from collections.abc import Collection, Sequence
from urllib.parse import quote

from packhouse.domain.digest import Digest
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid, UpstreamBad
from packhouse.domain.index import BASE, Form, Fragment, Index, IndexFormat, Located, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.release import Artifact, PackageRecord, Release, encode_release
from packhouse.domain.upstream import UpstreamRequest

HOST = "http://toy.example"


def toy_key(name: str) -> PackageKey:
    """Make the key of a toy package."""
    return PackageKey("toy", NormalName(name))


def document(name: str, releases: dict[str, bytes], published: int = 1000, latest: str = "") -> bytes:
    """Write a document whose releases have these files."""
    lines = [f"name {name}", f"tag latest {latest or max(releases, default='')}"]
    for version, content in releases.items():
        digest = hashlib.sha256(content).hexdigest()
        url = f"{HOST}/files/{name}-{version}.zip"
        lines.append(f"{version} published={published} sha256={digest} url={url}")
    return "\n".join(lines).encode()


def _fields(fragment: Fragment) -> dict[str, str]:
    return dict(field.split("=", 1) for field in fragment.body.decode().split(" ")[1:])


def _split(key: PackageKey, body: bytes) -> Index:
    lines = body.decode("utf-8", "replace").split("\n")
    if lines[0] != f"name {key.name}":
        raise UpstreamBad(f"this is not the document of {key}")
    head = [line for line in lines if line.startswith(("name ", "tag "))]
    fragments = []
    for line in lines[len(head) :]:
        version, _, _ = line.partition(" ")
        fields = dict(field.split("=", 1) for field in line.split(" ")[1:])
        fields["url"] = fields["url"].replace(HOST, BASE.decode())
        text = " ".join([version, *(f"{name}={value}" for name, value in fields.items())])
        fragments.append(Fragment(version, text.encode(), Moment(int(fields["published"]))))
    return Index("\n".join(head).encode(), tuple(fragments), hashlib.blake2b(body).hexdigest())


def _tags(index: Index) -> dict[str, str]:
    lines = (line.split(" ") for line in index.head.decode().split("\n"))
    return {line[1]: line[2] for line in lines if line[0] == "tag" and line[2]}


def _retag(tags: dict[str, str], versions: Collection[str]) -> dict[str, str]:
    return {tag: version if version in versions else max(versions) for tag, version in tags.items() if versions}


def _join(index: Index, fragments: Sequence[Fragment]) -> bytes:
    tags = _retag(_tags(index), [fragment.version for fragment in fragments])
    lines = [index.head.split(b"\n")[0], *(f"tag {tag} {version}".encode() for tag, version in tags.items())]
    return b"\n".join([*lines, *(fragment.body for fragment in fragments)])


def _artifact(key: PackageKey, fragment: Fragment) -> Artifact:
    fields = _fields(fragment)
    url = fields["url"].replace(BASE.decode(), HOST)
    return Artifact(f"{key.name}-{fragment.version}.zip", url, (Digest("sha256", fields["sha256"]),))


def _locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    for fragment in index.fragments:
        artifact = _artifact(key, fragment)
        if artifact.filename == filename:
            return Located(fragment, artifact)
    return None


def _describe(key: PackageKey, index: Index) -> PackageRecord:
    fragments = sorted(index.fragments, key=lambda fragment: fragment.version)
    releases = (Release(each.version, each.published_at, artifacts=(_artifact(key, each),)) for each in fragments)
    return PackageRecord(
        key=key,
        versions=tuple(fragment.version for fragment in fragments),
        releases=tuple(encode_release(release) for release in releases),
        published_at=tuple(fragment.published_at for fragment in fragments),
        tags=_tags(index),
    )


def _parse_name(raw: str) -> NormalName:
    if not raw.isalnum():
        raise Invalid(f"{raw!r} is no name")
    return NormalName(raw.lower())


FORMAT = IndexFormat(
    forms={"plain": Form("plain", "text/plain", _join)},
    split=_split,
    describe=_describe,
    locate=_locate,
    tags=_tags,
    retag=_retag,
    summary=lambda key, index: Summary(key, _tags(index).get("latest", "")),
)

TOY = Ecosystem(
    key="toy",
    title="Toy",
    system="TOY",
    aliases=("plaything",),
    mount="toy",
    parse_name=_parse_name,
    version_key=lambda version: tuple(int(part) for part in version.split(".")),
    matches=lambda version, wanted: version == wanted,
    purl=lambda name, version: f"pkg:toy/{name}@{version}",
    index=FORMAT,
    document=lambda base, key: UpstreamRequest(url=f"{base}/{key.name}"),
    release_page=lambda base, name, version: f"{base}/{quote(name, safe='@')}/{version}",
    default_version=lambda record: record.tags.get("latest", ""),
    requirements_wire=lambda _release: {},
    install_hint=lambda base, name, version: (f"toy install {name}@{version} --from {base}",),
    setup_hint=lambda base: (f"toy setup {base}",),
)
