"""Reports about repositories, as OpenSSF Scorecard and OSS-Fuzz write them: pure functions over bytes."""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.domain.project import Check, Fuzzing, Scorecard
from packhouse.domain.project_address import project_anywhere

_DAY_MS = 86_400_000
_MOST_CHECKS = 100
_MOST_DETAILS = 100
_MOST_CHARACTERS = 2_000
_MOST = (1 << 31) - 1
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Documentation(Struct, frozen=True):
    short: str = ""
    url: str = ""


class _Check(Struct, frozen=True):
    name: str
    score: int = -1
    reason: str = ""
    details: list[str] | None = None
    documentation: _Documentation = _Documentation()


class _Repository(Struct, frozen=True):
    name: str
    commit: str = ""


class _Scorer(Struct, frozen=True):
    version: str = ""
    commit: str = ""


class _Result(Struct, frozen=True):
    date: str
    repo: _Repository
    score: float
    checks: list[_Check] | None = None
    scorecard: _Scorer = _Scorer()
    metadata: list[str] | None = None


def read_scorecard(body: bytes) -> tuple[str, Scorecard]:
    """Read a result of `scorecard --format json`, which its API answers too; raise Invalid."""
    try:
        found = _decode_result(body)
    except _UNREADABLE as error:
        raise Invalid(f"it is no result of Scorecard: {error}") from error
    project = project_anywhere(found.repo.name)
    if project is None:
        raise Invalid("it is a result about no repository")
    if not -1 <= found.score <= 10:
        raise Invalid("its score is not one from 0 to 10")
    checks = tuple(_check(each) for each in (found.checks or ())[:_MOST_CHECKS])
    card = Scorecard(
        date=read_day(found.date),
        score=max(found.score, 0.0),
        checks=checks,
        repository=project,
        commit=_short(found.repo.commit),
        scorer_version=_short(found.scorecard.version),
        scorer_commit=_short(found.scorecard.commit),
        metadata=tuple(map(_short, (found.metadata or ())[:_MOST_DETAILS])),
    )
    return project, card


class _Lines(Struct, frozen=True):
    count: int
    covered: int


class _Totals(Struct, frozen=True):
    lines: _Lines


class _Part(Struct, frozen=True):
    totals: _Totals


class _Summary(Struct, frozen=True):
    data: list[_Part]


class LatestReport(Struct, frozen=True):
    """Where OSS-Fuzz keeps the newest report on the coverage of a project."""

    report_summary_path: str
    """An address in the bucket, which begins with gs:// and the bucket's name."""
    report_date: str = ""
    """Such as 20260811."""


def read_coverage(body: bytes, before: Fuzzing, date: Moment | None) -> Fuzzing:
    """Add the lines of a coverage summary, as llvm-cov exports it, to what is known; raise Invalid."""
    try:
        found = _decode_summary(body)
    except _UNREADABLE as error:
        raise Invalid(f"it is no summary of coverage: {error}") from error
    lines = sum(part.totals.lines.count for part in found.data)
    covered = sum(part.totals.lines.covered for part in found.data)
    if not 0 <= covered <= lines <= _MOST:
        raise Invalid("its lines cannot be")
    return msgspec.structs.replace(before, lines=lines, covered=covered, date=date)


def read_latest_report(body: bytes) -> LatestReport:
    """Read where the newest report is; raise Invalid."""
    try:
        return _decode_latest(body)
    except _UNREADABLE as error:
        raise Invalid(f"it does not say where the report is: {error}") from error


def read_report_day(text: str) -> Moment | None:
    """Read a day without separators, such as 20260811; None where it is none."""
    try:
        return Moment(int(datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).timestamp()) * 1000)
    except ValueError:
        return None


def _check(found: _Check) -> Check:
    return Check(
        name=_short(found.name),
        score=min(max(found.score, -1), 10),
        reason=_short(found.reason),
        details=tuple(map(_short, (found.details or ())[:_MOST_DETAILS])),
        about=_short(found.documentation.short),
        url=_short(found.documentation.url),
    )


def read_day(text: str) -> Moment:
    """Cut a date, or a point in time, to midnight UTC, since the API promises no more; raise Invalid."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid("its date cannot be read") from error
    at = read if read.tzinfo is not None else read.replace(tzinfo=UTC)
    moment = int(at.timestamp()) * 1000
    if moment < 0:
        raise Invalid("its date cannot be")
    return Moment(moment - moment % _DAY_MS)


def _short(text: str) -> str:
    return text[:_MOST_CHARACTERS]


_decode_result = msgspec.json.Decoder(_Result).decode
_decode_summary = msgspec.json.Decoder(_Summary).decode
_decode_latest = msgspec.json.Decoder(LatestReport).decode
