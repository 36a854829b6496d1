"""Signing in by a browser: a client asks, a person answers on a page, the client learns of it by polling."""

import hmac
import secrets
from collections import OrderedDict
from typing import Literal

from msgspec import Struct

from packhouse.domain.errors import NotFound, TooOften
from packhouse.domain.package import Moment
from packhouse.services.ports import Clock

_LIFE_MS = 600_000
_MOST = 2_000
_MOST_OF_ONE = 30

Purpose = Literal["token", "otp"]


class SignIn(Struct):
    """A client that waits for somebody."""

    page: str
    """What the address of the page ends with; whoever knows it can answer, and learns nothing by it."""
    poll: str
    """What the address for polling ends with; only the client knows it, and it alone gives the token."""
    purpose: Purpose
    user: str
    """Who has to answer; empty for anyone (a client that is not signed in yet)."""
    address: str
    """Where the client is, to be shown to the person who answers."""
    client: str
    begun_at: Moment
    secret: str = ""
    """The answer: a token, or a one-time password; empty while nobody has answered."""


class SignIns:
    """Remembers who waits; in memory, for ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: OrderedDict[str, SignIn] = OrderedDict()

    def begin(self, purpose: Purpose, address: str, client: str, user: str = "") -> SignIn:
        """Let a client wait; raise TooOften where one address begins very many."""
        self._forget_old()
        if sum(each.address == address for each in self._waiting.values()) >= _MOST_OF_ONE:
            raise TooOften("too many of you are signing in at once", "finish one, or wait ten minutes", _LIFE_MS / 1000)
        page, poll = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        waiting = SignIn(page, poll, purpose, user, address, client[:200], self._clock())
        self._waiting[page] = waiting
        while len(self._waiting) > _MOST:
            self._waiting.popitem(last=False)
        return waiting

    def find(self, page: str) -> SignIn:
        """Return who waits for the answer of a page; raise NotFound."""
        self._forget_old()
        waiting = self._waiting.get(page)
        if waiting is None or waiting.secret:
            raise NotFound("this request to sign in is over", "begin again at the client")
        return waiting

    def answer(self, page: str, secret: str) -> None:
        """Give the client what it waits for; raise NotFound."""
        self.find(page).secret = secret

    def refuse(self, page: str) -> None:
        """Let the client wait no longer; raise NotFound."""
        del self._waiting[self.find(page).page]

    def poll(self, poll: str) -> str | None:
        """Hand the answer over, once; None while there is none; raise NotFound for what nobody waits for."""
        self._forget_old()
        for waiting in self._waiting.values():
            if hmac.compare_digest(waiting.poll.encode(), poll.encode("utf-8", "surrogatepass")):
                if not waiting.secret:
                    return None
                del self._waiting[waiting.page]
                return waiting.secret
        raise NotFound("this request to sign in is over", "begin again at the client")

    def _forget_old(self) -> None:
        oldest = self._clock() - _LIFE_MS
        while self._waiting and next(iter(self._waiting.values())).begun_at < oldest:
            self._waiting.popitem(last=False)
