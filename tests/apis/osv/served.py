"""The OSV API over records that a test writes."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from packhouse.adapters.memory.store import MemoryStore
from packhouse.apis.osv.door import OsvDoor, osv_problem
from packhouse.app import load_ecosystems
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.services.advisories import Advisories
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from tests.asgi import Reply, call

Record = Mapping[str, Any]


def record(advisory_id: str, ecosystem: str, name: str, *events: Mapping[str, str], **fields: object) -> dict[str, Any]:
    """Write a record about one package, by the events of its versions."""
    kind = "ECOSYSTEM" if ecosystem in ("PyPI", "Maven", "RubyGems") else "SEMVER"
    affected = {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": [{"type": kind, "events": list(events)}],
    }
    return {"id": advisory_id, "modified": "2026-01-02T03:04:05Z", "affected": [affected], **fields}


def below(version: str) -> tuple[Mapping[str, str], ...]:
    """Affect every version before this one."""
    return {"introduced": "0"}, {"fixed": version}


class Served:
    """A server of nothing but advisories."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        ecosystems = [each for each, _ in load_ecosystems().values()]
        self.intake = AdvisoryImport(self.store, ecosystems)
        self.advisories = Advisories(self.store, ecosystems)
        mount = Mount(OsvDoor(self.advisories, ecosystems), osv_problem)
        self.site = Site({"v1": mount}, mount, PublicAddress(None, ()), ("default",), Ready(0))

    async def add(self, *records: Record, source: str = "test") -> None:
        """Import records."""
        report = await self.intake.add(source, [FeedRecord(str(each["id"]), _json(each)) for each in records])
        assert not report.failed

    async def get(self, path: str) -> Reply:
        """Ask for a record."""
        return await call(self.site, path)

    async def post(self, path: str, body: object) -> Reply:
        """Send a question; bytes as they are."""
        return await call(self.site, path, "POST", {}, body if isinstance(body, bytes) else _json(body))

    async def ids(self, **query: object) -> list[str]:
        """Ask one question, and list the records that are answered."""
        reply = await self.post("/v1/query", query)
        assert reply.status == 200, reply.text
        return [each["id"] for each in json.loads(reply.body).get("vulns", [])]

    async def batch(self, queries: Iterable[object]) -> list[dict[str, Any]]:
        """Ask many."""
        reply = await self.post("/v1/querybatch", {"queries": list(queries)})
        assert reply.status == 200, reply.text
        results: list[dict[str, Any]] = json.loads(reply.body)["results"]
        return results


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
