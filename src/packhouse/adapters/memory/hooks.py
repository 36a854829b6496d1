"""Hooks and their deliveries in dictionaries, for tests."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from packhouse.domain.errors import Conflict
from packhouse.domain.hooks import Attempt, Delivery, Hook
from packhouse.domain.package import Moment


class MemoryHooks:
    """Keeps hooks for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._hooks: dict[str, Hook] = {}
        self._deliveries: dict[tuple[str, int], Delivery] = {}
        self._position = 0

    async def find_hook(self, id: str) -> Hook | None:  # noqa: A002 (the field's name)
        """Look a hook up."""
        return self._hooks.get(id)

    async def list_hooks(self, owner: str | None) -> Sequence[Hook]:
        """List the hooks of one user, or of all, oldest first."""
        found = (hook for hook in self._hooks.values() if owner is None or hook.owner == owner)
        return sorted(found, key=lambda hook: (hook.created_at, hook.id))

    async def write_hook(self, hook: Hook) -> None:
        """Store a hook; what became of its deliveries stays."""
        old = self._hooks.get(hook.id)
        if old is not None:
            hook = replace(
                hook,
                delivered=old.delivered,
                last_delivery_at=old.last_delivery_at,
                response_code=old.response_code,
            )
        self._hooks[hook.id] = hook

    async def disable_hook(self, hook: Hook, reason: str) -> None:
        """Send nothing to a hook any more, unless its owner has changed it since."""
        known = self._hooks.get(hook.id)
        if known is not None and known.updated_at == hook.updated_at:
            self._hooks[hook.id] = replace(known, disabled=reason)

    async def drop_hook(self, id: str) -> None:  # noqa: A002 (the field's name)
        """Forget a hook and its deliveries."""
        self._hooks.pop(id, None)
        self._deliveries = {place: each for place, each in self._deliveries.items() if each.hook != id}

    async def read_position(self) -> int:
        """Return the sequence of the last event that was looked at."""
        return self._position

    async def enqueue(self, expected: int, position: int, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries and move on."""
        if self._position != expected:
            raise Conflict("another process has looked at these events")
        self._position = position
        for each in deliveries:
            if each.hook in self._hooks:
                self._deliveries.setdefault((each.hook, each.sequence), each)

    async def count_waiting(self) -> Mapping[str, int]:
        """Count deliveries by hook."""
        return Counter(each.hook for each in self._deliveries.values())

    async def next_due(self) -> Moment | None:
        """Return when the next delivery is due."""
        return min((each.next_at for each in self._deliveries.values()), default=None)

    async def claim_due(self, now: Moment, until: Moment, limit: int) -> Sequence[Delivery]:
        """Take deliveries that are due."""
        due = sorted(
            (each for each in self._deliveries.values() if each.next_at <= now),
            key=lambda each: (each.next_at, each.sequence, each.hook),
        )[:limit]
        claimed = [replace(each, next_at=until) for each in due]
        self._deliveries.update({(each.hook, each.sequence): each for each in claimed})
        return claimed

    async def settle(self, delivery: Delivery, attempt: Attempt | None, again_at: Moment | None) -> None:
        """Note an attempt; drop the delivery or put it off."""
        hook = self._hooks.get(delivery.hook)
        if hook is not None and attempt is not None:
            self._hooks[hook.id] = replace(
                hook,
                delivered=hook.delivered + attempt.taken,
                last_delivery_at=attempt.at,
                response_code=attempt.status,
            )
        place = (delivery.hook, delivery.sequence)
        if self._deliveries.pop(place, None) is not None and again_at is not None:
            self._deliveries[place] = replace(delivery, next_at=again_at)
