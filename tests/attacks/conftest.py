"""A server for each module, a healthy upstream that notes what it is asked, and a file that nobody may touch."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from packhouse.http.asgi import App
from tests.faults.emulator import Emulator, emulating
from tests.faults.server import configure, running

CANARY = b"a canary sings beside the data directory"

_NAME = re.compile(r"(?:@[A-Za-z0-9~!*'()._-]+/)?[A-Za-z0-9~!*'()-][A-Za-z0-9~!*'()._-]*")
_FILES = {"/thing/-/thing-1.0.0.tgz", "/@scope/part/-/part-2.0.0.tgz"}


class Farm:
    """What a test of attacks stands on."""

    def __init__(self, app: App, upstream: Emulator, folder: Path) -> None:
        self.app = app
        self.upstream = upstream
        self.folder = folder
        self._before = self._outside()

    def check_untouched(self) -> None:
        """Check that nothing was written beside the data, and that nothing senseless was asked upstream."""
        asked = self.upstream.paths
        self.upstream.calls.clear()
        for path in asked:
            name = unquote(path[1:])
            assert path in _FILES or ("/" not in path[1:] and _NAME.fullmatch(name) and len(name) <= 214), path
        assert self._outside() == self._before

    def _outside(self) -> dict[str, bytes]:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path): path.read_bytes() for path in files if self.folder / "data" not in path.parents}


@pytest.fixture(scope="module")
async def farm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Farm]:
    """Run the server over an upstream with two packages."""
    folder = tmp_path_factory.mktemp("farm")
    (folder / "canary").write_bytes(CANARY)
    async with emulating() as upstream:
        upstream.publish("thing", "1.0.0", b"first thing")
        upstream.publish("@scope/part", "2.0.0", b"second part")
        # A public address: some requests send no Host that could be one.
        async with running(configure(folder, upstream.url)) as app:
            yield Farm(app, upstream, folder)
