"""A packument of ours while it is changed."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Raw

from packhouse.domain.index import BASE, Fragment, Index
from packhouse.domain.package import Moment, NormalName
from packhouse.ecosystems.npm.addresses import Addresses
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.head import Frame, pack_head, read_head
from packhouse.ecosystems.npm.members import decode_any, decode_members
from packhouse.ecosystems.npm.tags import LATEST

_HOISTED = ("description", "author", "license", "repository", "homepage", "keywords", "bugs")
"""Fields of the package that repeat those of its latest release."""
_OWN = frozenset({"_id", "_rev", "name", "dist-tags", "time", "_attachments"})
"""Fields that are written from what else the draft knows."""
_EMPTY_OBJECT = Raw(b"{}")
_UNPUBLISHED = "unpublished"
_encode = msgspec.json.Encoder().encode
_decode_times = msgspec.json.Decoder(dict[str, str]).decode


class Draft:
    """All that a document says, to be changed and sealed."""

    def __init__(self, name: NormalName, number: int, before: str) -> None:
        self.name = name
        self.tags: dict[str, str] = {}
        self.time: dict[str, str] = {}
        self.members: dict[str, Raw] = {}
        """The other fields of the document, in their order."""
        self.fragments: list[Fragment] = []
        self._number = number
        self._state = hashlib.blake2b(before.encode(), digest_size=32)

    def touch(self, *parts: bytes) -> None:
        """Let the digest tell of a change to releases; the head it knows by itself."""
        for part in parts:
            self._state.update(len(part).to_bytes(8, "big") + part)

    def hoist(self) -> None:
        """Let the package say of itself what its latest release does."""
        latest = self.tags.get(LATEST)
        manifest = next((fragment.body for fragment in self.fragments if fragment.version == latest), b"{}")
        fields = decode_members(manifest.replace(BASE, b""))
        for field in _HOISTED:
            self.members.pop(field, None)
            if field in fields:
                self.members[field] = fields[field]

    def seal(self, now: Moment) -> Index:
        """Make the index: a revision further, and modified now."""
        self.time["modified"] = write_moment(now)
        before = {"dist-tags": self.tags}
        after: dict[str, Any] = {"time": self.time} | self.members | {"_attachments": _EMPTY_OBJECT}
        digest = self._seal_state(before, after)
        head = self._identity(digest) | before
        # Both are objects, between which the versions stand: {...,"versions":{},...}.
        frame = Frame(_encode(head)[:-1] + b',"versions":', b"," + _encode(after)[1:])
        versions = tuple(fragment.version for fragment in self.fragments)
        packed = pack_head(frame, Addresses(), self.tags, versions, (), sound=True)
        return Index(packed, tuple(self.fragments), digest)

    def bury(self, now: Moment, by: str) -> Index:
        """Make the index of a package that was unpublished as a whole: what there was, without any release."""
        moment = write_moment(now)
        unpublished = {
            "name": by,
            "time": moment,
            "tags": self.tags,
            "maintainers": self.members["maintainers"],
            "description": self.members.get("description", ""),
            "versions": [fragment.version for fragment in self.fragments],
        }
        time = {"created": self.time["created"], "modified": moment, _UNPUBLISHED: unpublished}
        after = {"time": time, "_attachments": _EMPTY_OBJECT}
        digest = self._seal_state(after)
        body = _encode(self._identity(digest) | after)
        return Index(pack_head(Frame(body, b""), Addresses(), {}, (), (), sound=True), (), digest)

    def _seal_state(self, *parts: Mapping[str, Any]) -> str:
        self._number += 1
        self.touch(str(self._number).encode(), *map(_encode, parts))
        return self._state.hexdigest()

    def _identity(self, digest: str) -> dict[str, Any]:
        return {"_id": self.name, "_rev": f"{self._number}-{digest[:32]}", "name": self.name}


def new_draft(name: NormalName, now: Moment, after: Index | None = None) -> Draft:
    """Begin a document without releases; after a tombstone, its revisions go on."""
    draft = Draft(name, *((0, "") if after is None else (_number(head_members(after)), after.digest)))
    draft.time["created"] = draft.time["modified"] = write_moment(now)
    draft.members |= {"maintainers": Raw(b"[]"), "users": _EMPTY_OBJECT}
    return draft


def open_draft(index: Index) -> Draft:
    """Take a document of ours apart."""
    members = head_members(index)
    draft = Draft(name_of(index), _number(members), index.digest)
    draft.tags = dict(read_head(index).tags)
    draft.time = _decode_times(members["time"])
    draft.members = {field: raw for field, raw in members.items() if field not in _OWN}
    draft.fragments = list(index.fragments)
    return draft


def name_of(index: Index) -> NormalName:
    """Read whose document it is."""
    return NormalName(str(decode_any(head_members(index)["name"])))


def write_moment(at: Moment) -> str:
    """Write a moment as JavaScript does."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{at % 1000:03}Z")


def write_raw(value: object) -> Raw:
    """Write a field's value."""
    return Raw(_encode(value))


def _number(members: Mapping[str, Raw]) -> int:
    return int(str(decode_any(members["_rev"])).partition("-")[0])
