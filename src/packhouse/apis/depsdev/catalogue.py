"""Packages, releases, requirements and graphs."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from packhouse.apis.depsdev import answers
from packhouse.apis.depsdev.attested import with_attested
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.cooling import Cooling
from packhouse.apis.depsdev.messages import Cooldown, ProjectStatus, Version, VersionKey
from packhouse.apis.depsdev.messages import PackageKey as NamedPackage
from packhouse.apis.depsdev.project_answers import merged
from packhouse.apis.depsdev.systems import Systems, Target
from packhouse.domain.errors import NotFound
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.domain.view import View
from packhouse.services.project_ports import PackagePlace
from packhouse.services.snapshot import Snapshot

_ADVISED_MS = 10_000


class Answered(Struct, frozen=True):
    """A message and how long it may be repeated."""

    message: object
    valid_until: Moment = Moment(0)
    about: str = ""


class Known(Struct, frozen=True):
    """A package as one view sees it."""

    target: Target
    snapshot: Snapshot
    record: PackageRecord

    def release(self, version: str) -> Release:
        """Return a release; raise NotFound."""
        release = self.record.find(version)
        if release is None:
            raise NotFound("version not found")
        return release


class Catalogue:
    """Answers what records and graphs tell."""

    def __init__(self, systems: Systems, behind: Behind, cooling: Cooling = Cooling()) -> None:  # noqa: B008 (frozen)
        self._systems = systems
        self._cooling = cooling
        self._advisories = behind.advisories
        self._projects = behind.projects

    async def package(self, view: View, key: NamedPackage) -> Answered:
        """Answer GetPackage."""
        known = await self.known(view, self._systems.target(key.system, key.name))
        return _of(known, answers.package(known.target.services.ecosystem, known.record))

    async def version(self, view: View, key: VersionKey) -> Answered:
        """Answer GetVersion."""
        known = await self.known(view, self._systems.target(key.system, key.name))
        message = await self.describe(view, known, key.version)
        return Answered(message, self.told_until(known), str(known.target.key))

    def told_until(self, known: Known) -> Moment:
        """Tell until when what is said of a release may be repeated: nobody is told of new advisories."""
        until = known.snapshot.valid_until
        if self._advisories is None:
            return until
        return min(until, Moment(known.target.services.clock() + _ADVISED_MS))

    async def describe(self, view: View, known: Known, version: str) -> Version:
        """Tell all that is known of one release; raise NotFound."""
        message = await self.describe_unadvised(view, known, version)
        (advised,) = await self.advise(view, [(known.target.key, message)])
        return advised

    async def describe_unadvised(self, view: View, known: Known, version: str) -> Version:
        """Tell all that is known of one release, but for its advisories; raise NotFound."""
        target = known.target
        indexed = known.release(version)
        release = await target.services.records.complete(view, target.key, indexed)
        attested = await target.services.provenances.list(view, target.key, release)
        message = with_attested(target.services.ecosystem, self._describe(known, release), attested)
        if self._projects is not None:
            place = PackagePlace(known.snapshot.origin, target.key)
            further = await self._projects.relate(target.services.ecosystem, place, indexed, release)
            if further or message.attestations:
                related = merged(message.related_projects, further)
                message = msgspec.structs.replace(message, related_projects=related)
        return message

    async def describe_shortly(self, view: View, known: Known, versions: Sequence[str]) -> Sequence[Version]:
        """Tell what the index alone says of releases: enough for many; raise NotFound."""
        key = known.target.key
        return await self.advise(view, [(key, await self._shortly(view, known, each)) for each in versions])

    async def _shortly(self, view: View, known: Known, version: str) -> Version:
        target, release = known.target, known.release(version)
        message = self._describe(known, release)
        if any(each.attestations for each in release.artifacts):
            attested = await target.services.provenances.known(view, target.key, version)
            message = with_attested(target.services.ecosystem, message, attested)
        return message

    async def advise(self, view: View, described: Sequence[tuple[PackageKey, Version]]) -> Sequence[Version]:
        """Add their advisories to releases, all that are asked for at once."""
        if self._advisories is None:
            return [message for _, message in described]
        asked = [(key, message.version_key.version) for key, message in described]
        found = await self._advisories.list_keys(view, asked)
        return [
            msgspec.structs.replace(message, advisory_keys=tuple(keys)) if keys else message
            for (_, message), keys in zip(described, found, strict=True)
        ]

    async def requirements(self, view: View, key: VersionKey) -> Answered:
        """Answer GetRequirements."""
        known = await self.known(view, self._systems.target(key.system, key.name))
        target = known.target
        release = await target.services.records.complete(view, target.key, known.release(key.version))
        return _of(known, answers.requirements(target.services.ecosystem, release))

    async def dependencies(self, view: View, key: VersionKey) -> Answered:
        """Answer GetDependencies: resolved anew each time, since it depends on many packages."""
        target = self._systems.target(key.system, key.name)
        if target.services.ecosystem.begin_resolution is None:
            raise NotFound("dependencies not found", f"graphs of {target.services.ecosystem.title} are not resolved")
        release = (await self.known(view, target)).release(key.version)
        graph = await target.services.resolver.resolve(view, target.key, release.version)
        return Answered(answers.dependencies(self._systems.name_of, graph))

    async def known(self, view: View, target: Target, snapshot: Snapshot | None = None) -> Known:
        """Return the record and where it comes from, of a snapshot where there is one already; raise NotFound."""
        try:
            if snapshot is None:
                snapshot = await target.services.source.snapshot(view, target.key)
            record = await target.services.records.read(view, snapshot)
        except NotFound:
            raise NotFound("package not found") from None
        return Known(target, snapshot, record)

    def _describe(self, known: Known, release: Release) -> Version:
        services, snapshot = known.target.services, known.snapshot
        origins = {part.origin for part in snapshot.parts or (snapshot,)}
        upstreams = [each for each in services.upstreams if each.origin in origins]
        message = answers.version(services.ecosystem, known.record, release, upstreams)
        record, end = known.record, self._cooling.end(release, services.clock())
        if end is not None:
            message = msgspec.structs.replace(message, cooldown=Cooldown(end, self._cooling.sentence))
        if record.status:
            status = ProjectStatus(record.status, record.status_reason)
            message = msgspec.structs.replace(message, project_status=status)
        return message


def _of(known: Known, message: object) -> Answered:
    return Answered(message, known.snapshot.valid_until, str(known.target.key))
