"""Advisories of the Node.js Security Working Group on packages, as OSV records.

Source: github.com/nodejs/security-wg, vuln/npm: JSON by number, which gives them the ids NSWG-ECO-<number>.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.range_syntax import Comparator, Syntax, parse_alternatives
from packhouse.formats.osv_writing import Statement, osv_record, text, texts, utc_text
from packhouse.formats.version_sets import EVERYTHING, Spans, compared, intersection, osv_ranges, union

_SYNTAX = Syntax(loose=True, include_prerelease=True)


def to_osv(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Turn such an advisory into an OSV record; None for another, and raise Invalid for one that cannot be read."""
    name, vulnerable, number = raw.get("module_name"), raw.get("vulnerable_versions"), raw.get("id")
    if not isinstance(name, str) or not isinstance(vulnerable, str) or not isinstance(number, int):
        return None
    return osv_record(
        Statement(
            id=f"NSWG-ECO-{number}",
            ecosystem="npm",
            name=name,
            ranges=osv_ranges(_spans(vulnerable), "SEMVER", _above),
            published=utc_text(raw.get("publish_date")),
            modified=utc_text(raw.get("updated_at")),
            aliases=texts(raw.get("cves")),
            summary=text(raw.get("title")),
            details="\n\n".join(filter(None, (text(raw.get("overview")), text(raw.get("recommendation"))))),
            vectors=texts(raw.get("cvss_vector")),
            links=texts(raw.get("references")),
            specific={"patched_versions": patched} if (patched := text(raw.get("patched_versions"))) else {},
        )
    )


def _spans(vulnerable: str) -> Spans:
    return union(_alternative(each) for each in parse_alternatives(vulnerable, _SYNTAX))


def _alternative(comparators: Iterable[Comparator]) -> Spans:
    """Read comparators that all hold; OSV counts pre-releases like any other version."""
    return intersection(
        compared(each.operator or "=", each.key, each.text) if each.text else EVERYTHING for each in comparators
    )


def _above(version: str) -> str:
    """Name the lowest version above another."""
    core, dash, prerelease = version.partition("-")
    if dash:
        return f"{core}-{prerelease}.0"
    numbers = core.split(".")
    try:
        return ".".join((*numbers[:-1], f"{int(numbers[-1]) + 1}-0"))
    except ValueError:
        raise Invalid(f"{version[:80]!r} is no version") from None
