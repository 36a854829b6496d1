"""Statements about advisories."""

from typing import Any

from sqlalchemy import ClauseElement, ColumnElement, Integer, Text, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import ADVISORY, ADVISORY_ALIAS, ADVISORY_BODY, ADVISORY_MENTION, META
from packhouse.adapters.sql.upserts import upsert, values

_NONE = literal_column("0", Integer)
_GENERATION = literal_column("'advisories'", Text)
_STATE = (
    ADVISORY.c.name,
    ADVISORY.c.source,
    ADVISORY.c.modified_at,
    ADVISORY.c.digest,
    ADVISORY.c.withdrawn_at,
    ADVISORY.c.malicious,
    ADVISORY.c.generation,
)
_OWN = (ADVISORY.c.source == bindparam("source"), ADVISORY.c.name == bindparam("name"))


def advisories(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    whole = select(*_STATE, ADVISORY_BODY.c.body).join(ADVISORY_BODY, ADVISORY_BODY.c.advisory_id == ADVISORY.c.id)
    aliased = whole.join(ADVISORY_ALIAS, ADVISORY_ALIAS.c.advisory_id == ADVISORY.c.id)
    of: ColumnElement[int] = bindparam("of_advisory", type_=Integer)
    return {
        "find_advisory": whole.where(ADVISORY.c.name == bindparam("name"), _stands()),
        "list_aliased": aliased.where(ADVISORY_ALIAS.c.alias == bindparam("alias"), _stands()).order_by(
            ADVISORY.c.name
        ),
        "list_mentions": select(ADVISORY_MENTION.c.body)
        .join(ADVISORY, ADVISORY.c.id == ADVISORY_MENTION.c.advisory_id)
        .where(
            ADVISORY_MENTION.c.name == bindparam("name"),
            ADVISORY_MENTION.c.ecosystem == bindparam("ecosystem"),
            _stands(),
        )
        .order_by(ADVISORY.c.name),
        "list_changed_advisories": select(*_STATE)
        .where(ADVISORY.c.generation > bindparam("after"))
        .order_by(ADVISORY.c.generation)
        .limit(bindparam("limit"))
        .offset(_NONE),
        "page_advisories": select(ADVISORY.c.id, *_STATE, ADVISORY_BODY.c.body)
        .join(ADVISORY_BODY, ADVISORY_BODY.c.advisory_id == ADVISORY.c.id)
        .where(ADVISORY.c.id > bindparam("after"))
        .order_by(ADVISORY.c.id)
        .limit(bindparam("limit"))
        .offset(_NONE),
        "list_advisory_states": select(*_STATE)
        .where(ADVISORY.c.source == bindparam("source"))
        .order_by(ADVISORY.c.name),
        "count_advisories": select(
            ADVISORY.c.source, func.count(), func.count(ADVISORY.c.withdrawn_at), func.sum(ADVISORY.c.malicious)
        )
        .group_by(ADVISORY.c.source)
        .order_by(ADVISORY.c.source),
        "read_advisory_generation": select(META.c.value).where(META.c.name == _GENERATION),
        "write_advisory_generation": upsert(dialect, META, ("name",), ("value",)),
        "write_advisory": _write_advisory(dialect),
        "write_advisory_body": upsert(dialect, ADVISORY_BODY, ("advisory_id",), ("body",)),
        "write_advisory_alias": ADVISORY_ALIAS.insert().values(values("alias", "advisory_id")),
        "write_mention": ADVISORY_MENTION.insert().values(values("name", "ecosystem", "advisory_id", "body")),
        "find_advisory_row": select(ADVISORY.c.id).where(*_OWN),
        "drop_advisory_aliases": ADVISORY_ALIAS.delete().where(ADVISORY_ALIAS.c.advisory_id == of),
        "drop_advisory_mentions": ADVISORY_MENTION.delete().where(ADVISORY_MENTION.c.advisory_id == of),
        "drop_advisory_body": ADVISORY_BODY.delete().where(ADVISORY_BODY.c.advisory_id == of),
        "drop_advisory": ADVISORY.delete().where(ADVISORY.c.id == of),
    }


def _write_advisory(dialect: Dialect) -> ClauseElement:
    columns = ("modified_at", "withdrawn_at", "malicious", "digest", "generation")
    written: Any = upsert(dialect, ADVISORY, ("name", "source"), columns)  # an upsert's type knows no more of itself
    returning: ClauseElement = written.returning(ADVISORY.c.id)
    return returning


def _stands() -> ColumnElement[bool]:
    """Pick of records with one id the newest, and of equally new ones that of the first source in the alphabet."""
    other = ADVISORY.alias("other")
    newer = or_(
        other.c.modified_at > ADVISORY.c.modified_at,
        and_(other.c.modified_at == ADVISORY.c.modified_at, other.c.source < ADVISORY.c.source),
    )
    return ~select(other.c.id).where(other.c.name == ADVISORY.c.name, newer).exists()
