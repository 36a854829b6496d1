"""The index documents that are served: registrations in three hives, and the list of all versions."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from packhouse.domain.errors import NotFound
from packhouse.domain.index import BASE, Fragment, Index
from packhouse.domain.package import NormalName
from packhouse.ecosystems.nuget.head import Head, Members, Page, read_head
from packhouse.ecosystems.nuget.hives import in_hive, our_index, our_leaf, our_page
from packhouse.ecosystems.nuget.names import parse_name
from packhouse.ecosystems.nuget.registration import ITEMS
from packhouse.ecosystems.nuget.versions import normalise, version_key

_encode = msgspec.json.Encoder().encode
_GZIPPED = "registration-gz-semver2"


def join_hive(form: str, index: Index, fragments: Sequence[Fragment]) -> bytes:
    """Join the registration index of one hive; all pages are in it."""
    head = read_head(index)
    pages = _pages(head, fragments, form)
    items = b"[" + b",".join(_write_page(head, page, leaves) for page, leaves in pages) + b"]"
    changed = _elsewhere(head.members, {"@id": our_index(_name(head))})
    return in_hive(_write(head.members, changed | {"count": b"%d" % len(pages), ITEMS: items}), form)


def join_flat(index: Index, fragments: Sequence[Fragment]) -> bytes:
    """List all versions, unlisted ones too, as addresses have them."""
    del index
    versions = sorted((fragment.version for fragment in fragments), key=version_key)
    return _encode({"versions": [normalise(version) for version in versions]})


def page_document(index: Index, form: str, lower: str, upper: str) -> bytes:
    """Make the document of one page of one hive; raise NotFound if there is none with these bounds."""
    head = read_head(index)
    for page, leaves in _pages(head, index.fragments, form):
        least, most = _bounds(leaves)
        if (least.lower(), most.lower()) == (lower.lower(), upper.lower()):
            written = _write_page(head, page, leaves)
            context = dict(head.members).get("@context")
            if context:
                written = written[:-1] + b',"@context":' + context + b"}"
            return in_hive(written, form)
    raise NotFound("the registration has no page with these bounds")


def leaf_document(index: Index, form: str, fragment: Fragment) -> bytes:
    """Make the document of one release: the part of a leaf that does not repeat its catalog entry."""
    name = _name(read_head(index))
    leaf = msgspec.json.decode(fragment.body.replace(BASE, _ESCAPED))
    entry = leaf["catalogEntry"]
    document = {
        "@id": our_leaf(name, fragment.version).decode(),
        "@type": "Package",
        "catalogEntry": entry.get("@id"),
        "listed": entry.get("listed", True),
        "packageContent": leaf.get("packageContent") or entry.get("packageContent"),
        "published": entry.get("published"),
        "registration": our_index(name).decode(),
    }
    written = _encode({field: value for field, value in document.items() if value is not None})
    return in_hive(written.replace(_ESCAPED, BASE), form)


_ESCAPED = b"\\u0000"
"""How JSON writes BASE."""


def _pages(head: Head, fragments: Iterable[Fragment], form: str) -> list[tuple[Page, list[Fragment]]]:
    """Put the releases that are left back into their pages; a page without any is gone."""
    hidden: Collection[str] = () if form == _GZIPPED else head.semver2
    left = {fragment.version: fragment for fragment in fragments if fragment.version not in hidden}
    found = []
    for page in head.pages:
        leaves = [left[version] for version in page.versions if version in left]
        if leaves:
            found.append((page, leaves))
    return found


def _bounds(leaves: Iterable[Fragment]) -> tuple[str, str]:
    ordered = sorted((leaf.version for leaf in leaves), key=version_key)
    return ordered[0], ordered[-1]


def _write_page(head: Head, page: Page, leaves: Sequence[Fragment]) -> bytes:
    name = _name(head)
    lower, upper = _bounds(leaves)
    address = our_page(name, lower, upper)
    changed = _elsewhere(page.members, {"@id": address, "parent": our_index(name)})
    whole = len(leaves) == len(page.versions)
    if not (whole and {"@id", "lower", "upper"}.issubset(member for member, _ in page.members)):
        changed |= {"@id": b'"' + address + b'"', "lower": _encode(lower), "upper": _encode(upper)}
    changed["count"] = b"%d" % len(leaves)
    changed[ITEMS] = b"[" + b",".join(leaf.body for leaf in leaves) + b"]"
    return _write(page.members, changed)


def _elsewhere(members: Members, addresses: dict[str, bytes]) -> dict[str, bytes]:
    """Give our address for each that leads to the upstream still."""
    values = dict(members)
    return {
        name: b'"' + address + b'"'
        for name, address in addresses.items()
        if name in values and not values[name].startswith(b'"' + BASE)
    }


def _write(members: Members, changed: dict[str, bytes]) -> bytes:
    """Write an object with some of its values changed, and those that it had not at its end."""
    values = dict(members)
    values |= changed
    return b"{" + b",".join(_encode(name) + b":" + value for name, value in values.items()) + b"}"


def _name(head: Head) -> NormalName:
    return parse_name(head.written_id)
