"""What speaks against a package or a release, as far as records and advisories tell.

A package or release that does not exist is a finding and no error.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from packhouse.apis.depsdev.behind import AdvisoryAnswers
from packhouse.apis.depsdev.catalogue import Answered, Catalogue, Known
from packhouse.apis.depsdev.cooling import Cooling
from packhouse.apis.depsdev.finding_messages import (
    CooldownContext,
    DeprecatedContext,
    Finding,
    Findings,
    FindingsVersion,
    LowUsageContext,
)
from packhouse.apis.depsdev.messages import PackageKey, VersionKey
from packhouse.apis.depsdev.question_messages import GetFindingsRequest
from packhouse.apis.depsdev.systems import Systems, Target
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.release import Release
from packhouse.domain.view import View

_NOT_FOUND = Finding("NOT_FOUND", "RISK_HIGH")
_GIVEN_UP = frozenset({"archived", "deprecated", "quarantined"})
"""States of a project in which it gets no more releases (PEP 792)."""
_USED = 7
"""A package with fewer downloads than 2 to the power of this is hardly used at all."""
_USED_ENOUGH = 14
"""One with more needs no comparison."""
_FAR_MORE = 10
"""What is downloaded this power of two times as often is likely to be what is meant."""
_ALTERNATIVES = 5
_LOOKED_AT = 20
"""How many of the newest releases are looked at for one that can be recommended."""


class FindingAnswers:
    """Answers GetFindings."""

    def __init__(
        self, systems: Systems, catalogue: Catalogue, advisories: AdvisoryAnswers | None, cooling: Cooling
    ) -> None:
        self._systems = systems
        self._catalogue = catalogue
        self._advisories = advisories
        self._cooling = cooling

    async def findings(self, view: View, request: GetFindingsRequest) -> Answered:
        """Look for what speaks against a package or release; raise Invalid if it is not one of them that is asked."""
        package, version = request.package_key, request.version_key
        if (package is UNSET) == (version is UNSET):
            raise Invalid("the request names a packageKey or a versionKey, and one of them")
        if isinstance(version, VersionKey):
            wanted = self._systems.spell_version(version)
            found = await self._of(view, version.system, version.name, version.version)
            return Answered(msgspec.structs.replace(found, version_key=wanted))
        assert isinstance(package, PackageKey)  # noqa: S101 (one of them is set)
        found = await self._of(view, package.system, package.name, None)
        return Answered(msgspec.structs.replace(found, package_key=self._systems.spell_package(package)))

    async def _of(self, view: View, system: str, name: str, version: str | None) -> Findings:
        target = self._systems.target(system, name)
        try:
            known = await self._catalogue.known(view, target)
        except NotFound:
            # An attack is often known long after its registry has removed it.
            said = await self._said(view, target, [version or ""])
            return Findings(package_findings=(*said.get(version or "", ()), _NOT_FOUND))
        ecosystem = target.services.ecosystem
        default = ecosystem.default_version(known.record)
        judged = {default} if default else set()
        if version is not None and version in known.record.versions:
            judged.add(version)
        listed = await self._judge(view, known, [*judged], default)
        recommended = [listed[default]] if default and not listed[default].findings else []
        if not recommended:
            recommended = await self._recommend(view, known, default)
        requested = None
        if version is not None:
            requested = listed.get(version) or await self._missing(view, target, version)
        return Findings(
            recommended_versions=tuple(recommended),
            requested_version=requested or UNSET,
            default_version=listed[default] if default else UNSET,
            package_findings=await self._of_package(view, known),
        )

    async def _of_package(self, view: View, known: Known) -> tuple[Finding, ...]:
        """Say what speaks against the whole package: its registry, and names that are used far more."""
        found = []
        record = known.record
        if record.status in _GIVEN_UP:
            reason = record.status_reason or f"the project is {record.status}"
            found.append(Finding("DEPRECATED", "RISK_MEDIUM", deprecated_context=DeprecatedContext(reason)))
        alternatives = await self._far_more_used(view, known.target)
        if alternatives:
            found.append(Finding("LOW_USAGE", "RISK_MEDIUM", low_usage_context=LowUsageContext(alternatives)))
        return tuple(found)

    async def _far_more_used(self, view: View, target: Target) -> tuple[str, ...]:
        """List names that may have been meant, by what lists of downloads say; a package of our own is meant."""
        services = target.services
        if await services.access.is_ours(view, target.key):
            return ()
        known = await services.similar.known(target.key)
        own = known.weight if known is not None else 0
        if own >= _USED_ENOUGH:
            return ()
        likeness = await services.similar.find(view, target.key)
        return tuple(
            each.known.name
            for each in likeness.similar
            if each.known.listed and each.known.weight >= max(own, _USED) + _FAR_MORE
        )[:_ALTERNATIVES]

    async def _recommend(self, view: View, known: Known, default: str) -> list[FindingsVersion]:
        """Find the newest release that nothing speaks against."""
        prereleases = known.record.prereleases
        newest = [
            version
            for position, version in reversed([*enumerate(known.record.versions)])
            if position not in prereleases and version != default
        ][:_LOOKED_AT]
        judged = await self._judge(view, known, newest, default)
        return next(([judged[version]] for version in newest if not judged[version].findings), [])

    async def _judge(self, view: View, known: Known, versions: list[str], default: str) -> dict[str, FindingsVersion]:
        said = await self._advisories.findings(view, known.target.key, versions) if self._advisories is not None else {}
        return {
            version: self._findings(known, known.release(version), tuple(said.get(version, ())), default)
            for version in versions
        }

    async def _missing(self, view: View, target: Target, version: str) -> FindingsVersion:
        """Judge a release that the package does not have, or no longer."""
        said = await self._said(view, target, [version])
        key = VersionKey(target.services.ecosystem.system, target.key.name, version)
        return FindingsVersion(key, findings=(*said.get(version, ()), _NOT_FOUND))

    async def _said(self, view: View, target: Target, versions: Sequence[str]) -> Mapping[str, Sequence[Finding]]:
        """Ask what advisories say; an empty version stands for all."""
        if self._advisories is None:
            return {}
        return await self._advisories.findings(view, target.key, versions)

    def _findings(self, known: Known, release: Release, said: tuple[Finding, ...], default: str) -> FindingsVersion:
        found = list(said)
        if release.deprecated is not None or release.yanked is not None:
            reason = release.deprecated or release.yanked or ""
            found.append(Finding("DEPRECATED", "RISK_MEDIUM", deprecated_context=DeprecatedContext(reason)))
        services = known.target.services
        end = self._cooling.end(release, services.clock())
        if end is not None:
            found.append(Finding("COOLDOWN", "RISK_MEDIUM", cooldown_context=CooldownContext(end)))
        return FindingsVersion(
            version_key=VersionKey(services.ecosystem.system, known.record.key.name, release.version),
            is_default=release.version == default,
            findings=tuple(found),
            cooldown_end=UNSET if end is None else end,
        )
