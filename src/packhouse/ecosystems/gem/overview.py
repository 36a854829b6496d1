"""Keeps the list of all gems in step with what we serve of each.

A client that finds the MD5 of an info file unchanged in the list does not ask for the file. So wherever a rule changes
an info file, the list must say so: when such a file is made, its MD5 is noted and a line appended to the list. When
rules change their mind by themselves, as a minimum age does, the file is made anew before the list is served again.
Nothing is computed for a request but where something has changed, and a restart goes on with the same list.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from fnmatch import fnmatchcase

from packhouse.domain.errors import NotFound, Refused, StorageError, UpstreamError
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.gem.corrections import Correction, Notes, correcting_line
from packhouse.ecosystems.gem.gatherings import VERSIONS
from packhouse.ecosystems.gem.infos import Info, Infos
from packhouse.ecosystems.gem.names import identity
from packhouse.ecosystems.gem.served import RULE, Ledger, Served, check_list, read_lines, write_line
from packhouse.ecosystems.gem.upstream_list import UpstreamList
from packhouse.services.assembly import Services
from packhouse.services.snapshot import Need

log = logging.getLogger(__name__)

_RETRY_MS = 5_000
_VIEWS = 16
"""Views of which a list is kept in memory."""


class Overview:
    """The list as one view sees it."""

    def __init__(self, services: Services, view: View, infos: Infos, upstream: UpstreamList) -> None:
        self._services = services
        self._view = view
        self._infos = infos
        self._upstream = upstream
        self._ledger: Ledger | None = None
        self._served: Served | None = None
        self._corrections: dict[str, Correction] = {}
        self._private: dict[str, tuple[str, str]] = {}
        self._confirmed: set[str] = set()
        """Gems of which the info file here is as new as the list."""
        self._refreshing: asyncio.Task[None] | None = None
        self._notes = Notes(services, view)
        self._asked_until = Moment(0)
        self.valid_until = Moment(0)
        """Until when the list stands as it is; 0 while nobody has asked for it."""
        self.revision = 0
        """Grows with each change of what is refused."""

    @property
    def corrections(self) -> Mapping[str, Correction]:
        """The gems of which something is refused, as far as anybody has asked for them."""
        return self._corrections

    async def get(self) -> Served:
        """Return the list; raise NotFound or an UpstreamError."""
        if self._services.clock() >= self.valid_until:
            if self._refreshing is None:
                self._refreshing = asyncio.create_task(self._follow())
                self._refreshing.add_done_callback(self._settle)
            # A client that gives up must not end what others wait for.
            await asyncio.shield(self._refreshing)
        if self._served is None:
            raise NotFound("there is no list of gems", "no upstream has one")
        return self._served

    def need_of(self, name: str) -> Need:
        """Tell how new an info file must be: while the list stands, only what it announces can have changed."""
        if self._services.clock() >= self.valid_until:
            return "usual"
        if name in self._confirmed:
            return "known"
        self._confirmed.add(name)
        return "confirmed"

    def note(self, name: str, info: Info) -> None:
        """Note an info file that has been made: where the list says otherwise, a line is added."""
        if info.stale:
            self._confirmed.discard(name)
        before = self._corrections.get(name)
        if before is None and not info.dropped:
            return
        self._correct(name, info)
        self._plan()
        if before is None or (before.md5, before.dropped) != (info.digests.md5, info.dropped):
            self._append(
                correcting_line(name, info.digests.md5, info.dropped, before.dropped if before else frozenset())
            )

    def _settle(self, task: asyncio.Task[None]) -> None:
        self._refreshing = None
        if not task.cancelled():
            task.exception()  # marks it as seen: every waiter may have gone

    # Following the upstream

    async def _follow(self) -> None:
        now = self._services.clock()
        if now >= self._asked_until:
            upstream, self._asked_until = await self._fetch()
            await self._take(upstream)
            for registry in self._services.upstreams:
                if registry.packages:
                    await self._take_private(registry)
        for name, correction in list(self._corrections.items()):
            if correction.until is not None and correction.until <= now:
                await self._make_again(name, overruled=False)
        self._plan()

    async def _fetch(self) -> tuple[bytes, Moment]:
        """Fetch the upstream's list; keep what there is where that fails."""
        try:
            return await self._upstream.get(self._view)
        except NotFound:
            if not any(registry.packages for registry in self._services.upstreams):
                raise
            return RULE, Moment(self._services.clock() + self._services.freshness.fresh_ms)
        except UpstreamError:
            if self._ledger is None:
                raise
            return self._ledger.upstream, Moment(self._services.clock() + _RETRY_MS)

    async def _take(self, upstream: bytes) -> None:
        if self._ledger is None:
            self._ledger = await self._restored(upstream)
        if self._ledger is None:
            self._ledger = await asyncio.to_thread(Ledger, upstream)
            added = None
        else:
            added = await asyncio.to_thread(self._ledger.follow, upstream)
        self._served = self._ledger.served()
        if added is None:
            # The list begins anew, and so do our lines.
            self._append(b"".join(write_line(name, [versions], md5) for name, (versions, md5) in self._private.items()))
            self._confirmed.clear()
            again = list(self._corrections)
        else:
            changed = read_lines(added)
            self._confirmed.difference_update(changed)
            again = [name for name in self._corrections if name in changed]
        for name in again:
            await self._make_again(name, overruled=True)

    async def _take_private(self, registry: UpstreamRegistry) -> None:
        """Add the lines of an upstream that some names are asked of and no others: the other list has them not."""
        sample = NormalName(registry.packages[0].replace("*", "x").replace("?", "x"))
        further = FurtherKey(PackageKey(self._services.ecosystem.key, sample), VERSIONS)
        try:
            found = await self._services.further.get(self._view, further, fresh_ms=self._services.freshness.fresh_ms)
            check_list(found.body)
        except (NotFound, UpstreamError) as error:
            log.warning("the list of gems goes without those of %s: %s", registry.name, error)
            return
        changed = {
            name: line
            for name, line in read_lines(found.body).items()
            if self._private.get(name) != line
            and any(fnmatchcase(identity(name), identity(pattern)) for pattern in registry.packages)
        }
        self._private.update(changed)
        self._confirmed.difference_update(changed)
        self._append(b"".join(write_line(name, [versions], md5) for name, (versions, md5) in changed.items()))
        for name in [each for each in self._corrections if each in changed]:
            await self._make_again(name, overruled=True)

    async def _make_again(self, name: str, *, overruled: bool) -> None:
        """Make an info file anew that is corrected; say how it is where that is not the list's last word about it.

        `overruled` is true where the upstream has added a line about the gem behind ours.
        """
        before = self._corrections.pop(name)
        try:
            info = await self._info(name, "usual" if name in self._confirmed else "confirmed")
        except (NotFound, Refused, UpstreamError) as error:
            log.info("the list of gems says of %s what it said before: %s", name, error)
            if overruled and not isinstance(error, UpstreamError):
                return  # nobody can have any of it now, and what it may come back as is what the upstream says
            until = None if before.until is None else Moment(self._services.clock() + _RETRY_MS)
            self._corrections[name] = Correction(before.md5, before.dropped, until)
            if overruled:
                self._append(correcting_line(name, before.md5, before.dropped, frozenset()))
            return
        if not info.stale:
            self._confirmed.add(name)
        self._correct(name, info)
        if overruled or (before.md5, before.dropped) != (info.digests.md5, info.dropped):
            self._append(correcting_line(name, info.digests.md5, info.dropped, before.dropped))

    async def _info(self, name: str, need: Need) -> Info:
        return await self._infos.get(self._view, PackageKey(self._services.ecosystem.key, NormalName(name)), need)

    def _correct(self, name: str, info: Info) -> None:
        self.revision += 1
        if info.dropped:
            self._corrections[name] = Correction(info.digests.md5, info.dropped, info.until)
        else:
            self._corrections.pop(name, None)

    def _append(self, lines: bytes) -> None:
        if self._ledger is not None and lines:
            ledger = self._ledger
            ledger.append(lines)
            self._served = ledger.served()
            self._notes.write_soon(lambda: (ledger, self._corrections, self._private))

    def _plan(self) -> None:
        """Tell when something may change by itself."""
        ends = (each.until for each in self._corrections.values() if each.until is not None)
        if self._ledger is not None:
            self.valid_until = min((self._asked_until, *ends))

    # Over a restart

    async def _restored(self, upstream: bytes) -> Ledger | None:
        """Go on where the process before this one ended."""
        note = await self._notes.read()
        if note is None:
            return None
        ledger = await asyncio.to_thread(Ledger.restored, upstream, note.kept)
        self._corrections = note.corrections | self._corrections
        self._private = note.private
        if ledger is not None:
            # The rules may be others now; who asks for the list need not wait for that.
            self._notes.spawn(self._look_again(tuple(note.corrections)))
        return ledger

    async def _look_again(self, names: tuple[str, ...]) -> None:
        for name in names:
            try:
                self.note(name, await self._info(name, "known"))
            except (NotFound, Refused, UpstreamError, StorageError) as error:
                log.info("%s was not looked at again: %s", name, error)


class Overviews:
    """The lists of the views that were asked for last."""

    def __init__(self, services: Services, infos: Infos) -> None:
        self._services = services
        self._infos = infos
        self._upstream = UpstreamList(services)
        self._kept: OrderedDict[View, Overview] = OrderedDict()

    def of(self, view: View) -> Overview:
        """Return the list of a view."""
        view = view.anyone
        overview = self._kept.get(view)
        if overview is None:
            overview = self._kept[view] = Overview(self._services, view, self._infos, self._upstream)
            while len(self._kept) > _VIEWS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(view)
        return overview
