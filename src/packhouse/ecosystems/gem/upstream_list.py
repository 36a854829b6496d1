"""The upstream's list of all gems, of which only what was added is fetched again.

The list has more than twenty megabytes, and grows every minute; once a month it begins anew. Where the upstream tags
it by its MD5, as the public registry does, what was put together from parts is known to be the whole.
"""

import asyncio
import hashlib

from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.gem.gatherings import PART, VERSIONS, rest_path
from packhouse.ecosystems.gem.served import check_list
from packhouse.services.assembly import Services
from packhouse.services.further import Further

_BASE_MS = 31 * 24 * 3_600_000
_REST_BYTES = 2 << 20
"""When more than this was added, the whole is fetched, and parts from there on."""


class UpstreamList:
    """Keeps the list at hand."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._whole = b""
        self._base_bytes = 0
        """How much of it is the document that parts are added to; 0 where it is not fetched in parts."""
        self._base_md5 = hashlib.md5(usedforsecurity=False)

    async def get(self, view: View) -> tuple[bytes, Moment]:
        """Return the list, and until when it need not be asked for; raise NotFound or an UpstreamError."""
        fresh_ms = self._services.freshness.fresh_ms
        if not self._is_in_parts():
            found = await self._begin(view, fresh_ms if self._whole else _BASE_MS)
            if not self._is_in_parts() or self._services.clock() - found.checked_at < fresh_ms:
                return self._whole, self._until(found)
        try:
            found = await self._fetch(view, rest_path(self._base_bytes), fresh_ms)
        except NotFound:  # it is shorter than it was
            found = await self._begin(view, 0)
            return self._whole, self._until(found)
        if not self._took(found) or len(found.body) > _REST_BYTES:
            found = await self._begin(view, 0)
        return self._whole, self._until(found)

    def _is_in_parts(self) -> bool:
        return self._base_bytes > 0

    async def _begin(self, view: View, fresh_ms: int) -> Further:
        """Fetch the whole."""
        found = await self._fetch(view, VERSIONS, fresh_ms)
        if found.body != self._whole:
            check_list(found.body)
            self._whole = found.body
        self._base_md5 = await asyncio.to_thread(hashlib.md5, found.body, usedforsecurity=False)
        is_tagged = _tag(found) == self._base_md5.hexdigest() and found.body.endswith(b"\n")
        self._base_bytes = len(found.body) if is_tagged else 0
        return found

    def _took(self, found: Further) -> bool:
        """Add what the upstream has added; tell whether that is the whole."""
        if not found.body.startswith(PART + b"\n"):
            return False
        rest = found.body[len(PART) + 1 :]
        md5 = self._base_md5.copy()
        md5.update(rest)
        if md5.hexdigest() != _tag(found):
            return False
        if len(self._whole) != self._base_bytes + len(rest) or not self._whole.endswith(rest):
            self._whole = self._whole[: self._base_bytes] + rest
        return True

    async def _fetch(self, view: View, path: str, fresh_ms: int) -> Further:
        whole = PackageKey(self._services.ecosystem.key, NormalName(""))
        return await self._services.further.get(view, FurtherKey(whole, path), fresh_ms=fresh_ms)

    def _until(self, found: Further) -> Moment:
        now = self._services.clock()
        return Moment(min(found.valid_until, now + self._services.freshness.fresh_ms))


def _tag(found: Further) -> str:
    """Read the tag, without what marks it as that of a compressed answer."""
    return (found.etag or "").removeprefix("W/").strip('"')
