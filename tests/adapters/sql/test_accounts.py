"""Accounts and hosted packages in SQLite: durability, grouping, nothing half written, upgrades, damage."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import msgspec
import pytest

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.migrating import upgrade
from packhouse.adapters.sql.schema import METADATA
from packhouse.adapters.sql.sqlite import Sqlite
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Conflict, StorageDamaged, StorageFull
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.services.account_ports import HostedChange
from packhouse.services.ports import StoredFurther
from tests.ports.people import HOSTED, change, entry, grant, organisation, removal, token, user
from tests.ports.samples import ORIGIN, artifact, event, index, key, record, state, summary

pytestmark = pytest.mark.anyio

OFF_UNTIL_A_CHECKPOINT = 1
"""`PRAGMA synchronous` where a commit does not wait for the disk (sqlite.org/pragma.html#pragma_synchronous)."""
AT_EVERY_COMMIT = 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the database file."""
    return tmp_path / "packhouse.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    """Open an empty store."""
    opened = SqlStore.open(path)
    yield opened
    opened.close()


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Read every row of every table of ours."""
    with sqlite3.connect(path) as connection:
        found = {
            table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608 (our own names)
            for table in METADATA.tables
        }
    connection.close()
    return found


def tamper(path: Path, sql: str, *parameters: object) -> None:
    """Change the database behind the store's back."""
    with sqlite3.connect(path) as connection:
        connection.execute(sql, parameters)
    connection.close()


def full_change(name: str, expected: int = 0, who: str = "ada", version: str = "1.0.0") -> HostedChange:
    """Make a change that writes into every table that a change can write into."""
    further = StoredFurther(b"bundle", "application/json", None, None, Moment(1), Moment(2))
    return change(
        name,
        expected,
        2,
        events=(msgspec.structs.replace(event("release_published", name, version), origin=HOSTED),),
        ownership=Ownership((who, "bob"), restricted=True),
        claims=(version,),
        files=(artifact(f"{name}-{version}.tgz"),),
        further=((FurtherKey(key(name), version), further), (FurtherKey(key(""), version), further)),
        stars={who: True},
        audit=entry(f"plain/{name}@{version}", who),
    )


class Commits:
    """Counts the transactions of a store's writer."""

    def __init__(self, store: SqlStore) -> None:
        self.count = 0
        self._store = store

    def __enter__(self) -> Self:
        self._trace(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._trace(None)

    def __call__(self, statement: str) -> None:
        """Look at a statement as it is run."""
        self.count += statement == "COMMIT"

    def _trace(self, tracer: "Commits | None") -> None:
        database = self._store._database
        assert isinstance(database, Sqlite)
        database._writer._connection.set_trace_callback(tracer)


async def test_what_is_durable_waits_for_the_disk_and_what_is_cached_does_not(store: SqlStore) -> None:
    def ask() -> Work[int]:
        found = yield "PRAGMA synchronous", {}
        return int(found[0][0])

    for _ in range(2):
        assert await store._database.write(ask) == OFF_UNTIL_A_CHECKPOINT
        assert await store._database.write(ask, durable=True) == AT_EVERY_COMMIT
    assert await store._database.write(ask) == OFF_UNTIL_A_CHECKPOINT


def waited_for_the_disk(store: SqlStore) -> bool:
    """Tell whether the last commit did."""
    database = store._database
    assert isinstance(database, Sqlite)
    return database._writer._syncs


async def test_every_write_of_accounts_and_hosted_packages_is_durable(store: SqlStore) -> None:
    await store.write_switch("cached", enabled=True)
    assert not waited_for_the_disk(store)
    for write in (
        lambda: store.write_user(user("ada"), 0),
        lambda: store.write_token(token("one")),
        lambda: store.touch_tokens({"one": Moment(9)}),
        lambda: store.drop_tokens(["one"]),
        lambda: store.write_organisation(organisation("acme"), 0),
        lambda: store.drop_organisation("acme"),
        lambda: store.write_grant(grant("one")),
        lambda: store.append_audit(entry("a")),
        lambda: store.commit(change("a")),
        lambda: store.write_star(HOSTED, key("a"), "ada", True),  # noqa: FBT003 (a value)
    ):
        await write()
        assert waited_for_the_disk(store)
        await store.write_switch("cached", enabled=True)
        assert not waited_for_the_disk(store)


async def test_changes_made_at_once_share_a_few_transactions(store: SqlStore) -> None:
    changes = [full_change(f"package-{number}") for number in range(64)]
    with Commits(store) as commits:
        await asyncio.gather(*(store.commit(each) for each in changes))
    assert 1 <= commits.count <= 8
    assert len(await store.list_owned(HOSTED, "plain", None)) == 64


async def test_changes_that_fail_do_not_take_those_beside_them_apart(store: SqlStore) -> None:
    changes = [full_change(f"package-{number}", 7 if number % 4 == 0 else 0) for number in range(64)]
    with Commits(store) as commits:
        outcomes = await asyncio.gather(*(store.commit(each) for each in changes), return_exceptions=True)
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Conflict)] == [*range(0, 64, 4)]
    assert commits.count <= 8
    assert len(await store.list_owned(HOSTED, "plain", None)) == 48
    assert await store.check(deep=True) == []


