"""What differs between two documents of one package, as events."""

from collections.abc import Callable

import msgspec

from packhouse.domain.events import Event
from packhouse.domain.index import Index
from packhouse.domain.package import Moment
from packhouse.services.ports import IndexState


def carry_over(before: Index, after: Index, checked_at: Moment) -> Index:
    """Note on every release that is new since `checked_at` that it was absent then, and keep what older ones note."""
    absent = {fragment.id: fragment.absent_at for fragment in before.fragments}
    fragments = tuple(
        fragment
        if (since := absent.get(fragment.id, checked_at)) is None
        else msgspec.structs.replace(fragment, absent_at=since)
        for fragment in after.fragments
    )
    return msgspec.structs.replace(after, fragments=fragments)


def changes_between(
    before: Index, after: Index, old: IndexState, now: Moment, tags: Callable[[Index], dict[str, str]]
) -> list[Event]:
    """List releases that came, went or changed and tags that moved."""

    def event(kind: str, version: str = "", **detail: str) -> Event:
        return msgspec.convert(
            {"kind": kind, "at": now, "origin": old.origin, "key": old.key, "version": version, "detail": detail}, Event
        )

    events: list[Event] = []
    if old.gone_at is not None:
        events.append(event("package_back"))
    had = {fragment.version: fragment.body for fragment in before.fragments}
    for fragment in after.fragments:
        body = had.pop(fragment.version, None)
        if body is None:
            events.append(event("release_seen", fragment.version))
        elif body != fragment.body:
            events.append(event("release_changed", fragment.version))
    events.extend(event("release_removed", version) for version in had)
    old_tags, new_tags = tags(before), tags(after)
    for tag in sorted(old_tags.keys() | new_tags.keys()):
        if old_tags.get(tag) != new_tags.get(tag):
            detail = {"tag": tag, "from": old_tags.get(tag, ""), "to": new_tags.get(tag, "")}
            events.append(event("tag_moved", new_tags.get(tag, ""), **detail))
    return events
