"""Slows down who guesses: after some failures each next attempt has to wait, twice as long each time."""

from collections import OrderedDict
from collections.abc import Callable

from msgspec import Struct

from packhouse.domain.errors import TooOften

_FREE = 5
"""Failures that cost nothing: people mistype."""
_FIRST_S = 1.0
_LONGEST_S = 900.0
_FORGET_S = 3600.0
_REMEMBERED = 50_000


class _Failures(Struct):
    count: int
    last_s: float


class Attempts:
    """Counts failures by whatever is guessed at and by where from; kept in memory."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, *names: str) -> None:
        """Raise TooOften if one of the names has to wait."""
        wait_s = max((self._wait_s(name) for name in names), default=0.0)
        if wait_s > 0:
            raise TooOften("there were too many failed attempts", f"try again in {wait_s:.0f} s", wait_s)

    def failed(self, *names: str) -> None:
        """Count a failure."""
        for name in names:
            failures = self._failures.get(name)
            now_s = self._now_s()
            if failures is None or now_s - failures.last_s > _FORGET_S:
                failures = self._failures[name] = _Failures(0, now_s)
            failures.count += 1
            failures.last_s = now_s
            self._failures.move_to_end(name)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, *names: str) -> None:
        """Forget the failures."""
        for name in names:
            self._failures.pop(name, None)

    def _wait_s(self, name: str) -> float:
        failures = self._failures.get(name)
        if failures is None or failures.count < _FREE:
            return 0.0
        pause_s = min(_FIRST_S * 2.0 ** min(failures.count - _FREE, 30), _LONGEST_S)
        return failures.last_s + pause_s - self._now_s()
