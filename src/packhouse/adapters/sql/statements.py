"""Every statement, written once for every database."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    ColumnElement,
    Integer,
    Join,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.account_statements import accounts
from packhouse.adapters.sql.advisory_statements import advisories
from packhouse.adapters.sql.digest_statements import digests
from packhouse.adapters.sql.graph_statements import graphs
from packhouse.adapters.sql.hook_statements import hooks
from packhouse.adapters.sql.hosted_statements import hosted
from packhouse.adapters.sql.invitation_statements import invitations
from packhouse.adapters.sql.project_statements import projects
from packhouse.adapters.sql.schema import (
    ARTIFACT,
    DOWNLOAD_COUNT,
    EVENT,
    FURTHER_DOCUMENT,
    INDEX_BODY,
    INDEX_DOCUMENT,
    META,
    PACKAGE,
    RECORD,
    RENDERED,
    SEARCH_DOCUMENT,
    UPSTREAM_SWITCH,
)
from packhouse.adapters.sql.signing_statements import signing
from packhouse.adapters.sql.trust_statements import trust
from packhouse.adapters.sql.upserts import upsert, values

RENDERED_PER_PACKAGE = 48
"""Answers kept for one generation of a package: forms times codings times addresses, with room for dated views."""

# Said outright: SQLite's LIMIT would get an OFFSET with a parameter of an invented name.
_NONE = literal_column("0", Integer)
_WHERE: tuple[ColumnElement[bool], ...] = (
    PACKAGE.c.name == bindparam("name"),
    PACKAGE.c.ecosystem == bindparam("ecosystem"),
    PACKAGE.c.origin == bindparam("origin"),
)
_STATE = (
    INDEX_DOCUMENT.c.generation,
    INDEX_DOCUMENT.c.digest,
    INDEX_DOCUMENT.c.checked_at,
    INDEX_DOCUMENT.c.changed_at,
    INDEX_DOCUMENT.c.etag,
    INDEX_DOCUMENT.c.last_modified,
    INDEX_DOCUMENT.c.gone_at,
)
_KEY = (PACKAGE.c.origin, PACKAGE.c.ecosystem, PACKAGE.c.name)
_STORED = (
    ARTIFACT.c.filename,
    ARTIFACT.c.version,
    ARTIFACT.c.sha256,
    ARTIFACT.c.size_bytes,
    ARTIFACT.c.digests,
    ARTIFACT.c.stored_at,
)


def statements(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all statements; only upserts are spelled by dialect, and those alike."""
    return {
        **_packages(dialect),
        **_indexes(dialect),
        **_further(dialect),
        **_records(dialect),
        **_caches(dialect),
        **_downloads(dialect),
        **_checks(),
        **accounts(dialect),
        **signing(dialect),
        **digests(dialect),
        **projects(dialect),
        **hooks(dialect),
        **trust(dialect),
        **invitations(dialect),
        **hosted(dialect),
        **advisories(dialect),
        **graphs(dialect),
    }


def _packages(dialect: Dialect) -> dict[str, ClauseElement]:
    page = EVENT.join(PACKAGE, PACKAGE.c.id == EVENT.c.package_id)
    greater = func.max if dialect.name == "sqlite" else func.greatest
    columns = (EVENT.c.sequence, EVENT.c.kind, EVENT.c.at, EVENT.c.version, EVENT.c.detail)
    return {
        "advance_sequence": META.update()
        .where(META.c.name == literal_column("'sequence'"))
        .values(value=greater(META.c.value + bindparam("steps"), bindparam("now")))
        .returning(META.c.value),
        "read_sequence": select(META.c.value).where(META.c.name == literal_column("'sequence'")),
        "find_package": select(PACKAGE.c.id).where(*_WHERE),
        # Sets the name to itself where another process was first, so that there always is an id to return.
        "write_package": upsert(dialect, PACKAGE, ("name", "ecosystem", "origin"), ("name",)).returning(PACKAGE.c.id),
        "write_event": EVENT.insert().values(values("sequence", "package_id", "kind", "at", "version", "detail")),
        "list_events": select(*columns, *_KEY)
        .select_from(page)
        .where(EVENT.c.sequence > bindparam("after"))
        .order_by(EVENT.c.sequence)
        .limit(bindparam("limit"))
        .offset(_NONE),
        "read_switches": select(UPSTREAM_SWITCH.c.name, UPSTREAM_SWITCH.c.enabled),
        "write_switch": upsert(dialect, UPSTREAM_SWITCH, ("name",), ("enabled",)),
    }


