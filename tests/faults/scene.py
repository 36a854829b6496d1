"""An upstream, the server before it, and a package for each test."""

import asyncio
import json
from pathlib import Path

from msgspec import Struct

from packhouse.app import Application
from tests.asgi import Reply, call
from tests.faults.emulator import Conduct, Emulator

SIZE = 3_000
LARGE_SIZE = 3_000_000
IMPATIENT = """
upstream.timeout = "300ms"
upstream.connect_timeout = "300ms"
upstream.retries = 0
upstream.max_index = "1MB"
upstream.max_artifact = "4MB"
cache.index_fresh = "0"
cache.index_stale = "0"
"""
"""Every question goes upstream."""


class Scene(Struct):
    """An upstream and the server before it; each test has a package of its own."""

    upstream: Emulator
    app: Application
    folder: Path
    name: str = "thing"
    content: bytes = b""

    async def index(self) -> Reply:
        """Ask for the packument in a way that no ready answer serves."""
        return await call(self.app, f"/npm/{self.name}?x")

    async def file(self, version: str = "1.0.0") -> Reply:
        """Ask for a file."""
        return await call(self.app, f"/npm/{self.name}/-/{self.name}-{version}.tgz")

    async def settled(self) -> Reply:
        """Ask until the server asks its upstream again: after failures it leaves a host alone for a moment."""
        for _ in range(100):
            if (await self.index()).status == 200:
                break
            await asyncio.sleep(0.01)
        return await self.index()

    def fault(self, conduct: Conduct) -> None:
        """Let the upstream answer so when the packument is asked for."""
        self.upstream.faults[f"/{self.name}"] = conduct

    def fault_file(self, conduct: Conduct) -> None:
        """Let the upstream answer so when the file of 1.0.0 is asked for."""
        self.upstream.faults[self.upstream.tarball_path(self.name, "1.0.0")] = conduct

    def stored_files(self) -> list[str]:
        """List what lies in the blob store, unfinished files as well."""
        return sorted(str(path) for path in (self.folder / "data" / "blobs").rglob("*") if path.is_file())


def sentence(reply: Reply) -> str:
    """Return what npm prints."""
    said = json.loads(reply.body)["error"]
    assert isinstance(said, str)
    assert len(said) > 20
    return said
