"""Accounts, passwords and one-time passwords."""

import asyncio

import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import Conflict, Invalid, NotFound, NotSignedIn, OtpWanted, TooOften
from packhouse.domain.package import Moment
from packhouse.formats.one_time import password_at
from packhouse.services.passwords import Passwords
from tests.people import some_people

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
HERE = "192.0.2.7"


class Scene:
    """People with a clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = Moment(1_767_225_600_000)
        self.people = some_people(MemoryStore(), lambda: self.now)
        self.accounts = self.people.accounts

    def later(self, seconds: float) -> None:
        """Put the clock forward."""
        self.now = Moment(self.now + int(seconds * 1000))


async def test_a_password_is_kept_as_argon2id_and_never_as_itself() -> None:
    user = await Scene().accounts.add("ada", "ada@team.example", PASSWORD)
    assert user.password_hash.startswith("$argon2id$v=19$")
    assert PASSWORD not in repr(user)


async def test_by_default_passwords_take_the_memory_that_owasp_names() -> None:
    assert "m=19456,t=2,p=1" in await Passwords().hash(PASSWORD)


@pytest.mark.parametrize(
    "name", ["", "a b", "-x", "x-", "a/b", "__proto__", "ä", "constructor", "x" * 65, "a\n", "users"]
)
async def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        await Scene().accounts.add(name, "", PASSWORD)


@pytest.mark.parametrize("email", ["x", "a@b@c", "a b@c", "<x@y>", "a@b,c@d", "x\n@y"])
async def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(Invalid):
        await Scene().accounts.add("ada", email, PASSWORD)


@pytest.mark.parametrize("password", ["short", "x" * 1025])
async def test_passwords_have_a_length(password: str) -> None:
    with pytest.raises(Invalid):
        await Scene().accounts.add("ada", "", password)


async def test_names_that_differ_by_case_alone_are_one() -> None:
    scene = Scene()
    await scene.accounts.add("ada", "", PASSWORD)
    for name in ("ada", "ADA"):
        with pytest.raises(Conflict):
            await scene.accounts.add(name, "", PASSWORD)


async def test_nobody_takes_the_name_of_an_organisation_and_with_it_its_namespace() -> None:
    scene = Scene()
    await scene.accounts.add("ada", "", PASSWORD)
    await scene.people.organisations.create("farm", "ada", [("toy", "@farm/*")])
    with pytest.raises(Conflict):
        await scene.accounts.add("farm", "", PASSWORD)


async def test_a_wrong_name_and_a_wrong_password_read_the_same() -> None:
    scene = Scene()
    await scene.accounts.add("ada", "", PASSWORD)
    said = set()
    for name, password in (("ada", "wrong password"), ("bob", PASSWORD), ("ada", "x" * 5000), ("ada", "")):
        with pytest.raises(NotSignedIn) as caught:
            await scene.accounts.check_password(name, password, HERE)
        said.add(str(caught.value))
    assert len(said) == 1


async def test_who_has_no_password_or_is_disabled_cannot_sign_in_with_one() -> None:
    scene = Scene()
    machine = await scene.accounts.add("ci", "", "")
    user = await scene.accounts.add("ada", "", PASSWORD)
    await scene.accounts.change(user, disabled=True)
    for name, password in (("ci", ""), ("ci", PASSWORD), ("ada", PASSWORD)):
        with pytest.raises(NotSignedIn):
            await scene.accounts.check_password(name, password, HERE)
    assert machine.password_hash == ""


async def test_guessing_gets_slower_until_it_stops() -> None:
    scene = Scene()
    await scene.accounts.add("ada", "", PASSWORD)
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            await scene.accounts.check_password("ada", "wrong password", HERE)
    with pytest.raises(TooOften) as caught:
        await scene.accounts.check_password("ada", PASSWORD, HERE)
    assert caught.value.retry_after_s is not None
    waits = []
    for _ in range(6):
        scene.later(caught.value.retry_after_s or 0)
        with pytest.raises(NotSignedIn):
            await scene.accounts.check_password("ada", "wrong password", HERE)
        with pytest.raises(TooOften) as caught:
            await scene.accounts.check_password("ada", PASSWORD, HERE)
        waits.append(caught.value.retry_after_s or 0)
    assert waits == sorted(waits)
    assert waits[-1] > 30
    # Somebody elsewhere is not locked out by it.
    assert (await scene.accounts.check_password("ada", PASSWORD, "198.51.100.1")).name == "ada"
    with pytest.raises(TooOften):
        await scene.accounts.check_password("bob", PASSWORD, HERE)


async def test_of_two_changes_at_once_one_is_told_to_look_again() -> None:
    scene = Scene()
    user = await scene.accounts.add("ada", "", PASSWORD)
    await scene.accounts.set_profile(user, {"fullname": "Ada"})
    with pytest.raises(Conflict):
        await scene.accounts.set_profile(user, {"fullname": "Other"})
    assert (await scene.accounts.get("ada")).profile == {"fullname": "Ada"}
    with pytest.raises(Invalid):
        await scene.accounts.set_profile(await scene.accounts.get("ada"), {"homepage": "x" * 5000})
    with pytest.raises(NotFound):
        await scene.accounts.get("bob")


async def test_one_time_passwords_count_once_confirmed_and_each_only_once() -> None:
    scene = Scene()
    user, address = await scene.accounts.begin_otp(await scene.accounts.add("ada", "", PASSWORD), "auth-and-writes")
    assert address.startswith("otpauth://totp/Packhouse%3Aada?")
    assert (await scene.accounts.check_otp(user, "")).name == "ada"  # not confirmed: nobody is locked out
    assert user.second_factor is not None
    secret = user.second_factor.secret
    step = scene.now // 30_000
    with pytest.raises(OtpWanted):
        await scene.accounts.confirm_otp(user, "000000" if password_at(secret, step) != "000000" else "000001")
    user, codes = await scene.accounts.confirm_otp(user, password_at(secret, step))
    for otp in ("", password_at(secret, step), "123", "x" * 999):
        with pytest.raises(OtpWanted):
            await scene.accounts.check_otp(user, otp)
    scene.later(30)
    fresh = password_at(secret, step + 1)
    taken = await asyncio.gather(*(scene.accounts.check_otp(user, fresh) for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in taken) == 1
    user = await scene.accounts.get("ada")
    user = await scene.accounts.check_otp(user, codes[3])
    with pytest.raises(OtpWanted):
        await scene.accounts.check_otp(user, codes[3])
    assert user.second_factor is not None
    assert codes[0] not in repr(user.second_factor.recovery)
    user = await scene.accounts.end_otp(user)
    assert (await scene.accounts.check_otp(user, "")).second_factor is None
