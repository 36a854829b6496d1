"""A client at a terminal: it asks its questions there, and a person reads and types."""

import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE_S = 40.0
_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b\][^\x07]*\x07|[\r\x08]")


class Terminal:
    """What a person sees of a program, and what they type."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        self._process = process
        self._end = end
        self._unread = ""
        self.shown = ""
        """Everything so far, without colours and movements."""

    def read_until(self, pattern: str) -> str:
        """Wait until something is shown, which is given as far as the pattern's first group, or as a whole."""
        until = time.monotonic() + _PATIENCE_S
        while (found := re.search(pattern, self._unread)) is None:
            assert self._read(until), f"{pattern!r} was never shown:\n{self.shown}"
        self._unread = self._unread[found.end() :]
        return found[found.lastindex or 0]

    def say(self, line: str) -> None:
        """Type a line."""
        os.write(self._end, f"{line}\n".encode())

    def answer(self, question: str, line: str) -> None:
        """Type a line once something is asked."""
        self.read_until(question)
        self.say(line)

    def wait(self) -> int:
        """Wait for the end; return the program's status."""
        until = time.monotonic() + _PATIENCE_S
        while self._read(until):
            pass
        return self._process.wait(_PATIENCE_S)

    def _read(self, until: float) -> bool:
        """Read what is there now or comes until then; False when no more comes."""
        ready, _, _ = select.select([self._end], [], [], max(0.0, until - time.monotonic()))
        piece = b""
        if ready:
            with suppress(OSError):  # Linux's way to say that the other end is closed
                piece = os.read(self._end, 65536)
        text = _STYLE.sub("", piece.decode(errors="replace"))
        self.shown += text
        self._unread += text
        return bool(piece)


@contextmanager
def at_terminal(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a program at a terminal of its own that does not repeat what is typed."""
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    with subprocess.Popen(command, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            process.kill()
            os.close(ours)
