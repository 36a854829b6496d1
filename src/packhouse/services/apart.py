"""Long work in threads of its own: it keeps neither the event loop nor the other threads from what is theirs."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_AT_ONCE = 2
_UNCOLLECTED_S = 1.0
"""What makes objects for longer than that has to be looked through."""

_threads = ThreadPoolExecutor(_AT_ONCE, "apart")
_working = 0


async def work_apart(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Do it in one of a few threads; where these have work already, it waits its turn."""
    loop = asyncio.get_running_loop()
    with _uncollected(loop):
        return await loop.run_in_executor(_threads, lambda: work(*arguments, **named))


@contextmanager
def _uncollected(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Look for no garbage for a moment: what builds a graph keeps all that it makes, and half its time went there."""
    global _working  # noqa: PLW0603 (the collector is one for the whole process, too)
    _working += 1
    gc.disable()
    again = loop.call_later(_UNCOLLECTED_S, gc.enable)
    try:
        yield
    finally:
        again.cancel()
        _working -= 1
        if not _working:
            gc.enable()
