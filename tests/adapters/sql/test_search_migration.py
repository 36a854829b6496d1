"""What was known before the search had entries is found after."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from packhouse.adapters.sql.migrating import upgrade
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.search import SearchQuery, SearchScope
from tests.ports.samples import SCOPE

pytestmark = pytest.mark.anyio

KNOWN = (
    # origin, name, keywords, gone, restricted (None for what is not published here)
    ("upstream:first", "left-pad", "Alignment\nstring", None, None),
    ("upstream:first", "both", "", None, None),
    ("upstream:first", "gone", "", 7, None),
    ("hosted:default", "both", "", None, 0),
    ("hosted:default", "secret-thing", "", None, 1),
    ("hosted:default", "", "", None, None),
)


def write_old(path: Path) -> None:
    """Write packages as revision 0007 did."""
    upgrade(path, None, "0007")
    with sqlite3.connect(path) as connection:
        for number, (origin, name, keywords, gone, restricted) in enumerate(KNOWN, 1):
            key = {"ecosystem": "plain", "name": name}
            summary = msgspec.msgpack.encode({"key": key, "version": "2.0.0", "maintainers": ["Ada"]})
            connection.execute("INSERT INTO package VALUES (?, ?, 'plain', ?)", (number, origin, name or "removed"))
            connection.execute(
                "INSERT INTO index_document (package_id, generation, digest, checked_at, changed_at, gone_at)"
                " VALUES (?, ?, 'd', 1, 1, ?)",
                (number, number, gone),
            )
            connection.execute(
                "INSERT INTO search_document VALUES (?, ?, ?, ?, 'told', ?)", (number, name, name, keywords, summary)
            )
            if restricted is not None:
                connection.execute("INSERT INTO hosted_package VALUES (?, 1, ?, NULL, x'00')", (number, restricted))
        connection.execute("INSERT INTO search_fulltext (search_fulltext) VALUES ('rebuild')")
    connection.close()


async def found(store: SqlStore, query: SearchQuery, scope: SearchScope = SCOPE) -> list[tuple[str, str]]:
    """Name what is found, and where."""
    hits = await store.search("plain", query, scope, 0, 9)
    assert hits.total == len(hits.hits)
    return [(str(hit.key.name), standing.origin) for (_, hit), standing in zip(hits.hits, hits.standings, strict=True)]


async def test_what_was_known_before_is_found_after(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    write_old(path)
    store = SqlStore.open(path)
    ours = msgspec.structs.replace(SCOPE, readable=frozenset({"secret-thing"}))
    assert await found(store, SearchQuery("left")) == [("left-pad", "upstream:first")]
    assert await found(store, SearchQuery("letf-pad")) == [("left-pad", "upstream:first")]
    assert await found(store, SearchQuery("both")) == [("both", "hosted:default")]
    assert await found(store, SearchQuery("gone")) == []
    assert await found(store, SearchQuery("secret")) == []
    assert await found(store, SearchQuery("secret"), ours) == [("secret-thing", "hosted:default")]
    facets = [
        SearchQuery(facets=((((kind, value),),),)) for kind, value in (("keyword", "alignment"), ("keyword", "x"))
    ]
    assert [len(await found(store, each)) for each in facets] == [1, 0]
    assert len(await found(store, SearchQuery(facets=(((("maintainer", "ada"),),),)))) == 2
    assert await store.count_packages("plain", SCOPE) == 2
    store.close()


async def test_what_was_downloaded_and_new_before_there_were_orders_is_listed_in_them(tmp_path: Path) -> None:
    path = tmp_path / "packhouse.sqlite3"
    upgrade(path, None, "0008")
    today = datetime.now(UTC).date()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO search_place VALUES (1, 'plain', 'upstream:first')")
        for number, name in enumerate(("fig", "plum"), 1):
            key = {"ecosystem": "plain", "name": name}
            summary = msgspec.msgpack.encode(
                {"key": key, "version": "2.0.0"} | ({"created_at": 9} if number == 1 else {})
            )
            connection.execute("INSERT INTO package VALUES (?, 'upstream:first', 'plain', ?)", (number, name))
            connection.execute(
                "INSERT INTO index_document (package_id, generation, digest, checked_at, changed_at)"
                " VALUES (?, ?, 'd', 1, 1)",
                (number, number),
            )
            connection.execute(
                "INSERT INTO search_document VALUES (?, ?, ?, '', 'told', ?)", (number, name, name, summary)
            )
            connection.execute("INSERT INTO search_entry VALUES (?, 1, 0, ?, 1.0, 0.0, 0.5, 5, 0)", (number, name))
        connection.execute("INSERT INTO package VALUES (3, 'registry:default', 'plain', 'fig')")
        for day, count in (("2020-01-01", 30), (today.isoformat(), 4)):
            connection.execute("INSERT INTO download_count VALUES (3, ?, ?)", (day, count))
    connection.close()
    store = SqlStore.open(path)
    hits = await store.search("plain", SearchQuery(order="downloads"), SCOPE, 0, 9)
    assert [(each.downloads, each.recent, each.created_at) for each in hits.standings] == [(34, 4, 9), (0, 0, 5)]
    assert hits.standings[0].popularity > 0
    fig = hits.hits[0][1].key
    assert await store.sum_downloads("default", fig) == {"": 34}
    store.close()
