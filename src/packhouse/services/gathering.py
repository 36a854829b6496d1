"""Running a gathering: the I/O of something that takes several requests."""

import asyncio
import logging
from collections import OrderedDict
from typing import TypeVar

import msgspec

from packhouse.domain.errors import NotFound, UpstreamError
from packhouse.domain.upstream import Gathering, UpstreamAnswer, UpstreamRegistry, UpstreamRequest
from packhouse.services.ports import Clock, Upstream

T = TypeVar("T")

log = logging.getLogger(__name__)

_REUSED = 256
"""Answers that may be used again, kept in memory."""
_MISSING_MS = 30_000
"""For this long at most it is remembered that there is no such document."""
_MISSING = UpstreamAnswer(status=404)
_FAILED = UpstreamAnswer(status=0)

Validators = tuple[str | None, str | None]
"""ETag and Last-Modified of what is known."""


class Gatherer:
    """Sends what a gathering yields, side by side, and hands it the answers."""

    def __init__(self, upstream: Upstream, clock: Clock) -> None:
        self._upstream = upstream
        self._clock = clock
        self._reused: OrderedDict[tuple[str, str], tuple[int, UpstreamAnswer]] = OrderedDict()

    async def run(
        self,
        registry: UpstreamRegistry,
        gathering: Gathering[T],
        known: Validators | None = None,
        *,
        background: bool = False,
    ) -> T | None:
        """Return what came of it, None where the upstream says that what is known is unchanged.

        Raise an UpstreamError, or what the gathering itself raises.
        """
        try:
            batch = next(gathering)
            while True:
                answers = await self._answers(registry, batch, known, background=background)
                if known is not None and any(answer.status == 304 for answer in answers):
                    gathering.close()
                    return None
                batch = gathering.send(answers)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _answers(
        self,
        registry: UpstreamRegistry,
        batch: tuple[UpstreamRequest, ...],
        known: Validators | None,
        *,
        background: bool,
    ) -> list[UpstreamAnswer]:
        sent = []
        for request in batch:
            whole = msgspec.structs.replace(request, background=background or request.background)
            if request.conditional and known is not None:
                whole = msgspec.structs.replace(whole, etag=known[0], last_modified=known[1])
            sent.append(self._answer(registry, whole))
        if len(sent) == 1:
            return [await sent[0]]
        tasks = [asyncio.ensure_future(each) for each in sent]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def _answer(self, registry: UpstreamRegistry, request: UpstreamRequest) -> UpstreamAnswer:
        try:
            return await self._reusable(registry, request)
        except UpstreamError as error:
            if not request.optional:
                raise
            log.info("goes without an answer of %s: %s", registry.name, error)
            return _FAILED

    async def _reusable(self, registry: UpstreamRegistry, request: UpstreamRequest) -> UpstreamAnswer:
        if not request.reuse_s:
            return await self._fetch(registry, request)
        where = (registry.name, request.url)
        kept = self._reused.get(where)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        try:
            answer = await self._fetch(registry, request)
        except UpstreamError:
            if kept is None:
                raise
            return kept[1]
        reuse_ms = int(request.reuse_s * 1000)
        self._reused[where] = (self._clock() + (min(reuse_ms, _MISSING_MS) if answer is _MISSING else reuse_ms), answer)
        while len(self._reused) > _REUSED:
            self._reused.popitem(last=False)
        return answer

    async def _fetch(self, registry: UpstreamRegistry, request: UpstreamRequest) -> UpstreamAnswer:
        try:
            return await self._upstream.fetch(registry.name, request)
        except NotFound:
            return _MISSING
