"""From credentials to actors."""

import asyncio
from base64 import b64encode

import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.actor import Actor, Grant, Limit
from packhouse.domain.errors import Invalid, NotFound, OtpWanted, TooOften
from packhouse.domain.package import Moment
from packhouse.formats.one_time import password_at
from packhouse.services.secrets import Hasher, is_secret, new_secret
from tests.people import some_people

pytestmark = pytest.mark.anyio

PASSWORD = "correct: horse, bättery"
HERE = "192.0.2.7"


class Scene:
    """People with a clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = Moment(1_767_225_600_000)
        self.store = MemoryStore()
        self.people = some_people(self.store, lambda: self.now)

    async def token(self, user: str = "ada", **fields: object) -> str:
        """Make a token, and its user where there is none."""
        found = await self.people.accounts.find(user) or await self.people.accounts.add(user, "", PASSWORD)
        secret, _ = await self.people.tokens.create(found, **fields)  # type: ignore[arg-type]
        return secret

    async def who(self, authorization: str, address: str = HERE, otp: str = "") -> Actor:
        """Identify somebody."""
        return await self.people.identification.identify(authorization, address, otp)


def basic(name: str, password: str) -> str:
    """Write a header as RFC 7617 says."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


async def test_nobody_is_nobody() -> None:
    actor = await Scene().who("")
    assert (actor.user, actor.address, actor.rejected, actor.signed_in) == ("", HERE, "", False)


async def test_a_token_is_known_however_clients_send_it() -> None:
    scene = Scene()
    token = await scene.token()
    for sent in (
        f"Bearer {token}",
        f"bearer  {token}",
        token,
        basic("__token__", token),
        basic("ada", token),
        basic(token, ""),
    ):
        actor = await scene.who(sent)
        assert (actor.user, actor.proof.kind if actor.proof else "") == ("ada", "token"), sent


async def test_a_password_may_have_colons_and_letters_of_any_script() -> None:
    scene = Scene()
    await scene.token()
    assert (await scene.who(basic("ada", PASSWORD))).user == "ada"
    assert (await scene.who(basic("ada", "wrong password"))).user == ""


@pytest.mark.parametrize(
    "sent",
    ["Bearer", "Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x" * 2000, "Digest a=b", "Bearer phk_" + "0" * 42],
)
async def test_credentials_that_are_none_make_nobody_and_say_why(sent: str) -> None:
    actor = await Scene().who(sent)
    assert actor.user == ""
    assert actor.rejected


async def test_a_token_that_has_ended_expired_or_whose_user_is_disabled_is_nobodys_at_once() -> None:
    scene = Scene()
    ended, expiring, theirs = (
        await scene.token(),
        await scene.token(expires_at=scene.now + 1000),
        await scene.token("bob"),
    )
    for token in (ended, expiring, theirs):
        assert (await scene.who(f"Bearer {token}")).signed_in
    await scene.people.tokens.end("ada", ended)
    bob = await scene.people.accounts.get("bob")
    await scene.people.accounts.change(bob, disabled=True)
    scene.now = Moment(scene.now + 1000)
    for token in (ended, expiring, theirs):
        assert not (await scene.who(f"Bearer {token}")).signed_in
    with pytest.raises(Invalid):
        await scene.token(expires_at=scene.now)


async def test_a_token_works_from_its_networks_only() -> None:
    scene = Scene()
    token = await scene.token(networks=["10.0.0.0/8", "2001:db8::/32"])
    for address in ("10.1.2.3", "2001:db8::1", "::ffff:10.9.9.9"):
        assert (await scene.who(f"Bearer {token}", address)).signed_in, address
    for address in ("11.0.0.1", "2001:db9::1", "", "unix", "10.0.0.0/8"):
        assert not (await scene.who(f"Bearer {token}", address)).signed_in, address
    for wrong in ("10.0.0.0/33", "x", "10.0.0.1.5"):
        with pytest.raises(Invalid):
            await scene.token(networks=[wrong])


async def test_guessing_tokens_is_slowed_down() -> None:
    scene = Scene()
    await scene.token()
    for _ in range(5):
        assert not (await scene.who(f"Bearer {new_secret()}")).signed_in
    with pytest.raises(TooOften):
        await scene.who(f"Bearer {new_secret()}")


