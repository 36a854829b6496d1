"""What every store of trusted publishers promises."""

import msgspec
import pytest

from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.trust import TrustedPublisher
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

PEAR = PackageKey("plain", NormalName("pear"))
FIRST = TrustedPublisher(
    id=0,
    origin="hosted:default",
    package=PEAR,
    kind="github",
    owner="Farm",
    repository="Pear",
    workflow="release.yml",
    environment="",
    owner_id="",
    created_at=Moment(1000),
    created_by="ada",
)
OTHER = msgspec.structs.replace(FIRST, package=PackageKey("plain", NormalName("plum")), environment="Prod")
ELSEWHERE = msgspec.structs.replace(FIRST, origin="hosted:other", kind="gitlab")


async def test_publishers_are_listed_as_they_were_written_and_oldest_first(store: Store) -> None:
    added = [await store.add_trusted(each) for each in (OTHER, FIRST, ELSEWHERE)]
    assert [msgspec.structs.replace(each, id=0) for each in added] == [OTHER, FIRST, ELSEWHERE]
    assert len({each.id for each in added}) == 3
    assert list(await store.list_trusted("hosted:default", "plain", None)) == added[:2]
    assert list(await store.list_trusted("hosted:default", "plain", "pear")) == added[1:2]
    assert list(await store.list_trusted("hosted:default", "other", None)) == []


async def test_a_repository_is_found_whatever_its_capitals(store: Store) -> None:
    added = [await store.add_trusted(each) for each in (OTHER, FIRST, ELSEWHERE)]
    assert list(await store.find_trusted("github", "FARM", "pear")) == added[:2]
    assert list(await store.find_trusted("gitlab", "farm", "PEAR")) == added[2:]
    assert list(await store.find_trusted("github", "farm", "plum")) == []


async def test_an_owner_is_pinned_once(store: Store) -> None:
    added = await store.add_trusted(FIRST)
    assert await store.pin_trusted(added.id, "17") == "17"
    assert await store.pin_trusted(added.id, "18") == "17"
    assert await store.pin_trusted(added.id + 1, "17") == ""
    assert [each.owner_id for each in await store.find_trusted("github", "farm", "pear")] == ["17"]


async def test_a_dropped_one_is_gone(store: Store) -> None:
    added = await store.add_trusted(FIRST)
    assert await store.drop_trusted(added.id)
    assert not await store.drop_trusted(added.id)
    assert list(await store.list_trusted("hosted:default", "plain", None)) == []


async def test_an_identity_is_spent_once_until_it_expires(store: Store) -> None:
    assert await store.spend_identity("aa", Moment(2000), Moment(1000))
    assert await store.spend_identity("bb", Moment(3000), Moment(1000))
    assert not await store.spend_identity("aa", Moment(9000), Moment(1999))
    assert await store.spend_identity("aa", Moment(9000), Moment(2000))
    assert not await store.spend_identity("bb", Moment(9000), Moment(2000))
    assert await store.check(deep=True) == []
