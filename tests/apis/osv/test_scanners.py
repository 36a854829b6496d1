"""What scanners send, recorded, and what they go on to ask for."""

import json

import pytest

from tests.apis.osv.served import Served, below, record
from tests.asgi import call

pytestmark = pytest.mark.anyio

SCANNER = {
    "user-agent": "osv-scanner_scan/2.2.2",
    "content-type": "application/json",
    "accept-encoding": "gzip",
}
BATCH = (
    b'{"queries":[{"package":{"name":"apple","ecosystem":"npm"},"version":"1.0.0"},'
    b'{"package":{"name":"plum","ecosystem":"PyPI"},"version":"1.0"},'
    b'{"package":{"name":"sour-apple","ecosystem":"PyPI"},"version":"1.1"},'
    b'{"package":{"name":"zlib","ecosystem":"Alpine:v3.18"},"version":"1.2.13-r1"},'
    b'{"commit":"9f9e8e8e6b7d2cd0bbbf9b9c1b5a0c7f8d7e6f5a"}]}'
)
"""What osv-scanner 2.2.2 sends for a package-lock.json and a requirements.txt, and for an image and a checkout."""
PIP_AUDIT = b'{"package": {"name": "sour-apple", "ecosystem": "PyPI"}, "version": "1.1"}'
"""What pip-audit 2.10 sends, without a content type."""


@pytest.fixture
async def served() -> Served:
    """Serve two records."""
    made = Served()
    await made.add(
        record("GHSA-1", "npm", "apple", *below("1.2.0")),
        record("GHSA-2", "PyPI", "sour-apple", *below("1.2"), schema_version="1.6.0"),
    )
    return made


async def test_a_scan_is_answered_in_order_and_its_records_are_to_be_had(served: Served) -> None:
    reply = await call(served.site, "/v1/querybatch", "POST", SCANNER | {"accept-encoding": "identity"}, BATCH)
    results = json.loads(reply.body)["results"]
    assert [[each["id"] for each in result.get("vulns", [])] for result in results] == [
        ["GHSA-1"],
        [],
        ["GHSA-2"],
        [],
        [],
    ]
    for advisory_id in ("GHSA-1", "GHSA-2"):
        again = await call(served.site, f"/v1/vulns/{advisory_id}", "GET", SCANNER | {"accept-encoding": "identity"})
        assert json.loads(again.body)["id"] == advisory_id


async def test_an_answer_is_compressed_for_who_can_read_that(served: Served) -> None:
    plain = await call(served.site, "/v1/vulns/GHSA-1", "GET", {"accept-encoding": "identity"})
    packed = await call(served.site, "/v1/vulns/GHSA-1", "GET", SCANNER)
    assert "content-encoding" not in plain.headers
    assert packed.headers["vary"] == "Accept-Encoding"
    again = await call(served.site, "/v1/vulns/GHSA-1", "GET", {"if-none-match": plain.headers["etag"]})
    assert again.status == 304


async def test_pip_audit_is_given_whole_records_by_the_name_that_it_asked_for(served: Served) -> None:
    reply = await call(served.site, "/v1/query", "POST", {"accept": "*/*"}, PIP_AUDIT)
    (found,) = json.loads(reply.body)["vulns"]
    assert found["affected"][0]["package"] == {"ecosystem": "PyPI", "name": "sour-apple"}
    assert found["schema_version"] == "1.6.0"
