"""Hooks belong to their owners, and nobody learns of anybody else's."""

import pytest

from packhouse.domain.actor import Actor, Limit, Proof
from packhouse.domain.errors import Invalid, NotFound, NotPermitted, NotSignedIn
from packhouse.domain.hooks import Hook
from packhouse.domain.package import Moment
from packhouse.domain.view import View
from packhouse.services.hooks import MOST_HOOKS
from tests.services.hook_world import ENDPOINT, World, view

pytestmark = pytest.mark.anyio


async def test_a_hook_that_was_made_is_found_and_listed_by_its_owner() -> None:
    world = World()
    first, second = await world.hook("left"), await world.hook("@acme", "scope")
    assert await world.hooks.get(view(), first.id) == first
    assert await world.hooks.list(view()) == [first, second] or await world.hooks.list(view()) == [second, first]
    assert first.id != second.id
    assert (first.owner, first.name, first.endpoint, first.secret) == ("ada", "left", ENDPOINT, "sesame")


async def test_somebody_elses_hook_is_as_if_it_were_not_there() -> None:
    world = World()
    hook = await world.hook("left")
    eve = view("eve")
    assert await world.hooks.list(eve) == []
    with pytest.raises(NotFound) as foreign:
        await world.hooks.get(eve, hook.id)
    with pytest.raises(NotFound) as missing:
        await world.hooks.get(eve, "none")
    assert str(foreign.value) == str(missing.value)
    with pytest.raises(NotFound):
        await world.hooks.update(eve, hook.id, "https://evil.example/", "x")
    with pytest.raises(NotFound):
        await world.hooks.delete(eve, hook.id)
    assert await world.hooks.get(view(), hook.id) == hook


async def test_a_hook_belongs_to_the_registry_that_it_was_made_in() -> None:
    world = World()
    hook = await world.hook("left")
    elsewhere = View("team", actor=Actor(user="ada"))
    assert await world.hooks.list(elsewhere) == []
    with pytest.raises(NotFound):
        await world.hooks.get(elsewhere, hook.id)


async def test_nobody_in_particular_has_no_hooks() -> None:
    world = World()
    hook = await world.hook("left")
    for attempt in (
        world.hooks.list(View()),
        world.hooks.get(View(), hook.id),
        world.hooks.update(View(), hook.id, ENDPOINT, "x"),
        world.hooks.delete(View(), hook.id),
        world.hooks.create(View(), "package", "left", ENDPOINT, "x", ""),
    ):
        with pytest.raises(NotSignedIn):
            await attempt


@pytest.mark.parametrize(
    "proof", [Proof("token", read_only=True), Proof("token", limits=(Limit(("read", "publish"), "*", "left"),))]
)
async def test_a_token_that_reads_only_or_is_for_some_packages_makes_changes_and_drops_no_hook(proof: Proof) -> None:
    world = World()
    hook = await world.hook("left")
    limited = View(actor=Actor(user="ada", proof=proof))
    for attempt in (
        world.hooks.create(limited, "package", "right", ENDPOINT, "x", ""),
        world.hooks.update(limited, hook.id, ENDPOINT, "x"),
        world.hooks.delete(limited, hook.id),
    ):
        with pytest.raises(NotPermitted):
            await attempt
    assert await world.hooks.list(view()) == [hook]


async def test_a_user_has_a_limited_number_of_hooks() -> None:
    world = World()
    for number in range(MOST_HOOKS):
        await world.hook(f"p{number}")
    with pytest.raises(Invalid, match=str(MOST_HOOKS)):
        await world.hook("one-more")
    await world.hook("left", owner="bob")


@pytest.mark.parametrize(
    ("endpoint", "secret", "name"),
    [
        ("ftp://ci.example/", "x", "left"),
        (ENDPOINT, "", "left"),
        (ENDPOINT, "x" * 2000, "left"),
        (f"https://ci.example/{'x' * 3000}", "x", "left"),
        (ENDPOINT, "x", ""),
        (ENDPOINT, "x", "n" * 300),
    ],
)
async def test_what_can_be_no_hook_is_refused(endpoint: str, secret: str, name: str) -> None:
    world = World()
    with pytest.raises(Invalid):
        await world.hook(name, endpoint=endpoint, secret=secret)
    assert await world.hooks.list(view()) == []


async def test_a_changed_hook_sends_elsewhere_and_signs_anew() -> None:
    world = World()
    hook = await world.hook("left")
    world.now = Moment(world.now + 5)
    changed = await world.hooks.update(view(), hook.id, "https://other.example/", "open")
    assert (changed.endpoint, changed.secret, changed.created_at) == ("https://other.example/", "open", hook.created_at)
    assert changed.updated_at > hook.updated_at
    assert await world.hooks.get(view(), hook.id) == changed
    with pytest.raises(Invalid):
        await world.hooks.update(view(), hook.id, "nowhere", "open")
    assert await world.hooks.get(view(), hook.id) == changed


async def test_a_dropped_hook_is_gone() -> None:
    world = World()
    hook = await world.hook("left")
    assert await world.hooks.delete(view(), hook.id) == hook
    with pytest.raises(NotFound):
        await world.hooks.delete(view(), hook.id)


async def test_neither_secret_nor_endpoint_stands_in_what_is_logged_of_a_hook() -> None:
    hook: Hook = await World().hook("left", endpoint="https://chat.example/services/T0KEN", secret="sesame")
    for text in (repr(hook), str(hook), f"{hook}", f"{[hook]!r}"):
        assert "sesame" not in text
        assert "T0KEN" not in text
