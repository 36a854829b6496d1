"""Advisories of the Ruby community's database, ruby-advisory-db, as OSV records.

Source: the README of rubysec/ruby-advisory-db. A file is an advisory about a gem, or about Ruby itself, which is none
of ours. It names what is patched and what was never affected; all other versions are vulnerable. They have no ids of
their own: one is made of the gem and the file's name.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.ranges import Comparison, parse_range
from packhouse.ecosystems.gem.versions import parse_segments, release_segments, version_key
from packhouse.formats.osv_writing import Statement, osv_record, text, texts, utc_text
from packhouse.formats.version_sets import Spans, compared, complement, intersection, osv_ranges, union

_ENGINES = ("rubies", "libraries")
_VERSIONS = ("patched_versions", "unaffected_versions")


def to_osv(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    """Turn such an advisory into an OSV record; None for another, and raise Invalid for one that cannot be read."""
    path = PurePosixPath(text(raw.get("path")))
    if isinstance(raw.get("engine"), str) or (path.parts and path.parts[0] in _ENGINES):
        return _of_ruby(raw, path)
    name = raw.get("gem")
    if not isinstance(name, str):
        return None
    return _record(raw, path, "RubyGems", name)


def _of_ruby(raw: Mapping[str, Any], path: PurePosixPath) -> dict[str, Any] | None:
    """Keep what is about Ruby itself under a name that no registry has."""
    name = raw.get("engine", raw.get("library"))
    return _record(raw, path, "Ruby", name) if isinstance(name, str) else None


def _record(raw: Mapping[str, Any], path: PurePosixPath, ecosystem: str, name: str) -> dict[str, Any]:
    cve, ghsa, osvdb = (text(raw.get(key)) for key in ("cve", "ghsa", "osvdb"))
    aliases = (cve and f"CVE-{cve}", ghsa and f"GHSA-{ghsa}", osvdb and f"OSVDB-{osvdb}")
    stem = path.stem or next(filter(None, aliases), "")
    if not stem:
        raise Invalid(f"an advisory about {name[:120]!r} has neither the path of its file nor a number")
    published = utc_text(raw.get("date"))
    related = raw.get("related")
    return osv_record(
        Statement(
            id=f"RUBYSEC-{name}:{stem}",
            ecosystem=ecosystem,
            name=name,
            ranges=osv_ranges(_vulnerable(raw), "ECOSYSTEM", _above),
            published=published,
            modified=published,
            aliases=aliases,
            summary=text(raw.get("title")),
            details=text(raw.get("description")),
            advisory=text(raw.get("url")),
            links=texts(related.get("url")) if isinstance(related, Mapping) else (),
            specific={
                key: raw[key]
                for key in (*_VERSIONS, "cvss_v2", "cvss_v3", "cvss_v4", "notes", "platform")
                if key in raw
            },
        )
    )


def _vulnerable(raw: Mapping[str, Any]) -> Spans:
    safe = [_requirement(each) for key in _VERSIONS for each in texts(raw.get(key))]
    return complement(union(safe))


def _requirement(requirement: str) -> Spans:
    return intersection(_comparison(each) for each in _comparisons(requirement))


def _comparisons(requirement: str) -> Iterable[Comparison]:
    return parse_range(requirement).parts


def _comparison(part: Comparison) -> Spans:
    if part.operator != "~>":
        return compared(part.operator, part.key, part.version)
    # The pre-releases of the ceiling are no longer meant; A is the lowest of them.
    ceiling = f"{_ceiling(part.version)}.A"
    low = compared(">=", part.key, part.version)
    return intersection((low, compared("<", version_key(ceiling), ceiling)))


def _ceiling(version: str) -> str:
    numbers = [int(each) for each in release_segments(parse_segments(version))]
    if len(numbers) > 1:
        numbers.pop()
    return ".".join(map(str, (*numbers[:-1], numbers[-1] + 1)))


def _above(version: str) -> str:
    """Name a version so little above another that there is none between them."""
    return f"{version}.0.0.1"
