"""The packument of a package that was published here: begun, added to, changed.

It has the very form that `split` makes of an upstream's, so that whatever reads one reads the other. A change makes a
new head; the fragments of the other releases are taken over as they are.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from packhouse.domain.errors import Conflict, Invalid
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.ecosystems.npm.addresses import Addresses
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.head import Frame, pack_head, read_head
from packhouse.ecosystems.npm.manifest_text import raw, read_manifest, write_manifest
from packhouse.ecosystems.npm.tags import LATEST, retag

HOISTED = ("description", "author", "license", "repository", "homepage", "keywords", "bugs", "contributors", "funding")
"""What the document repeats of its latest release."""
_OPENING = b'"versions":'
_encode = msgspec.json.Encoder().encode


class Readme(NamedTuple):
    """A readme and the name of its file."""

    text: str = ""
    filename: str = ""


_Top = dict[str, Raw]
_NO_README = Readme()


def begin(key: PackageKey, now: Moment) -> Index:
    """Make the packument of a package that has no release yet."""
    moment = _iso(now)
    top: _Top = {
        "_id": raw(key.name),
        "_rev": raw("0-0"),
        "name": raw(key.name),
        "dist-tags": raw({}),
        "time": raw({"created": moment, "modified": moment}),
        "maintainers": raw([]),
        "_attachments": raw({}),
    }
    return _make(top, (), {}, "")


def add_release(
    index: Index,
    version: str,
    manifest: bytes,
    now: Moment,
    *,
    tags: Mapping[str, str] | None = None,
    readme: Readme = _NO_README,
    maintainers: Sequence[tuple[str, str]] = (),
) -> Index:
    """Add a release and point tags to it; the first of all becomes the latest. Raise Conflict if it is there.

    `maintainers`: whose the package is from now on, names and e-mail addresses; as before if there are none.
    """
    if any(fragment.version == version for fragment in index.fragments):
        raise Conflict(f"version {version} is there already")

    def change(top: _Top, known: dict[str, str]) -> None:
        top["time"] = raw({**_times(top), version: _iso(now)})
        if maintainers:
            top["maintainers"] = raw([person(name, email) for name, email in maintainers])
        known.update({tag: version for tag, wanted in (tags or {}).items() if wanted == version})
        known.setdefault(LATEST, version)
        if known[LATEST] == version:
            _show(top, readme)

    fragment = Fragment(version, manifest, now)
    return _changed(index, now, change, (*index.fragments, fragment), manifest)


def with_tags(index: Index, tags: Mapping[str, str | None], now: Moment) -> Index:
    """Set tags, and remove those that are None; raise Invalid where one has no release, or nothing is the latest."""
    versions = {fragment.version for fragment in index.fragments}
    for tag, version in tags.items():
        if version is not None and version not in versions:
            raise Invalid(f"the tag {tag[:100]!r} points to {version[:100]!r}, which is not there", "publish it first")
    if LATEST in tags and tags[LATEST] is None and versions:
        raise Invalid(f"a package keeps its tag {LATEST}", "point it to another version instead")

    def change(top: _Top, known: dict[str, str]) -> None:
        before = known.get(LATEST)
        for tag, version in tags.items():
            if version is None:
                known.pop(tag, None)
            else:
                known[tag] = version
        if known.get(LATEST) != before:
            _show(top, _NO_README)

    return _changed(index, now, change)


def remove_releases(index: Index, versions: Iterable[str], now: Moment) -> Index:
    """Remove releases; tags that pointed to one move to what can stand in for it, or go.

    Raise Invalid where none would be left: then the package is removed as a whole.
    """
    gone = frozenset(versions)
    left = tuple(fragment for fragment in index.fragments if fragment.version not in gone)
    if not left:
        raise Invalid("no version would be left", "unpublish the package as a whole")

    def change(top: _Top, tags: dict[str, str]) -> None:
        before = tags.get(LATEST)
        top["time"] = raw({name: at for name, at in _times(top).items() if name not in gone})
        moved = retag(dict(tags), [fragment.version for fragment in left])
        tags.clear()
        tags.update(moved)
        if moved.get(LATEST) != before:
            _show(top, _NO_README)

    return _changed(index, now, change, left, b",".join(sorted(version.encode() for version in gone)))


def deprecate(index: Index, messages: Mapping[str, str], now: Moment) -> Index:
    """Set the warnings of releases; an empty one takes it back."""
    changed = []
    for fragment in index.fragments:
        message = messages.get(fragment.version)
        if message is None:
            changed.append(fragment)
            continue
        members = read_manifest(fragment.body)
        members.pop("deprecated", None)
        if message:
            members["deprecated"] = raw(message)
        changed.append(_with_body(fragment, write_manifest(members)))
    return _changed(index, now, _nothing, tuple(changed), _encode(dict(messages)))


def replace_manifest(index: Index, version: str, manifest: bytes, now: Moment) -> Index:
    """Put another manifest in the place of a release's."""
    fragments = tuple(_with_body(each, manifest) if each.version == version else each for each in index.fragments)
    return _changed(index, now, _nothing, fragments, manifest)


def with_maintainers(index: Index, people: Sequence[tuple[str, str]], now: Moment) -> Index:
    """Say who may publish the package: names and e-mail addresses."""

    def change(top: _Top, tags: dict[str, str]) -> None:
        del tags
        top["maintainers"] = raw([person(name, email) for name, email in people])

    return _changed(index, now, change)