@pytest.mark.parametrize("late", [full_change("a", 1, "eve"), full_change("a", 0, "eve", "2.0.0")])
async def test_no_table_keeps_anything_of_a_change_that_failed(store: SqlStore, path: Path, late: HostedChange) -> None:
    await store.commit(full_change("a"))
    before = rows(path)
    with pytest.raises(Conflict):
        await store.commit(late)
    assert rows(path) == before


async def test_no_table_keeps_anything_of_a_change_whose_version_was_taken(store: SqlStore, path: Path) -> None:
    first = await store.commit(full_change("a"))
    before = rows(path)
    taken = msgspec.structs.replace(full_change("a", first.generation, "eve"), claims=("2.0.0", "1.0.0"))
    with pytest.raises(Conflict):
        await store.commit(taken)
    assert rows(path) == before


async def test_a_full_disk_leaves_nothing_of_a_change(store: SqlStore, path: Path) -> None:
    await store.commit(full_change("a"))
    database = store._database
    assert isinstance(database, Sqlite)
    await database.catch_up()  # else search learns the first package at any moment
    connection = database._writer._connection
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    before = rows(path)
    big = StoredFurther(bytes(range(256)) * 4000, "application/json", None, None, Moment(1), Moment(2))
    noise = msgspec.structs.replace(big, body=b"".join(hash(n).to_bytes(8, "big") for n in range(10**6, 10**6 + 90000)))
    wanted = msgspec.structs.replace(full_change("b"), further=((FurtherKey(key("b"), "big"), noise),))
    with pytest.raises(StorageFull):
        await store.commit(wanted)
    assert rows(path) == before
    connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    await store.commit(wanted)
    assert await store.check(deep=True) == []


