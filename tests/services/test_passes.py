"""Passes for one-time passwords, clients that are refused, and who is slowed down."""

import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.accounts import User
from packhouse.domain.errors import NotFound, OtpWanted, TooOften
from packhouse.domain.package import Moment
from packhouse.formats.one_time import STEP_S, password_at
from packhouse.services.people import People
from packhouse.services.secrets import new_secret
from tests.people import some_people

pytestmark = pytest.mark.anyio

NOW = Moment(1_767_225_600_000)


class World:
    """People at a moment."""

    def __init__(self) -> None:
        self.now = NOW
        self.people: People = some_people(MemoryStore(), lambda: self.now)

    async def user(self, name: str) -> User:
        return await self.people.accounts.add(name, "", "correct horse battery")

    async def with_second_factor(self) -> tuple[User, bytes]:
        user = await self.user("ada")
        begun, _ = await self.people.accounts.begin_otp(user, "auth-and-writes")
        assert begun.second_factor is not None
        secret = begun.second_factor.secret
        user, _ = await self.people.accounts.confirm_otp(begun, password_at(secret, NOW // 1000 // STEP_S - 1))
        return user, secret


async def test_a_machine_with_a_dead_token_shuts_nobody_out_who_has_the_same_address() -> None:
    world = World()
    identification = world.people.identification
    secret, _ = await world.people.tokens.create(await world.user("ada"))
    for _ in range(5):
        assert not (await identification.identify(f"Bearer {new_secret()}", "10.1.2.3")).signed_in
    with pytest.raises(TooOften):
        await identification.identify(f"Bearer {new_secret()}", "10.1.2.3")
    assert (await identification.identify(f"Bearer {secret}", "10.1.2.3")).user == "ada"


async def test_a_pass_counts_once_for_one_user_and_not_for_long() -> None:
    world = World()
    accounts = world.people.accounts
    ada, _ = await world.with_second_factor()
    given = accounts.give_pass(ada)
    assert (await accounts.check_otp(ada, given)).name == "ada"
    with pytest.raises(OtpWanted):
        await accounts.check_otp(ada, given)
    late = accounts.give_pass(ada)
    world.now = Moment(NOW + 301_000)
    with pytest.raises(OtpWanted):
        await accounts.check_otp(ada, late)


async def test_a_pass_of_somebody_else_does_not_count_and_is_not_used_up() -> None:
    world = World()
    accounts = world.people.accounts
    ada, _ = await world.with_second_factor()
    bob = await world.user("bob")
    for_bob = accounts.give_pass(bob)
    with pytest.raises(OtpWanted):
        await accounts.check_otp(ada, for_bob)
    for_ada = accounts.give_pass(ada)
    assert (await accounts.check_otp(ada, for_ada)).name == "ada"


async def test_who_is_refused_waits_no_longer() -> None:
    sign_ins = World().people.sign_ins
    waiting = sign_ins.begin("token", "10.1.2.3", "a client")
    sign_ins.refuse(waiting.page)
    for ask in (sign_ins.poll, sign_ins.find, sign_ins.refuse):
        with pytest.raises(NotFound):
            ask(waiting.poll)
        with pytest.raises(NotFound):
            ask(waiting.page)


async def test_a_client_with_a_dead_token_is_told_so_for_ever_and_can_get_another() -> None:
    world = World()
    people, user = world.people, await world.user("ada")
    secret, _ = await people.tokens.create(user)
    await people.tokens.end_all("ada")
    for _ in range(50):
        told = await people.identification.identify(f"Bearer {secret}", "10.1.2.3")
        assert "does not count any more" in told.rejected
    assert (await people.accounts.check_password("ada", "correct horse battery", "10.1.2.3")).name == "ada"


async def test_sessions_that_are_over_are_forgotten_and_keep_nobody_from_tokens() -> None:
    world = World()
    tokens, user = world.people.tokens, await world.user("ada")
    over = [await tokens.begin_session(user, "browser") for _ in range(3)]
    _, old = await tokens.create(user, "old", expires_at=Moment(NOW + 1))
    world.now = Moment(NOW + 15 * 86_400_000)
    _, kept = await tokens.begin_session(user, "browser")
    for _, session in over:
        with pytest.raises(NotFound):
            await tokens.get("ada", session.key)
    assert await tokens.get("ada", kept.key) == kept
    assert [token.key for token in await tokens.list("ada")] == [old.key]
    world.now = Moment(NOW + 32 * 86_400_000)
    await tokens.create(user, "new")
    assert [token.name for token in await tokens.list("ada")] == ["new"]
