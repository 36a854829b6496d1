"""What every store of invitations promises."""

import pytest

from packhouse.domain.invitations import Invitation
from packhouse.domain.package import Moment, NormalName, PackageKey
from tests.ports.conftest import Store

pytestmark = pytest.mark.anyio

ORIGIN = "hosted:default"
LEFT = PackageKey("plain", NormalName("left"))
RIGHT = PackageKey("plain", NormalName("right"))


def invitation(id: str, key: PackageKey = LEFT, invitee: str = "bob", at: int = 1) -> Invitation:  # noqa: A002 (the field's name)
    """Make an invitation."""
    return Invitation(id, ORIGIN, key, invitee, "ada", Moment(at), Moment(at + 100))


async def test_an_invitation_is_found_as_it_was_written(store: Store) -> None:
    await store.write_invitations([invitation("a")])
    assert await store.find_invitation("a") == invitation("a")
    assert await store.find_invitation("b") is None


async def test_a_second_invitation_to_the_same_takes_the_place_of_the_first(store: Store) -> None:
    await store.write_invitations([invitation("a"), invitation("b", at=2)])
    assert await store.list_invitations_of("bob") == [invitation("b", at=2)]
    assert await store.find_invitation("a") is None


async def test_invitations_are_listed_oldest_first_by_user_and_by_package(store: Store) -> None:
    written = [invitation("c", at=3), invitation("a", RIGHT, at=2), invitation("b", invitee="eve", at=1)]
    await store.write_invitations(written)
    assert [each.id for each in await store.list_invitations_of("bob")] == ["a", "c"]
    assert [each.id for each in await store.list_invitations_to(ORIGIN, LEFT)] == ["b", "c"]
    assert list(await store.list_invitations_to("hosted:other", LEFT)) == []


async def test_invitations_that_ended_before_a_moment_are_forgotten(store: Store) -> None:
    await store.write_invitations([invitation("a", at=1), invitation("b", RIGHT, at=2)])
    await store.drop_ended_invitations(Moment(102))
    assert await store.list_invitations_of("bob") == [invitation("b", RIGHT, at=2)]


async def test_an_invitation_is_dropped_once(store: Store) -> None:
    await store.write_invitations([invitation("a"), invitation("b", RIGHT)])
    assert await store.drop_invitation("a")
    assert not await store.drop_invitation("a")
    assert await store.list_invitations_of("bob") == [invitation("b", RIGHT)]
