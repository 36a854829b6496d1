"""What it means when a client sends a package's document back, with something changed in it.

The old protocol knows no other way to deprecate, to unpublish a version, to change maintainers or to star. So the
document is compared with what is stored. What cannot be meant is refused with the field's name, and nothing that the
document says of a published version counts but its `deprecated`. A document that is not based on the present revision
is merged: what it lacks is not removed, what others changed meanwhile is not undone.
"""

from collections.abc import Iterator

from msgspec import Raw

from packhouse.domain.errors import Conflict, Invalid, Refused, TooLarge
from packhouse.domain.index import Index
from packhouse.ecosystems.npm.change_document import ChangeDocument, has_attachments, read_document, read_maintainers
from packhouse.ecosystems.npm.change_kinds import (
    Change,
    Deprecate,
    Maintainers,
    Nothing,
    Publish,
    RemoveReleases,
    Star,
    Tags,
)
from packhouse.ecosystems.npm.deprecation import check_warning
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.head import read_head
from packhouse.ecosystems.npm.hosted import is_tombstone, revision
from packhouse.ecosystems.npm.manifest_difference import address_base, differing_fields, same
from packhouse.ecosystems.npm.members import decode_any
from packhouse.ecosystems.npm.tag_names import check_tag
from packhouse.ecosystems.npm.tags import LATEST, retag

_ALWAYS_BYTES = 1 << 20
_GROWTH = 4
"""How much longer than ours a document may be: with blanks, and letters written as escapes."""


def read_change(index: Index | None, body: bytes | bytearray, rev: str | None, actor: str, *, base: str = "") -> Change:
    """Tell what a document means for a package; raise Invalid, TooLarge, Conflict or Refused.

    `rev` is that of the path, None where the path has none. `base` is the public address under which the document was
    served; without it, any is taken that stands before all addresses. Where the client was shown only some of the
    releases, so must be the index: what the document lacks would be removed.
    """
    current = None if index is None else revision(index)
    if rev is not None and rev != current:
        raise _stale()
    if has_attachments(body):
        return Publish()
    if index is None or is_tombstone(index):
        raise Refused("a new package needs an archive, and the document brings none", "publish it")
    if len(body) > _ALWAYS_BYTES + _GROWTH * (len(index.head) + sum(len(each.body) for each in index.fragments)):
        raise TooLarge("the document is much longer than what is stored of the package")
    document = read_document(decode_any(head_members(index)["name"]), body)
    if rev is not None and document.revision not in {None, rev}:
        raise _stale()
    try:
        return _Comparison(index, document, actor, base, by_path=rev is not None).change()
    except RecursionError:
        raise Invalid("the document is nested too deeply") from None


def check_revision(index: Index, rev: str) -> None:
    """Raise Conflict if a path names a revision that is not the present one."""
    if rev != revision(index):
        raise _stale()


def _stale() -> Conflict:
    # In these words old clients know that they have to read the document again and to try once more.
    return Conflict("Document update conflict.", "somebody changed the package meanwhile: read it again")