def stars_of(index: Index) -> frozenset[str]:
    """Name the users who have starred the package."""
    users = head_members(index).get("users")
    return frozenset() if users is None else frozenset(msgspec.json.decode(users, type=dict[str, bool]))


def with_stars(index: Index, users: Iterable[str]) -> Index:
    """Say who has starred the package; that is no change of the package itself, and leaves its date."""

    def change(top: _Top, tags: dict[str, str]) -> None:
        del tags
        top["users"] = raw(dict.fromkeys(sorted(users), True))

    return _changed(index, None, change)


def tombstone(index: Index, now: Moment, by: str) -> Index:
    """Leave of a package only that it was there, and when it was removed."""
    top = head_members(index)
    times = _times(top)
    versions = [fragment.version for fragment in index.fragments]
    unpublished = {
        "name": by,
        "time": _iso(now),
        "tags": read_head(index).tags,
        "maintainers": msgspec.json.decode(top.get("maintainers", b"[]")),
        "description": msgspec.json.decode(top["description"]) if "description" in top else "",
        "versions": versions,
    }
    kept = {name: top[name] for name in ("_id", "name")}
    kept["time"] = raw({"created": times.get("created"), "modified": _iso(now), **times, "unpublished": unpublished})
    kept["_attachments"] = raw({})
    rev = _next_rev(index, _encode(unpublished))
    kept["_rev"] = raw(rev)
    head = pack_head(Frame(_encode(kept), b""), Addresses(), {}, (), (), sound=True)
    return Index(head, (), _digest(rev))


def is_tombstone(index: Index) -> bool:
    """Tell whether a package was removed as a whole."""
    return "unpublished" in _times(head_members(index))


def revision(index: Index) -> str:
    """Read the `_rev`: how many changes there were, and a digest."""
    found: str = msgspec.json.decode(head_members(index)["_rev"], type=str)
    return found


def revived(index: Index, now: Moment) -> Index:
    """Begin a removed package again: its versions stay taken, its revisions go on."""
    top = head_members(index)
    name = msgspec.json.decode(top["name"], type=str)
    fresh = begin(PackageKey("", name), now)  # type: ignore[arg-type]
    fresh_top = head_members(fresh)
    rev = _next_rev(index, b"revived")
    fresh_top["_rev"] = raw(rev)
    return _make(fresh_top, (), {}, rev)


def person(name: str, email: str) -> dict[str, str]:
    """Write a person as documents name them."""
    return {"name": name, "email": email}


def _show(top: _Top, readme: Readme) -> None:
    """Put the readme of the latest release into the document; that of a release which becomes it later is not known."""
    top.pop("readme", None)
    top.pop("readmeFilename", None)
    if readme.text:
        top["readme"], top["readmeFilename"] = raw(readme.text), raw(readme.filename)


def _nothing(top: _Top, tags: dict[str, str]) -> None:
    del top, tags


def _changed(
    index: Index,
    now: Moment | None,
    change: Callable[[_Top, dict[str, str]], None],
    fragments: tuple[Fragment, ...] | None = None,
    told: bytes = b"",
) -> Index:
    """Make the next state: `told` is whatever the change brings beside the head, so that the revision covers it."""
    kept = index.fragments if fragments is None else fragments
    top, tags = head_members(index), dict(read_head(index).tags)
    change(top, tags)
    if now is not None:
        top["time"] = raw({**_times(top), "modified": _iso(now)})
    top["dist-tags"] = raw(tags)
    _hoist(top, tags, kept)
    top.pop("_rev", None)
    rev = _next_rev(index, _encode(top) + told)
    return _make({"_id": top.pop("_id"), "_rev": raw(rev), **top}, kept, tags, rev)


def _make(top: _Top, fragments: tuple[Fragment, ...], tags: dict[str, str], rev: str) -> Index:
    text = _encode(top)
    # Versions stand last: the rest of the document is what does not grow.
    frame = Frame(text[:-1] + b"," + _OPENING, b"}")
    versions = tuple(fragment.version for fragment in fragments)
    return Index(pack_head(frame, Addresses(), tags, versions, (), sound=True), fragments, _digest(rev))


def _hoist(top: _Top, tags: Mapping[str, str], fragments: Sequence[Fragment]) -> None:
    latest = next((each for each in fragments if each.version == tags.get(LATEST)), None)
    if latest is None:
        return
    members = read_manifest(latest.body)
    for name in HOISTED:
        if name in members:
            top[name] = members[name]
        else:
            top.pop(name, None)


def _next_rev(index: Index, told: bytes) -> str:
    before = revision(index)
    number = int(before.partition("-")[0]) + 1
    digest = hashlib.blake2b(before.encode() + b"\n" + told, digest_size=16).hexdigest()
    return f"{number}-{digest}"


def _digest(rev: str) -> str:
    return hashlib.blake2b(rev.encode(), digest_size=32).hexdigest()


def _times(top: Mapping[str, Raw]) -> dict[str, Any]:
    times: dict[str, Any] = msgspec.json.decode(top["time"], type=dict[str, Any])
    return times


def _with_body(fragment: Fragment, body: bytes) -> Fragment:
    return msgspec.structs.replace(fragment, body=body)


@lru_cache(64)
def _iso(moment: Moment) -> str:
    text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
