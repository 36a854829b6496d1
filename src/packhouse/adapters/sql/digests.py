"""Which releases may have a file with a digest."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec

from packhouse.adapters.sql.executor import Work
from packhouse.adapters.sql.packages import SqlPort
from packhouse.adapters.sql.texts import Texts
from packhouse.domain.digest import Digest
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.services.hashes import DigestPlace

_SEVERAL = (64, 8, 1)
"""Rows that are written with one statement; few sizes, so that there are few statements."""
_PREFIX_DIGITS = 16
_parameter = re.compile(r":(prefix|version)\b")

Rows = Sequence[tuple[int, str]]
"""Prefixes with the versions that they lead to."""


class SqlDigests(SqlPort):
    """The index of digests."""

    async def find_digest(self, digest: Digest, limit: int) -> Sequence[DigestPlace]:
        """List releases that may have a file with a digest."""
        row = await self._database.one(self._database.text.find_digest, {"prefix": prefix(digest), "limit": limit})
        found = [] if row is None else _decode(row[0])
        return [
            DigestPlace(origin, PackageKey(ecosystem, NormalName(name)), version)
            for origin, ecosystem, name, version in found
        ]


def prefix(digest: Digest) -> int:
    """Read the first eight bytes as the database's kind of number."""
    return int.from_bytes(bytes.fromhex(digest.value[:_PREFIX_DIGITS]), "big", signed=True)


def rows_of(version: str, digests: Iterable[Digest]) -> Rows:
    """Make the rows of one file."""
    return [(prefix(each), version) for each in digests if _is_digest(each.value)]


def changed_releases(record: PackageRecord, before: PackageRecord | None) -> list[Release]:
    """Decode all releases that were not there before, or were not the same."""
    known = frozenset(map(bytes, before.releases)) if before is not None else frozenset()
    return [record.release(place) for place, raw in enumerate(record.releases) if bytes(raw) not in known]


def digests_of(releases: Iterable[Release]) -> Rows:
    """Make the rows of all files of releases."""
    found: set[tuple[int, str]] = set()
    for release in releases:
        for artifact in release.artifacts:
            found.update(rows_of(release.version, artifact.digests))
    return sorted(found)


def put_digests(text: Texts, package_id: int, rows: Rows) -> Work[None]:
    """Write rows; those that are there stay."""
    start = 0
    for count in _SEVERAL:
        while len(rows) - start >= count:
            columns: dict[str, Any] = {"package_id": package_id}
            for number, (where, version) in enumerate(rows[start : start + count]):
                columns[f"prefix{number}"] = where
                columns[f"version{number}"] = version
            yield _insert(text.add_digest, count), columns
            start += count


@cache
def _insert(add_digest: str, count: int) -> str:
    """Let the statement that writes one row write several of one package."""
    head, values = add_digest.split(" VALUES ")
    one, closing, _ = values.partition(")")
    rows = ", ".join(_parameter.sub(rf":\g<1>{number}", one + closing) for number in range(count))
    return f"{head} VALUES {rows} ON CONFLICT DO NOTHING"


_is_digest = re.compile(r"[0-9a-f]{32,128}").fullmatch
_decode = msgspec.json.Decoder(list[tuple[str, str, str, str]]).decode