class _Comparison:
    """A stored document and one that was sent."""

    def __init__(self, index: Index, document: ChangeDocument, actor: str, base: str, *, by_path: bool) -> None:
        self._stored = {fragment.version: fragment.body for fragment in index.fragments}
        self._fields = head_members(index)
        self._tags = retag(read_head(index).tags, self._stored.keys())
        self._sent = document
        self._actor = actor
        self._base = base or self._find_base()
        self._by_path = by_path
        self._present = by_path or document.revision == decode_any(self._fields["_rev"])
        """Whether the document is based on the present revision."""
        self._ignored = False
        """Whether it asks for something that only a document that is may ask for."""

    def change(self) -> Change:
        """Find the one thing that is changed."""
        self._check_fields()
        found = [*self._deprecations(), *self._removal(), *self._moved_tags(), *self._maintainers(), *self._star()]
        if len(found) == 1:
            return found[0]
        if not self._present and (found or self._ignored):
            raise _stale()
        if found:
            raise Refused("the document changes several things at once", "change one, read it again, change the next")
        return Nothing()

    def _deprecations(self) -> Iterator[Change]:
        sent = self._sent.versions or {}
        for version in sent.keys() - self._stored.keys():
            if self._sent.revision is not None and not self._present:
                raise _stale()
            raise Refused(f"version {version[:100]!r} comes without its archive", "publish it")
        messages = {version: message for version, raw in sent.items() for message in self._message(version, raw)}
        if messages:
            yield Deprecate(messages)

    def _removal(self) -> Iterator[Change]:
        missing = self._missing()
        if not missing:
            return
        if not self._by_path:
            if self._present:
                raise Conflict("a document without versions removes them only at a path with its revision", _REVISION)
            self._ignored = True
            return
        left = self._stored.keys() - missing
        if not left:
            raise Refused("no version would be left", "unpublish the package as a whole")
        kept = retag(self._tags, left)
        tags = kept if self._sent.tags is None else retag(self._checked(self._sent.tags), left)
        if LATEST in kept and (LATEST not in tags or self._tags[LATEST] in missing):
            # The client takes the highest of all, pre-releases too, and nobody asked it to.
            tags = tags | {LATEST: kept[LATEST]}
        yield RemoveReleases(missing, tags)

    def _moved_tags(self) -> Iterator[Change]:
        tags = self._sent.tags
        if tags is None or tags == self._tags:
            return
        if not self._present:
            self._ignored = True
        elif not self._missing():
            if LATEST in self._tags and LATEST not in tags:
                raise Refused(f'a package must have a "{LATEST}" tag', "move it to another version instead")
            yield Tags(self._checked(tags))

    def _missing(self) -> frozenset[str]:
        sent = self._sent.versions
        return frozenset() if sent is None else frozenset(self._stored.keys() - sent.keys())

    def _checked(self, tags: dict[str, str]) -> dict[str, str]:
        for tag, version in tags.items():
            if self._tags.get(tag) != version:
                check_tag(tag)
                if version not in self._stored:
                    raise Refused(f"the tag {tag} points to {version[:100]!r}, which is not there", "publish it first")
        return tags

    def _message(self, version: str, raw: Raw) -> Iterator[str]:
        differing = differing_fields(self._stored[version], raw, self._base)
        if not differing:
            return
        for field in differing.keys() - {"deprecated"}:
            raise Refused(
                f"{field[:100]} of version {version} cannot be changed: what is published stays as it is",
                "publish another version",
            )
        yield check_warning(version, differing["deprecated"])

    def _maintainers(self) -> Iterator[Change]:
        raw = self._sent.maintainers
        if raw is None or same(decode_any(raw), decode_any(self._fields["maintainers"])):
            return
        if not self._present:
            self._ignored = True
        elif self._sent.versions is not None:
            raise Refused("maintainers cannot be changed with the whole document", "send only them, or use `npm owner`")
        else:
            yield Maintainers(read_maintainers(raw))

    def _star(self) -> Iterator[Change]:
        users = self._sent.users
        if users is None:
            return
        before = {user for user, starred in decode_any(self._fields.get("users", _NOBODY)).items() if starred}
        after = {user for user, starred in users.items() if starred}
        # What others did meanwhile looks like what a stale document does to them.
        others = before ^ after if self._present else after - before if self._sent.revision is None else set()
        for other in others - {self._actor}:
            raise Refused(f"{other[:100]!r} of users is not yours to change", "star with your own name")
        if (self._actor in before) != (self._actor in after):
            yield Star(self._actor in after)

    def _check_fields(self) -> None:
        """Refuse changes to what the document repeats of its releases; what is stale may differ."""
        if self._sent.versions is None or not self._present:
            return
        for field, raw in self._sent.fields.items():
            if field in _COMPARED_APART or field not in self._fields or bytes(raw) == bytes(self._fields[field]):
                continue
            ours, theirs = decode_any(self._fields[field]), decode_any(raw)
            if field == "time":
                ours, theirs = _shared_times(ours, theirs)
            if not same(ours, theirs):
                raise Refused(f"{field} cannot be changed", "publish another version that says so")

    def _find_base(self) -> str:
        for version, raw in (self._sent.versions or {}).items():
            stored = self._stored.get(version)
            if stored is not None and (base := address_base(stored, raw)) is not None:
                return base
        return ""


_NOBODY = Raw(b"{}")
_REVISION = "PUT it to /:package/-rev/:rev"
_COMPARED_APART = frozenset(
    {"_id", "_rev", "name", "versions", "dist-tags", "users", "maintainers", "_attachments", "_revisions"}
)


def _shared_times(ours: object, theirs: object) -> tuple[object, object]:
    """Leave out what a client may have dropped or set: the times of what it removes, and when it did so."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict):
        return ours, theirs
    shared = (ours.keys() & theirs.keys()) - {"modified"}
    return {key: ours[key] for key in shared}, {key: theirs[key] for key in shared}
