"""Passes to pages that not everybody may see: part of their address, since nothing else comes with every request.

A page in a sandbox is of no origin, so that a browser sends no session with what the page asks for. Whoever opens it
by their session is led to an address with a pass, which lets them see the pages of this one release for a while.
"""

import secrets
from collections import OrderedDict

from msgspec import Struct

from packhouse.domain.actor import Actor
from packhouse.domain.package import Moment, PackageKey

MARK = "~"
"""Begins the segment of an address that is a pass; no folder of rustdoc's begins so."""
LIFE_MS = 2 * 3_600_000
_MOST = 10_000


class _Pass(Struct, frozen=True):
    actor: Actor
    key: PackageKey
    version: str
    until: Moment


class Passes:
    """Those that were given out since the server has started."""

    def __init__(self) -> None:
        self._given: OrderedDict[str, _Pass] = OrderedDict()

    def give(self, actor: Actor, key: PackageKey, version: str, now: Moment) -> str:
        """Make a segment of an address."""
        segment = MARK + secrets.token_urlsafe(24)
        self._given[segment] = _Pass(actor, key, version, Moment(now + LIFE_MS))
        if len(self._given) > _MOST:
            self._given.popitem(last=False)
        return segment

    def find(self, segment: str, key: PackageKey, version: str, now: Moment) -> Actor | None:
        """Tell who was given a pass to the pages of a release; None where nobody was, or it is over."""
        found = self._given.get(segment)
        if found is None or found.until < now or (found.key, found.version) != (key, version):
            return None
        return found.actor
