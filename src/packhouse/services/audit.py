"""The log of every attempt to change something."""

from collections.abc import Sequence

from packhouse.domain.accounts import AuditEntry
from packhouse.domain.actor import Actor
from packhouse.services.account_ports import AuditLog
from packhouse.services.ports import Clock

_MOST = 400
"""Characters of a subject or detail that are kept."""
_REFUSED_A_MINUTE = 60
"""Failed attempts of one address that are written down in a minute; the rest would only fill the disk."""


class Audit:
    """Writes entries, and reads them back for administrators."""

    def __init__(self, store: AuditLog, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._minute = 0
        self._refused: dict[str, int] = {}

    def entry(self, actor: Actor, action: str, subject: str, outcome: str = "done", detail: str = "") -> AuditEntry:
        """Make an entry; what writes it in its own transaction needs nothing else."""
        if actor.proof is not None and actor.proof.trust and not detail:
            detail = " ".join(actor.proof.trust.values())
        return AuditEntry(
            at=self._clock(),
            user=actor.user,
            token=actor.proof.token if actor.proof is not None else "",
            address=actor.address,
            action=action,
            subject=subject[:_MOST],
            outcome=outcome,
            detail=detail[:_MOST],
        )

    async def done(self, actor: Actor, action: str, subject: str, detail: str = "") -> None:
        """Write down what was done."""
        await self._store.append_audit(self.entry(actor, action, subject, "done", detail))

    async def failed(self, actor: Actor, action: str, subject: str, outcome: str, detail: str) -> None:
        """Write down what was refused or went wrong."""
        minute = self._clock() // 60_000
        if minute != self._minute:
            self._minute = minute
            self._refused.clear()
        count = self._refused[actor.address] = self._refused.get(actor.address, 0) + 1
        if count <= _REFUSED_A_MINUTE:
            await self._store.append_audit(self.entry(actor, action, subject, outcome, detail))

    async def list(
        self, before: int = 0, limit: int = 100, user: str | None = None, subject: str | None = None
    ) -> Sequence[AuditEntry]:
        """List entries, newest first; `before` is the sequence of the last one that is known."""
        return await self._store.list_audit(before, limit, user, subject)
