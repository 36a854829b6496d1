"""New packages are learnt by the search soon, and before anybody who searches could miss them."""

import sqlite3
from pathlib import Path

import msgspec
import pytest

from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.search import SearchQuery, SearchScope
from packhouse.services.account_ports import HostedChange
from packhouse.services.ports import IndexState

_AT = Moment(1_700_000_000_000)


def _change(name: str, *, restricted: bool = False, description: str = "a tree") -> HostedChange:
    key = PackageKey("npm", NormalName(name))
    index = Index(b"{}", (Fragment("1.0.0", b"{}", _AT),), "sha256:1")
    return HostedChange(
        state=IndexState(origin="hosted", key=key, generation=0, digest="", checked_at=_AT, changed_at=_AT),
        expected=0,
        index=index,
        summary=Summary(key, version="1.0.0", description=description, keywords=("wood",)),
        ownership=Ownership(("gardener",), restricted=restricted),
    )


async def _find(store: SqlStore, text: str, may_see: frozenset[str] = frozenset()) -> list[str]:
    scope = SearchScope("hosted", readable=may_see)
    hits = await store.search("npm", SearchQuery(text=text), scope, 0, 1000)
    return [str(summary.key.name) for _, summary in hits.hits]


@pytest.mark.anyio
async def test_what_waited_when_the_process_died_is_found_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    store = SqlStore.open(path)
    await store.commit(_change("quince"))
    # As much as a power cut leaves: the transaction, and nothing that came after it.
    with sqlite3.connect(path) as here, sqlite3.connect(tmp_path / "after.sqlite3") as there:
        here.backup(there)
    waiting = there.execute("SELECT count(*) FROM search_document").fetchone()[0]
    waiting -= there.execute("SELECT count(*) FROM search_entry").fetchone()[0]
    store.close()
    assert waiting == 1
    again = SqlStore.open(tmp_path / "after.sqlite3")
    try:
        assert await _find(again, "quince") == ["quince"]
        assert await again.check(deep=True) == []
    finally:
        again.close()


@pytest.mark.anyio
async def test_more_than_one_transaction_learns_are_all_found(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    try:
        names = {
            f"{first}{second}ow" for first in "bcdfghjklmnp" for second in ("ill", "arr", "orm", "und", "ent", "isk")
        }
        for name in names:
            await store.commit(_change(name))
        assert set(await _find(store, "tree")) == names
        assert await store.check(deep=True) == []
    finally:
        store.close()


@pytest.mark.anyio
async def test_a_package_that_waits_can_be_changed_and_hidden(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    try:
        change = _change("medlar")
        state = await store.commit(change)
        hidden = msgspec.structs.replace(
            _change("medlar", restricted=True, description="a secret"), expected=state.generation
        )
        await store.commit(hidden)
        assert await _find(store, "medlar") == []
        assert await _find(store, "secret", frozenset({"medlar"})) == ["medlar"]
        assert await _find(store, "tree", frozenset({"medlar"})) == []
        assert await store.check(deep=True) == []
    finally:
        store.close()


@pytest.mark.anyio
async def test_a_restricted_package_is_found_by_nobody_else_once_it_is_learnt(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    try:
        await store.commit(_change("hidden-pear", restricted=True))
        assert await _find(store, "pear") == []
        assert await _find(store, "pear", frozenset({"hidden-pear"})) == ["hidden-pear"]
    finally:
        store.close()


@pytest.mark.anyio
async def test_a_name_that_waits_is_near_a_slip_of_it(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    try:
        assert not await store.may_have_near("persimon")
        await store.commit(_change("persimmon"))
        await store.commit(_change("left-pad"))
        assert await store.may_have_near("persimon")
        assert await store.may_have_near("leftpad")
        assert not await store.may_have_near("apricot")
    finally:
        store.close()


@pytest.mark.anyio
async def test_words_of_two_names_are_no_third_name(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "packhouse.sqlite3")
    try:
        await store.commit(_change("bramble-orchard"))
        await store.commit(_change("russet-cider"))
        assert set(await _find(store, "tree")) == {"bramble-orchard", "russet-cider"}
        assert not await store.may_have_near("bramble-cider")
        assert await store.may_have_near("bramble-orchad")
        assert await store.may_have_near("russett-cyder")
        await store.commit(_change("bramble-cider"))
        assert await store.may_have_near("brambel-cider")
    finally:
        store.close()
