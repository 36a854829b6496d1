"""Conditional and partial requests (RFC 9110 sections 13 and 14)."""

import re
from email.utils import formatdate, parsedate_to_datetime

from packhouse.http.answers import Answer

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def is_unchanged(answer: Answer, if_none_match: str, if_modified_since: str) -> bool:
    """Tell whether the client already has this answer; an entity tag counts more than a date."""
    if if_none_match:
        return bool(answer.etag) and _names(if_none_match, answer.etag)
    if if_modified_since and answer.changed_at is not None:
        try:
            since = parsedate_to_datetime(if_modified_since).timestamp()
        except (TypeError, ValueError, OverflowError):
            return False
        return answer.changed_at // 1000 <= since
    return False


def http_date(moment_ms: int) -> bytes:
    """Write a moment as in Last-Modified."""
    return formatdate(moment_ms / 1000, usegmt=True).encode()


def byte_range(answer: Answer, range_header: str, if_range: str) -> tuple[int, int] | None:
    """Read which bytes are wanted, as start and stop; None for all of them.

    Raise ValueError if none of the wanted bytes exist. Several ranges at once are answered with everything, as
    section 14.2 allows.
    """
    match = _RANGE.fullmatch(range_header.strip())
    if match is None or (if_range and if_range.strip() != answer.etag):
        return None
    first, last = match.groups()
    size = answer.length
    if not first and not last:
        return None
    if not first:
        start, stop = max(0, size - int(last)), size
        if int(last) == 0:
            raise ValueError(range_header)
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size:
        raise ValueError(range_header)
    return start, stop


def _names(if_none_match: str, etag: str) -> bool:
    """Compare weakly (section 13.1.2): a proxy may have marked our tag as weak."""
    if if_none_match.strip() == "*":
        return True
    wanted = etag.removeprefix("W/")
    return any(candidate.strip().removeprefix("W/") == wanted for candidate in if_none_match.split(","))
