"""What limits promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.actor import Actor
from packhouse.domain.errors import TooOften
from packhouse.formats.pace import Pace
from packhouse.services import limits as module
from packhouse.services.limits import LimitRules, Limits

ADA, BEN = Actor("ada"), Actor("ben")


class World:
    """Limits under a clock that stands still."""

    def __init__(self, **rules: Pace) -> None:
        self.now_s = 1000.0
        self.limits = Limits(LimitRules(**rules), lambda: self.now_s)

    def takes(self, actor: Actor, times: int = 1) -> int:
        """Count how many of some attempts to publish something new are let through."""
        done = 0
        for _ in range(times):
            try:
                self.limits.take(actor, "create")
            except TooOften:
                continue
            done += 1
        return done


def test_after_a_burst_there_is_one_at_a_time() -> None:
    world = World(create=Pace(5, 600))
    assert world.takes(ADA, 9) == 5
    world.now_s += 599
    assert world.takes(ADA) == 0
    world.now_s += 1
    assert world.takes(ADA, 3) == 1
    world.now_s += 6000
    assert world.takes(ADA, 9) == 5


def test_who_has_to_wait_is_told_how_long() -> None:
    world = World(create=Pace(1, 600))
    world.limits.take(ADA, "create")
    world.now_s += 100
    with pytest.raises(TooOften, match="too many new packages") as error:
        world.limits.take(ADA, "create")
    assert error.value.retry_after_s == pytest.approx(500)
    assert "8 min" in error.value.hint


def test_users_and_operations_have_buckets_of_their_own() -> None:
    world = World(create=Pace(1, 600), yank=Pace(1, 60))
    world.limits.take(ADA, "create")
    world.limits.take(BEN, "create")
    world.limits.take(ADA, "yank")
    for _ in range(100):
        world.limits.take(ADA, "update")  # nothing limits it
    with pytest.raises(TooOften):
        world.limits.take(ADA, "yank")


def test_a_user_is_the_same_from_any_address() -> None:
    world = World(create=Pace(1, 600))
    assert world.takes(Actor("ada", address="192.0.2.1")) == 1
    assert world.takes(Actor("ada", address="192.0.2.2")) == 0


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
    ],
)
def test_nobody_in_particular_is_an_address_or_a_network(first: str, second: str, same: bool) -> None:  # noqa: FBT001
    world = World(create=Pace(1, 600))
    assert world.takes(Actor(address=first)) == 1
    assert world.takes(Actor(address=second)) == (0 if same else 1)


def test_no_more_buckets_are_kept_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 100)
    world = World(create=Pace(2, 60))
    for number in range(1000):
        assert world.takes(Actor(f"user{number}")) == 1
    assert len(world.limits._full_at_s) == 100
    world.now_s += 61
    world.takes(ADA)
    assert len(world.limits._full_at_s) == 1


@given(st.integers(1, 20), st.floats(0.01, 1000), st.lists(st.floats(0, 500), max_size=60))
def test_never_more_than_the_burst_and_what_the_time_allows(burst: int, every_s: float, pauses: list[float]) -> None:
    world = World(create=Pace(burst, every_s))
    begun, done = world.now_s, 0
    for pause_s in pauses:
        world.now_s += pause_s
        done += world.takes(ADA, 3)
        assert done <= burst + (world.now_s - begun) / every_s + 1e-3