async def test_grants_of_teams_of_organisations_and_of_everyone_are_the_actors() -> None:
    scene = Scene()
    token = await scene.token()
    await scene.token("bob")
    await scene.people.organisations.create("farm", "ada", [("toy", "@farm/*")])
    for number, subject in enumerate(("anyone", "users", "user:bob", "team:farm/growers", "org:farm")):
        await scene.store.write_grant(Grant(subject, "reader", "toy", subject, str(number)))
    actor = await scene.who(f"Bearer {token}")
    assert {grant.subject for grant in actor.grants} == {
        "anyone",
        "users",
        "org:farm",
        "org-admin:farm",
        "team:farm/developers",
    }
    assert actor.groups == {"farm", "farm/developers"}
    assert {grant.subject for grant in (await scene.who("")).grants} == {"anyone"}
    await scene.people.organisations.set_member(actor, "farm", "bob", "developer")
    bob = await scene.who(f"Bearer {await scene.token('bob')}")
    assert "org-admin:farm" not in {grant.subject for grant in bob.grants}


async def test_writing_takes_a_one_time_password_where_its_user_said_so() -> None:
    scene = Scene()
    token = await scene.token()
    accounts = scene.people.accounts
    user, _ = await accounts.begin_otp(await accounts.get("ada"), "auth-and-writes")
    assert user.second_factor is not None
    secret, step = user.second_factor.secret, scene.now // 30_000
    assert (await scene.who(f"Bearer {token}")).otp == "off"
    await accounts.confirm_otp(user, password_at(secret, step))
    assert (await scene.who(f"Bearer {token}")).otp == "writes"
    scene.now = Moment(scene.now + 30_000)
    assert (await scene.who(f"Bearer {token}", otp=password_at(secret, step + 1))).otp == "shown"
    robot = await scene.token(bypass_otp=True)
    assert (await scene.who(f"Bearer {robot}")).otp == "off"


async def test_a_one_time_password_counts_for_one_command_of_one_client() -> None:
    scene = Scene()
    token, other = await scene.token(), await scene.token()
    user, _ = await scene.people.accounts.begin_otp(await scene.people.accounts.get("ada"), "auth-and-writes")
    assert user.second_factor is not None
    secret, step = user.second_factor.secret, scene.now // 30_000
    await scene.people.accounts.confirm_otp(user, password_at(secret, step - 1))
    shown = password_at(secret, step)
    # A command writes more than once, and perhaps at the same time.
    crowd = await asyncio.gather(*(scene.who(f"Bearer {token}", otp=shown) for _ in range(5)))
    assert {actor.otp for actor in crowd} == {"shown"}
    # Whoever has seen it over a shoulder has neither the token nor the address.
    with pytest.raises(OtpWanted):
        await scene.who(f"Bearer {other}", otp=shown)
    with pytest.raises(OtpWanted):
        await scene.who(f"Bearer {token}", address="192.0.2.9", otp=shown)
    scene.now = Moment(scene.now + 90_000)
    with pytest.raises(OtpWanted):
        await scene.who(f"Bearer {token}", otp=shown)


async def test_only_hashes_under_the_servers_key_are_kept() -> None:
    scene = Scene()
    secret = await scene.token()
    (token,) = await scene.people.tokens.list("ada")
    assert secret not in repr(token)
    assert token.hash == Hasher(b"the key of a test server, 32 b.")(secret)
    assert token.hash != Hasher(b"another")(secret)
    assert is_secret(secret)
    assert not is_secret(secret[:-1] + ("0" if secret[-1] != "0" else "1"))
    assert "key" not in repr(Hasher(b"key"))


async def test_a_user_sees_and_ends_only_their_own_tokens() -> None:
    scene = Scene()
    secret = await scene.token(limits=(Limit(("read",)),))
    await scene.token("bob")
    (token,) = await scene.people.tokens.list("ada")
    with pytest.raises(NotFound):
        await scene.people.tokens.end("bob", token.key)
    with pytest.raises(NotFound):
        await scene.people.tokens.end("bob", secret)
    assert (await scene.who(f"Bearer {secret}")).signed_in
    assert (await scene.people.tokens.end("ada", secret)).key == token.key


async def test_when_a_token_was_used_is_kept_to_the_minute() -> None:
    scene = Scene()
    secret = await scene.token()
    generation = await scene.store.accounts_generation()
    for _ in range(3):
        await scene.who(f"Bearer {secret}")
    await scene.people.identification.write_used()
    (token,) = await scene.people.tokens.list("ada")
    assert token.last_used_at == scene.now
    assert await scene.store.accounts_generation() == generation
