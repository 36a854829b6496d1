"""How long `packhouse serve` takes until it accepts requests, and how much memory it then has.

Aims: under 0.8 seconds and 80 MB, on one core.
"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

AIM_S = 0.8
AIM_BYTES = 80_000_000
ROUNDS = 5


def main() -> None:
    """Start servers one after another on a data directory that exists, and print the medians."""
    with tempfile.TemporaryDirectory() as data:
        _start(data)  # makes the database
        bare_s = statistics.median(_bare_s() for _ in range(ROUNDS))
        started = [_start(data) for _ in range(ROUNDS)]
    start_s = statistics.median(seconds for seconds, _ in started)
    memory_bytes = max(size for _, size in started)
    print(f"python -c pass      {bare_s:6.3f} s")
    print(f"packhouse serve     {start_s:6.3f} s   {start_s / AIM_S:5.2f} of the aim")
    print(f"resident memory     {memory_bytes / 1e6:6.1f} MB  {memory_bytes / AIM_BYTES:5.2f} of the aim")


def _bare_s() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - begun


def _start(data: str) -> tuple[float, int]:
    command = [sys.executable, "-m", "packhouse", "serve", "--offline", "--port", "0", "--data", data]
    # A benchmark of the start must not compile: servers are installed with their byte code.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ, cwd=data) as server:
        line = server.stdout.readline() if server.stdout else ""
        seconds = time.perf_counter() - begun
        if "accepts requests" not in line:
            server.kill()
            sys.exit(f"the server did not start: {line!r}")
        memory_bytes = _resident_bytes(server.pid)
        server.send_signal(signal.SIGTERM)
    return seconds, memory_bytes


def _resident_bytes(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    main()
