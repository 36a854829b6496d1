"""What the imported advisories say, in the words of the API."""

from collections.abc import Mapping, Sequence

from msgspec import UNSET

from packhouse.apis.depsdev.finding_messages import Finding, Risk
from packhouse.apis.depsdev.messages import AdvisoryKey
from packhouse.apis.depsdev.project_messages import Advisory
from packhouse.domain import advisory as domain
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.advisories import Advisories

_PAGE = "https://osv.dev/vulnerability/"
_RISKS: tuple[tuple[float, Risk], ...] = ((9.0, "RISK_CRITICAL"), (7.0, "RISK_HIGH"))
"""Scores as CVSS names them (3.1, section 5); what is not known counts as the middle."""


_MALICIOUS = Finding("MALICIOUS", "RISK_CRITICAL")


class Advised:
    """Answers from the advisories of this server."""

    def __init__(self, advisories: Advisories) -> None:
        self._advisories = advisories

    async def find(self, view: View, advisory: str) -> Advisory | None:
        """Look an advisory up by its id or one of its aliases."""
        del view
        found = await self._advisories.list_named(advisory)
        return _message(found[0]) if found else None

    async def list_keys(
        self, view: View, releases: Sequence[tuple[PackageKey, str]]
    ) -> Sequence[Sequence[AdvisoryKey]]:
        """Tell the advisories of each of many releases."""
        del view
        found = await self._advisories.find_many(releases)
        return [[AdvisoryKey(each.id) for each in said] for said in found]

    async def findings(self, view: View, key: PackageKey, versions: Sequence[str]) -> Mapping[str, Sequence[Finding]]:
        """Tell what advisories say against each of these releases, the worst first."""
        found = {version: _findings(said) for version, said in (await self._find(view, key, versions)).items()}
        if "" in versions:
            (mentions,) = await self._advisories.match_many([(key, "")])
            if any(each.malicious for each in mentions):
                found[""] = [_MALICIOUS]
        return found

    async def _find(
        self, view: View, key: PackageKey, versions: Sequence[str]
    ) -> dict[str, tuple[domain.Finding, ...]]:
        del view
        named = [version for version in versions if version]
        answered = await self._advisories.find_many([(key, version) for version in named])
        return {version: said for version, said in zip(named, answered, strict=True) if said}


def _findings(said: Sequence[domain.Finding]) -> list[Finding]:
    found: list[Finding] = []
    if any(each.malicious for each in said):
        found.append(_MALICIOUS)
    open_to = [each for each in said if not each.malicious]
    if open_to:
        worst = max(each.score or 0.0 for each in open_to)
        risks: list[Risk] = [risk for lowest, risk in _RISKS if worst >= lowest]
        found.append(Finding("VULNERABLE", risks[0] if risks else "RISK_MEDIUM"))
        if all(each.fixed_versions for each in open_to):
            found.append(Finding("REMEDIATION", "RISK_INFORMATIONAL"))
    return found


def _message(advisory: domain.Advisory) -> Advisory:
    """Write an advisory; without a score of CVSS 3 there is none, since 0 would be read as harmless."""
    rated = next((each for each in advisory.severities if each.scheme == "CVSS_V3"), None)
    return Advisory(
        advisory_key=AdvisoryKey(advisory.id),
        url=_PAGE + advisory.id,
        title=advisory.summary,
        aliases=advisory.aliases,
        cvss3_score=UNSET if rated is None or rated.score is None else rated.score,
        cvss3_vector=UNSET if rated is None else rated.vector,
    )
