"""Audits are answered from the advisories that were imported."""

import gzip
import json
from collections.abc import Mapping
from typing import Any

import pytest

from packhouse.domain.upstream import UpstreamRegistry
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.routes import build_mount
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from tests.assembled import Assembled
from tests.ecosystems.npm.auditing import UPSTREAM

pytestmark = pytest.mark.anyio

BULK = "/npm/-/npm/v1/security/advisories/bulk"
QUICK = "/npm/-/npm/v1/security/audits/quick"
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"


def record(advisory_id: str, name: str, *events: Mapping[str, str], **fields: object) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "npm", "name": name},
        "ranges": [{"type": "SEMVER", "events": list(events)}],
    }
    return {"id": advisory_id, "modified": "2026-01-01T00:00:00Z", "affected": [affected], **fields}


ROT = record(
    "GHSA-aaaa-bbbb-cccc",
    "apple",
    {"introduced": "1.0.0"},
    {"fixed": "1.2.0"},
    aliases=["CVE-2026-1"],
    summary="Apples rot",
    details="They do.",
    severity=[{"type": "CVSS_V3", "score": VECTOR}],
    database_specific={"severity": "MODERATE", "cwe_ids": ["CWE-1321"]},
)


async def server(*records: Mapping[str, Any]) -> Assembled:
    made = Assembled(ECOSYSTEM, build_mount, {}, (UpstreamRegistry("npm", "npm", UPSTREAM),))
    intake = AdvisoryImport(made.store, [ECOSYSTEM])
    report = await intake.add("test", [FeedRecord(each["id"], json.dumps(each).encode()) for each in records])
    assert not report.failed
    return made


async def bulk(made: Assembled, **asked: list[str]) -> dict[str, list[dict[str, Any]]]:
    reply = await made.send("POST", BULK, asked)
    assert reply.status == 200, reply.text
    answer: dict[str, list[dict[str, Any]]] = json.loads(reply.body)
    return answer


async def test_an_affected_version_is_told_as_npm_reads_it() -> None:
    made = await server(ROT)
    body = gzip.compress(json.dumps({"apple": ["1.0.0", "1.2.0"], "@secret/plan": ["1.0.0"]}).encode())
    reply = await made.send("POST", BULK, body, headers={"content-encoding": "gzip"})
    answer = json.loads(reply.body)
    (found,) = answer.pop("apple")
    assert answer == {}
    assert isinstance(found.pop("id"), int)
    assert found == {
        "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
        "title": "Apples rot",
        "severity": "moderate",
        "vulnerable_versions": ">=1.0.0 <1.2.0",
        "cwe": ["CWE-1321"],
        "cvss": {"score": 7.5, "vectorString": VECTOR},
    }
    assert made.asked() == []


async def test_a_mended_version_is_no_finding() -> None:
    assert await bulk(await server(ROT), apple=["1.2.0", "0.9.0"]) == {}


async def test_the_old_form_says_where_it_stands_and_what_mends_it() -> None:
    made = await server(ROT)
    tree = {"dependencies": {"basket": {"version": "1.0.0", "dependencies": {"apple": {"version": "1.1.0"}}}}}
    answer = json.loads((await made.send("POST", QUICK, tree)).body)
    (found,) = answer["advisories"].values()
    assert found["patched_versions"] == ">=1.2.0"
    assert found["findings"] == [{"version": "1.1.0", "paths": ["basket>apple"]}]
    assert found["cves"] == ["CVE-2026-1"]
    assert found["github_advisory_id"] == "GHSA-aaaa-bbbb-cccc"
    assert found["recommendation"] == "Upgrade to a version in >=1.2.0"
    assert answer["metadata"]["vulnerabilities"]["moderate"] == 1


async def test_two_databases_on_one_thing_are_one_finding_with_both_ranges() -> None:
    other = record("OTHER-1", "apple", {"introduced": "1.1.0"}, {"fixed": "1.3.0"}, aliases=["CVE-2026-1"])
    made = await server(ROT, other)
    (found,) = (await bulk(made, apple=["1.1.0"]))["apple"]
    assert found["vulnerable_versions"] == ">=1.0.0 <1.3.0"
    assert found["title"] == "Apples rot"


@pytest.mark.parametrize(
    ("fields", "severity"),
    [
        ({"database_specific": {"severity": "HIGH"}}, "high"),
        ({"database_specific": {"severity": 7, "cwe_ids": "x", "cwes": {}}}, "moderate"),
        ({"database_specific": []}, "moderate"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]}, "critical"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]}, "low"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N"}]}, "info"),
        ({}, "moderate"),
        ({"aliases": ["MAL-2026-1"]}, "critical"),
    ],
)
async def test_how_bad_it_is_says_the_database_or_else_the_score(fields: Mapping[str, Any], severity: str) -> None:
    made = await server(record("A-1", "apple", {"introduced": "0"}, **fields))
    (found,) = (await bulk(made, apple=["1.0.0"]))["apple"]
    assert found["severity"] == severity
    assert found["vulnerable_versions"] == "*"


async def test_an_attack_by_listed_versions_is_told_with_them() -> None:
    attack = {
        "id": "MAL-2026-2",
        "modified": "2026-01-01T00:00:00Z",
        "summary": "Malicious code in apple (npm)",
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": "apple"},
                "versions": ["1.0.7", "1.0.8"],
                "database_specific": {"cwes": [{"cweId": "CWE-506", "name": "Embedded Malicious Code"}]},
            }
        ],
    }
    made = await server(attack)
    (found,) = (await bulk(made, apple=["1.0.6", "1.0.7"]))["apple"]
    assert found["vulnerable_versions"] == "=1.0.7 || =1.0.8"
    assert found["cwe"] == ["CWE-506"]
    assert found["url"] == "https://osv.dev/vulnerability/MAL-2026-2"


async def test_ids_are_numbers_that_stay() -> None:
    first, second = [(await bulk(await server(ROT), apple=["1.0.0"]))["apple"][0]["id"] for _ in range(2)]
    assert first == second
    assert 0 < first < 2**53


async def test_what_is_withdrawn_is_told_no_more() -> None:
    assert await bulk(await server(ROT | {"withdrawn": "2026-02-01T00:00:00Z"}), apple=["1.0.0"]) == {}
