"""Second names of files that were stored and that nothing refers to yet.

Removing a name can wait for the disk. While files are being stored, a thread of theirs does it on its way; otherwise it
is done at once.
"""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Traces:
    """Names that are no longer needed."""

    def __init__(self) -> None:
        self._paths: deque[str] = deque()
        self._placing = 0

    @contextmanager
    def placing(self) -> Iterator[None]:
        """Say that a thread is about to `sweep`."""
        self._placing += 1
        try:
            yield
        finally:
            self._placing -= 1
            if not self._placing:
                self.sweep()

    def remove(self, path: str) -> None:
        """Remove a name, now or soon."""
        self._paths.append(path)
        if not self._placing:
            self.sweep()

    def sweep(self) -> None:
        """Remove what is to be removed; any thread may."""
        while self._paths:
            try:
                os.unlink(self._paths.popleft())  # noqa: PTH108 (for every file that is published)
            except (FileNotFoundError, IndexError):
                continue
