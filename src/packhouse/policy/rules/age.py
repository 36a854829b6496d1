"""A cooldown: what was published a short while ago is not installed yet."""

from collections.abc import Callable

from packhouse.domain.index import Fragment
from packhouse.domain.package import Moment, PackageKey
from packhouse.policy.decision import Objection

_HOUR_MS = 3_600_000


def age_since(release: Fragment) -> Moment | None:
    """Tell since when a release has surely existed, None if nobody can say.

    The upstream's date counts unless we know better: a release that was absent when we last looked is not older
    than that look, whatever its date says. That a package is new to this server does not make its releases new.
    """
    moments = [moment for moment in (release.published_at, release.absent_at) if moment is not None]
    return max(moments, default=None)


class MinimumAge:
    """Refuses releases younger than a limit; packages that match an exception are free of it."""

    name = "minimum-age"
    dated = True

    def __init__(self, minimum_ms: int, is_exempt: Callable[[PackageKey], bool], label: str = "") -> None:
        self._minimum_ms = minimum_ms
        self._is_exempt = is_exempt
        self._label = label

    def object(self, key: PackageKey, release: Fragment, now: Moment) -> Objection | None:
        """Object while the release is too young; without any date it cannot be too young for ever, nor trusted."""
        if self._is_exempt(key):
            return None
        since = age_since(release)
        if since is None:
            return Objection(self.name, "nobody says when it was published, and a minimum age is required")
        if now - since >= self._minimum_ms:
            return None
        reason = f"published {_hours(now - since)} ago, the minimum age is {_hours(self._minimum_ms)}"
        return Objection(self.name, reason, Moment(since + self._minimum_ms))

    def identity(self) -> str:
        """Name the limit and the exceptions."""
        return f"{self.name}:{self._minimum_ms}:{self._label}"


def _hours(span_ms: int) -> str:
    hours = span_ms / _HOUR_MS
    return f"{hours:.0f} hours" if hours >= 2 else f"{max(span_ms, 0) // 60_000} minutes"
