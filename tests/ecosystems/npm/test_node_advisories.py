"""Advisories of the Node.js Security Working Group mean the same after they became OSV records."""

import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm import ECOSYSTEM
from packhouse.ecosystems.npm.node_advisories import to_osv
from packhouse.ecosystems.npm.ranges import satisfies
from tests.ecosystems.advisory_forms import JSON, is_affected, neighbours, prepared, raw_records

RAW: dict[str, Any] = {
    "id": 7,
    "module_name": "pear",
    "title": "Bad pears",
    "publish_date": "2026-08-01",
    "updated_at": "2026-08-02",
    "cves": ["CVE-2026-1"],
    "vulnerable_versions": "<=1.5.1 || >2.0.0 <2.3.0 || =3.0.0",
    "patched_versions": ">=3.0.1",
    "overview": "Very bad.",
    "recommendation": "Eat plums.",
    "references": ["https://advisory.example/1"],
    "cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
}


def test_an_advisory_becomes_a_whole_record() -> None:
    assert to_osv(RAW) == {
        "schema_version": "1.7.0",
        "id": "NSWG-ECO-7",
        "modified": "2026-08-02T00:00:00Z",
        "published": "2026-08-01T00:00:00Z",
        "aliases": ["CVE-2026-1"],
        "summary": "Bad pears",
        "details": "Very bad.\n\nEat plums.",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N"}],
        "affected": [
            {
                "package": {"ecosystem": "npm", "name": "pear"},
                "ranges": [
                    {"type": "SEMVER", "events": [{"introduced": "0"}, {"last_affected": "1.5.1"}]},
                    {"type": "SEMVER", "events": [{"introduced": "2.0.1-0"}, {"fixed": "2.3.0"}]},
                    {"type": "SEMVER", "events": [{"introduced": "3.0.0"}, {"last_affected": "3.0.0"}]},
                ],
            }
        ],
        "references": [{"type": "WEB", "url": "https://advisory.example/1"}],
        "database_specific": {"patched_versions": ">=3.0.1"},
    }


@pytest.mark.parametrize(
    ("written", "events"),
    [
        ("*", [[{"introduced": "0"}]]),
        ("", [[{"introduced": "0"}]]),
        (">1.0.0-rc.1", [[{"introduced": "1.0.0-rc.1.0"}]]),
        ("<1.0.0 || <2.0.0", [[{"introduced": "0"}, {"fixed": "2.0.0"}]]),
    ],
)
def test_ranges_are_read_as_npm_does(written: str, events: list[list[dict[str, str]]]) -> None:
    record = to_osv(RAW | {"vulnerable_versions": written})
    assert record is not None
    assert [each["events"] for each in record["affected"][0]["ranges"]] == events


def test_what_is_in_another_form_is_left_to_others() -> None:
    assert to_osv({"id": "A-1"}) is None
    assert to_osv(RAW | {"id": "7"}) is None


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(Invalid):
        to_osv(RAW | {"vulnerable_versions": "all of them!"})


@given(st.dictionaries(st.sampled_from(list(RAW)), JSON, max_size=3))
def test_whatever_a_field_holds_the_advisory_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        record = to_osv(RAW | changes)
    except Invalid:
        return
    if record is not None:
        assert msgspec.json.decode(msgspec.json.encode(record))["id"]


def test_every_real_advisory_is_about_the_same_versions_as_before() -> None:
    checked = 0
    for raw in raw_records("nodejs-secwg-npm-raw.jsonl.xz"):
        record = to_osv(raw)
        assert record is not None, raw["id"]
        ready = prepared(ECOSYSTEM, record)
        named = set(re.findall(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.]+)?", raw["vulnerable_versions"]))
        for version in {near for each in named for near in neighbours(each) if near.count(".") == each.count(".")}:
            if "-" in version:  # npm's ranges leave most pre-releases out, those of OSV do not
                continue
            vulnerable = satisfies(version, raw["vulnerable_versions"])
            assert is_affected(ECOSYSTEM, ready, version) == vulnerable, (raw["id"], version)
            checked += 1
    assert checked > 2_000
