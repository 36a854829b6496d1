"""In which fields a manifest that comes back from a client differs from the one that was served."""

import json
from typing import Any, TypeGuard, cast

from msgspec import Raw

from packhouse.domain.errors import Invalid
from packhouse.domain.index import BASE
from packhouse.ecosystems.npm.strict_json import read_strict

_OURS = frozenset({"signatures", "attestations", "npm-signature"})
"""Of `dist`: what this server adds when it likes; what others say of it counts for nothing."""
_STAND_IN = "\x7f"
"""Stands for our own address, which is no such character."""


def differing_fields(stored: bytes, sent: Raw, base: str) -> dict[str, Any]:
    """Give the fields that differ, by their path, with the values sent (None where a field is missing).

    Raise Invalid for what is no manifest. The sent one has this public address where the stored one has BASE.
    """
    text = bytes(sent)
    if text == stored.replace(BASE, base.encode()):
        return {}
    theirs = read_strict(text, "a manifest in the document")
    if not isinstance(theirs, dict):
        raise Invalid("a manifest in the document is no object")
    ours = _decode(stored)
    for manifest in (ours, theirs):
        # All of these say that nobody is warned.
        if manifest.get("deprecated") in ("", None) or manifest["deprecated"] is False:
            manifest.pop("deprecated", None)
    found = _differing(ours, theirs, skipped=frozenset({"dist"}))
    our_dist, their_dist = ours.get("dist"), theirs.get("dist")
    if not isinstance(our_dist, dict) or not isinstance(their_dist, dict):
        return found if same(our_dist, their_dist) else found | {"dist": their_dist}
    address = our_dist.get("tarball")
    if isinstance(address, str):
        our_dist["tarball"] = address.replace(_STAND_IN, base)
    dist = _differing(our_dist, their_dist, skipped=_OURS)
    return found | {f"dist.{field}": value for field, value in dist.items()}


def address_base(stored: bytes, sent: Raw) -> str | None:
    """Find out what a sent manifest has in the place of BASE; None where its address is not that of the stored one."""
    ours, theirs = _address(_decode(stored)), _address(read_strict(bytes(sent), "a manifest in the document"))
    path = ours.removeprefix(_STAND_IN)
    return theirs.removesuffix(path) if path and theirs.endswith(path) else None


def same(left: object, right: object) -> bool:
    """Tell whether two values are one to a client: in any order of keys, with numbers as JavaScript has them."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if _is_number(left) and _is_number(right):
        return _double(left) == _double(right)
    return type(left) is type(right) and left == right


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _decode(stored: bytes) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(stored.replace(BASE, _STAND_IN.encode())))


def _differing(ours: dict[str, Any], theirs: dict[str, Any], skipped: frozenset[str]) -> dict[str, Any]:
    fields = sorted((ours.keys() | theirs.keys()) - skipped)
    missing = object()
    return {
        field: theirs.get(field) for field in fields if not same(ours.get(field, missing), theirs.get(field, missing))
    }


def _address(manifest: object) -> str:
    dist = manifest.get("dist") if isinstance(manifest, dict) else None
    address = dist.get("tarball") if isinstance(dist, dict) else None
    return address if isinstance(address, str) else ""
