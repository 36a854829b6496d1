"""Hooks and what they have yet to be told."""

from collections.abc import Mapping, Sequence

import msgspec

from packhouse.adapters.sql.executor import Row, Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.domain.errors import Conflict
from packhouse.domain.hooks import Attempt, Delivery, Hook
from packhouse.domain.package import Moment


class SqlHooks(SqlPort):
    """The store of hooks; what became of deliveries stands beside the body, for others than the owner write it."""

    async def find_hook(self, id: str) -> Hook | None:  # noqa: A002 (the field's name)
        """Look a hook up."""
        row = await self._database.one(self._database.text.find_hook, {"id": id})
        return None if row is None else _hook(row)

    async def list_hooks(self, owner: str | None) -> Sequence[Hook]:
        """List the hooks of one user, or of all (None), oldest first."""
        text = self._database.text
        if owner is None:
            return [_hook(row) for row in await self._database.scan(text.list_hooks, {})]
        return [_hook(row) for row in await self._database.scan(text.list_hooks_of, {"owner": owner})]

    async def write_hook(self, hook: Hook) -> None:
        """Store a new hook, or one that its owner has changed."""
        columns = {
            "id": hook.id,
            "owner": hook.owner,
            "created_at": hook.created_at,
            "updated_at": hook.updated_at,
            "disabled": hook.disabled,
            "body": _encode(hook),
        }

        def work() -> Work[None]:
            yield self._database.text.write_hook, columns

        await self._database.write(work, durable=True)

    async def disable_hook(self, hook: Hook, reason: str) -> None:
        """Send nothing to a hook any more, unless its owner has changed it since."""

        def work() -> Work[None]:
            columns = {"of_id": hook.id, "of_updated_at": hook.updated_at, "disabled": reason}
            yield self._database.text.disable_hook, columns

        await self._database.write(work)

    async def drop_hook(self, id: str) -> None:  # noqa: A002 (the field's name)
        """Forget a hook and what it has yet to be told."""

        def work() -> Work[None]:
            yield self._database.text.drop_deliveries, {"of_id": id}
            yield self._database.text.drop_hook, {"of_id": id}

        await self._database.write(work, durable=True)

    async def read_position(self) -> int:
        """Return the sequence of the last event that was looked at."""
        row = await self._database.one(self._database.text.read_hook_position, {})
        return 0 if row is None else int(row[0])

    async def enqueue(self, expected: int, position: int, deliveries: Sequence[Delivery]) -> None:
        """Add deliveries and move on; raise Conflict if another process has done so."""
        await self._database.write(lambda: self._enqueue(expected, position, deliveries), durable=True)

    async def count_waiting(self) -> Mapping[str, int]:
        """Count what each hook has yet to be told, by its id."""
        rows = await self._database.scan(self._database.text.count_deliveries, {})
        return {hook: int(count) for hook, count in rows}

    async def next_due(self) -> Moment | None:
        """Return when the next delivery is due; None if nothing waits."""
        row = await self._database.one(self._database.text.next_delivery, {})
        return None if row is None or row[0] is None else Moment(row[0])

    async def claim_due(self, now: Moment, until: Moment, limit: int) -> Sequence[Delivery]:
        """Take deliveries that are due."""

        def work() -> Work[list[Delivery]]:
            claim = {"now": now, "until": until, "limit": limit}
            rows = yield self._database.text.claim_deliveries, claim
            return sorted(Delivery(*row) for row in rows)

        return await self._database.write(work)

    async def settle(self, delivery: Delivery, attempt: Attempt | None, again_at: Moment | None) -> None:
        """Note an attempt; take the delivery off the queue or put it off."""
        await self._database.write(lambda: self._settle(delivery, attempt, again_at))

    def _enqueue(self, expected: int, position: int, deliveries: Sequence[Delivery]) -> Work[None]:
        text = self._database.text
        moved = yield text.write_hook_position, {"expected": expected, "position": position}
        if not moved:
            raise Conflict("another process has looked at these events")
        for each in deliveries:
            yield text.add_delivery, {"hook": each.hook, "sequence": each.sequence, "next_at": each.next_at}

    def _settle(self, delivery: Delivery, attempt: Attempt | None, again_at: Moment | None) -> Work[None]:
        text = self._database.text
        own = {"of_hook": delivery.hook, "of_sequence": delivery.sequence}
        if attempt is not None:
            outcome = {"taken": int(attempt.taken), "last_delivery_at": attempt.at, "response_code": attempt.status}
            yield text.note_attempt, outcome | {"of_id": delivery.hook}
        if again_at is None:
            yield text.drop_delivery, own
        else:
            yield text.put_off_delivery, own | {"next_at": again_at, "attempts": delivery.attempts}


def _hook(row: Row) -> Hook:
    body, disabled, delivered, last_delivery_at, response_code = row
    return msgspec.structs.replace(
        _decode(body),
        disabled=disabled,
        delivered=delivered,
        last_delivery_at=last_delivery_at,
        response_code=response_code,
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Hook).decode
