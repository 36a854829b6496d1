"""Many further documents at once, as resolving wants them; those that never change are kept in memory."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.further import FurtherDocuments

_AT_ONCE = 48
"""Documents asked for side by side."""
_ENTRY_BYTES = 500
"""What the keys around a small document take, about."""


class ManyDocuments:
    """Reads documents of packages that the view may see."""

    def __init__(
        self, ecosystem: Ecosystem, further: FurtherDocuments, access: Access, memory_bytes: int = 32 << 20
    ) -> None:
        self._lasting = ecosystem.lasting
        self._further = further
        self._access = access
        self._memory_bytes = memory_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[FurtherKey, bytes] = OrderedDict()

    async def list(self, view: View, wanted: Iterable[FurtherKey]) -> dict[FurtherKey, bytes | None]:
        """Return many documents, None for those that do not exist; raise an UpstreamError."""
        found: dict[FurtherKey, bytes | None] = {}
        elsewhere: dict[PackageKey, bool] = {}
        missing: list[FurtherKey] = []
        for each in wanted:
            body = self._kept.get(each)
            if body is not None and each.key not in elsewhere:
                elsewhere[each.key] = await self._is_elsewhere(view, each.key)
            if body is None or not elsewhere[each.key]:
                missing.append(each)
            else:
                self._kept.move_to_end(each)
                found[each] = body
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def one(further: FurtherKey) -> bytes | None:
            async with at_once:
                return await self._get(view, further)

        bodies = await asyncio.gather(*(one(each) for each in missing))
        return found | dict(zip(missing, bodies, strict=True))

    async def _is_elsewhere(self, view: View, key: PackageKey) -> bool:
        """Tell whether upstreams alone answer for a package, and everybody may see them: then what is kept will do."""
        return not self._access.is_closed and not await self._access.is_ours(view, key)

    async def _get(self, view: View, further: FurtherKey) -> bytes | None:
        try:
            document = await self._further.get(view, further)
        except NotFound:
            return None
        if self._lasting(further) and await self._is_elsewhere(view, further.key):
            self._keep(further, document.body)
        return document.body

    def _keep(self, further: FurtherKey, body: bytes) -> None:
        replaced = self._kept.pop(further, None)
        self._kept[further] = body
        self._size_bytes += len(body) + _ENTRY_BYTES - (0 if replaced is None else len(replaced) + _ENTRY_BYTES)
        while self._size_bytes > self._memory_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._size_bytes -= len(dropped) + _ENTRY_BYTES
