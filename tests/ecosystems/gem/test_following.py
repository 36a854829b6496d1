"""A client that follows the list of all gems, as bundler does, whatever happens upstream and whatever is refused."""

import base64
import hashlib
import random

import pytest

from packhouse.domain.errors import UpstreamDown
from packhouse.domain.package import Moment
from packhouse.ecosystems.gem.served import read_lines
from packhouse.policy.decision import Rule
from packhouse.policy.rules.age import MinimumAge
from tests.assembled import Assembled
from tests.ecosystems.gem.gems import URL, answer, deny, info, md5, numbers, server

pytestmark = pytest.mark.anyio

MINUTE = 60_000
HOUR = 60 * MINUTE
NAMES = ("plum", "rope", "basket-2-go", "Press")


class Grown:
    """An upstream in which things happen."""

    def __init__(self, chance: random.Random, *rules: Rule) -> None:
        self.chance = chance
        self.down = False
        self.lines: dict[str, list[str]] = {}
        self.listed = b"created_at: 2025-12-01T00:00:00Z\n---\n"
        self.ours = server({}, *rules)
        for name in NAMES:
            self.publish(name, "2020-01-01T00:00:00Z")

    def publish(self, name: str, at: str) -> None:
        """Add a release."""
        lines = self.lines.setdefault(name, [])
        number = f"1.{len(lines)}.{self.chance.randrange(1000)}"
        lines.append(f"{number} |checksum:{hashlib.sha256(number.encode()).hexdigest()},created_at:{at}")
        self._say(name, number)

    def yank(self, name: str) -> None:
        """Take a release away, unless it is the last one."""
        lines = self.lines[name]
        if len(lines) > 1:
            line = lines.pop(self.chance.randrange(len(lines)))
            self._say(name, f"-{line.split(' ')[0]}")

    def begin_anew(self) -> None:
        """Write the list in one piece, as each month."""
        self.listed = f"created_at: {self.chance.random()}\n---\n".encode()
        for name in sorted(self.lines):
            body = info(*self.lines[name])
            self.listed += f"{name} {','.join(numbers(body))} {md5(body)}\n".encode()
        self._answer()

    def go_down(self, *, down: bool) -> None:
        """Answer nothing any more, or again."""
        self.down = down
        if down:
            self.ours.upstream.answers |= dict.fromkeys(self.ours.upstream.answers, UpstreamDown("it is down"))
        else:
            self._answer()

    def _say(self, name: str, number: str) -> None:
        self.listed += f"{name} {number} {md5(info(*self.lines[name]))}\n".encode()
        self._answer()

    def _answer(self) -> None:
        if self.down:
            return
        self.ours.upstream.answers[f"{URL}/versions"] = answer(self.listed)
        for name, lines in self.lines.items():
            self.ours.upstream.answers[f"{URL}/info/{name}"] = answer(info(*lines))


class Follower:
    """What bundler keeps, and how it brings that up to date."""

    def __init__(self, ours: Assembled) -> None:
        self.ours = ours
        self.kept: dict[str, bytes] = {}
        self.whole = 0
        """How often something was fetched whole that was there in part."""

    async def follow(self) -> None:
        """Fetch what the list says has changed, and nothing else."""
        await self._update("versions")
        for name, (_, digest) in read_lines(self.kept["versions"]).items():
            if name in NAMES and md5(self.kept.get(f"info/{name}", b"")) != digest:
                await self._update(f"info/{name}")

    async def _update(self, path: str) -> None:
        kept = self.kept.get(path, b"")
        headers = {"If-None-Match": f'"{md5(kept)}"', "Range": f"bytes={len(kept) - 1}-"} if kept else {}
        reply = await self.ours.get(f"/gem/{path}", headers)
        if reply.status == 206:
            joined = kept + reply.body[1:]
            if reply.headers["repr-digest"] == f"sha-256=:{sha256(joined)}:":
                self.kept[path] = joined
                return
        if reply.status in {304, 403}:  # nothing new, or nothing to be had of it now
            return
        if reply.status in {206, 416}:
            self.whole += path == "versions"
            reply = await self.ours.get(f"/gem/{path}")
        if reply.status == 403:
            return
        assert reply.status == 200
        assert reply.headers["etag"] == f'"{md5(reply.body)}"'
        self.kept[path] = reply.body


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


async def is_in_step(follower: Follower) -> bool:
    """Tell whether a client has, of every gem, what is served of it now."""
    for name in NAMES:
        reply = await follower.ours.get(f"/gem/info/{name}")
        if reply.status == 200 and reply.body != follower.kept.get(f"info/{name}"):
            return False
    return True


@pytest.mark.parametrize("seed", range(20))
async def test_a_client_that_follows_the_list_is_never_behind_what_is_served(seed: int) -> None:
    chance = random.Random(seed)
    rules: list[Rule] = [MinimumAge(3 * HOUR, lambda key: key.name == "rope"), deny("plum", ">= 1.2, < 1.4")]
    grown = Grown(chance, *chance.choice(([], rules[:1], rules[1:], rules)))
    ours = grown.ours
    followers = [Follower(ours), Follower(ours)]
    begun_anew = 0
    for _ in range(40):
        ours.now = Moment(ours.now + chance.choice((0, 1000, 30_000, MINUTE, 5 * MINUTE, HOUR)))
        match chance.randrange(8):
            case 0 | 1 | 2:
                at = "2026-01-01T00:00:00Z" if chance.random() < 0.7 else "2020-01-01T00:00:00Z"
                grown.publish(chance.choice(NAMES), at)
            case 3:
                grown.yank(chance.choice(NAMES))
            case 4:
                begun_anew += 1
                grown.begin_anew()
            case 5:
                grown.go_down(down=chance.random() < 0.5)
                # An upstream that has failed is not asked again at once.
                ours.now = Moment(ours.now + 6_000)
        if chance.random() < 0.3:
            # gem asks for info files alone.
            await ours.get(f"/gem/info/{chance.choice(NAMES)}")
        follower = chance.choice(followers)
        if chance.random() < 0.6 and (follower.kept or not grown.down):
            await follower.follow()
            # While the upstream is down, the list may be older than an info file that was asked for alone.
            assert grown.down or await is_in_step(follower)
    # Nobody fetches the whole list but when the upstream has begun it anew.
    assert sum(follower.whole for follower in followers) <= begun_anew * len(followers)