def _lists(with_package: Join) -> dict[str, ClauseElement]:
    """Make the lists of all packages of an ecosystem."""
    with_summary = with_package.outerjoin(SEARCH_DOCUMENT, SEARCH_DOCUMENT.c.package_id == INDEX_DOCUMENT.c.package_id)
    shown = (SEARCH_DOCUMENT.c.summary, SEARCH_DOCUMENT.c.description, SEARCH_DOCUMENT.c.keywords)
    every = select(*_STATE, *_KEY, *shown).select_from(with_summary)
    every = every.where(PACKAGE.c.ecosystem == bindparam("ecosystem"))
    generation, name = INDEX_DOCUMENT.c.generation, PACKAGE.c.name
    orders = {
        "list_changed": every.where(generation > bindparam("after")).order_by(generation),
        "list_newest": every.where(generation < bindparam("before")).order_by(generation.desc()),
        "list_named": every.where(name >= bindparam("first")).order_by(name, PACKAGE.c.origin),
        "list_named_back": every.where(name < bindparam("before")).order_by(name.desc(), PACKAGE.c.origin),
    }
    return {name: order.limit(bindparam("limit")).offset(_NONE) for name, order in orders.items()}


def _indexes(dialect: Dialect) -> dict[str, ClauseElement]:
    with_package = INDEX_DOCUMENT.join(PACKAGE, PACKAGE.c.id == INDEX_DOCUMENT.c.package_id)
    with_body = with_package.join(INDEX_BODY, INDEX_BODY.c.package_id == INDEX_DOCUMENT.c.package_id)
    confirmed = ("checked_at", "changed_at", "etag", "last_modified", "gone_at")
    return {
        "find_state": select(*_STATE).select_from(with_package).where(*_WHERE),
        "read_index": select(INDEX_DOCUMENT.c.digest, INDEX_BODY.c.body).select_from(with_body).where(*_WHERE),
        "write_document": upsert(dialect, INDEX_DOCUMENT, ("package_id",), ("generation", "digest", *confirmed)),
        "write_body": upsert(dialect, INDEX_BODY, ("package_id",), ("body",)),
        # A document that someone else has replaced meanwhile is not touched: what was confirmed is not it.
        "write_state": INDEX_DOCUMENT.update()
        .where(
            INDEX_DOCUMENT.c.package_id == bindparam("of_package"),
            INDEX_DOCUMENT.c.generation == bindparam("of_generation"),
        )
        .values(values("generation", *confirmed))
        .returning(INDEX_DOCUMENT.c.generation),
        "list_states": select(*_STATE, *_KEY)
        .select_from(with_package)
        .where(INDEX_DOCUMENT.c.generation > bindparam("after"))
        .order_by(INDEX_DOCUMENT.c.generation)
        .limit(bindparam("limit"))
        .offset(_NONE),
        **_lists(with_package),
        "count_packages": select(func.count(PACKAGE.c.name.distinct()))
        .select_from(with_package)
        .where(PACKAGE.c.ecosystem == bindparam("ecosystem"), INDEX_DOCUMENT.c.gone_at.is_(None)),
    }


def _further(dialect: Dialect) -> dict[str, ClauseElement]:
    stored = FURTHER_DOCUMENT.join(PACKAGE, PACKAGE.c.id == FURTHER_DOCUMENT.c.package_id)
    confirmed = ("content_type", "etag", "last_modified", "checked_at", "changed_at")
    own = (FURTHER_DOCUMENT.c.package_id == bindparam("of_package"), FURTHER_DOCUMENT.c.path == bindparam("at_path"))
    return {
        "find_further": select(FURTHER_DOCUMENT.c.body, *(FURTHER_DOCUMENT.c[column] for column in confirmed))
        .select_from(stored)
        .where(*_WHERE, FURTHER_DOCUMENT.c.path == bindparam("path")),
        "write_further": upsert(dialect, FURTHER_DOCUMENT, ("package_id", "path"), (*confirmed, "body")),
        "write_further_state": FURTHER_DOCUMENT.update().where(*own).values(values(*confirmed)),
        "drop_further": FURTHER_DOCUMENT.delete().where(*own),
    }


def _records(dialect: Dialect) -> dict[str, ClauseElement]:
    recorded = RECORD.join(PACKAGE, PACKAGE.c.id == RECORD.c.package_id)
    stored = ARTIFACT.join(PACKAGE, PACKAGE.c.id == ARTIFACT.c.package_id)
    return {
        "find_record": select(RECORD.c.generation, RECORD.c.body).select_from(recorded).where(*_WHERE),
        "write_record": upsert(dialect, RECORD, ("package_id",), ("generation", "body"), newer="generation"),
        "find_artifact": select(*_STORED)
        .select_from(stored)
        .where(*_WHERE, ARTIFACT.c.filename == bindparam("filename")),
        "write_artifact": upsert(
            dialect,
            ARTIFACT,
            ("package_id", "filename"),
            ("version", "sha256", "size_bytes", "digests", "stored_at"),
        ),
        "find_blob_use": select(ARTIFACT.c.id)
        .where(ARTIFACT.c.sha256 == bindparam("sha256"))
        .limit(bindparam("one"))
        .offset(_NONE),
        "list_artifacts": select(ARTIFACT.c.id, *_STORED)
        .where(ARTIFACT.c.id > bindparam("after"))
        .order_by(ARTIFACT.c.id)
        .limit(bindparam("limit"))
        .offset(_NONE),
    }


