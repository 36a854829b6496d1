"""Which names a tag may have."""

import re

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.ranges import is_range

MAX_LENGTH = 128
OBJECT_MEMBERS = frozenset(
    {
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "prototype",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)
"""What every object of the clients' language has already: looked up as a name, they are found where nothing is."""

# What JavaScript's encodeURIComponent leaves alone: the tag stands in paths.
_is_url_safe = re.compile(r"[A-Za-z0-9\-_.!~*'()]+").fullmatch


def check_tag(tag: str) -> None:
    """Raise Invalid if nobody could ask for a version by this tag."""
    if reason := _fault(tag):
        raise Invalid(f"{tag[:80]!r} is no name for a tag: {reason}", "take a word like next or beta")


def _fault(tag: str) -> str:
    faults = {
        "it is empty": not tag,
        f"it is longer than {MAX_LENGTH} characters": len(tag) > MAX_LENGTH,
        "it has characters that are not safe in a URL": not _is_url_safe(tag),
        "it is made of periods": not tag.strip("."),
        "it is the name of something in every JavaScript object": tag in OBJECT_MEMBERS,
    }
    # Reading a range takes time that grows with the text: only what is short comes so far.
    return next((fault for fault, found in faults.items() if found), "") or (
        "it can be read as a range of versions" if is_range(tag) else ""
    )
