"""Writing to a connection's socket at once, past the transport: bytes without queueing, files without reading them.

A transport collects what is written and hands it over at the end of the loop's turn; a stored file would be read into
memory to be written out again. Both are avoided where nothing waits in the transport, so that the order is kept.
"""

import os
import socket
from asyncio import AbstractEventLoop, Transport
from collections.abc import Callable

_PIECE_BYTES = 1 << 20
_RETRY_S = 0.001
_MORE: int = getattr(socket, "MSG_MORE", 0)


class DirectSocket:
    """The socket of one connection; closes nothing but its own copy of the descriptor."""

    def __init__(self, transport: Transport, loop: AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        # The loop does not let anyone watch a descriptor of one of its transports: a copy is watched.
        self._descriptor = os.dup(transport.get_extra_info("socket").fileno())
        self._socket = socket.socket(fileno=self._descriptor)
        self._file = -1
        self._position = 0
        self._stop = 0
        self._watching = False
        self._sent: Callable[[], None] | None = None

    @property
    def is_sending(self) -> bool:
        """Tell whether a file is on its way."""
        return self._file >= 0

    @property
    def position(self) -> int:
        """How many bytes of the file are on their way."""
        return self._position

    def write(self, head: bytes, body: bytes) -> None:
        """Send what the socket takes now, and leave the rest to the transport."""
        if self._transport.get_write_buffer_size():
            self._transport.write(head + body)
            return
        try:
            sent = os.writev(self._descriptor, (head, body))
        except BlockingIOError:
            sent = 0
        except OSError:
            self._transport.abort()
            return
        if sent < len(head):
            self._transport.write(head[sent:] + body)
        elif sent < len(head) + len(body):
            self._transport.write(memoryview(body)[sent - len(head) :])

    def send_shared(self, head: bytes, body: bytes, shared: int) -> None:
        """Send a body that also is a file in memory: the socket takes its pages instead of a copy."""
        if self._transport.get_write_buffer_size() or not self._send_head(head):
            self.write(head, body)
            return
        try:
            sent = os.sendfile(self._descriptor, shared, 0, len(body))
        except BlockingIOError:
            sent = 0
        except OSError:
            self._transport.abort()
            return
        if sent < len(body):
            self._transport.write(memoryview(body)[sent:])

    def send_file(self, head: bytes, file: int, size_bytes: int, sent: Callable[[], None]) -> None:
        """Send a head and a whole file, and close the file; `sent` is called when all is on its way."""
        self._file, self._position, self._stop, self._sent = file, 0, size_bytes, sent
        if self._transport.get_write_buffer_size() or not self._send_head(head):
            self.write(head, b"")
        self._go_on()

    def close(self) -> None:
        """Let go of everything; the connection is gone."""
        self._end()
        self._socket.close()

    def _send_head(self, head: bytes) -> bool:
        """Send a head that waits in the kernel for its body; tell whether all of it was taken, or nothing."""
        try:
            # On a connection that has just been written to, so few bytes are taken whole or not at all.
            sent = self._socket.send(head, _MORE)
        except OSError:
            return False
        if sent != len(head):
            self._transport.abort()
        return True

    def _go_on(self) -> None:
        if not self.is_sending:
            return
        if self._transport.is_closing():
            self._end()
        elif self._transport.get_write_buffer_size():
            self._loop.call_later(_RETRY_S, self._go_on)
        else:
            self._try_to_send()

    def _try_to_send(self) -> None:
        sent = self._sent
        try:
            self._send()
        except BlockingIOError:
            if not self._watching:
                self._watching = True
                self._loop.add_writer(self._descriptor, self._go_on)
            return
        except OSError:
            self._transport.abort()
            sent = None
        self._end()
        if sent is not None:
            sent()

    def _send(self) -> None:
        while self._position < self._stop:
            wanted = min(self._stop - self._position, _PIECE_BYTES)
            sent = os.sendfile(self._descriptor, self._file, self._position, wanted)
            if sent == 0:
                # The file is shorter than it was: a connection that breaks tells the client so.
                raise OSError
            self._position += sent

    def _end(self) -> None:
        if self._watching:
            self._watching = False
            self._loop.remove_writer(self._descriptor)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self._sent = None
