"""How often each may publish and yank: a burst, and then one after another; kept in memory."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from packhouse.domain.actor import Actor
from packhouse.domain.errors import TooOften
from packhouse.formats.pace import Pace

Operation = Literal["create", "update", "yank"]
"""To publish a new package; a new version of one that is there; to yank one or take that back."""

_REMEMBERED = 50_000
_SENTENCES: dict[Operation, str] = {
    "create": "You have published too many new packages in a short period of time.",
    "update": "You have published too many versions in a short period of time.",
    "yank": "You have yanked or unyanked too many versions in a short period of time.",
}


class LimitRules(Struct, frozen=True):
    """What an operator allows; None for as often as one likes."""

    create: Pace | None = None
    update: Pace | None = None
    yank: Pace | None = None

    def of(self, operation: Operation) -> Pace | None:
        """Look up the pace of an operation."""
        return {"create": self.create, "update": self.update, "yank": self.yank}[operation]


class Limits:
    """Counts what each user does, or each address where nobody has signed in; over all ecosystems."""

    def __init__(self, rules: LimitRules | None = None, now_s: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules or LimitRules()
        self._now_s = now_s
        self._full_at_s: OrderedDict[tuple[Operation, str], float] = OrderedDict()
        """When each bucket will be full again; one that is, is forgotten."""

    def take(self, actor: Actor, operation: Operation) -> None:
        """Count one more; raise TooOften, which costs nothing, if it has to wait.

        Ask once it is clear that the actor may do it at all, and before anything large is read or written.
        """
        pace = self._rules.of(operation)
        if pace is None:
            return
        who = (operation, _name_of(actor))
        now_s = self._now_s()
        full_at_s = max(self._full_at_s.get(who, now_s), now_s) + pace.every_s
        # Rounding must not keep somebody waiting who comes at the very moment.
        wait_s = full_at_s - now_s - pace.burst * pace.every_s
        if wait_s > pace.every_s * 1e-6:
            hint = f"try again in {_in_words(wait_s)}"
            raise TooOften(_SENTENCES[operation], hint, wait_s)
        self._full_at_s[who] = full_at_s
        self._full_at_s.move_to_end(who)
        self._forget(now_s)

    def _forget(self, now_s: float) -> None:
        """Drop buckets from the one that was used longest ago, while they are full or too many."""
        while self._full_at_s:
            oldest = next(iter(self._full_at_s))
            if self._full_at_s[oldest] > now_s and len(self._full_at_s) <= _REMEMBERED:
                return
            del self._full_at_s[oldest]


def _name_of(actor: Actor) -> str:
    if actor.user:
        return f"user {actor.user}"
    try:
        address = ipaddress.ip_address(actor.address.partition("%")[0])
    except ValueError:
        return f"address {actor.address}"
    if isinstance(address, ipaddress.IPv6Address):
        # Whoever has one address of IPv6 has a network of 64 bits.
        network = address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False)
        return f"address {network}"
    return f"address {address}"


def _in_words(wait_s: float) -> str:
    seconds = max(1, round(wait_s))
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
