"""Leaving a host alone that keeps failing."""

from collections.abc import Callable

from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.package import Moment
from packhouse.domain.upstream import HostHealth


class Breaker:
    """The health of one host.

    It opens after failures in a row; after a pause one request probes the host, and closes it or begins a pause
    twice as long. Apart from that, a host that asks to be left alone (Retry-After) is left alone.
    """

    def __init__(
        self, place: str, settings: UpstreamSettings, now: Callable[[], float], clock: Callable[[], Moment]
    ) -> None:
        self._place = place
        self._settings = settings
        self._now = now
        self._clock = clock
        self._failures = 0
        self._pause_s = 0.0
        """Above 0 while open or half-open."""
        self._open_until = 0.0
        self._held_until = 0.0
        self._probing = False
        self._last_error = ""
        self._last_error_at: Moment | None = None
        self._last_success_at: Moment | None = None

    def check(self) -> None:
        """Raise Trouble if the host must be left alone just now."""
        if not (self._pause_s or self._held_until):
            return
        now = self._now()
        if self._held_until > now:
            message = f"{self._place} has asked us to wait"
            raise Trouble(message, "try again later", self._held_until - now, blame=False)
        self._held_until = 0.0
        if not self._pause_s:
            return
        if self._open_until > now or self._probing:
            message = f"{self._place} has failed {self._failures} times in a row, at last: {self._last_error}"
            hint = "Packhouse leaves it alone for a moment and then tries again"
            raise Trouble(message, hint, max(self._open_until - now, 1.0), again=False, blame=False)

    def begin(self) -> None:
        """Begin a request, which is the probe where the host is half-open; raise Trouble as `check` does."""
        self.check()
        if self._pause_s:
            self._probing = True

    def succeed(self) -> None:
        """Note an answer that shows the host to be well."""
        self._failures = 0
        self._pause_s = 0.0
        self._probing = False
        self._last_success_at = self._clock()

    def fail(self, error: str) -> bool:
        """Note a failure; return True if the host is left alone from now on."""
        settings = self._settings
        self._failures += 1
        self._last_error, self._last_error_at = error, self._clock()
        self._probing = False
        now = self._now()
        # Requests that began before it opened may fail after: they do not lengthen the pause.
        if self._failures < settings.breaker_failures or (self._pause_s and self._open_until > now):
            return False
        self._pause_s = min(settings.breaker_max_pause_s, self._pause_s * 2 or settings.breaker_pause_s)
        self._open_until = now + self._pause_s
        return True

    def hold(self, seconds: float) -> None:
        """Leave the host alone for as long as it asks."""
        self._held_until = max(self._held_until, self._now() + min(seconds, self._settings.max_hold_s))

    def leave(self) -> None:
        """End a request that says nothing about the host."""
        self._probing = False

    def health(self) -> HostHealth:
        """Tell how the host has been doing."""
        state = "closed"
        if self._pause_s:
            state = "open" if self._open_until > self._now() else "half-open"
        return HostHealth(
            self._place, state, self._failures, self._last_error, self._last_error_at, self._last_success_at
        )
