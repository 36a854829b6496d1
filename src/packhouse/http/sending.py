"""Putting an answer on the wire."""

from packhouse.http.answers import ENDLESS, Answer
from packhouse.http.asgi import Message, Scope, Send
from packhouse.http.conditional import byte_range, http_date, is_unchanged

_NO_BODY = {"type": "http.response.body", "body": b""}


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer, or as much of it as the client does not have."""
    headers = {name: value for name, value in scope["headers"] if name in _CONDITIONS}
    if answer.status == 200 and scope["method"] in ("GET", "HEAD"):
        none_match = headers.get(b"if-none-match", b"").decode("latin-1")
        modified_since = headers.get(b"if-modified-since", b"").decode("latin-1")
        if is_unchanged(answer, none_match, modified_since):
            await send(start_message(answer, 304))
            await send(_NO_BODY)
            return
        if b"range" in headers and answer.chunks is not None and answer.etag:
            await _send_range(answer, headers, scope, send)
            return
    await _send_whole(answer, scope, send)


def start_message(answer: Answer, status: int, *, start: int = 0, stop: int | None = None) -> Message:
    """Make the message that begins an answer, with all headers."""
    headers: list[tuple[bytes, bytes]] = [(b"cache-control", answer.cache_control.encode())]
    if status != 304:
        headers += [(b"content-type", answer.content_type.encode()), (b"x-content-type-options", b"nosniff")]
        if answer.length != ENDLESS:
            length = (answer.length if stop is None else stop) - start
            headers.append((b"content-length", b"%d" % length))
    if answer.etag:
        headers.append((b"etag", answer.etag.encode()))
    if answer.changed_at is not None:
        headers.append((b"last-modified", http_date(answer.changed_at)))
    if answer.vary:
        headers.append((b"vary", answer.vary.encode()))
    headers += [pair for pair in answer.headers if status != 304 or pair[0] not in _BODY_HEADERS]
    return {"type": "http.response.start", "status": status, "headers": headers}


_CONDITIONS = frozenset((b"if-none-match", b"if-modified-since", b"range", b"if-range"))
_BODY_HEADERS = frozenset((b"content-encoding", b"accept-ranges", b"content-disposition"))


async def _send_range(answer: Answer, headers: dict[bytes, bytes], scope: Scope, send: Send) -> None:
    try:
        wanted = byte_range(
            answer, headers[b"range"].decode("latin-1"), headers.get(b"if-range", b"").decode("latin-1")
        )
    except ValueError:
        message = start_message(answer, 416, stop=0)
        message["headers"].append((b"content-range", b"bytes */%d" % answer.length))
        await send(message)
        await send(_NO_BODY)
        return
    if wanted is None:
        await _send_whole(answer, scope, send)
        return
    start, stop = wanted
    message = start_message(answer, 206, start=start, stop=stop)
    message["headers"].append((b"content-range", b"bytes %d-%d/%d" % (start, stop - 1, answer.length)))
    await _send_part(answer, start, stop, message, scope, send)


async def _send_whole(answer: Answer, scope: Scope, send: Send) -> None:
    await _send_part(answer, 0, answer.length, start_message(answer, answer.status), scope, send)
    if answer.sent is not None and scope["method"] == "GET":
        answer.sent()


async def _send_part(answer: Answer, start: int, stop: int, message: Message, scope: Scope, send: Send) -> None:
    await send(message)
    if scope["method"] == "HEAD" or answer.chunks is None:
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})
        return
    async for chunk in answer.chunks(start, stop):
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send(_NO_BODY)
