"""A server that is killed while it is being written to, and what is left of it."""

import asyncio
import random
import sqlite3
from collections.abc import Coroutine, Sequence
from contextlib import closing
from pathlib import Path
from subprocess import Popen
from typing import Any

from tests.faults.wire import Received


async def kill_meanwhile(
    process: Popen[bytes], requests: Sequence[Coroutine[Any, Any, Received]]
) -> dict[int, Received]:
    """Send all requests at once and kill the server meanwhile; return the answers that were whole, by their place."""
    asked = [asyncio.create_task(each) for each in requests]
    if random.random() < 0.7:
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(random.uniform(0, 0.03))
    else:
        await asyncio.sleep(random.uniform(0.005, 0.15))
    process.kill()
    process.wait()
    replies = await asyncio.gather(*asked, return_exceptions=True)
    return {place: each for place, each in enumerate(replies) if isinstance(each, Received) and each.complete}


def stored(data: Path) -> tuple[list[str], list[str], list[str]]:
    """List what the database has of files by their digest, what lies on the disk, and what is unfinished there."""
    with closing(sqlite3.connect(f"file:{data / 'packhouse.sqlite3'}?mode=ro", uri=True)) as database:
        rows = sorted(str(digest) for (digest,) in database.execute("SELECT sha256 FROM artifact"))
    objects = data / "blobs/objects"
    files = sorted(path.parent.name + path.name for path in objects.rglob("*") if path.is_file())
    unfinished = [str(path) for path in (data / "blobs/incoming").rglob("*") if path.is_file()]
    return rows, files, unfinished
