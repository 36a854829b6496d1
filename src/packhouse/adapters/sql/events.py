"""The event log and the operator's switches."""

from collections.abc import Sequence

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort, read_event
from packhouse.domain.events import Event


class SqlEvents(SqlPort):
    """The event log, read only: entries are written in the transactions of what they tell of."""

    async def list_events(self, after: int, limit: int) -> Sequence[Event]:
        """List events with a sequence above `after`, oldest first."""
        rows = await self._database.scan(self._database.text.list_events, {"after": after, "limit": limit})
        return [read_event(row) for row in rows]

    async def last_sequence(self) -> int:
        """Return a number that no entry of the log is above."""
        row = await self._database.one(self._database.text.read_sequence, {})
        return int(row[0]) if row is not None else 0


class SqlSwitches(SqlPort):
    """The switches of upstreams."""

    async def read_switches(self) -> dict[str, bool]:
        """Return the switches that were set, by upstream name."""
        rows = await self._database.scan(self._database.text.read_switches, {})
        return {name: bool(enabled) for name, enabled in rows}

    async def write_switch(self, name: str, *, enabled: bool) -> None:
        """Set a switch; it survives a restart."""

        def work() -> Work[None]:
            yield self._database.text.write_switch, {"name": name, "enabled": int(enabled)}

        await self._database.write(work)
