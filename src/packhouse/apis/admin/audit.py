"""/api/audit: every attempt to change something, for administrators."""

from msgspec import Struct

from packhouse.apis.admin.asking import number, page_size, require_administrator, time_of
from packhouse.domain.accounts import AuditEntry
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People


class EntryAnswer(Struct, frozen=True, rename="camel"):
    """One attempt."""

    sequence: int
    at: str | None
    user: str
    token: str
    """The key of the token, empty without one."""
    address: str
    action: str
    subject: str
    outcome: str
    """done, or the code of the error."""
    detail: str


class AuditAnswer(Struct, frozen=True, rename="camel"):
    """Entries, newest first."""

    entries: tuple[EntryAnswer, ...]
    next: int | None
    """What to send as `before` for older ones."""


class AuditRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [route("audit", GET=self.entries)]

    async def entries(self, request: Request) -> Answer:
        """List entries: all, those of `user`, those about `subject`."""
        require_administrator(request.view.actor)
        limit = page_size(request)
        found = await self._people.audit.list(
            number(request, "before", 0), limit, request.query.get("user"), request.query.get("subject")
        )
        entries = tuple(entry_answer(entry) for entry in found)
        return json_answer(AuditAnswer(entries, entries[-1].sequence if len(entries) == limit else None))


def entry_answer(entry: AuditEntry) -> EntryAnswer:
    """Tell of an entry."""
    return EntryAnswer(
        sequence=entry.sequence,
        at=time_of(entry.at),
        user=entry.user,
        token=entry.token,
        address=entry.address,
        action=entry.action,
        subject=entry.subject,
        outcome=entry.outcome,
        detail=entry.detail,
    )
