"""What the list of all gems must say otherwise than the upstream, and how that is kept over a restart."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.gem.served import Kept, Ledger, write_line
from packhouse.services.assembly import Services

log = logging.getLogger(__name__)

_NOTE_S = 0.5
"""How soon what was added is written down."""


class Correction(Struct, frozen=True):
    """What the list must say of an info file that is not as the upstream's."""

    md5: str
    dropped: frozenset[str]
    """The versions with their platforms that are refused."""
    until: Moment | None
    """When the rules may change their mind; None for never."""


class Note(Struct, frozen=True):
    """What is kept over a restart."""

    kept: Kept
    corrections: dict[str, Correction]
    private: dict[str, tuple[str, str]]
    """Lines about gems of other upstreams."""


Make = Callable[[], tuple[Ledger, dict[str, Correction], dict[str, tuple[str, str]]]]
"""Gives what a note is made of, as it is now."""


class Notes:
    """Reads and writes the note of one view, and runs what nobody waits for; dated views have no note."""

    def __init__(self, services: Services, view: View) -> None:
        self._further = services.further
        whole = PackageKey(services.ecosystem.key, NormalName(""))
        self._key = FurtherKey(whole, f"list/{view.registry}") if view.as_of is None else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing = False

    async def read(self) -> Note | None:
        """Read the note; None where there is none."""
        body = await self._further.read_note(self._key) if self._key else None
        try:
            return None if body is None else _decode(body)
        except msgspec.MsgspecError as error:
            log.warning("the list of gems begins anew: what was noted of it cannot be read: %s", error)
            return None

    def write_soon(self, make: Make) -> None:
        """Write what `make` gives by then; many changes at once are written once."""
        if not self._writing and self._key is not None:
            self._writing = True
            self.spawn(self._write(self._key, make))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something, and keep it from being collected."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _write(
        self,
        key: FurtherKey,
        make: Make,
    ) -> None:
        await asyncio.sleep(_NOTE_S)
        self._writing = False
        ledger, corrections, private = make()
        note = Note(ledger.kept(), dict(corrections), dict(private))
        await self._further.write_note(key, msgspec.msgpack.encode(note))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("the list of gems could not be kept: %s", error)


def correcting_line(name: str, md5: str, dropped: frozenset[str], before: frozenset[str]) -> bytes:
    """Say which versions are gone, which are back, and what the info file is now."""
    versions = [f"-{version}" for version in sorted(dropped)] + sorted(before - dropped)
    return write_line(name, versions, md5)


_decode = msgspec.msgpack.Decoder(Note).decode
