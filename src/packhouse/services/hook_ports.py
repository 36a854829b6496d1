"""What hooks need of the store, of the network, and of the ecosystem whose packages they watch."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.events import Event
from packhouse.domain.hooks import Attempt, Delivery, Hook
from packhouse.domain.package import Moment
from packhouse.domain.view import View


class HookStore(Protocol):
    """The hooks themselves."""

    async def find_hook(self, id: str) -> Hook | None:  # noqa: A002 (the field's name)
        """Look a hook up."""

    async def list_hooks(self, owner: str | None) -> Sequence[Hook]:
        """List the hooks of one user, or of all (None), oldest first."""

    async def write_hook(self, hook: Hook) -> None:
        """Store a new hook, or one that its owner has changed; what became of deliveries so far stays as it is."""

    async def disable_hook(self, hook: Hook, reason: str) -> None:
        """Send nothing to a hook any more, unless its owner has changed it since."""

    async def drop_hook(self, id: str) -> None:  # noqa: A002 (the field's name)
        """Forget a hook and what it has yet to be told; no error if it is not there."""


class DeliveryQueue(Protocol):
    """What hooks have yet to be told; it outlives the process."""

    async def read_position(self) -> int:
        """Return the sequence of the last event that was looked at."""

    async def enqueue(self, expected: int, position: int, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries and move on from the position `expected`; raise Conflict if another process has done so."""

    async def count_waiting(self) -> Mapping[str, int]:
        """Count what each hook has yet to be told, by its id."""

    async def next_due(self) -> Moment | None:
        """Return when the next delivery is due; None if nothing waits."""

    async def claim_due(self, now: Moment, until: Moment, limit: int) -> Sequence[Delivery]:
        """Take deliveries that are due, oldest first; nobody else is given them until the moment `until`."""

    async def settle(self, delivery: Delivery, attempt: Attempt | None, again_at: Moment | None) -> None:
        """Note an attempt on the hook, if there was one; take the delivery off the queue or put it off."""


class Poster(Protocol):
    """Sends to addresses that users have named."""

    def check(self, endpoint: str) -> None:
        """Raise Invalid for an address that nothing will ever be sent to."""

    async def post(self, endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send JSON and return the status of the answer; raise UpstreamDown, or Refused for a forbidden address."""


class Message(Struct, frozen=True):
    """What a hook is told of one event."""

    body: bytes
    """JSON."""
    signature_header: str
    """Under which the receiver looks for the HMAC of the body."""


Teller = Callable[[Hook, Event, View], Awaitable[Message | None]]
"""Words an event as an ecosystem's receivers expect it, as it looks in a view; None where there is nothing to tell in
it: no such release, or one that was refused."""

ViewOf = Callable[[Hook, Event], Awaitable[View | None]]
"""Finds the view of a hook's owner as they may see things now; None if they may not read the package, or are gone."""
