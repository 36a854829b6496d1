"""OSV's public bucket, or a mirror of it: `<part>/all.zip`, `<part>/modified_id.csv` and `<part>/<id>.json`.

Source: https://google.github.io/osv.dev/data/.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from packhouse.adapters.feeds.osv import read_feed
from packhouse.adapters.feeds.streams import MAX_RECORD_BYTES
from packhouse.adapters.upstream.client import UpstreamClient
from packhouse.adapters.upstream.settings import UpstreamSettings
from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.domain.package import Moment
from packhouse.domain.upstream import UpstreamRegistry, UpstreamRequest
from packhouse.services.advisory_following import Changed
from packhouse.services.advisory_ports import Feed, FeedFault, FeedRecord

if TYPE_CHECKING:
    from packhouse.services.ports import UpstreamStream

_NAME = "osv"
_MAX_ARCHIVE_BYTES = 8 << 30
_MAX_LINE_BYTES = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class OsvBucket:
    """Implements the port `LiveAdvisories`."""

    def __init__(
        self,
        url: str,
        settings: UpstreamSettings,
        *,
        folder: Path,
        is_enabled: Callable[[], bool] = lambda: True,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Take the base address, and where archives are kept while they are read; raise ConfigError for a bad one."""
        self._url = url.rstrip("/")
        self._folder = folder
        registry = UpstreamRegistry(_NAME, "", self._url, well_known=False)
        bounded = replace(settings, max_index_bytes=MAX_RECORD_BYTES, max_artifact_bytes=_MAX_ARCHIVE_BYTES)
        self._client = UpstreamClient([registry], bounded, lambda _: is_enabled(), environ=environ)

    async def changes(self, part: str) -> AsyncIterator[Changed]:
        """List all records of a part, those changed last first; raise NotFound, UpstreamBad or another UpstreamError.

        The list is read only as far as somebody wants it: that of a large part has several megabytes.
        """
        rest = b""
        async with self._client.stream(_NAME, self._request(part, "modified_id.csv", "text/csv")) as stream:
            async for chunk in stream.chunks():
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > _MAX_LINE_BYTES:
                    raise UpstreamBad(f"the list of changes of {part} has a line without end")
                for line in lines:
                    if line.strip():
                        yield _changed(part, line)
            if rest.strip():
                yield _changed(part, rest)

    @asynccontextmanager
    async def archive(self, part: str) -> AsyncIterator[Path]:
        """Fetch all records of a part; the same errors."""
        with tempfile.TemporaryDirectory(prefix="advisories-", dir=self._folder) as folder:
            file = Path(folder) / "all.zip"
            async with self._client.stream(_NAME, self._request(part, "all.zip", "application/zip")) as stream:
                await _store(stream, file)
            yield file

    def read(self, file: Path) -> Feed:
        """Read the records of an archive."""
        return read_feed([file])

    async def record(self, part: str, advisory: str) -> FeedRecord | FeedFault:
        """Fetch one record; a fault for one that is not there. Raise an UpstreamError."""
        where = f"{part}/{advisory}.json"
        try:
            answer = await self._client.fetch(_NAME, self._request(part, f"{advisory}.json", "application/json"))
        except NotFound:
            return FeedFault(where, "the list of changes names it, and it is not there")
        return FeedRecord(where, answer.body)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    def _request(self, part: str, file: str, accept: str) -> UpstreamRequest:
        # The types that buckets send are those of whoever uploaded a file.
        return UpstreamRequest(f"{self._url}/{quote(part)}/{quote(file)}", f"{accept}, */*")


async def _store(stream: "UpstreamStream", file: Path) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        async for chunk in stream.chunks():
            await asyncio.to_thread(os.write, descriptor, chunk)
    finally:
        os.close(descriptor)


def _changed(part: str, line: bytes) -> Changed:
    """Read a line: a moment, a comma, and an id, before which some lists write the part."""
    moment, _, name = line.decode("utf-8", "replace").strip().partition(",")
    advisory = name.rpartition("/")[2]
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise UpstreamBad(f"the list of changes of {part} has a line that is none: {line[:80]!r}") from None
    if not advisory:
        raise UpstreamBad(f"the list of changes of {part} has a line without an id: {line[:80]!r}")
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return Changed(advisory, Moment((at - _EPOCH) // _MILLISECOND))
