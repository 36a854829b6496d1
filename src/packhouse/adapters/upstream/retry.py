"""When to try again."""

import random
import time

from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.adapters.upstream.trouble import Trouble


def pause_before_retry(settings: UpstreamSettings, attempt: int, trouble: Trouble) -> float | None:
    """Return how long to wait after a failed attempt (the first is 0), None to give up."""
    asked = trouble.retry_after_s or 0.0
    if not trouble.again or attempt >= settings.retries or asked > settings.max_wait_s:
        return None
    # Full jitter: those who failed together do not come back together.
    ceiling = min(settings.max_wait_s, settings.backoff_s * 2**attempt)
    return max(asked, random.uniform(0, ceiling))  # noqa: S311 (nothing secret)


def parse_retry_after(text: str | None) -> float | None:
    """Read a Retry-After header (RFC 9110 section 10.2.3) as seconds from now; None if it says nothing."""
    if not text:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 (seldom needed: start-up time)

    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, moment - time.time())
