"""What advisories say, in the words of the API."""

import json
from typing import Any

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.apis.depsdev.advised import Advised
from packhouse.apis.depsdev.behind import Behind
from packhouse.apis.depsdev.insights import Insights
from packhouse.domain.release import Release
from packhouse.http.site import Site
from packhouse.services.advisories import Advisories
from packhouse.services.advisory_import import AdvisoryImport
from packhouse.services.advisory_ports import FeedRecord
from tests.apis.depsdev.conftest import site_over
from tests.apis.universe import NOW, ORCHARD, needs, record, services_of
from tests.asgi import call

pytestmark = pytest.mark.anyio

TOYS = msgspec.structs.replace(
    ORCHARD, osv=("Toys",), version_key=lambda text: tuple(int(each) for each in text.split("."))
)
V3 = {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:H"}
V4 = {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}


def _record(name: str, package: str, *events: dict[str, str], **more: object) -> FeedRecord:
    affected = {"package": {"ecosystem": "Toys", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
    body = {"id": name, "modified": "2026-01-01T00:00:00Z", "affected": [affected], **more}
    return FeedRecord(name, msgspec.json.encode(body))


FEED = (
    _record(
        "GHSA-jfh8",
        "crate",
        {"introduced": "0"},
        {"fixed": "2.0.0"},
        summary="Remote code injection",
        aliases=["CVE-2021-44228"],
        severity=[V3],
    ),
    _record("GHSA-four", "crate", {"introduced": "2.0.0"}, severity=[V4]),
    _record("MAL-2026-1", "gone", {"introduced": "0"}),
)


@pytest.fixture
async def site() -> Site:
    crate = record("crate", [Release("1.0.0", NOW), Release("2.0.0", NOW)])
    basket = record("basket", [Release("1.0.0", NOW, requirements=needs("crate 1.*", "apple *"))])
    services = await services_of([crate, basket, record("apple", [Release("1.0.0", NOW)])], TOYS)
    store = MemoryStore()
    advisories = Advisories(store, [TOYS])
    report = await AdvisoryImport(store, [TOYS]).add("tests", FEED)
    assert not report.failed
    return site_over(Insights({"toy": services}, Behind(advisories=Advised(advisories))))


async def _get(site: Site, path: str) -> Any:  # noqa: ANN401 (any JSON)
    reply = await call(site, f"/v3alpha/{path}")
    assert reply.status == 200, reply.text
    return json.loads(reply.text)


async def test_an_advisory_is_found_by_its_id_and_by_an_alias(site: Site) -> None:
    for name in ("GHSA-jfh8", "CVE-2021-44228"):
        assert await _get(site, f"advisories/{name}") == {
            "advisoryKey": {"id": "GHSA-jfh8"},
            "url": "https://osv.dev/vulnerability/GHSA-jfh8",
            "title": "Remote code injection",
            "aliases": ["CVE-2021-44228"],
            "cvss3Score": 10.0,
            "cvss3Vector": V3["score"],
        }
    assert (await call(site, "/v3/advisories/GHSA-none")).status == 404


async def test_without_a_score_of_version_3_none_is_told(site: Site) -> None:
    assert "cvss3Score" not in await _get(site, "advisories/GHSA-four")


async def test_a_version_names_its_advisories(site: Site) -> None:
    for version, advisory in (("1.0.0", "GHSA-jfh8"), ("2.0.0", "GHSA-four")):
        found = await _get(site, f"systems/TOY/packages/crate/versions/{version}")
        assert found["advisoryKeys"] == [{"id": advisory}]


async def test_a_vulnerable_version_has_findings_by_its_score_and_whether_it_is_mended(site: Site) -> None:
    first = await _get(site, "systems/TOY/packages/crate/versions/1.0.0:findings")
    assert first["requestedVersion"]["findings"] == [
        {"type": "VULNERABLE", "risk": "RISK_CRITICAL"},
        {"type": "REMEDIATION", "risk": "RISK_INFORMATIONAL"},
    ]
    second = await _get(site, "systems/TOY/packages/crate/versions/2.0.0:findings")
    assert [each["type"] for each in second["requestedVersion"]["findings"]] == ["VULNERABLE"]
    assert second["recommendedVersions"] == []


async def test_an_attack_is_told_of_although_its_registry_has_removed_it(site: Site) -> None:
    package = await _get(site, "systems/TOY/packages/gone:findings")
    assert [each["type"] for each in package["packageFindings"]] == ["MALICIOUS", "NOT_FOUND"]
    version = await _get(site, "systems/TOY/packages/gone/versions/1.0.0:findings")
    assert [each["type"] for each in version["packageFindings"]] == ["MALICIOUS", "NOT_FOUND"]


async def test_one_call_tells_a_graph_with_the_advisories_of_every_release_in_it(site: Site) -> None:
    graph = await _get(site, "systems/TOY/packages/basket/versions/1.0.0:dependencies?advisories=true")
    told = {node["versionKey"]["name"]: [each["id"] for each in node["advisoryKeys"]] for node in graph["nodes"]}
    assert told == {"basket": [], "crate": ["GHSA-jfh8"], "apple": []}
    assert [each["title"] for each in graph["advisories"]] == ["Remote code injection"]
    plain = await _get(site, "systems/TOY/packages/basket/versions/1.0.0:dependencies")
    assert plain.keys() == {"nodes", "edges", "error"}
    assert [node.keys() for node in plain["nodes"]] == [{"versionKey", "bundled", "relation", "errors"}] * 3
    assert plain["edges"] == graph["edges"]
