"""Below ASGI: ready answers leave without a task, a scope or a call of the application.

Everything that is not ready goes uvicorn's usual way, and so does all of it under other servers.
"""

from asyncio import AbstractEventLoop, TimerHandle, Transport
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from packhouse.http.direct import DirectSocket
from packhouse.http.ready import Ready, Wire
from packhouse.http.request import PATIENT

_HEADERS_TIMEOUT_S = 30.0
"""How long a client may take to send the head of a request."""
_MAX_HEADERS = 128
_END = b"\r\n\r\n"
_MAX_HEAD_BYTES = 64 * 1024


def protocol_for(ready: Ready) -> type[HttpToolsProtocol]:
    """Make the protocol class of a server whose application keeps these ready answers."""

    class ReadyProtocol(_ReadyProtocol):
        answers = ready

    return ReadyProtocol


class _ReadyProtocol(HttpToolsProtocol):
    answers: Ready

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._direct: DirectSocket | None = None
        self._waiting: TimerHandle | None = None
        self._in_head = True
        self._head_bytes = 0
        self._wire: Wire | None = None
        self._between = True
        self._whole: bytes | None = None
        self._file = -1
        self._is_last = False
        """Whatever else comes on this connection is not looked at."""
        self._idle_since = 0.0
        self._taken = -1
        self._running: RequestResponseCycle | None = None
        """What the application works on; uvicorn's `cycle` is the request that came last."""
        self._dates: object = None
        self._date = b""

    # From the transport

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.scheme == "http":
            self._direct = DirectSocket(transport, self.loop)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        if self._direct is not None:
            self._direct.close()
        self.pipeline.clear()
        if self._running is not None:
            # Else it would write to a transport that is no more.
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._between and self._direct is not None and not self._is_busy() and self._is_ready():
            wire = self.answers.repeat(data)
            if wire is not None and self._open(wire):
                self._unwatch()
                self._send(self._direct, wire)
                return
            self._whole = data
        super().data_received(data)
        self._whole = None
        if self._in_head and self._head_bytes and not self.transport.is_closing():
            self._watch()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: some clients offer HTTP/2 with every request, and an offer may be passed over.

        RFC 9110 section 7.8.
        """

    def shutdown(self) -> None:
        if self._running is not None and self._running.scope.get(PATIENT):
            self.transport.close()
        elif self._direct is not None and self._direct.is_sending:
            self._is_last = True
        else:
            super().shutdown()

    # From the parser

    def on_message_begin(self) -> None:
        self._between = False
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_head = True
        self._head_bytes = 1

    def on_url(self, url: bytes) -> None:
        self.url += url
        self._head_bytes += len(url)
        if self._head_bytes > _MAX_HEAD_BYTES:
            self._refuse_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > _MAX_HEAD_BYTES or len(self.headers) > _MAX_HEADERS:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        if self._waiting is not None:
            self._unwatch()
        if self._direct is not None and self._direct.is_sending:
            # A client that asks again before it has its file: it asks a new connection, this one has its hands full.
            self._is_last = True
        if self._is_last:
            return
        self._wire = self._find()
        if self._wire is None:
            url, headers, expected = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expected
            self.headers.extend(headers)
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._wire is None and not self._is_last:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._between = True
        wire = self._wire
        if wire is None or self._direct is None:
            if not self._is_last:
                super().on_message_complete()
            return
        self._wire = None
        self._send(self._direct, wire)

    # From the application

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
        self._answered()

    # Ours

    def _answered(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self._is_last:
            self.transport.close()
            return
        # One timer for many requests: it looks for itself how long nothing has been asked.
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_idleness(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Leave the timer alone: it is not made anew for each request, as uvicorn's is."""

    def _watch_idleness(self, after_s: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(after_s, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing has been asked for long, and look again later otherwise."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        left_s = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if self._is_stuck():
            self.transport.abort()
        elif self._is_busy():
            self._watch_idleness(self.timeout_keep_alive)
        elif left_s > 0:
            self._watch_idleness(left_s)
        else:
            self.transport.close()

    def _is_stuck(self) -> bool:
        """Tell whether a client has taken nothing of its file since this was last asked."""
        if self._direct is None or not self._direct.is_sending:
            return False
        before, self._taken = self._taken, self._direct.position
        return before == self._taken

    def _is_busy(self) -> bool:
        # uvicorn declares `cycle` without None, which it is before the first request that reaches the application.
        cycle: RequestResponseCycle | None = self.cycle
        is_sending = self._direct is not None and self._direct.is_sending
        return is_sending or (cycle is not None and not cycle.response_complete)

    def _find(self) -> Wire | None:
        """Return the ready answer where nothing about the request is out of the ordinary."""
        parser: Any = self.parser  # which uvicorn declares without saying that it may be None
        if self._direct is None or parser.get_method() != b"GET" or self._is_busy() or not self._is_ready():
            return None
        if b"?" in self.url or not parser.should_keep_alive():
            return None
        wire = self.answers.wire(self.url, self.headers, self._only_request())
        return wire if wire is not None and self._open(wire) else None

    def _only_request(self) -> bytes | None:
        """Return what was received, if it ends with the head that has just been read and holds no other."""
        whole = self._whole
        if whole is None or not whole.endswith(_END) or whole.count(_END) != 1:
            return None
        return whole

    def _is_ready(self) -> bool:
        """Tell whether nothing waits to be sent."""
        return not self.pipeline and not self.flow.write_paused

    def _open(self, wire: Wire) -> bool:
        """Open the file of an answer, if it has one; tell whether the answer can be sent."""
        if wire.open_file is None:
            return True
        self._file = wire.open_file()
        return self._file >= 0

    def _send(self, direct: DirectSocket, wire: Wire) -> None:
        if wire.sent is not None:
            wire.sent()
        head = wire.head + self._date_lines()
        if self._file >= 0:
            file, self._file = self._file, -1
            self._taken = -1
            if self.timeout_keep_alive_task is None:
                self._watch_idleness(self.timeout_keep_alive)
            direct.send_file(head, file, wire.size_bytes, self._answered)
            return
        if wire.shared >= 0:
            direct.send_shared(head, wire.body, wire.shared)
        else:
            direct.write(head, wire.body)
        self._answered()

    def _date_lines(self) -> bytes:
        """Give the lines that uvicorn adds to every answer; it makes them anew each second."""
        lines = self.server_state.default_headers
        if lines is not self._dates:
            self._dates = lines
            self._date = b"".join([name + b": " + value + b"\r\n" for name, value in lines]) + b"\r\n"
        return self._date

    def _refuse_head(self) -> None:
        if not self._is_last:
            self._is_last = True
            self.send_400_response("The request's head is too large.")

    def _watch(self) -> None:
        """Close the connection of a client that does not get its request said."""
        if self._waiting is None:
            self._waiting = self.loop.call_later(_HEADERS_TIMEOUT_S, self._give_up)

    def _unwatch(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._waiting = None
        if not self.transport.is_closing():
            self.transport.close()
