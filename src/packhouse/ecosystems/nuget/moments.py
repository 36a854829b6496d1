"""When releases were published."""

from datetime import datetime

from packhouse.domain.package import Moment

_UNLISTED_YEAR = 1900


def parse_moment(text: object) -> Moment | None:
    """Read a time; None for one without a zone, and for the year 1900, which says that a release is unlisted."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None or at.year <= _UNLISTED_YEAR:
            return None
        return Moment(round(at.timestamp() * 1000))
    except (ValueError, OverflowError):
        return None
