"""What the status of an answer means."""

from packhouse.adapters.upstream.retry import parse_retry_after
from packhouse.adapters.upstream.targets import Target
from packhouse.adapters.upstream.trouble import Trouble
from packhouse.domain.errors import NotFound, PackhouseError, UpstreamBad, UpstreamDenied
from packhouse.domain.upstream import UpstreamRequest

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410, 451})
_DENIED = frozenset({401, 403})
_AGAIN = frozenset({408, 425, 429, 502, 503, 504})
"""A second attempt may well succeed."""


def check_status(target: Target, request: UpstreamRequest, status: int, retry_after: str | None) -> None:
    """Accept 200, 304 where we sent a validator and 206 where we asked for a part; raise what anything else means."""
    validated = status == 304 and (request.etag or request.last_modified)
    if status == 200 or validated or (status == 206 and request.begin_bytes):
        return
    if status == 416 and request.begin_bytes:
        raise NotFound(f"{target.place} has less of {target.path} than before")
    raise _error(target, status, retry_after)


def check_part(target: Target, request: UpstreamRequest, content_range: str) -> None:
    """Refuse a part that begins elsewhere than asked for, or that does not go to the end."""
    first, _, last = content_range.removeprefix("bytes ").partition("/")[0].partition("-")
    size = content_range.rpartition("/")[2]
    begins = first == str(request.begin_bytes) if request.begin_bytes > 0 else first.isdigit()
    if not begins or not (last.isdigit() and size in {"*", str(int(last) + 1)}):
        raise UpstreamBad(f"{target.place} answers {target.path} with another part of it than was asked for")


def check_type(target: Target, request: UpstreamRequest, content_type: str) -> None:
    """Refuse a web page where a document was asked for: a login page or a notice stands between."""
    if content_type.lower().startswith("text/html") and not ("text/html" in request.accept or "*/*" in request.accept):
        message = f"{target.place} answers {target.path} with a web page"
        raise UpstreamBad(message, "a proxy or a login page may stand between Packhouse and the upstream")


def _error(target: Target, status: int, retry_after: str | None) -> PackhouseError:
    message = f"{target.place} answers {status} for {target.path}"
    if status in _GONE:
        return NotFound(message)
    if status in _DENIED:
        return UpstreamDenied(message, "the upstream wants credentials or refuses this address")
    if status in _AGAIN or status >= 500:
        wait_s = parse_retry_after(retry_after) if status in {429, 503} else None
        hint = "the upstream asks us to slow down; try again later" if status == 429 else "try again later"
        return Trouble(message, hint, wait_s, again=status in _AGAIN, blame=status >= 500)
    if status == 304:
        return UpstreamBad(
            f"{message}, although nothing was known of it", "the upstream or a cache before it is broken"
        )
    return UpstreamBad(message, "an answer of this kind means nothing here; check the upstream's url")
