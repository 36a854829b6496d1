"""Statements about signing keys."""

from sqlalchemy import ClauseElement, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import SIGNING_KEY
from packhouse.adapters.sql.upserts import upsert

_COLUMNS = ("private_key", "public_key", "created_at", "expires_at")


def signing(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    return {
        "list_signing_keys": select(SIGNING_KEY.c.keyid, *(SIGNING_KEY.c[column] for column in _COLUMNS)).order_by(
            SIGNING_KEY.c.created_at, SIGNING_KEY.c.keyid
        ),
        "write_signing_key": upsert(dialect, SIGNING_KEY, ("keyid",), _COLUMNS),
    }
