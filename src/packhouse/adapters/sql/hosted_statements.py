"""Statements about packages that were published here."""

from sqlalchemy import (
    BindParameter,
    ClauseElement,
    Integer,
    Join,
    Table,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.engine import Dialect

from packhouse.adapters.sql.schema import (
    ARTIFACT,
    HOSTED_PACKAGE,
    INDEX_DOCUMENT,
    PACKAGE,
    PACKAGE_OWNER,
    STAR,
    VERSION_CLAIM,
)
from packhouse.adapters.sql.upserts import insert_once, upsert

_KEY = (PACKAGE.c.origin, PACKAGE.c.ecosystem, PACKAGE.c.name)
_OURS = func.substr(PACKAGE.c.origin, literal_column("1"), literal_column("7")) == literal_column("'hosted:'")
_WHERE = (PACKAGE.c.origin == bindparam("origin"), PACKAGE.c.ecosystem == bindparam("ecosystem"))


def hosted(dialect: Dialect) -> dict[str, ClauseElement]:
    """Build all of them."""
    return {**_reading(), **_writing(dialect), **_checks()}


def _reading() -> dict[str, ClauseElement]:
    owned = _of_package(HOSTED_PACKAGE)
    by_owner = owned.join(PACKAGE_OWNER, PACKAGE_OWNER.c.package_id == HOSTED_PACKAGE.c.package_id)
    listed = select(PACKAGE.c.name, HOSTED_PACKAGE.c.body)
    # Said, and sorted by whoever asks, for else SQLite walks over every package that is cached to find ours.
    every = HOSTED_PACKAGE.c.restricted.in_((literal_column("0"), literal_column("1")))
    present = (*_WHERE, HOSTED_PACKAGE.c.removed_at.is_(None))
    this = (PACKAGE.c.name == bindparam("name"), *_WHERE)
    return {
        "find_ownership": select(HOSTED_PACKAGE.c.body).select_from(owned).where(*this),
        "list_owned": listed.select_from(owned).where(*present, every),
        "list_owned_by": listed.select_from(by_owner).where(*present, PACKAGE_OWNER.c.user == bindparam("user")),
        "list_restricted": listed.select_from(owned).where(
            *present, HOSTED_PACKAGE.c.restricted == literal_column("1")
        ),
        "list_claims": select(VERSION_CLAIM.c.version).select_from(_of_package(VERSION_CLAIM)).where(*this),
        "list_starred": select(PACKAGE.c.name)
        .select_from(_of_package(STAR))
        .where(*_WHERE, STAR.c.user == bindparam("user")),
    }


def _writing(dialect: Dialect) -> dict[str, ClauseElement]:
    of_package: BindParameter[int] = bindparam("of_package")
    return {
        "find_generation": select(INDEX_DOCUMENT.c.generation).where(INDEX_DOCUMENT.c.package_id == of_package),
        "find_ownership_revision": select(HOSTED_PACKAGE.c.revision).where(HOSTED_PACKAGE.c.package_id == of_package),
        "write_ownership": upsert(
            dialect, HOSTED_PACKAGE, ("package_id",), ("revision", "restricted", "removed_at", "body")
        ),
        "drop_owners": PACKAGE_OWNER.delete().where(PACKAGE_OWNER.c.package_id == of_package),
        "add_owner": insert_once(dialect, PACKAGE_OWNER, ("package_id", "user")),
        "claim_version": insert_once(dialect, VERSION_CLAIM, ("package_id", "version")),
        "add_star": insert_once(dialect, STAR, ("package_id", "user")),
        "drop_star": STAR.delete().where(STAR.c.package_id == of_package, STAR.c.user == bindparam("of_user")),
        "drop_artifact": ARTIFACT.delete().where(
            ARTIFACT.c.package_id == of_package, ARTIFACT.c.filename == bindparam("of_filename")
        ),
    }


def _checks() -> dict[str, ClauseElement]:
    documents = _of_package(INDEX_DOCUMENT)
    owned = _of_package(HOSTED_PACKAGE)
    files = _of_package(ARTIFACT)
    return {
        "list_ownerless": select(*_KEY)
        .select_from(documents.outerjoin(HOSTED_PACKAGE, HOSTED_PACKAGE.c.package_id == PACKAGE.c.id))
        .where(_OURS, HOSTED_PACKAGE.c.package_id.is_(None)),
        "list_undocumented": select(*_KEY)
        .select_from(owned.outerjoin(INDEX_DOCUMENT, INDEX_DOCUMENT.c.package_id == PACKAGE.c.id))
        .where(INDEX_DOCUMENT.c.package_id.is_(None)),
        "page_ownerships": select(HOSTED_PACKAGE.c.package_id, *_KEY, HOSTED_PACKAGE.c.body)
        .select_from(owned)
        .where(HOSTED_PACKAGE.c.package_id > bindparam("after"))
        .order_by(HOSTED_PACKAGE.c.package_id)
        .limit(bindparam("limit"))
        .offset(literal_column("0", Integer)),
        "list_abandoned": select(*_KEY, ARTIFACT.c.filename)
        .select_from(files.outerjoin(HOSTED_PACKAGE, HOSTED_PACKAGE.c.package_id == PACKAGE.c.id))
        .where(_OURS, or_(HOSTED_PACKAGE.c.package_id.is_(None), HOSTED_PACKAGE.c.removed_at.is_not(None))),
    }


def _of_package(table: Table) -> Join:
    return table.join(PACKAGE, PACKAGE.c.id == table.c.package_id)
