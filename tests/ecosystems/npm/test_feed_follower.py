"""Whoever follows the changes ends with what whoever reads all of them anew finds, whatever happens."""

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from tests.assembled import START, Assembled
from tests.ecosystems.npm.test_feeds import MELON, UPSTREAM, read
from tests.ecosystems.npm.test_publishing import publish

OTHER = "http://other.example"
NAMES = ("@farm/fig", "@farm/plum", "@farm/melon")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["publish", "restrict", "open", "unpublish"]), st.sampled_from(NAMES)),
        st.tuples(st.sampled_from(["appear", "vanish"]), st.sampled_from([UPSTREAM, OTHER])),
        st.tuples(st.just("follow"), st.sampled_from(["1", "2", "1000"])),
    ),
    max_size=25,
)


class Farm:
    """A server with two upstreams, and a follower who has not signed in."""

    def __init__(self) -> None:
        upstreams = [UpstreamRegistry("npm", "npm", UPSTREAM), UpstreamRegistry("other", "npm", OTHER)]
        self.ours = Assembled(ECOSYSTEM, build_mount, {}, upstreams)
        self.versions = 0
        self.since = 0
        self.restricted: set[str] = set()
        """What was restricted at some time."""
        self.known: dict[str, str] = {}
        """What the follower believes to be there: revisions by name."""

    async def do(self, action: str, subject: str, token: str) -> None:
        """Change something, where that is possible just now."""
        path = f"/npm/{subject.replace('/', '%2f')}"
        self.ours.now = Moment(self.ours.now + 86_400_000)
        if action == "publish":
            self.versions += 1
            await publish(self.ours, token, subject, f"1.{self.versions}.0")
        elif action in ("restrict", "open"):
            self.restricted.add(subject)
            access = {"access": "restricted" if action == "restrict" else "public"}
            await self.ours.send("POST", f"/npm/-/package{path[4:]}/access", access, token)
        elif action == "unpublish":
            rev = json.loads((await self.ours.send("GET", f"{path}?write=true", token=token)).body).get("_rev")
            await self.ours.send("DELETE", f"{path}/-rev/{rev}", token=token)
        elif action == "follow":
            await self.follow(int(subject))
        else:
            await self.upstream(subject, there=action == "appear")

    async def upstream(self, registry: str, *, there: bool) -> None:
        """Let an upstream have a melon, or have it no longer, and let somebody ask for it."""
        self.versions += 1
        body = json.dumps({**MELON, "readme": str(self.versions)}).replace(UPSTREAM, registry)
        if there:
            self.ours.upstream.answers[f"{registry}/melon"] = body.encode()
        else:
            self.ours.upstream.answers.pop(f"{registry}/melon", None)
        await self.ours.get("/npm/melon")

    async def follow(self, limit: int) -> None:
        """Read one page."""
        page = await read(self.ours, f"_changes?since={self.since}&limit={limit}")
        for row in page["results"]:
            assert row["seq"] > self.since
            self.since = row["seq"]
            self.known.pop(row["id"], None)
            if not row.get("deleted"):
                self.known[row["id"]] = row["changes"][0]["rev"]
        assert page["last_seq"] == self.since

    async def run(self, steps: list[tuple[str, str]]) -> None:
        """Do all, then compare."""
        ada = await self.ours.token("ada")
        assert self.ours.now == START
        for action, subject in steps:
            await self.do(action, subject, ada)
        for _ in range(len(NAMES) + 2):
            await self.follow(1)
        rows: list[dict[str, Any]] = (await read(self.ours, "_all_docs"))["rows"]
        there = {row["id"]: row["value"]["rev"] for row in rows}
        # One that is restricted by now has vanished without a word.
        told = {name: rev for name, rev in self.known.items() if name in there or name not in self.restricted}
        assert told == there
        changes = (await read(self.ours, "_changes"))["results"]
        assert {row["id"] for row in changes if not row.get("deleted")} == set(there)
        assert len({row["id"] for row in changes}) == len(changes)
        assert (await read(self.ours, "_all_docs"))["total_rows"] == len(there)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example([("appear", OTHER), ("appear", UPSTREAM), ("follow", "9"), ("vanish", UPSTREAM)])
@example([("appear", UPSTREAM), ("follow", "9"), ("vanish", UPSTREAM), ("follow", "9"), ("appear", UPSTREAM)])
@example([("publish", NAMES[0]), ("follow", "9"), ("publish", NAMES[1]), ("unpublish", NAMES[0])])
@example([("publish", NAMES[0]), ("restrict", NAMES[0]), ("follow", "9"), ("publish", NAMES[1]), ("open", NAMES[0])])
def test_a_follower_knows_what_there_is(steps: list[tuple[str, str]]) -> None:
    asyncio.run(Farm().run(steps))
