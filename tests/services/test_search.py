"""A search shows exactly what may be read, in every store and for everybody who can ask."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.adapters.sql.store import SqlStore
from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import ANYONE, Actor, Grant, Limit, Proof
from packhouse.domain.index import Summary
from packhouse.domain.package import Moment
from packhouse.domain.search import SearchQuery
from packhouse.domain.view import Sight, View
from packhouse.services.access import Access, AccessRules, Readers
from packhouse.services.search import Search
from packhouse.services.search_scope import Scopes
from tests.ports.people import change, removal
from tests.ports.samples import ORIGIN, index, key, state, summary
from tests.toy import TOY

pytestmark = pytest.mark.anyio

ECOSYSTEM = msgspec.structs.replace(TOY, key="plain")
EVERYTHING = SearchQuery(facets=(((),),))

OWNED = {
    "open": Ownership(("ada",)),
    "secret": Ownership(("ada",), restricted=True),
    "shared": Ownership(("bob",), restricted=True, teams={"acme/builders": "reader"}),
    "@acme/tool": Ownership(("bob",), restricted=True),
    "@acme/open": Ownership(("bob",)),
    "both": Ownership(("bob",), restricted=True),
}
UPSTREAM = ("melon", "@acme/theirs", "both", "opened", "removed")
NAMES = (*OWNED, *UPSTREAM)


def limited(*patterns: str) -> Proof:
    """Prove it by a token that may read some packages."""
    return Proof("token", limits=tuple(Limit(("read",), "plain", pattern) for pattern in patterns))


ACTORS = {
    "nobody": ANYONE,
    "ada": Actor("ada"),
    "bob": Actor("bob"),
    "builder": Actor("eve", groups=frozenset({"acme", "acme/builders"})),
    "granted": Actor("eve", grants=(Grant("user:eve", "reader", "plain", "@acme/*"),)),
    "granted oddly": Actor("eve", grants=(Grant("user:eve", "reader", "*", "?elon"), Grant("a", "reader", "b", "*"))),
    "everybody's grant": Actor(grants=(Grant("anyone", "reader", "*", "melon"),)),
    "administrator": Actor("root", administrator=True),
    "ada's narrow token": Actor("ada", proof=limited("secret", "melon")),
    "ada's wide token": Actor("ada", proof=limited("*")),
    "ada's token for publishing": Actor("ada", proof=Proof("token", limits=(Limit(("publish",), "plain", "*"),))),
    "ada's token for others": Actor("ada", proof=Proof("token", limits=(Limit(("read",), "other", "*"),))),
    "ada's reading token": Actor("ada", proof=Proof("token", read_only=True)),
    "granted, by token": Actor("eve", grants=(Grant("user:eve", "reader", "plain", "*"),), proof=limited("@acme/*")),
}
READERS: tuple[Readers, ...] = ("anyone", "users", "granted")
RULES = [
    AccessRules(upstream, hosted, reserved=reserved)
    for upstream, hosted, reserved in product(READERS, READERS, ((), ("plain/@acme/*", "other/*")))
]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MemoryStore | SqlStore]:
    """Open an empty store of each kind."""
    opened = MemoryStore() if request.param == "memory" else SqlStore.open(tmp_path / "packhouse.sqlite3")
    yield opened
    opened.close()


async def as_it_is(view: View, found: Summary, origin: str) -> Summary:
    """Refuse nothing."""
    del view, origin
    return found


async def fill(store: MemoryStore | SqlStore) -> None:
    """Write what is published here and what is known of an upstream."""
    for name in UPSTREAM:
        await store.write_index(state(name), index(name), [], summary(name, "theirs"))
    for name, ownership in OWNED.items():
        await store.commit(change(name, ownership=ownership, summary=summary(name, "ours")))
    gone = await store.commit(change("removed"))
    await store.commit(removal("removed", gone.generation))


def search_of(store: MemoryStore | SqlStore, rules: AccessRules) -> Search:
    """Make the search of a server with these rules."""
    scopes = Scopes("plain", (ORIGIN,), store, rules, ECOSYSTEM.identity)
    return Search(store, scopes, as_it_is, lambda: Moment(1))


async def test_a_search_shows_exactly_what_may_be_read(store: MemoryStore | SqlStore) -> None:
    await fill(store)
    for rules, (who, actor) in product(RULES, ACTORS.items()):
        access = Access(ECOSYSTEM, store, rules)
        view = View(actor=actor)
        expected = set()
        for name in NAMES:
            ours = await access.is_ours(view, key(name))
            exists = name in OWNED or (name in UPSTREAM and not ours)
            if exists and await access.may_read(view, key(name)):
                expected.add(name)
        search = search_of(store, rules)
        found = await search.find(view, "plain", EVERYTHING, 0, 50)
        shown = {str(hit.key.name) for _, hit in found.hits}
        assert shown == expected, (who, rules)
        assert found.total == len(found.hits) == await search.count(view, "plain"), (who, rules)


async def test_an_answer_that_is_not_everybodys_is_noted(store: MemoryStore | SqlStore) -> None:
    await fill(store)
    for actor, rules, personal in (
        (ANYONE, AccessRules(), False),
        (ACTORS["ada"], AccessRules(), True),
        (Actor("eve"), AccessRules(), False),
        (ANYONE, AccessRules(upstream="users"), True),
        (ACTORS["ada's narrow token"], AccessRules(), True),
    ):
        sight = Sight()
        await search_of(store, rules).find(View(actor=actor, sight=sight), "plain", "melon", 0, 9)
        assert sight.restricted == personal


async def test_the_text_of_other_ecosystems_is_a_question_too(store: MemoryStore | SqlStore) -> None:
    await fill(store)
    search = search_of(store, AccessRules())
    found = await search.find(View(), "plain", "melno", 0, 9)
    assert [hit.key.name for _, hit in found.hits] == ["melon"]
    assert (await search.find(View(), "plain", "   ", 0, 9)).total == 0
    assert (await search.find(View("team"), "plain", "open", 0, 9)).total == 1


@pytest.mark.parametrize("rules", [AccessRules(), AccessRules(upstream="users", hosted="users")])
async def test_counts_that_are_expected_are_there_before_anybody_asks(
    store: MemoryStore | SqlStore, rules: AccessRules
) -> None:
    await store.write_index(state("melon"), index("melon"), [], summary("melon", keywords=("sweet",)))
    search = search_of(store, rules)
    search.expect_counts("plain", "keyword")
    await search.prepare()
    await store.write_index(state("guava"), index("guava"), [], summary("guava", keywords=("sweet",)))
    view = View(actor=Actor("ada"))
    assert await search.count_facets(view, "plain", "keyword") == {"sweet": 1}  # as old as `prepare` is
    assert await search_of(store, rules).count_facets(view, "plain", "keyword") == {"sweet": 2}
