"""What every store of hosted packages promises."""

import asyncio

import msgspec
import pytest

from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Conflict
from packhouse.domain.events import Event
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment
from packhouse.domain.search import SearchQuery
from packhouse.services.ports import StoredFurther
from tests.ports.conftest import Store
from tests.ports.people import HOSTED, change, entry, removal
from tests.ports.samples import ORIGIN, SCOPE, artifact, event, index, key, state, summary

pytestmark = pytest.mark.anyio

FURTHER = StoredFurther(b"\x00bundle\xff" * 90, "application/json", None, None, Moment(1), Moment(2))


def hosted_event(version: str = "1.0.0") -> Event:
    """Tell that a release was published."""
    return msgspec.structs.replace(event("release_published", "a", version, by="ada"), origin=HOSTED)


async def test_a_change_is_written_as_a_whole(store: Store) -> None:
    wanted = change(
        "a",
        events=(hosted_event(), hosted_event("2.0.0")),
        claims=("1.0.0", "2.0.0"),
        files=(artifact("a-1.0.0.tgz"), artifact("a-2.0.0.tgz", b"more")),
        further=((FurtherKey(key("a"), "one"), FURTHER), (FurtherKey(key(""), "all"), FURTHER)),
        stars={"ada": True, "bob": True},
        audit=entry("plain/a@1.0.0"),
    )
    given = await store.commit(wanted)
    assert given.generation > 0
    assert given == msgspec.structs.replace(wanted.state, generation=given.generation, digest=wanted.index.digest)
    assert await store.find_state(HOSTED, key("a")) == given
    assert await store.read_index(HOSTED, key("a")) == wanted.index
    assert await store.find_ownership(HOSTED, key("a")) == wanted.ownership
    assert await store.list_claims(HOSTED, key("a")) == {"1.0.0", "2.0.0"}
    assert await store.find_artifact(HOSTED, key("a"), "a-2.0.0.tgz") == wanted.files[1]
    assert await store.find_further(HOSTED, FurtherKey(key("a"), "one")) == FURTHER
    assert await store.find_further(HOSTED, FurtherKey(key(""), "all")) == FURTHER
    assert await store.list_starred(HOSTED, "plain", "bob") == [key("a")]
    assert [each.subject for each in await store.list_audit(0, 9, "ada", None)] == ["plain/a@1.0.0"]
    assert [summary.key for _, summary in (await store.search("plain", SearchQuery("about"), SCOPE, 0, 9)).hits] == [
        key("a")
    ]
    assert await store.check(deep=True) == []


async def test_the_log_tells_of_a_change_and_its_files_in_order(store: Store) -> None:
    first = await store.commit(change("a", events=(hosted_event(),), files=(artifact("a.tgz"),)))
    second = await store.commit(change("a", first.generation, events=(hosted_event("2.0.0"),)))
    events = await store.list_events(0, 9)
    assert [(each.kind, each.version) for each in events] == [
        ("release_published", "1.0.0"),
        ("artifact_stored", "1.0.0"),
        ("release_published", "2.0.0"),
    ]
    numbers = [each.sequence for each in events]
    assert numbers == sorted({*numbers})
    assert await store.last_sequence() >= max(*numbers, second.generation)
    assert [each.generation for each in await store.list_states(first.generation, 9)] == [second.generation]


async def test_a_change_from_another_generation_is_a_conflict_and_leaves_nothing(store: Store) -> None:
    first = await store.commit(change("a", claims=("1.0.0",), audit=entry("first")))
    log = await store.list_events(0, 99)
    for expected in (0, first.generation - 1, first.generation + 1):
        late = change(
            "a",
            expected,
            2,
            events=(hosted_event(),),
            ownership=Ownership(("eve",), restricted=True),
            claims=("2.0.0",),
            files=(artifact("late.tgz"),),
            further=((FurtherKey(key("a"), "late"), FURTHER),),
            stars={"eve": True},
            audit=entry("late", "eve"),
        )
        with pytest.raises(Conflict):
            await store.commit(late)
    assert await store.find_state(HOSTED, key("a")) == first
    assert await store.read_index(HOSTED, key("a")) == index("a", 1)
    assert await store.find_ownership(HOSTED, key("a")) == Ownership(("ada",))
    assert await store.list_claims(HOSTED, key("a")) == {"1.0.0"}
    assert await store.find_artifact(HOSTED, key("a"), "late.tgz") is None
    assert await store.find_further(HOSTED, FurtherKey(key("a"), "late")) is None
    assert await store.list_starred(HOSTED, "plain", "eve") == []
    assert await store.list_owned(HOSTED, "plain", "eve") == {}
    assert await store.list_audit(0, 9, "eve", None) == []
    assert await store.list_events(0, 99) == log


