"""Statements about people, tokens, organisations, grants and the audit log."""

from sqlalchemy import BindParameter, ClauseElement, ColumnElement, Integer, Table, bindparam, literal_column, select
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import ACCOUNT, AUDIT_ENTRY, META, ORGANISATION, ROLE_GRANT, TOKEN
from packhouse.adapters.sql.upserts import insert_once, upsert, values

_NONE = literal_column("0", Integer)
_ACCOUNTS = META.c.name == literal_column("'accounts'")


def accounts(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    return {
        "advance_accounts": META.update().where(_ACCOUNTS).values(value=META.c.value + literal_column("1", Integer)),
        "read_accounts": select(META.c.value).where(_ACCOUNTS),
        **_users(dialect),
        **_organisations(dialect),
        **_tokens(dialect),
        **_grants(dialect),
        **_audit(),
        **_pages(),
    }


def _users(dialect: Dialect) -> dict[str, ClauseElement]:
    return {
        "find_user": select(ACCOUNT.c.body).where(ACCOUNT.c.name == bindparam("name")),
        "add_user": insert_once(dialect, ACCOUNT, ("name", "identity", "revision", "body")),
        "change_user": _change(ACCOUNT),
        "list_users": select(ACCOUNT.c.body)
        .where(ACCOUNT.c.name > bindparam("after"))
        .order_by(ACCOUNT.c.name)
        .limit(bindparam("limit"))
        .offset(_NONE),
    }


def _organisations(dialect: Dialect) -> dict[str, ClauseElement]:
    return {
        "find_organisation": select(ORGANISATION.c.body).where(ORGANISATION.c.name == bindparam("name")),
        "add_organisation": insert_once(dialect, ORGANISATION, ("name", "revision", "body")),
        "change_organisation": _change(ORGANISATION),
        "drop_organisation": ORGANISATION.delete()
        .where(ORGANISATION.c.name == bindparam("of_name"))
        .returning(ORGANISATION.c.name),
        "list_organisations": select(ORGANISATION.c.body).order_by(ORGANISATION.c.name),
    }


def _tokens(dialect: Dialect) -> dict[str, ClauseElement]:
    own = TOKEN.c.key == bindparam("of_key")
    return {
        "find_token": select(TOKEN.c.body, TOKEN.c.last_used_at).where(TOKEN.c.hash == bindparam("hash")),
        "find_token_key": select(TOKEN.c.key).where(TOKEN.c.hash == bindparam("hash")),
        "write_token": upsert(dialect, TOKEN, ("key",), ("hash", "user", "last_used_at", "body")),
        "touch_token": TOKEN.update().where(own).values(values("last_used_at")),
        "drop_token": TOKEN.delete().where(own).returning(TOKEN.c.key),
        "list_tokens": select(TOKEN.c.body, TOKEN.c.last_used_at).where(TOKEN.c.user == bindparam("user")),
    }


def _grants(dialect: Dialect) -> dict[str, ClauseElement]:
    return {
        "write_grant": upsert(dialect, ROLE_GRANT, ("id",), ("created_at", "body")),
        "drop_grant": ROLE_GRANT.delete().where(ROLE_GRANT.c.id == bindparam("of_id")).returning(ROLE_GRANT.c.id),
        "list_grants": select(ROLE_GRANT.c.body).order_by(ROLE_GRANT.c.created_at, ROLE_GRANT.c.id),
    }


def _audit() -> dict[str, ClauseElement]:
    # A statement for each question, so that each has its index.
    of_user = AUDIT_ENTRY.c.user == bindparam("user")
    of_subject = AUDIT_ENTRY.c.subject == bindparam("subject")
    return {
        "append_audit": AUDIT_ENTRY.insert().values(values("at", "user", "subject", "body")),
        "list_audit": _audit_page(),
        "list_audit_of_user": _audit_page(of_user),
        "list_audit_of_subject": _audit_page(of_subject),
        "list_audit_of_both": _audit_page(of_user, of_subject),
    }


def _pages() -> dict[str, ClauseElement]:
    tables = {
        "page_users": ACCOUNT.c.name,
        "page_tokens": TOKEN.c.key,
        "page_organisations": ORGANISATION.c.name,
        "page_grants": ROLE_GRANT.c.id,
    }
    return {
        name: select(column, column.table.c.body)
        .where(column > bindparam("after"))
        .order_by(column)
        .limit(bindparam("limit"))
        .offset(_NONE)
        for name, column in tables.items()
    }


def _audit_page(*which: ColumnElement[bool]) -> ClauseElement:
    before: BindParameter[int] = bindparam("before")
    return (
        select(AUDIT_ENTRY.c.sequence, AUDIT_ENTRY.c.body)
        .where(AUDIT_ENTRY.c.sequence < before, *which)
        .order_by(AUDIT_ENTRY.c.sequence.desc())
        .limit(bindparam("limit"))
        .offset(_NONE)
    )


def _change(table: Table) -> ClauseElement:
    """Replace a row of the revision that it was read with; nothing is returned if it has another by now."""
    return (
        table.update()
        .where(table.c.name == bindparam("of_name"), table.c.revision == bindparam("of_revision"))
        .values(values("revision", "body"))
        .returning(table.c.name)
    )
