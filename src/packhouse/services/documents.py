"""Index documents as they go over the wire: joined, addressed to us, compressed, and kept."""

import asyncio
import hashlib
import logging
from collections import OrderedDict

from msgspec import Struct

from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.index import BASE, Form, Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.formats.compression import Coding, compress
from packhouse.services.ports import Clock, Rendered, RenderedStore
from packhouse.services.snapshot import Need, Snapshot
from packhouse.services.sources.source import Source

log = logging.getLogger(__name__)

_THREAD_BYTES = 1 << 20
"""Larger documents are joined and compressed off the event loop."""

_REMEMBERED = 20_000


class Document(Struct, frozen=True):
    """An answer, and until when it may be repeated."""

    rendered: Rendered
    content_type: str
    changed_at: Moment
    """Since when this server gives this answer: a decision may bring an older document back."""
    valid_until: Moment
    stale: bool


class Documents:
    """Makes every document once for each generation, verdict, form, address and coding."""

    def __init__(
        self, ecosystem: Ecosystem, source: Source, store: RenderedStore, memory_bytes: int, clock: Clock
    ) -> None:
        self._ecosystem = ecosystem
        self._source = source
        self._store = store
        self._memory_bytes = memory_bytes
        self._clock = clock
        self._size_bytes = 0
        self._kept: OrderedDict[tuple[PackageKey, str], Rendered] = OrderedDict()
        self._since: dict[tuple[PackageKey, str, str], tuple[str, Moment]] = {}
        self._writing: set[asyncio.Task[None]] = set()
        self._making: dict[tuple[PackageKey, str], asyncio.Task[Rendered]] = {}

    async def get(
        self, view: View, key: PackageKey, form: str, base: str, coding: Coding, need: Need = "usual"
    ) -> Document:
        """Return a package's index document; raise NotFound or an UpstreamError."""
        snapshot = await self._source.snapshot(view, key, need)
        shape = self._ecosystem.index.forms[form]
        tag = _tag(snapshot, shape, base)
        rendered = await self._rendered(view, snapshot, shape, base, coding, f"{tag}-{coding}")
        changed_at = self._served_since((key, form, base), tag)
        return Document(rendered, shape.content_type, changed_at, snapshot.valid_until, snapshot.stale)

    async def close(self) -> None:
        """Wait for what is still being written."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=10)

    def _served_since(self, what: tuple[PackageKey, str, str], tag: str) -> Moment:
        known = self._since.get(what)
        if known is None or known[0] != tag:
            if len(self._since) > _REMEMBERED:
                self._since.clear()
            now = self._clock()
            if known is not None:
                # Dates go over the wire in whole seconds, and some clients compare by them alone.
                now = Moment(max(now, (known[1] // 1000 + 1) * 1000))
            known = self._since[what] = (tag, now)
        return known[1]

    async def _rendered(
        self, view: View, snapshot: Snapshot, form: Form, base: str, coding: Coding, variant: str
    ) -> Rendered:
        where = (snapshot.key, variant)
        known = self._kept.get(where)
        if known is not None:
            self._kept.move_to_end(where)
            return known
        making = self._making.get(where)
        if making is None:
            making = asyncio.create_task(self._make(view, snapshot, form, base, coding, variant))
            self._making[where] = making
            making.add_done_callback(lambda _: self._making.pop(where, None))
        return await asyncio.shield(making)

    async def _make(
        self, view: View, snapshot: Snapshot, form: Form, base: str, coding: Coding, variant: str
    ) -> Rendered:
        rendered = await self._store.find_rendered(snapshot.origin, snapshot.key, variant)
        if rendered is None:
            index = await self._source.index(view, snapshot)
            size = sum(len(fragment.body) for fragment in index.fragments)
            if size > _THREAD_BYTES:
                body = await asyncio.to_thread(_render, index, form, base, coding)
            else:
                body = _render(index, form, base, coding)
            rendered = Rendered(body, coding, f'"{variant}"', snapshot.changed_at)
            self._write(snapshot, variant, rendered)
        self._keep(snapshot.key, variant, rendered)
        return rendered

    def _write(self, snapshot: Snapshot, variant: str, rendered: Rendered) -> None:
        """Keep an answer for after a restart; the client does not wait for that."""
        work = self._store.write_rendered(snapshot.origin, snapshot.key, snapshot.generation, variant, rendered)
        task = asyncio.create_task(work)
        self._writing.add(task)
        task.add_done_callback(self._written)

    def _written(self, task: asyncio.Task[None]) -> None:
        self._writing.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("could not keep an answer: %s", error)

    def _keep(self, key: PackageKey, variant: str, rendered: Rendered) -> None:
        self._kept[key, variant] = rendered
        self._size_bytes += len(rendered.body)
        while self._size_bytes > self._memory_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._size_bytes -= len(dropped.body)


def _render(index: Index, form: Form, base: str, coding: Coding) -> bytes:
    return compress(form.join(index, index.fragments).replace(BASE, base.encode("ascii")), coding)


def _tag(snapshot: Snapshot, form: Form, base: str) -> str:
    """Name what the bytes depend on; equal tags, equal documents, on every server and after every restart."""
    text = f"{snapshot.digest}\n{snapshot.verdict.digest}\n{form.name}\n{base}"
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
