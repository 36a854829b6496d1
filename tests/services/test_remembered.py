"""What is dear to make is made once, and anew behind the back of whoever asks later."""

import anyio
import anyio.lowlevel
import pytest

from packhouse.domain.errors import NotFound
from packhouse.domain.package import Moment
from packhouse.services.remembered import Remembered

pytestmark = pytest.mark.anyio


async def test_an_answer_is_made_once_while_it_is_fresh_and_anew_in_the_background() -> None:
    now, made = [Moment(0)], [0]
    remembered = Remembered[int](lambda: now[0], 1000)

    async def make() -> int:
        await anyio.lowlevel.checkpoint()
        made[0] += 1
        return made[0]

    found: list[int] = []

    async def ask() -> None:
        found.append(await remembered.get("question", make))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
    assert found == [1] * 5
    now[0] = Moment(1000)
    assert await remembered.get("question", make) == 1
    for _ in range(3):
        await anyio.lowlevel.checkpoint()
    assert await remembered.get("question", make) == 2
    assert await remembered.get("another", make) == 3


async def test_a_failure_is_told_and_not_remembered() -> None:
    remembered = Remembered[int](lambda: Moment(0), 1000)

    async def fail() -> int:
        raise NotFound("nothing")

    async def make() -> int:
        return 7

    with pytest.raises(NotFound):
        await remembered.get("question", fail)
    assert await remembered.get("question", make) == 7
