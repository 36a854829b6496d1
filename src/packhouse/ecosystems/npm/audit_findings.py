"""What the advisories of this server say of audited versions, in npm's words."""

import asyncio
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from packhouse.domain import advisory as known
from packhouse.domain.errors import NotFound
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm.audit import Cvss, Finding, Severity
from packhouse.ecosystems.npm.audit_ranges import affected_spans, write_affected, write_mended
from packhouse.services.advisories import Advisories

_AT_ONCE = 200
"""Packages that are looked up before others are served."""
_NUMBER_BYTES = 6
"""JavaScript's numbers hold 53 bits."""
_UNRATED: Severity = "moderate"
"""For a record that says nothing of how bad it is: that does not make it harmless."""
_WORDS: dict[str, Severity] = {
    "LOW": "low",
    "MODERATE": "moderate",
    "MEDIUM": "moderate",
    "HIGH": "high",
    "CRITICAL": "critical",
}
_LEVELS: tuple[tuple[float, Severity], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "moderate"), (0.1, "low"))
"""From which score on: https://www.first.org/cvss/v3-1/specification-document, section 5."""


class _Beside(Struct):
    """What databases write into fields of their own; GitHub's are `severity` and `cwe_ids`."""

    severity: Any = None
    cwe_ids: Any = None
    cwes: Any = None


class _Affected(Struct):
    database_specific: _Beside | None = None


class _Record(Struct):
    database_specific: _Beside | None = None
    affected: list[_Affected] | None = None


class KnownFindings:
    """Looks audited versions up among the advisories; nothing is asked of anybody else."""

    def __init__(self, advisories: Advisories) -> None:
        self._advisories = advisories

    async def __call__(self, view: View, asked: Sequence[tuple[PackageKey, Sequence[str]]]) -> Sequence[Finding]:
        """Tell what is wrong with some versions; advisories are public, so that everybody is told the same."""
        del view
        findings: list[Finding] = []
        for start in range(0, len(asked), _AT_ONCE):
            findings += await self._of(asked[start : start + _AT_ONCE])
            await asyncio.sleep(0)
        return findings

    async def _of(self, asked: Sequence[tuple[PackageKey, Sequence[str]]]) -> list[Finding]:
        questions = [(key, version) for key, versions in asked for version in versions]
        groups: dict[tuple[PackageKey, str], list[known.Finding]] = {}
        for (key, _), found in zip(questions, await self._advisories.find_many(questions), strict=True):
            for each in found:
                groups.setdefault((key, each.id), []).append(each)
        packages = list(dict.fromkeys(key for key, _ in groups))
        said = await self._advisories.match_many([(key, "") for key in packages])
        mentions = dict(zip(packages, said, strict=True))
        return [await self._finding(key, group, mentions[key]) for (key, _), group in groups.items()]

    async def _finding(
        self, key: PackageKey, group: Sequence[known.Finding], mentions: Iterable[known.Mention]
    ) -> Finding:
        """Word what was found for one or more versions of a package."""
        ids = tuple(dict.fromkeys(each for found in group for each in found.ids))
        names = tuple(dict.fromkeys([*ids, *(alias for found in group for alias in found.aliases)]))
        records = await self._records(ids)
        spans = affected_spans(each for each in mentions if each.id in ids)
        mended = write_mended(spans)
        malicious = any(each.malicious for each in group)
        beside = [each for record in records for each in _beside(record)]
        score = max((each.score for each in group if each.score is not None), default=None)
        return Finding(
            id=int.from_bytes(sha256(group[0].id.encode()).digest()[:_NUMBER_BYTES]),
            name=key.name,
            versions=tuple(dict.fromkeys(each.version for each in group)),
            url=_url(group[0].id, names, records),
            title=next((each.summary for each in records if each.summary), group[0].id),
            severity="critical" if malicious else _severity(beside, score),
            range=write_affected(spans),
            patched=mended,
            cwe=_cwes(beside),
            cvss=_cvss(records, key),
            aliases=names,
            overview=next((each.details for each in records if each.details), ""),
            recommendation=_recommendation(mended, malicious=malicious),
        )

    async def _records(self, ids: Iterable[str]) -> list[known.Advisory]:
        found = []
        for each in ids:
            try:
                found.append(await self._advisories.get(each))
            except NotFound:
                continue  # dropped a moment ago
        return found


def _beside(record: known.Advisory) -> list[_Beside]:
    """Read what a database writes into fields of its own, as far as it is what GitHub or OpenSSF write."""
    try:
        found = msgspec.json.decode(record.body, type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
    all_of_it = [found.database_specific, *(each.database_specific for each in found.affected or ())]
    return [each for each in all_of_it if each is not None]


def _severity(beside: Iterable[_Beside], score: float | None) -> Severity:
    """Take the word of the database, or else go by the score."""
    for each in beside:
        if isinstance(each.severity, str) and each.severity.upper() in _WORDS:
            return _WORDS[each.severity.upper()]
    if score is None:
        return _UNRATED
    return next((severity for least, severity in _LEVELS if score >= least), "info")


def _cwes(beside: Iterable[_Beside]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in beside:
        listed = each.cwe_ids if isinstance(each.cwe_ids, list) else []
        told = each.cwes if isinstance(each.cwes, list) else []
        named = [cwe.get("cweId") for cwe in told if isinstance(cwe, dict)]
        found |= {cwe: None for cwe in (*listed, *named) if isinstance(cwe, str)}
    return tuple(found)


def _cvss(records: Iterable[known.Advisory], key: PackageKey) -> Cvss:
    """Take the highest score, with its vector."""
    severities = [severity for record in records for severity in record.severities]
    severities += [
        severity
        for record in records
        for each in record.affected
        if each.package == key
        for severity in each.severities
    ]
    scored = [(each.score, each.vector) for each in severities if each.score is not None]
    return Cvss(*max(scored)) if scored else Cvss()


def _url(advisory_id: str, names: Sequence[str], records: Iterable[known.Advisory]) -> str:
    """Say where more is to be read; clients read GitHub's id out of such an address."""
    if reviewed := next((name for name in names if name.startswith("GHSA-")), None):
        return f"https://github.com/advisories/{reviewed}"
    references = [each for record in records for each in record.references]
    told = next((each.url for each in references if each.kind == "ADVISORY"), "")
    return told or f"https://osv.dev/vulnerability/{advisory_id}"


def _recommendation(mended: str, *, malicious: bool) -> str:
    if malicious:
        return "Remove it, and treat every secret that it could read as stolen"
    return f"Upgrade to a version in {mended}" if mended else "None"