async def test_two_servers_on_one_file_never_both_get_a_version(store: SqlStore, path: Path) -> None:
    other = SqlStore.open(path)
    first = await store.commit(change("a"))
    claiming = [
        each.commit(change("a", first.generation, 2, claims=("1.0.0",))) for _ in range(20) for each in (store, other)
    ]
    outcomes = await asyncio.gather(*claiming, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 39
    await other.write_user(user("ada"), 0)
    assert await store.find_user("ada") == user("ada")
    assert await store.accounts_generation() == 1
    other.close()


async def test_accounts_are_there_after_a_restart(path: Path) -> None:
    store = SqlStore.open(path)
    await store.write_user(user("ada"), 0)
    await store.write_token(token("one"))
    await store.write_organisation(organisation("acme"), 0)
    await store.write_grant(grant("one"))
    generation = await store.accounts_generation()
    store.close()
    store = SqlStore.open(path)
    assert await store.find_user("ada") == user("ada")
    assert await store.list_tokens("ada") == [token("one")]
    assert await store.list_organisations() == [organisation("acme")]
    assert await store.list_grants() == [grant("one")]
    assert await store.accounts_generation() == generation
    store.close()


async def test_a_database_from_before_accounts_keeps_what_it_has_and_gains_them(path: Path) -> None:
    newest = SqlStore.open(path)
    await newest.write_index(state("a"), index("a"), [event("release_seen", "a", "1.0.0")], summary("a"))
    await newest.write_artifact(ORIGIN, key("a"), artifact("a.tgz"))
    await newest.write_record(ORIGIN, 1, record("a"))
    await newest.add_downloads("2026-11-21", {("first", key("a"), ""): 3})
    newest.close()
    old = path.with_name("old.sqlite3")
    upgrade(old, None, "0003")
    copy_rows(path, old)
    store = SqlStore.open(old)
    assert await store.read_index(ORIGIN, key("a")) == index("a")
    # Of no generation that there is, so that it is derived anew: newer records tell more.
    assert await store.find_record(ORIGIN, key("a")) == (0, record("a"))
    assert await store.find_artifact(ORIGIN, key("a"), "a.tgz") == artifact("a.tgz")
    assert await store.list_downloads("first", key("a")) == {"2026-11-21": 3}
    assert len(await store.list_events(0, 9)) == 2
    assert await store.accounts_generation() == 0
    await store.write_user(user("ada"), 0)
    await store.commit(full_change("b"))
    assert await store.accounts_generation() == 1
    assert await store.check() == []
    store.close()


def copy_rows(source: Path, target: Path) -> None:
    """Put the rows of the tables that both databases have into the older one."""
    with sqlite3.connect(target) as connection:
        connection.execute("ATTACH ? AS source", (str(source),))
        tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for name in {name for (name,) in tables} & METADATA.tables.keys():
            connection.execute(f"DELETE FROM main.{name}")  # noqa: S608 (our own names)
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({name})"))
            connection.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM source.{name}")  # noqa: S608
        connection.execute("DELETE FROM main.meta WHERE name <> 'sequence'")
        connection.execute("INSERT INTO search_fulltext (search_fulltext) VALUES ('rebuild')")
    connection.close()


async def test_packages_and_owners_that_miss_each_other_are_reported(store: SqlStore, path: Path) -> None:
    for name in "abcd":
        await store.commit(change(name, files=(artifact(f"{name}.tgz"),)))
    gone = await store.find_state(HOSTED, key("d"))
    assert gone is not None
    await store.commit(msgspec.structs.replace(removal("d", gone.generation), removed_files=()))
    assert await store.check() == ["the file d.tgz is left of plain/d of hosted:default, which is gone"]
    tamper(path, "DELETE FROM artifact")
    tamper(path, "DELETE FROM hosted_package WHERE package_id = 1")
    for table in ("index_document", "index_body"):
        tamper(path, f"DELETE FROM {table} WHERE package_id = 2")  # noqa: S608 (our own names)
    assert await store.check() == [
        "plain/a of hosted:default belongs to nobody",
        "plain/b of hosted:default has owners but no index document",
    ]


async def test_cached_packages_need_no_owner(store: SqlStore) -> None:
    await store.write_index(state("a"), index("a"), [], summary("a"))
    await store.write_artifact(ORIGIN, key("b"), artifact("b.tgz"))
    assert await store.check(deep=True) == []


async def test_accounts_that_cannot_be_read_are_damage_and_reported(store: SqlStore, path: Path) -> None:
    await store.write_user(user("ada"), 0)
    await store.write_user(user("bob"), 0)
    await store.write_token(token("one"))
    await store.write_organisation(organisation("acme"), 0)
    await store.write_grant(grant("first"))
    await store.commit(change("a"))
    assert await store.check(deep=True) == []
    for table in ("account", "token", "organisation", "role_grant", "hosted_package"):
        tamper(path, f"UPDATE {table} SET body = substr(body, 1, length(body) - 1)")  # noqa: S608 (our own names)
    with pytest.raises(StorageDamaged):
        await store.find_user("ada")
    with pytest.raises(StorageDamaged):
        await store.find_token("hash of one")
    with pytest.raises(StorageDamaged):
        await store.find_ownership(HOSTED, key("a"))
    beginnings = (
        "whose plain/a of hosted:default is cannot be told",
        "the user ada is damaged",
        "the user bob is damaged",
        "the token one is damaged",
        "the organisation acme is damaged",
        "the grant first is damaged",
    )
    found = await store.check(deep=True)
    assert len(found) == len(beginnings)
    assert all(sentence.startswith(beginning) for sentence, beginning in zip(found, beginnings, strict=True))
