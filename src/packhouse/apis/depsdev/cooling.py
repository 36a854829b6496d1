"""How long after it was published a release cools down: many attacks are noticed in their first days."""

from datetime import UTC, datetime

from msgspec import Struct

from packhouse.domain.package import Moment
from packhouse.domain.release import Release

_DAYS_FROM_H = 48


class Cooling(Struct, frozen=True):
    """The rule of this server."""

    period_ms: int = 0
    """0 for not at all."""

    @property
    def sentence(self) -> str:
        """Say it."""
        hours = self.period_ms / 3_600_000
        period = f"{hours / 24:g} days" if hours >= _DAYS_FROM_H else f"{hours:g} hours"
        return f"releases are not installed in the first {period} after they were published"

    def end(self, release: Release, now: Moment) -> datetime | None:
        """Tell until when a release cools down; None where it has, or where nobody knows when it was published."""
        if not self.period_ms or release.published_at is None:
            return None
        end = release.published_at + self.period_ms
        return datetime.fromtimestamp(end // 1000, UTC) if end > now else None
