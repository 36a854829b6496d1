"""Statements about hooks and what they have yet to be told."""

from typing import Any

from sqlalchemy import BigInteger, ClauseElement, Insert, Integer, Text, bindparam, func, literal_column, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import HOOK, HOOK_DELIVERY, META
from packhouse.adapters.sql.upserts import upsert, values

_NONE = literal_column("0", Integer)
_POSITION = literal_column("'hooks'", Text)
_HOOK = (HOOK.c.body, HOOK.c.disabled, HOOK.c.delivered, HOOK.c.last_delivery_at, HOOK.c.response_code)


def hooks(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    listed = select(*_HOOK).order_by(HOOK.c.created_at, HOOK.c.id)
    return {
        "find_hook": select(*_HOOK).where(HOOK.c.id == bindparam("id")),
        "list_hooks": listed,
        "list_hooks_of": listed.where(HOOK.c.owner == bindparam("owner")),
        "write_hook": _write_hook(dialect),
        "disable_hook": HOOK.update()
        .where(HOOK.c.id == bindparam("of_id"), HOOK.c.updated_at == bindparam("of_updated_at"))
        .values(values("disabled")),
        "drop_hook": HOOK.delete().where(HOOK.c.id == bindparam("of_id")),
        "note_attempt": HOOK.update()
        .where(HOOK.c.id == bindparam("of_id"))
        .values(delivered=HOOK.c.delivered + bindparam("taken"), **values("last_delivery_at", "response_code")),
        **_queue(dialect),
    }


def _queue(dialect: Dialect) -> dict[str, ClauseElement]:
    own = (HOOK_DELIVERY.c.hook_id == bindparam("of_hook"), HOOK_DELIVERY.c.sequence == bindparam("of_sequence"))
    due = (
        select(HOOK_DELIVERY.c.hook_id, HOOK_DELIVERY.c.sequence)
        .where(HOOK_DELIVERY.c.next_at <= bindparam("now"))
        .order_by(HOOK_DELIVERY.c.next_at, HOOK_DELIVERY.c.sequence, HOOK_DELIVERY.c.hook_id)
        .limit(bindparam("limit"))
        .offset(_NONE)
    )
    return {
        "read_hook_position": select(META.c.value).where(META.c.name == _POSITION),
        "write_hook_position": _write_position(dialect),
        "add_delivery": _add_delivery(dialect),
        "count_deliveries": select(HOOK_DELIVERY.c.hook_id, func.count()).group_by(HOOK_DELIVERY.c.hook_id),
        "next_delivery": select(func.min(HOOK_DELIVERY.c.next_at)),
        "claim_deliveries": HOOK_DELIVERY.update()
        .where(tuple_(HOOK_DELIVERY.c.hook_id, HOOK_DELIVERY.c.sequence).in_(due))
        .values(next_at=bindparam("until"))
        .returning(
            HOOK_DELIVERY.c.hook_id, HOOK_DELIVERY.c.sequence, HOOK_DELIVERY.c.next_at, HOOK_DELIVERY.c.attempts
        ),
        "put_off_delivery": HOOK_DELIVERY.update().where(*own).values(values("next_at", "attempts")),
        "drop_delivery": HOOK_DELIVERY.delete().where(*own),
        "drop_deliveries": HOOK_DELIVERY.delete().where(HOOK_DELIVERY.c.hook_id == bindparam("of_id")),
    }


def _write_hook(dialect: Dialect) -> ClauseElement:
    """Leave what became of deliveries as it is."""
    return upsert(dialect, HOOK, ("id",), ("owner", "created_at", "updated_at", "disabled", "body"))


def _write_position(dialect: Dialect) -> Insert:
    """Move on from one position only; nothing is returned if it is another by now."""
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    statement: Any = insert(META).values(name=_POSITION, value=bindparam("position"))
    moved: Insert = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"value": statement.excluded.value},
        where=META.c.value == bindparam("expected"),
    ).returning(META.c.value)
    return moved


def _add_delivery(dialect: Dialect) -> Insert:
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    # Nothing of a hook that was dropped meanwhile.
    row = select(HOOK.c.id, bindparam("sequence", type_=BigInteger), bindparam("next_at", type_=BigInteger), _NONE)
    statement: Any = insert(HOOK_DELIVERY).from_select(
        ["hook_id", "sequence", "next_at", "attempts"], row.where(HOOK.c.id == bindparam("hook"))
    )
    once: Insert = statement.on_conflict_do_nothing()
    return once
