"""Many publish at once: nobody is lost, and nothing is there twice."""

import asyncio

import pytest

from tests.asgi import call
from tests.attacks.cargo_writes.grove import Grove

pytestmark = pytest.mark.anyio
MANY = 32


async def test_of_crates_that_are_published_at_once_none_is_lost(grove: Grove) -> None:
    replies = await asyncio.gather(*(grove.publish(f"crowd-{number}", "1.0.0") for number in range(MANY)))
    assert [reply.status for reply in replies] == [200] * MANY
    for number in range(MANY):
        assert [each["vers"] for each in await grove.lines(f"crowd-{number}")] == ["1.0.0"]
        file = await call(grove.app, f"/cargo/api/v1/crates/crowd-{number}/1.0.0/download")
        assert file.status == 200


async def test_of_versions_that_are_published_at_once_none_is_lost(grove: Grove) -> None:
    replies = await asyncio.gather(*(grove.publish("crowded", f"1.{number}.0") for number in range(MANY)))
    assert [reply.status for reply in replies] == [200] * MANY
    lines = await grove.lines("crowded")
    assert sorted(each["vers"] for each in lines) == sorted(f"1.{number}.0" for number in range(MANY))
    document = (await call(grove.app, "/cargo/api/v1/crates/crowded")).body
    assert document.count(b'"num":') == MANY


async def test_yanks_and_publications_at_once_do_not_undo_one_another(grove: Grove) -> None:
    for number in range(8):
        assert (await grove.publish("stirred", f"1.{number}.0")).status == 200
    headers = {"authorization": await grove.token("ada")}

    async def yank(number: int) -> int:
        path = f"/cargo/api/v1/crates/stirred/1.{number}.0/yank"
        return (await call(grove.app, path, "DELETE", headers)).status

    async def publish(number: int) -> int:
        return (await grove.publish("stirred", f"2.{number}.0")).status

    done = await asyncio.gather(*(each for number in range(8) for each in (yank(number), publish(number))))
    assert set(done) == {200}
    found = {each["vers"]: each["yanked"] for each in await grove.lines("stirred")}
    assert found == {f"{major}.{number}.0": major == 1 for major in (1, 2) for number in range(8)}
