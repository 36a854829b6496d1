"""Statements about invitations to own packages."""

from sqlalchemy import ClauseElement, bindparam, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import INVITATION
from packhouse.adapters.sql.upserts import upsert

_COLUMNS = (
    INVITATION.c.id,
    INVITATION.c.origin,
    INVITATION.c.ecosystem,
    INVITATION.c.name,
    INVITATION.c.invitee,
    INVITATION.c.inviter,
    INVITATION.c.created_at,
    INVITATION.c.expires_at,
)
_KEYS = ("origin", "ecosystem", "name", "invitee")
_REST = ("id", "inviter", "created_at", "expires_at")


def invitations(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    listed = select(*_COLUMNS).order_by(INVITATION.c.created_at, INVITATION.c.id)
    return {
        "find_invitation": select(*_COLUMNS).where(INVITATION.c.id == bindparam("id")),
        "list_invitations_of": listed.where(INVITATION.c.invitee == bindparam("invitee")),
        "list_invitations_to": listed.where(
            INVITATION.c.origin == bindparam("origin"),
            INVITATION.c.ecosystem == bindparam("ecosystem"),
            INVITATION.c.name == bindparam("name"),
        ),
        "write_invitation": upsert(dialect, INVITATION, _KEYS, _REST),
        "drop_invitation": INVITATION.delete().where(INVITATION.c.id == bindparam("of_id")).returning(INVITATION.c.id),
        "drop_ended_invitations": INVITATION.delete().where(INVITATION.c.expires_at < bindparam("before")),
    }
