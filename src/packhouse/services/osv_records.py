"""Reads records in the OSV format, https://ossf.github.io/osv-schema/, version 1.7 and what is like it.

What a record has beyond the fields named here stays in its body. Lists may be null, as some databases write them.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from packhouse.domain.advisory import (
    Advisory,
    Affected,
    AffectedRange,
    EventKind,
    Mention,
    RangeEvent,
    RangeKind,
    Reference,
    Severity,
)
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment, PackageKey
from packhouse.formats.cvss import base_score
from packhouse.services.osv_names import OsvNames

MALICIOUS = "MAL-"
"""Begins the ids of releases that are attacks."""
_MAX_ID_CHARACTERS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_RANGE_KINDS: dict[str, RangeKind] = {"SEMVER": "semver", "ECOSYSTEM": "ecosystem", "GIT": "git"}
_EVENT_KINDS: tuple[EventKind, ...] = ("introduced", "fixed", "last_affected", "limit")


class _Severity(Struct):
    type: str = ""
    score: str = ""


class _Range(Struct):
    type: str
    events: list[dict[str, str]] | None = None
    repo: str | None = None


class _Package(Struct):
    ecosystem: str = ""
    name: str = ""


class _Affected(Struct):
    package: _Package | None = None
    ranges: list[_Range] | None = None
    versions: list[str] | None = None
    severity: list[_Severity] | None = None
    ecosystem_specific: msgspec.Raw = msgspec.Raw()
    database_specific: msgspec.Raw = msgspec.Raw()


class _Reference(Struct):
    type: str = ""
    url: str = ""


class _Record(Struct):
    id: str
    modified: str | None = None
    published: str | None = None
    withdrawn: str | None = None
    aliases: list[str] | None = None
    related: list[str] | None = None
    upstream: list[str] | None = None
    summary: str | None = None
    details: str | None = None
    severity: list[_Severity] | None = None
    affected: list[_Affected] | None = None
    references: list[_Reference] | None = None


_decode = msgspec.json.Decoder(_Record).decode


def read_advisory(body: bytes, source: str, names: OsvNames) -> Advisory:
    """Read a record; raise Invalid for one that cannot be matched as its database means it."""
    try:
        record = _decode(body)
        if not record.id or len(record.id) > _MAX_ID_CHARACTERS or not record.id.isprintable():
            raise Invalid(f"{record.id[:80]!r} is no id of a record")
        return _advisory(record, body, source, names)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"this is no OSV record: {error}") from error


def mentions(advisory: Advisory, names: OsvNames) -> dict[PackageKey, Mention]:
    """Tell what an advisory says of each package of ours, by the key under which that is looked up."""
    by_package: dict[PackageKey, list[Affected]] = {}
    for affected in advisory.affected:
        if affected.package is not None:
            by_package.setdefault(names.lookup_key(affected.package), []).append(affected)
    return {key: _mention(advisory, affected) for key, affected in by_package.items()}


def best_score(severities: Iterable[Severity]) -> float | None:
    """Find the highest score; None where there is none."""
    return max((each.score for each in severities if each.score is not None), default=None)


def _advisory(record: _Record, body: bytes, source: str, names: OsvNames) -> Advisory:
    published_at = _moment(record.published)
    modified_at = _moment(record.modified)
    aliases = tuple(record.aliases or ())
    return Advisory(
        id=record.id,
        source=source,
        # The one required date. Without it the record is as old as can be, and only its digest tells a change.
        modified_at=modified_at if modified_at is not None else published_at or Moment(0),
        published_at=published_at,
        withdrawn_at=_withdrawn(record.withdrawn),
        aliases=aliases,
        related=tuple(record.related or ()),
        upstream=tuple(record.upstream or ()),
        summary=record.summary or "",
        details=record.details or "",
        severities=_severities(record.severity),
        affected=tuple(_affected(each, names) for each in record.affected or ()),
        references=tuple(Reference(each.type, each.url) for each in record.references or ()),
        malicious=any(name.startswith(MALICIOUS) for name in (record.id, *aliases)),
        body=body,
    )


def _affected(wire: _Affected, names: OsvNames) -> Affected:
    package = wire.package or _Package()
    return Affected(
        ecosystem=package.ecosystem,
        name=package.name,
        package=names.find(package.ecosystem, package.name),
        ranges=tuple(_range(each) for each in wire.ranges or ()),
        versions=tuple(wire.versions or ()),
        severities=_severities(wire.severity),
        ecosystem_specific=_kept(wire.ecosystem_specific),
        database_specific=_kept(wire.database_specific),
    )


def _range(wire: _Range) -> AffectedRange:
    kind = _RANGE_KINDS.get(wire.type)
    if kind is None:
        raise Invalid(f"{wire.type[:40]!r} is no type of a range")
    events: list[RangeEvent] = []
    for event in wire.events or ():
        known = [RangeEvent(each, event[each]) for each in _EVENT_KINDS if each in event]
        if not known:
            raise Invalid(f"an event of a range has none of {', '.join(_EVENT_KINDS)}")
        events += known
    return AffectedRange(kind, tuple(events), wire.repo or "")


def _severities(wire: list[_Severity] | None) -> tuple[Severity, ...]:
    return tuple(
        Severity(each.type, each.score, base_score(each.score) if each.type.startswith("CVSS_") else None)
        for each in wire or ()
    )


def _kept(raw: msgspec.Raw) -> msgspec.Raw:
    """Copy what else would keep the whole record in memory."""
    return raw.copy() if raw else raw


def _mention(advisory: Advisory, affected: list[Affected]) -> Mention:
    severities = [*advisory.severities, *(severity for each in affected for severity in each.severities)]
    return Mention(
        id=advisory.id,
        source=advisory.source,
        modified_at=advisory.modified_at,
        aliases=advisory.aliases,
        malicious=advisory.malicious,
        score=best_score(severities),
        ranges=tuple(span for each in affected for span in each.ranges if span.kind != "git"),
        versions=tuple(dict.fromkeys(version for each in affected for version in each.versions)),
    )


def _moment(text: str | None) -> Moment | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Moment(((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND)


def _withdrawn(text: str | None) -> Moment | None:
    """Read when a record was taken back: a text that is no date takes it back all the same."""
    if not text:
        return None
    at = _moment(text)
    return Moment(0) if at is None else at