async def test_a_version_is_claimed_once_and_for_all(store: Store) -> None:
    first = await store.commit(change("a", claims=("1.0.0",)))
    gone = await store.commit(removal("a", first.generation))
    with pytest.raises(Conflict, match=r"1\.0\.0"):
        await store.commit(change("a", gone.generation, claims=("2.0.0", "1.0.0")))
    assert await store.list_claims(HOSTED, key("a")) == {"1.0.0"}
    await store.commit(change("a", gone.generation, claims=("2.0.0",)))
    await store.commit(change("b", claims=("1.0.0",)))
    assert await store.list_claims(HOSTED, key("a")) == {"1.0.0", "2.0.0"}
    assert await store.list_claims(ORIGIN, key("a")) == frozenset()


async def test_a_version_claimed_twice_in_one_change_is_a_conflict(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.commit(change("a", claims=("1.0.0", "1.0.0")))
    assert await store.find_state(HOSTED, key("a")) is None


async def test_files_and_documents_go_with_a_change(store: Store) -> None:
    paths = [FurtherKey(key("a"), "one"), FurtherKey(key("a"), "two")]
    files = (artifact("one.tgz"), artifact("two.tgz"))
    first = await store.commit(change("a", files=files, further=tuple((path, FURTHER) for path in paths)))
    await store.commit(
        change("a", first.generation, removed_files=("one.tgz", "never.tgz"), removed_further=tuple(paths[:1]))
    )
    assert await store.find_artifact(HOSTED, key("a"), "one.tgz") is None
    assert await store.find_artifact(HOSTED, key("a"), "two.tgz") == files[1]
    assert await store.find_further(HOSTED, paths[0]) is None
    assert await store.find_further(HOSTED, paths[1]) == FURTHER


async def test_a_file_that_came_after_another_went_is_listed_too(store: Store) -> None:
    first = await store.commit(change("a", files=(artifact("one.tgz"), artifact("two.tgz"))))
    second = await store.commit(change("a", first.generation, removed_files=("one.tgz",)))
    await store.commit(change("a", second.generation, files=(artifact("three.tgz"),)))
    listed = await store.list_artifacts(0, 9)
    assert [stored.filename for _, stored in listed] == ["two.tgz", "three.tgz"]
    assert len({number for number, _ in listed}) == 2


async def test_a_removed_package_keeps_its_name_and_owners_and_is_found_by_nobody(store: Store) -> None:
    first = await store.commit(change("a"))
    gone = await store.commit(removal("a", first.generation))
    assert await store.find_state(HOSTED, key("a")) == gone
    assert (await store.read_index(HOSTED, key("a"))).fragments == ()
    ownership = await store.find_ownership(HOSTED, key("a"))
    assert ownership == Ownership(("ada",), removed_at=Moment(9), revision=2)
    assert (await store.search("plain", SearchQuery("about"), SCOPE, 0, 9)).total == 0
    assert await store.count_packages("plain", SCOPE) == 0
    assert await store.list_owned(HOSTED, "plain", "ada") == {}
    assert await store.list_owned(HOSTED, "plain", None) == {}
    assert await store.check(deep=True) == []
    await store.commit(change("a", gone.generation))
    assert (await store.search("plain", SearchQuery("about"), SCOPE, 0, 9)).total == 1
    assert list(await store.list_owned(HOSTED, "plain", "ada")) == [key("a")]


async def test_a_document_without_releases_is_not_searched_whatever_its_summary(store: Store) -> None:
    await store.commit(change("a", versions=0, summary=summary("a", "about a")))
    assert (await store.search("plain", SearchQuery("about"), SCOPE, 0, 9)).total == 0


async def test_packages_are_listed_by_their_owner(store: Store) -> None:
    for name, owners in (("b", ("ada", "bob")), ("a", ("ada",)), ("c", ("eve",))):
        await store.commit(change(name, ownership=Ownership(owners)))
    assert await store.list_owned(HOSTED, "plain", "ada") == {
        key("a"): Ownership(("ada",)),
        key("b"): Ownership(("ada", "bob")),
    }
    assert list(await store.list_owned(HOSTED, "plain", None)) == [key("a"), key("b"), key("c")]
    assert await store.list_owned(HOSTED, "other", None) == {}
    assert await store.list_owned(ORIGIN, "plain", None) == {}


async def test_who_is_no_owner_any_more_is_not_listed_as_one(store: Store) -> None:
    first = await store.commit(change("a", ownership=Ownership(("ada", "bob"))))
    second = await store.commit(change("a", first.generation, ownership=Ownership(("bob",))))
    assert await store.list_owned(HOSTED, "plain", "ada") == {}
    assert await store.find_ownership(HOSTED, key("a")) == Ownership(("bob",), revision=2)
    await store.commit(change("a", second.generation, ownership=None))
    assert await store.find_ownership(HOSTED, key("a")) == Ownership(("bob",), revision=2)
    assert list(await store.list_owned(HOSTED, "plain", "bob")) == [key("a")]


async def test_restricted_packages_are_listed_while_they_are(store: Store) -> None:
    first = await store.commit(change("b", ownership=Ownership(("ada",), restricted=True, teams={"a/b": "reader"})))
    await store.commit(change("a", ownership=Ownership(("bob",), restricted=True, otp_required=True)))
    await store.commit(change("c"))
    assert await store.list_restricted(HOSTED, "plain") == {
        key("a"): Ownership(("bob",), restricted=True, otp_required=True),
        key("b"): Ownership(("ada",), restricted=True, teams={"a/b": "reader"}),
    }
    await store.commit(change("b", first.generation))
    assert list(await store.list_restricted(HOSTED, "plain")) == [key("a")]


async def test_stars_come_and_go_with_changes(store: Store) -> None:
    first = await store.commit(change("b", stars={"ada": True, "bob": True, "eve": False}))
    await store.commit(change("a", stars={"ada": True}))
    await store.commit(change("b", first.generation, stars={"ada": True, "bob": False}))
    assert await store.list_starred(HOSTED, "plain", "ada") == [key("a"), key("b")]
    assert await store.list_starred(HOSTED, "plain", "bob") == []
    assert await store.list_starred(HOSTED, "plain", "eve") == []
    assert await store.list_starred(HOSTED, "other", "ada") == []


async def test_a_cached_document_of_the_same_name_is_left_alone(store: Store) -> None:
    cached = await store.write_index(state("a"), index("a"), [], summary("a"))
    await store.commit(change("a", claims=("1.0.0",)))
    assert await store.find_state(ORIGIN, key("a")) == cached
    assert await store.read_index(ORIGIN, key("a")) == index("a")
    assert await store.find_ownership(ORIGIN, key("a")) is None


async def test_of_many_who_claim_one_version_exactly_one_gets_it(store: Store) -> None:
    first = await store.commit(change("a"))
    claiming = [
        store.commit(change("a", first.generation, 2, claims=("1.0.0",), stars={f"user-{number}": True}))
        for number in range(64)
    ]
    outcomes = await asyncio.gather(*claiming, return_exceptions=True)
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 63
    winners = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)]
    starred = [n for n in range(64) if await store.list_starred(HOSTED, "plain", f"user-{n}")]
    assert len(winners) == 1
    assert starred == winners


