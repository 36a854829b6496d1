"""A local npm registry that serves a recorded folder, each answer after a fixed delay.

As a program: python -m benchmarks.rig.emulator FOLDER PORT DELAY_MS
"""

import asyncio
import contextlib
import gzip
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rig.corpus import PLACE, file_name
from benchmarks.rig.servers import SERVER_CORE, Server, free_port, running

Answer = tuple[bytes, list[tuple[bytes, bytes]]]


@contextlib.contextmanager
def emulating(folder: Path, delay_ms: int, core: str = SERVER_CORE) -> Iterator[Server]:
    """Serve a recorded folder."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.rig.emulator", str(folder), str(port), str(delay_ms)]
    with running("emulator", command, port, core) as server:
        yield server


class Emulator:
    """Plain ASGI; every body is made when first asked for, and kept as it goes out."""

    def __init__(self, folder: Path, url: str, delay_s: float) -> None:
        self._folder = folder
        self._url = url.encode()
        self._delay_s = delay_s
        self._kept: dict[str, Answer | None] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401, ARG002 (ASGI)
        """Answer a request."""
        if scope["type"] != "http":
            return
        if self._delay_s:
            await asyncio.sleep(self._delay_s)
        name = file_name(scope["path"])
        if name not in self._kept:
            self._kept[name] = self._make(name)
        found = self._kept[name]
        if found is None:
            body, headers, status = b'{"error":"not found"}', [(b"content-length", b"21")], 404
        else:
            (body, headers), status = found, 200
            if dict(scope["headers"]).get(b"if-none-match") == headers[0][1]:
                body, headers, status = b"", headers[:1], 304
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _make(self, name: str) -> Answer | None:
        packument = self._folder / f"{name}.json.gz"
        if packument.exists():
            body = gzip.compress(gzip.decompress(packument.read_bytes()).replace(PLACE, self._url), 6)
            own = [
                (b"content-type", b"application/json"),
                (b"content-encoding", b"gzip"),
                (b"vary", b"Accept-Encoding"),
            ]
        elif (self._folder / name).is_file():
            body = (self._folder / name).read_bytes()
            own = [(b"content-type", b"application/octet-stream")]
        else:
            return None
        etag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'.encode()
        return body, [(b"etag", etag), (b"content-length", str(len(body)).encode()), *own]


def main() -> None:
    """Run until killed."""
    import uvicorn  # noqa: PLC0415 (the benchmark itself does without)

    folder, port, delay_ms = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    app = Emulator(folder, f"http://127.0.0.1:{port}", delay_ms / 1000)
    uvicorn.run(app, port=port, log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
