"""The log of every attempt to change something."""

from collections.abc import Sequence

import msgspec

from packhouse.adapters.sql.bodies import body_decoder, encode_body
from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.accounts import AuditEntry

_NEWEST = 2**63 - 1

decode_entry = body_decoder(AuditEntry)
"""Read one back; raise StorageDamaged."""


class SqlAudit(SqlPort):
    """The audit log; there is no statement that changes an entry or removes one."""

    async def append_audit(self, entry: AuditEntry) -> None:
        """Add an entry; its sequence is given by the database."""
        await self._database.write(lambda: note(self._database.text, entry), durable=True)

    async def list_audit(self, before: int, limit: int, user: str | None, subject: str | None) -> Sequence[AuditEntry]:
        """List entries with a sequence below `before` (0 for all), newest first; of one user, of one subject."""
        text = self._database.text
        sql = {
            (False, False): text.list_audit,
            (True, False): text.list_audit_of_user,
            (False, True): text.list_audit_of_subject,
            (True, True): text.list_audit_of_both,
        }[user is not None, subject is not None]
        which = {"user": user, "subject": subject}
        where = {name: value for name, value in which.items() if value is not None}
        rows = await self._database.scan(sql, where | {"before": before or _NEWEST, "limit": limit})
        return [msgspec.structs.replace(decode_entry(body), sequence=sequence) for sequence, body in rows]


def note(text: Texts, entry: AuditEntry) -> Work[None]:
    """Add an entry in the transaction of what it tells of."""
    columns = {"at": entry.at, "user": entry.user, "subject": entry.subject}
    yield text.append_audit, columns | {"body": encode_body(entry)}
