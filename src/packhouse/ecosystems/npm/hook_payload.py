"""What hooks are sent, as the registry's own document of hook payloads has it.

It is written in the form that JSON.stringify gives, since many receivers check the signature over what they have
parsed and written anew.
"""

import asyncio
from typing import Any

import msgspec
from msgspec import Raw

from packhouse.domain.errors import NotFound, Refused
from packhouse.domain.events import Event
from packhouse.domain.hooks import Hook
from packhouse.domain.index import BASE, Index
from packhouse.domain.view import View
from packhouse.ecosystems.npm.documents import join_full
from packhouse.ecosystems.npm.tags import retag, tags_of
from packhouse.services.assembly import Services
from packhouse.services.hook_ports import Message

SIGNATURE = "x-npm-signature"
_ENVELOPE = "1.0.0"
"""Version of the envelope, not of a package."""

_WHOLE_BYTES = 256 << 10
"""Larger documents are told without the versions that the event is not about, and without the readme."""

_ABOUT_A_RELEASE = frozenset({"release_seen", "release_published", "release_changed", "tag_moved"})
_EVENTS = {
    "release_seen": "publish",
    "release_published": "publish",
    "release_removed": "unpublish",
    "package_removed": "unpublish",
    "owner_added": "owner",
    "owner_removed": "owner-rm",
    "starred": "star",
    "unstarred": "unstar",
}

_decode = msgspec.json.Decoder().decode
_decode_raw = msgspec.json.Decoder(dict[str, Raw]).decode
_encode = msgspec.json.Encoder().encode


class HookPayloads:
    """Words events for receivers that were written for the public registry."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def tell(self, hook: Hook, event: Event, view: View) -> Message | None:
        """Make the message; None about a release that is not there, or that a rule refuses, and for what needs none."""
        try:
            snapshot = await self._services.source.snapshot(view, event.key)
            index = await self._services.source.index(view, snapshot)
        except NotFound:
            if event.kind != "package_removed":
                return None
            index = None
        except Refused:
            return None
        if not _is_there(event, index):
            return None
        tags = {} if index is None else retag(tags_of(index), [each.version for each in index.fragments])
        payload: object = {"name": event.key.name}
        if index is not None:
            payload = await _payload(index, event.version, hook.base)
        envelope = {
            "event": _event_name(event),
            "name": event.key.name,
            "type": "package",
            "version": _ENVELOPE,
            "hookOwner": {"username": hook.owner},
            "payload": payload,
            "change": _change(event, tags),
            "time": self._services.clock(),
        }
        return Message(_encode(envelope), SIGNATURE)


def _is_there(event: Event, index: Index | None) -> bool:
    """Tell whether the release that an event is about can be seen; a removal needs none."""
    if event.kind not in _ABOUT_A_RELEASE or not event.version:
        return True
    return index is not None and any(fragment.version == event.version for fragment in index.fragments)


def _event_name(event: Event) -> str:
    if event.kind == "tag_moved":
        name = "dist-tag" if event.version else "dist-tag-rm"
    elif event.kind == "release_changed" and "deprecated" in event.detail:
        name = "deprecated" if event.detail["deprecated"] else "undeprecated"
    else:
        name = _EVENTS.get(event.kind, "change")
    return f"package:{name}"


def _change(event: Event, tags: dict[str, str]) -> dict[str, str]:
    """Say what has changed; receivers differ in which of two keys they read, so both are there."""
    user = event.detail.get("user", "")
    match event.kind:
        case "owner_added" | "owner_removed":
            return {"maintainer": user, "user": user}
        case "starred" | "unstarred":
            return {"user": user}
        case "tag_moved":
            moved = {"dist-tag": event.detail.get("tag", "")}
            return moved | {"version": event.version} if event.version else moved
        case "release_changed" if "deprecated" in event.detail:
            return {"deprecated": event.version, "version": event.version}
        case "release_seen" | "release_published":
            # A release that also became `latest` is one event, not two.
            mine = sorted((tag for tag, version in tags.items() if version == event.version), key=_latest_first)
            published = {"version": event.version}
            return published | {"dist-tag": mine[0]} if mine else published
        case _:
            return {"version": event.version} if event.version else {}


def _latest_first(tag: str) -> tuple[bool, str]:
    return tag != "latest", tag


async def _payload(index: Index, version: str, base: str) -> object:
    """Give the packument, or the part of a large one that the event is about."""
    body = join_full(index, index.fragments).replace(BASE, base.encode("ascii"))
    if len(body) <= _WHOLE_BYTES:
        return _decode(body)
    return await asyncio.to_thread(_excerpt, body, version)


def _excerpt(body: bytes, version: str) -> dict[str, Any]:
    document = _decode_raw(body)
    versions = _decode_raw(document.pop("versions", Raw(b"{}")))
    document.pop("readme", None)
    shown: dict[str, Any] = {name: _decode(bytes(value)) for name, value in document.items()}
    shown["versions"] = {version: _decode(bytes(versions[version]))} if version in versions else {}
    return shown
