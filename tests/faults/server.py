"""The whole server: in this process with its life, or as a process of its own."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from packhouse.app import Application
from packhouse.config import Config, load

REPOSITORY = Path(__file__).resolve().parents[2]


def write_settings(folder: Path, upstream: str, settings: str = "") -> Path:
    """Write a packhouse.toml that knows one upstream, and whose data is a folder beside it."""
    path = folder / "packhouse.toml"
    path.write_text(f'data = "data"\n{settings}\n[upstreams.npm]\nurl = "{upstream}"\n')
    return path


def configure(folder: Path, upstream: str, settings: str = "", environ: dict[str, str] | None = None) -> Config:
    """Make the configuration of a server that does not wait long for its upstream, nor leaves it alone for long."""
    config = load({}, environ or {}, write_settings(folder, upstream, settings))
    patience = replace(config.upstream, backoff_s=0.01, breaker_pause_s=0.05, breaker_max_pause_s=0.05, max_hold_s=0.2)
    return replace(config, upstream=patience)


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Application]:
    """Run the application as an ASGI server does: through its start, and to its end."""
    application = Application(config)
    incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outgoing: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(application({"type": "lifespan"}, incoming.get, outgoing.put))
    incoming.put_nowait({"type": "lifespan.startup"})
    assert (await outgoing.get())["type"] == "lifespan.startup.complete"
    try:
        yield application
    finally:
        incoming.put_nowait({"type": "lifespan.shutdown"})
        await life


@contextmanager
def serving(
    settings: Path, environ: dict[str, str] | None = None, prefix: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run `packhouse serve` in a process on a free port; kill it at the end if it still lives."""
    command = [*prefix, sys.executable, "-m", "packhouse", "serve", "--config", str(settings), "--port", "0"]
    paths = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "src")])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PACKHOUSE_")}
    log = settings.with_suffix(".log").open("ab")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, env=inherited | {"PYTHONPATH": paths} | (environ or {})
    ) as process:
        try:
            assert process.stdout is not None
            said = process.stdout.readline().decode()
            assert "accepts requests at" in said, settings.with_suffix(".log").read_text()
            yield process, int(said.rpartition(":")[2])
        finally:
            process.kill()
            log.close()
