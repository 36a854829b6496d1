"""What every index store promises."""

import asyncio
import hashlib
import random

import msgspec
import pytest

from packhouse.domain.errors import NotFound
from packhouse.domain.index import Fragment, Index
from packhouse.domain.package import Moment
from tests.ports.conftest import Store
from tests.ports.samples import ORIGIN, OTHER_ORIGIN, event, index, key, state, summary

pytestmark = pytest.mark.anyio


async def test_a_document_that_was_never_written_is_unknown(store: Store) -> None:
    assert await store.find_state(ORIGIN, key("left-pad")) is None
    with pytest.raises(NotFound):
        await store.read_index(ORIGIN, key("left-pad"))


@pytest.mark.parametrize("versions", [0, 1, 3, 200])
async def test_a_document_is_read_as_it_was_written(store: Store, versions: int) -> None:
    written = index("left-pad", versions)
    known = await store.write_index(state("left-pad"), written, [], summary("left-pad"))
    assert known == msgspec.structs.replace(state("left-pad"), generation=known.generation, digest=written.digest)
    assert known.generation > 0
    assert await store.find_state(ORIGIN, key("left-pad")) == known
    assert await store.read_index(ORIGIN, key("left-pad")) == written


async def test_a_document_of_many_megabytes_is_read_as_it_was_written(store: Store) -> None:
    source = random.Random(1)
    fragments = tuple(Fragment(f"0.0.{n}", source.randbytes(1500) * 2, Moment(n)) for n in range(1000))
    written = Index(b"", fragments, hashlib.sha256(b"large").hexdigest())
    await store.write_index(state("large"), written, [], summary("large"))
    assert await store.read_index(ORIGIN, key("large")) == written


async def test_origins_and_ecosystems_do_not_share_documents(store: Store) -> None:
    await store.write_index(state("left-pad"), index("left-pad"), [], summary("left-pad"))
    assert await store.find_state(OTHER_ORIGIN, key("left-pad")) is None
    assert await store.find_state(ORIGIN, key("left-pad", "other")) is None
    other = index("left-pad", salt="hosted")
    await store.write_index(state("left-pad", origin=OTHER_ORIGIN), other, [], summary("left-pad"))
    assert await store.read_index(ORIGIN, key("left-pad")) == index("left-pad")
    assert await store.read_index(OTHER_ORIGIN, key("left-pad")) == other


async def test_names_are_told_apart_to_the_letter(store: Store) -> None:
    names = [
        "JSONStream",
        "jsonstream",
        "jsonstream ",
        "json%stream",
        "json_stream",
        "ünï",
        "'; drop table package; --",
    ]
    for name in names:
        await store.write_index(state(name), index(name), [], summary(name))
    for name in names:
        assert await store.read_index(ORIGIN, key(name)) == index(name)


async def test_generations_grow_with_every_change_of_any_document(store: Store) -> None:
    seen = [
        (await store.write_index(state(name), index(name, salt=salt), [event("release_seen", name)], summary(name)))
        for name, salt in [("a", "1"), ("b", "1"), ("a", "2"), ("b", "2"), ("a", "3")]
    ]
    generations = [known.generation for known in seen]
    assert generations == sorted(set(generations))


async def test_a_changed_document_replaces_the_old_one(store: Store) -> None:
    await store.write_index(state("a"), index("a", 5), [], summary("a"))
    known = await store.write_index(state("a", at=9), index("a", 2), [], summary("a"))
    assert await store.find_state(ORIGIN, key("a")) == known
    assert await store.read_index(ORIGIN, key("a")) == index("a", 2)


async def test_confirming_changes_no_bytes_and_no_generation(store: Store) -> None:
    known = await store.write_index(state("a"), index("a"), [], summary("a"))
    confirmed = msgspec.structs.replace(known, checked_at=Moment(50), etag=None, last_modified="later", digest="wrong")
    await store.write_state(confirmed)
    assert await store.find_state(ORIGIN, key("a")) == msgspec.structs.replace(confirmed, digest=known.digest)
    assert await store.read_index(ORIGIN, key("a")) == index("a")


async def test_a_document_can_go_and_come_back(store: Store) -> None:
    known = await store.write_index(state("a"), index("a"), [], summary("a"))
    gone = msgspec.structs.replace(known, gone_at=Moment(70))
    await store.write_state(gone, [event("package_gone", "a")])
    found = await store.find_state(ORIGIN, key("a"))
    assert found is not None
    assert found.generation > known.generation
    assert found == msgspec.structs.replace(gone, generation=found.generation)
    assert await store.list_states(known.generation, 9) == [found]
    back = await store.write_index(state("a", at=80), index("a"), [event("package_back", "a")], summary("a"))
    assert await store.find_state(ORIGIN, key("a")) == back
    assert back.gone_at is None
    assert [entry.kind for entry in await store.list_events(0, 10)] == ["package_gone", "package_back"]


async def test_a_confirmation_that_comes_too_late_changes_nothing(store: Store) -> None:
    old = await store.write_index(state("a"), index("a"), [], summary("a"))
    new = await store.write_index(state("a", at=2), index("a", salt="new"), [], summary("a"))
    await store.write_state(msgspec.structs.replace(old, checked_at=Moment(99)), [event("package_gone", "a")])
    await store.write_state(msgspec.structs.replace(state("never written"), generation=1), [event("package_gone", "b")])
    assert await store.find_state(ORIGIN, key("a")) == new
    assert await store.list_events(0, 10) == []


async def test_states_are_listed_by_generation_page_by_page(store: Store) -> None:
    written = [
        await store.write_index(state(name), index(name), [event("package_seen", name)], summary(name))
        for name in "cabd"
    ]
    first = await store.list_states(0, 3)
    assert list(first) == written[:3]
    assert list(await store.list_states(first[-1].generation, 3)) == written[3:]
    again = await store.write_index(state("c", at=5), index("c", salt="new"), [], summary("c"))
    assert list(await store.list_states(written[-1].generation, 9)) == [again]


async def test_events_are_numbered_in_order_and_kept_with_their_details(store: Store) -> None:
    events = [event("package_seen", "a"), event("tag_moved", "a", "2.0.0", tag="latest", to="2.0.0")]
    await store.write_index(state("a"), index("a"), events, summary("a"))
    known = await store.write_index(state("b"), index("b"), [event("package_seen", "b")], summary("b"))
    await store.write_state(known, [event("package_gone", "b")])
    listed = await store.list_events(0, 100)
    assert [entry.sequence for entry in listed] == sorted({entry.sequence for entry in listed})
    assert all(entry.sequence > 0 for entry in listed)
    assert [msgspec.structs.replace(entry, sequence=0) for entry in listed] == [
        *events,
        event("package_seen", "b"),
        event("package_gone", "b"),
    ]
    assert list(await store.list_events(listed[1].sequence, 1)) == [listed[2]]


async def test_many_writes_at_once_all_take_place(store: Store) -> None:
    names = [f"package-{number}" for number in range(150)]
    states = await asyncio.gather(
        *(store.write_index(state(name), index(name), [event("package_seen", name)], summary(name)) for name in names)
    )
    assert len({known.generation for known in states}) == len(names)
    for name, known in zip(names, states, strict=True):
        assert await store.find_state(ORIGIN, key(name)) == known
    assert len(await store.list_events(0, 1000)) == len(names)
    assert await store.check(deep=True) == []
