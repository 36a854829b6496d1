"""Hooks: whom to tell, at which address, when a package changes."""

from collections.abc import Collection
from typing import Literal

from msgspec import Struct

from packhouse.domain.events import Event, EventKind
from packhouse.domain.package import Moment

HookKind = Literal["package", "scope", "owner"]
"""What a hook watches: one package, all whose name begins with a namespace, or all that a user owns."""

TOLD: frozenset[EventKind] = frozenset(
    {
        "release_seen",
        "release_published",
        "release_removed",
        "release_changed",
        "tag_moved",
        "package_removed",
        "owner_added",
        "owner_removed",
        "starred",
        "unstarred",
    }
)
"""What hooks are told of."""

_ABOUT_RELEASES: frozenset[EventKind] = frozenset(
    {"release_seen", "release_published", "release_removed", "package_removed"}
)


class Hook(Struct, frozen=True):
    """One address that somebody wants to be told at."""

    id: str
    owner: str
    """The user whose it is, and who must be able to read what it tells."""
    registry: str
    ecosystem: str
    kind: HookKind
    name: str
    """Of the package, the namespace (without a slash) or the user."""
    endpoint: str
    secret: str
    """Signs what is sent; known to the owner."""
    base: str
    """Our public address of the mount that it was made through."""
    created_at: Moment
    updated_at: Moment
    since: int = 0
    """It is told of events with a sequence above this."""
    delivered: int = 0
    """How many deliveries were taken."""
    last_delivery_at: Moment | None = None
    """When the last attempt was made."""
    response_code: int = 0
    """The HTTP status of the last attempt, 0 without an answer."""
    disabled: str = ""
    """Why nothing is sent any more; empty while it works."""

    def __repr__(self) -> str:
        # Neither secret nor endpoint: the paths of many endpoints are secrets themselves.
        return f"Hook({self.id!r}, {self.owner!r}, {self.ecosystem!r}, {self.kind!r}, {self.name!r})"


class Delivery(Struct, frozen=True, order=True):
    """One event that one hook has yet to be told of."""

    hook: str
    """Its id."""
    sequence: int
    """Of the event."""
    next_at: Moment
    """When to try, or to try again."""
    attempts: int = 0
    """How often it was tried in vain."""


class Attempt(Struct, frozen=True):
    """What came of trying to deliver."""

    at: Moment
    status: int
    """The HTTP status, 0 without an answer."""

    @property
    def taken(self) -> bool:
        """Tell whether the endpoint has accepted it."""
        return 200 <= self.status < 300


def watches(hook: Hook, event: Event, owners: Collection[str]) -> bool:
    """Tell whether a hook is to be told of an event, given who owns the package."""
    if hook.disabled or event.kind not in TOLD or event.sequence <= hook.since or event.key.ecosystem != hook.ecosystem:
        return False
    place, _, registry = event.origin.partition(":")
    if place == "hosted" and registry != hook.registry:
        return False
    match hook.kind:
        case "package":
            return event.key.name == hook.name
        case "scope":
            return event.key.name.startswith(f"{hook.name}/")
        case "owner":
            # Who was just removed has a right to know.
            return hook.name in owners or (event.kind == "owner_removed" and event.detail.get("user") == hook.name)


def told_alone(events: Collection[Event]) -> list[Event]:
    """Leave out the moves of tags that only follow from a release being published or removed in the same change."""
    changes = {(each.origin, each.key, each.at) for each in events if each.kind in _ABOUT_RELEASES}
    return [each for each in events if each.kind != "tag_moved" or (each.origin, each.key, each.at) not in changes]
