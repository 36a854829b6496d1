"""OSV records, written of what other databases say; https://ossf.github.io/osv-schema/."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from msgspec import Struct

SCHEMA_VERSION = "1.7.0"


class Statement(Struct, frozen=True, kw_only=True):
    """What a record says, whatever its form."""

    id: str
    ecosystem: str
    name: str
    ranges: list[dict[str, Any]]
    published: str = ""
    modified: str = ""
    aliases: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    vectors: tuple[str, ...] = ()
    """CVSS."""
    advisory: str = ""
    """The address of the advisory itself."""
    links: tuple[str, ...] = ()
    specific: dict[str, Any] = {}
    """What has no place in an OSV record."""


def osv_record(said: Statement) -> dict[str, Any]:
    """Write a record; what is empty is left out."""
    package = {"ecosystem": said.ecosystem, "name": said.name}
    references = [{"type": "ADVISORY", "url": said.advisory}] if said.advisory else []
    references += [{"type": "WEB", "url": link} for link in said.links if link != said.advisory]
    record = {
        "schema_version": SCHEMA_VERSION,
        "id": said.id,
        # Required; a database that tells neither says that it is as old as can be.
        "modified": said.modified or said.published or "1970-01-01T00:00:00Z",
        "published": said.published,
        "aliases": list(dict.fromkeys(each for each in said.aliases if each)),
        "summary": said.summary,
        "details": said.details,
        "severity": [{"type": f"CVSS_V{_version(each)}", "score": each} for each in said.vectors if each],
        "affected": [{"package": package, "ranges": said.ranges}],
        "references": references,
        "database_specific": said.specific,
    }
    return {name: value for name, value in record.items() if value}


def utc_text(written: object) -> str:
    """Write a date or time as OSV has it; empty for what is none."""
    text = str(written).strip() if written else ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = datetime.combine(date.fromisoformat(text), time())
        except ValueError:
            return ""
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def texts(written: object) -> tuple[str, ...]:
    """Take the texts of a list, or one text; nothing of anything else."""
    if isinstance(written, str):
        return (written,) if written.strip() else ()
    return tuple(each for each in written if isinstance(each, str)) if isinstance(written, Iterable) else ()


def text(written: object) -> str:
    """Take a text or number as text; empty for anything else."""
    return str(written).strip() if isinstance(written, str | int | float) and not isinstance(written, bool) else ""


def _version(vector: str) -> str:
    return vector[5] if vector.startswith(("CVSS:3", "CVSS:4")) else "2"
