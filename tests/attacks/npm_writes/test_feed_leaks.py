"""A follower who may not see a package: nothing moves when it changes, and nothing else is missed for it."""

import asyncio
import json

import pytest

from packhouse.domain.package import Moment
from tests.assembled import START, Assembled
from tests.ecosystems.npm.test_feeds import read
from tests.ecosystems.npm.test_publishing import publish, server

pytestmark = pytest.mark.anyio

PATHS = (
    "",
    "_changes",
    "_changes?since=now",
    "_changes?limit=1",
    "_changes?descending=true",
    "_changes?include_docs=true",
    "_changes?feed=continuous&timeout=1",
    "_changes?feed=eventsource&timeout=1",
    "_changes?feed=longpoll&timeout=1&since=now",
    '_changes?filter=_doc_ids&doc_ids=["@farm/hidden"]',
    "_all_docs",
    "_all_docs?update_seq=true&descending=true",
    '_all_docs?keys=["@farm/hidden"]',
    '_all_docs?key="@farm/hidden"',
    "-/all",
    "-/all/since?stale=update_after&startkey=1",
    "-/short",
    "-/allversions",
    "-/by-user/ada",
    "-/rss",
    "-/package/pear/dependents",
    "-/package/@farm%2fhidden/dependents",
)


async def farm() -> tuple[Assembled, str]:
    """Publish what everybody may see."""
    ours = server()
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    await publish(ours, ada, "plum", "1.0.0")
    return ours, ada


async def answers(ours: Assembled, token: str = "") -> dict[str, str]:
    """Read everything that a follower reads."""
    return {path: (await ours.send("GET", f"/npm/{path}", token=token)).text for path in PATHS}


async def hide(ours: Assembled, ada: str, number: int) -> None:
    """Change what is hidden."""
    await publish(ours, ada, "@farm/hidden", f"1.{number}.0", access="restricted", dependencies={"pear": "1"})


async def test_a_change_of_what_is_hidden_changes_not_one_byte_of_any_list() -> None:
    ours, ada = await farm()
    bob = await ours.token("bob")
    before, of_bob = await answers(ours), await answers(ours, bob)
    for number in range(3):
        await hide(ours, ada, number)
        assert await answers(ours) == before
        assert await answers(ours, bob) == of_bob
    assert "hidden" in (await answers(ours, ada))["_changes"]


async def test_what_is_seen_is_never_missed_for_what_is_hidden() -> None:
    ours, ada = await farm()
    since, seen = 0, []
    for number in range(6):
        page = await read(ours, f"_changes?since={since}&limit=2")
        seen += [row["id"] for row in page["results"]]
        since = page["last_seq"]
        await hide(ours, ada, number)
        # Asked in between, so that the server has looked past what is hidden before the next comes.
        assert (await read(ours, f"_changes?since={since}"))["last_seq"] == since
        await publish(ours, ada, f"fig-{number}", "1.0.0")
    assert seen == ["pear", "plum", *(f"fig-{number}" for number in range(5))]


async def test_a_package_that_is_opened_to_all_is_a_change_for_all_and_one_that_is_closed_vanishes() -> None:
    ours, ada = await farm()
    await hide(ours, ada, 0)
    since = (await read(ours, "_changes"))["last_seq"]
    assert (await read(ours, f"_changes?since={since}"))["results"] == []
    path = "/npm/-/package/@farm%2fhidden/access"
    assert (await ours.send("POST", path, {"access": "public"}, ada)).status == 200
    opened = await read(ours, f"_changes?since={since}")
    assert [row["id"] for row in opened["results"]] == ["@farm/hidden"]
    assert (await ours.send("POST", path, {"access": "restricted"}, ada)).status == 200
    closed = await read(ours, "_changes")
    assert [row["id"] for row in closed["results"]] == ["pear", "plum"]
    assert (await read(ours, f"_changes?since={opened['last_seq']}"))["results"] == []


async def test_nobody_who_waits_is_woken_by_what_is_hidden() -> None:
    ours, ada = await farm()
    waiting = asyncio.create_task(read(ours, "_changes?feed=longpoll&since=now"))
    await asyncio.sleep(0.1)
    await hide(ours, ada, 0)
    await asyncio.sleep(0.8)
    assert not waiting.done()
    await publish(ours, ada, "fig", "1.0.0")
    assert [row["id"] for row in (await waiting)["results"]] == ["fig"]


async def test_many_hidden_changes_are_looked_through_once() -> None:
    ours, ada = await farm()
    for number in range(60):
        await hide(ours, ada, number)
        await publish(ours, ada, f"@farm/hidden-{number}", "1.0.0", access="restricted")
    since = (await read(ours, "_changes"))["last_seq"]
    asked: list[int] = []
    listed = ours.store.list_changed

    async def counted(ecosystem: str, after: int, limit: int) -> object:
        found = await listed(ecosystem, after, limit)
        asked.append(len(found))
        return found

    ours.store.list_changed = counted  # type: ignore[method-assign,assignment]
    for _ in range(3):
        assert (await read(ours, f"_changes?since={since}"))["results"] == []
    assert sum(asked) <= 61


async def test_a_deleted_hidden_package_leaves_nothing() -> None:
    ours, ada = await farm()
    before = await answers(ours)
    await hide(ours, ada, 0)
    rev = json.loads((await ours.send("GET", "/npm/@farm%2fhidden?write=true", token=ada)).body)["_rev"]
    assert (await ours.send("DELETE", f"/npm/@farm%2fhidden/-rev/{rev}", token=ada)).status == 200
    ours.now = Moment(START)
    assert await answers(ours) == before
