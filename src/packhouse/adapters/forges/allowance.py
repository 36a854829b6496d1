"""How much a service lets us ask.

Sources: GitHub, "Rate limits for the REST API" and "Best practices for using the REST API"; GitLab, "User and IP rate
limits"; Bitbucket, "API request limits".
"""

from collections.abc import Callable

from packhouse.adapters.upstream.retry import parse_retry_after
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.package import Moment

_AT_LEAST_S = 60.0
"""What GitHub wants to be left alone for where it names no time."""
_AT_MOST_S = 3_600.0
"""Limits are counted by the hour at most; a clock that is wrong must not stop us for good."""
_FIRST_PAUSE_S = 2.0
_REMAINING = ("x-ratelimit-remaining", "ratelimit-remaining")
_RESET = ("x-ratelimit-reset", "ratelimit-reset")
_LIMITED = frozenset((403, 429))

Header = Callable[[str], str | None]


class ForgeAllowance:
    """What is left of the requests that one service allows."""

    def __init__(self, name: str, clock: Callable[[], Moment]) -> None:
        self._name = name
        self._clock = clock
        self._held_until = 0
        self._failures = 0

    def check(self) -> None:
        """Raise Trouble while the service is to be left alone."""
        wait_ms = self._held_until - self._clock()
        if wait_ms > 0:
            message = f"{self._name} is left alone for another {wait_ms / 1000:.0f} s"
            raise Trouble(message, "try again later", wait_ms / 1000, again=False, blame=False)

    def note(self, status: int, header: Header, body: bytes = b"") -> None:
        """Take note of an answer; raise Trouble if it refuses, for now, because too much was asked."""
        limited = status == 429 or (status in _LIMITED and self._says_limit(header, body))
        if limited:
            self._failures += 1
            self._hold(self._wait_s(header))
            self.check()
        if status >= 500:
            self.fail()
            raise Trouble(f"{self._name} answers {status}", again=False, blame=False)
        self._failures = 0
        # The last one that was allowed: the next would be refused, and counted against us.
        if _first(header, _REMAINING) == "0" and status not in _LIMITED:
            self._hold(self._until_reset_s(header))

    def fail(self) -> None:
        """Take note that no answer came, or a 5xx: pauses double."""
        self._failures += 1
        self._hold(min(_FIRST_PAUSE_S * (1 << min(self._failures - 1, 8)), 300.0))

    def _says_limit(self, header: Header, body: bytes) -> bool:
        return bool(header("Retry-After")) or _first(header, _REMAINING) == "0" or b"rate limit" in body.lower()

    def _wait_s(self, header: Header) -> float:
        asked = parse_retry_after(header("Retry-After"))
        if asked is not None:
            return max(asked, 1.0)
        if _first(header, _REMAINING) == "0":
            return self._until_reset_s(header)
        # A secondary limit: a minute, and longer each time.
        return _AT_LEAST_S * (1 << min(self._failures - 1, 6))

    def _until_reset_s(self, header: Header) -> float:
        text = _first(header, _RESET) or ""
        if not (text.isascii() and text.isdigit()):
            return _AT_LEAST_S
        return int(text[:12]) - self._clock() / 1000 + 1

    def _hold(self, seconds: float) -> None:
        until = self._clock() + int(min(max(seconds, 0.0), _AT_MOST_S) * 1000)
        self._held_until = max(self._held_until, until)


def _first(header: Header, names: tuple[str, ...]) -> str | None:
    return next((found.strip() for name in names if (found := header(name)) is not None), None)
