"""Statements about trusted publishers and identities that were used."""

from sqlalchemy import ClauseElement, bindparam, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import SPENT_IDENTITY, TRUSTED_PUBLISHER
from packhouse.adapters.sql.upserts import insert_once, values

_COLUMNS = ("origin", "ecosystem", "name", "kind", "owner", "repository", "owner_id", "body")


def trust(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    table = TRUSTED_PUBLISHER
    own = table.c.id == bindparam("of_id")
    listed = select(table.c.id, table.c.owner_id, table.c.body).order_by(table.c.id)
    of_ecosystem = listed.where(table.c.origin == bindparam("origin"), table.c.ecosystem == bindparam("ecosystem"))
    return {
        "add_trusted": table.insert().values(values(*_COLUMNS)).returning(table.c.id),
        "pin_trusted": table.update()
        .where(own, table.c.owner_id == bindparam("before"))
        .values(values("owner_id"))
        .returning(table.c.id),
        "read_trusted_owner": select(table.c.owner_id).where(own),
        "drop_trusted": table.delete().where(own).returning(table.c.id),
        "list_trusted": of_ecosystem,
        "list_trusted_of": of_ecosystem.where(table.c.name == bindparam("name")),
        "find_trusted": listed.where(
            table.c.owner == bindparam("owner"),
            table.c.repository == bindparam("repository"),
            table.c.kind == bindparam("kind"),
        ),
        "forget_spent": SPENT_IDENTITY.delete().where(SPENT_IDENTITY.c.expires_at <= bindparam("now")),
        "spend_identity": insert_once(dialect, SPENT_IDENTITY, ("hash", "expires_at")),
    }