async def test_many_who_publish_at_once_and_try_again_lose_nothing(store: Store) -> None:
    async def publish(version: str) -> None:
        while True:
            known = await store.find_state(HOSTED, key("a"))
            claims = await store.list_claims(HOSTED, key("a"))
            generation = 0 if known is None else known.generation
            wanted = change(
                "a",
                generation,
                len(claims) + 1,
                claims=(version,),
                files=(artifact(f"a-{version}.tgz", version=version),),
                audit=entry(version),
            )
            try:
                await store.commit(wanted)
            except Conflict:
                continue
            return

    versions = {f"{number}.0.0" for number in range(64)}
    async with asyncio.timeout(60):
        await asyncio.gather(*(publish(version) for version in versions))
    assert await store.list_claims(HOSTED, key("a")) == versions
    assert {stored.version for _, stored in await store.list_artifacts(0, 99)} == versions
    assert {each.subject for each in await store.list_audit(0, 99, None, None)} == versions
    assert len(await store.list_audit(0, 99, None, None)) == 64
    assert len((await store.read_index(HOSTED, key("a"))).fragments) == 64


async def test_of_the_spellings_of_a_name_the_first_one_stays(store: Store) -> None:
    assert await store.find_spelling(HOSTED, "plain", "a_b") is None
    first = await store.commit(change("a-b", identity="a_b"))
    assert await store.find_spelling(HOSTED, "plain", "a_b") == "a-b"
    assert await store.find_spelling("hosted:other", "plain", "a_b") is None
    assert await store.find_spelling(HOSTED, "other", "a_b") is None
    with pytest.raises(Conflict, match="a-b in another spelling"):
        await store.commit(change("a_b", identity="a_b"))
    assert await store.find_state(HOSTED, key("a_b")) is None
    assert await store.find_ownership(HOSTED, key("a_b")) is None
    second = await store.commit(change("a-b", first.generation, identity="a_b"))
    await store.commit(removal("a-b", second.generation))
    with pytest.raises(Conflict):
        await store.commit(change("A_b", identity="a_b"))
    assert await store.find_spelling(HOSTED, "plain", "a_b") == "a-b"
    assert await store.check(deep=True) == []


async def test_of_two_spellings_at_once_one_is_published(store: Store) -> None:
    names = [f"{one}{other}" for one in ("a-", "a_", "A-") for other in ("b", "B")]
    done = await asyncio.gather(*(store.commit(change(name, identity="a_b")) for name in names), return_exceptions=True)
    assert sum(isinstance(each, Conflict) for each in done) == len(names) - 1