def _caches(dialect: Dialect) -> dict[str, ClauseElement]:
    kept = RENDERED.join(PACKAGE, PACKAGE.c.id == RENDERED.c.package_id)
    oldest_kept = (
        select(RENDERED.c.id)
        .where(RENDERED.c.package_id == bindparam("of_package"))
        .order_by(RENDERED.c.id.desc())
        .limit(literal_column("1"))
        .offset(literal_column(str(RENDERED_PER_PACKAGE)))
        .scalar_subquery()
    )
    return {
        "find_rendered": select(RENDERED.c.body, RENDERED.c.encoding, RENDERED.c.etag, RENDERED.c.changed_at)
        .select_from(kept)
        .where(*_WHERE, RENDERED.c.variant == bindparam("variant")),
        "write_rendered": upsert(
            dialect,
            RENDERED,
            ("package_id", "variant"),
            ("generation", "encoding", "etag", "changed_at", "body"),
        ),
        "drop_rendered": RENDERED.delete().where(
            and_(
                RENDERED.c.package_id == bindparam("of_package"),
                or_(RENDERED.c.generation < bindparam("below"), RENDERED.c.id <= oldest_kept),
            )
        ),
        "find_search_document": select(
            SEARCH_DOCUMENT.c.name,
            SEARCH_DOCUMENT.c.parts,
            SEARCH_DOCUMENT.c.keywords,
            SEARCH_DOCUMENT.c.description,
        ).where(SEARCH_DOCUMENT.c.package_id == bindparam("package_id")),
        "write_search_document": upsert(
            dialect, SEARCH_DOCUMENT, ("package_id",), ("name", "parts", "keywords", "description", "summary")
        ),
    }


def _downloads(dialect: Dialect) -> dict[str, ClauseElement]:
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    one: Any = insert(DOWNLOAD_COUNT).values(values("package_id", "day", "version", "count"))
    counted = DOWNLOAD_COUNT.join(PACKAGE, PACKAGE.c.id == DOWNLOAD_COUNT.c.package_id)
    day, version, total = DOWNLOAD_COUNT.c.day, DOWNLOAD_COUNT.c.version, func.sum(DOWNLOAD_COUNT.c.count)
    return {
        "add_downloads": one.on_conflict_do_update(
            index_elements=["package_id", "day", "version"],
            set_={"count": DOWNLOAD_COUNT.c.count + one.excluded.count},
        ),
        "list_downloads": select(day, total).select_from(counted).where(*_WHERE).group_by(day).order_by(day),
        "sum_downloads": select(version, total).select_from(counted).where(*_WHERE).group_by(version),
        "list_version_downloads": select(version, day, DOWNLOAD_COUNT.c.count)
        .select_from(counted)
        .where(*_WHERE, day >= bindparam("since"))
        .order_by(day, version),
        "read_aged": select(META.c.value).where(META.c.name == literal_column("'aged'")),
        "write_aged": _write_aged(dialect),
    }


def _write_aged(dialect: Dialect) -> ClauseElement:
    insert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    one: Any = insert(META).values(name=literal_column("'aged'"), value=bindparam("day"))
    made: ClauseElement = one.on_conflict_do_update(index_elements=["name"], set_={"value": one.excluded.value})
    return made


def _checks() -> dict[str, ClauseElement]:
    document = INDEX_DOCUMENT.join(PACKAGE, PACKAGE.c.id == INDEX_DOCUMENT.c.package_id)
    bodies = document.join(INDEX_BODY, INDEX_BODY.c.package_id == INDEX_DOCUMENT.c.package_id)
    records = RECORD.join(PACKAGE, PACKAGE.c.id == RECORD.c.package_id)
    after: BindParameter[int] = bindparam("after")
    limit: BindParameter[int] = bindparam("limit")
    return {
        "page_bodies": select(INDEX_BODY.c.package_id, *_KEY, INDEX_DOCUMENT.c.digest, INDEX_BODY.c.body)
        .select_from(bodies)
        .where(INDEX_BODY.c.package_id > after)
        .order_by(INDEX_BODY.c.package_id)
        .limit(limit)
        .offset(_NONE),
        "page_records": select(RECORD.c.package_id, *_KEY, RECORD.c.body)
        .select_from(records)
        .where(RECORD.c.package_id > after)
        .order_by(RECORD.c.package_id)
        .limit(limit)
        .offset(_NONE),
        "list_bodiless": select(*_KEY)
        .select_from(document.outerjoin(INDEX_BODY, INDEX_BODY.c.package_id == INDEX_DOCUMENT.c.package_id))
        .where(INDEX_BODY.c.package_id.is_(None)),
        "list_unsearchable": select(*_KEY)
        .select_from(document.outerjoin(SEARCH_DOCUMENT, SEARCH_DOCUMENT.c.package_id == INDEX_DOCUMENT.c.package_id))
        .where(SEARCH_DOCUMENT.c.package_id.is_(None)),
    }
