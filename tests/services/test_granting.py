"""Granting roles, and organisations that end with what was granted to them."""

import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.errors import Conflict, Invalid, NotFound
from packhouse.domain.package import Moment
from packhouse.services.people import People
from tests.people import some_people

pytestmark = pytest.mark.anyio


async def with_ada() -> People:
    people = some_people(MemoryStore(), lambda: Moment(0))
    await people.accounts.add("ada", "", "")
    await people.organisations.create("acme", "ada", [("toy", "@acme/*")])
    return people


@pytest.mark.parametrize(
    "subject", ["user:ada", "users", "anyone", "org:acme", "org-admin:acme", "team:acme/developers"]
)
async def test_a_role_is_granted_once_and_taken_back(subject: str) -> None:
    people = await with_ada()
    granting = people.granting
    grant = await granting.add(subject, "reader", "*", "@other/*", "olga")
    assert grant in await granting.list(subject)
    with pytest.raises(Conflict):
        await granting.add(subject, "reader", "*", "@other/*", "olga")
    assert await granting.remove(grant.id) == grant
    assert grant not in await granting.list()
    with pytest.raises(NotFound):
        await granting.remove(grant.id)


async def test_a_grant_counts_at_once() -> None:
    people = await with_ada()
    secret, _ = await people.tokens.create(await people.accounts.get("ada"))
    assert not [g for g in (await people.identification.identify(f"Bearer {secret}", "")).grants if g.pattern == "x"]
    await people.granting.add("user:ada", "publisher", "toy", "x", "olga")
    assert [g for g in (await people.identification.identify(f"Bearer {secret}", "")).grants if g.pattern == "x"]


@pytest.mark.parametrize("subject", ["user:nobody", "org:none", "team:acme/none", "team:none/x", "team:acme"])
async def test_who_is_not_there_is_granted_nothing(subject: str) -> None:
    with pytest.raises(NotFound):
        await (await with_ada()).granting.add(subject, "reader", "*", "*", "olga")


@pytest.mark.parametrize(
    ("subject", "role", "ecosystem", "pattern"),
    [
        ("ada", "reader", "*", "*"),
        ("", "reader", "*", "*"),
        ("users:x", "reader", "*", "*"),
        ("user:ada", "king", "*", "*"),
        ("user:ada", "reader", "**", "*"),
        ("user:ada", "reader", "*", ""),
        ("user:ada", "reader", "*", "x\n"),
        ("user:ada", "reader", "*", "x" * 400),
        ("anyone", "publisher", "*", "*"),
    ],
)
async def test_what_makes_no_sense_is_refused(subject: str, role: str, ecosystem: str, pattern: str) -> None:
    people = await with_ada()
    before = await people.granting.list()
    with pytest.raises(Invalid):
        await people.granting.add(subject, role, ecosystem, pattern, "olga")
    assert await people.granting.list() == before


async def test_an_organisation_ends_with_all_that_was_granted_to_it() -> None:
    people = await with_ada()
    kept = await people.granting.add("user:ada", "reader", "*", "*", "olga")
    await people.organisations.remove("acme")
    assert await people.granting.list() == [kept]
    assert await people.organisations.list() == []
    with pytest.raises(NotFound):
        await people.organisations.remove("acme")
    await people.organisations.create("acme", "ada", [])
    assert await people.granting.list() == [kept]


async def test_a_team_ends_with_what_was_granted_to_it() -> None:
    people = await with_ada()
    ada = await people.identification.of_user(await people.accounts.get("ada"), "", None)
    await people.organisations.add_team(ada, "acme", "press")
    before = await people.granting.list()
    await people.granting.add("team:acme/press", "maintainer", "*", "*", "olga")
    await people.organisations.remove_team(ada, "acme", "press")
    assert await people.granting.list() == before
