"""Making, upgrading and refusing database files."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from packhouse.adapters.sql.migrating import configuration, upgrade
from packhouse.adapters.sql.revisions import HEAD, KNOWN
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.errors import ConfigError, StorageDamaged
from tests.ports.samples import ORIGIN, index, key, state, summary


def fingerprint(path: Path) -> set[tuple[str, ...]]:
    """Read all that defines a schema, whatever its white space."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master").fetchall()
        version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        counters = connection.execute("SELECT name, value FROM meta").fetchall()
    connection.close()
    objects = {(*row[:3], " ".join(row[3].split())) for row in rows if row[1] != "alembic_version"}
    return objects | {("revision", *row) for row in version} | {("meta", name, str(value)) for name, value in counters}


def test_a_new_database_is_the_same_as_one_that_went_through_every_migration(tmp_path: Path) -> None:
    SqlStore.open(tmp_path / "new.sqlite3").close()
    upgrade(tmp_path / "grown.sqlite3", None)
    assert fingerprint(tmp_path / "new.sqlite3") == fingerprint(tmp_path / "grown.sqlite3")


def test_every_migration_is_known() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert [script.revision for script in reversed(list(scripts.walk_revisions()))] == list(KNOWN)
    assert scripts.get_current_head() == HEAD


def test_a_database_that_went_through_every_migration_serves(tmp_path: Path) -> None:
    upgrade(tmp_path / "grown.sqlite3", None)
    store = SqlStore.open(tmp_path / "grown.sqlite3")

    async def write() -> None:
        await store.write_index(state("a"), index("a"), [], summary("a"))
        assert await store.read_index(ORIGIN, key("a")) == index("a")
        assert await store.check(deep=True) == []

    asyncio.run(write())
    store.close()


def test_neither_the_first_start_nor_a_later_one_imports_what_it_does_not_need(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from packhouse.adapters.sql.store import SqlStore;"
        "SqlStore.open(Path(sys.argv[1])).close();"
        "print(sorted({'sqlalchemy', 'alembic', 'mako', 'zstandard'} & sys.modules.keys()))"
    )
    for _ in range(2):
        command = [sys.executable, "-c", program, str(tmp_path / "packhouse.sqlite3")]
        assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "some" / "folder" / "packhouse.sqlite3"

    async def write() -> None:
        store = SqlStore.open(path)
        await store.write_index(state("a"), index("a"), [], summary("a"))
        await store.write_switch("first", enabled=False)
        store.close()

    async def read() -> None:
        store = SqlStore.open(path)
        assert await store.read_index(ORIGIN, key("a")) == index("a")
        assert await store.read_switches() == {"first": False}
        store.close()

    asyncio.run(write())
    asyncio.run(read())


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    path.write_bytes(b"these are notes of mine, and no database at all" * 100)
    before = path.read_bytes()
    with pytest.raises(StorageDamaged, match="is not a database"):
        SqlStore.open(path)
    assert path.read_bytes() == before


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(ConfigError, match="another program"):
        SqlStore.open(path)


def test_a_database_from_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    SqlStore.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigError, match="newer Packhouse") as refusal:
        SqlStore.open(path)
    assert "install that version" in refusal.value.hint


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    path.touch()
    SqlStore.open(path).close()
    SqlStore.open(path).close()


@pytest.mark.parametrize("place", ["folder", "below-a-file/packhouse.sqlite3"])
def test_a_place_where_no_file_can_be_is_a_mistake_in_the_settings(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "below-a-file").touch()
    with pytest.raises(ConfigError, match="cannot open the database"):
        SqlStore.open(tmp_path / place)


def test_processes_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from packhouse.adapters.sql.store import SqlStore;"
        "sys.stdin.read(); SqlStore.open(Path(sys.argv[1])).close()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "packhouse.sqlite3")]
    started = [subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ) for _ in range(4)]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
    assert [process.wait() for process in started] == [0, 0, 0, 0]
