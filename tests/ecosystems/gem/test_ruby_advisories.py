"""Advisories of the Ruby community's database mean the same after they became OSV records."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem import ECOSYSTEM
from packhouse.ecosystems.gem.ranges import satisfies
from packhouse.ecosystems.gem.ruby_advisories import to_osv
from tests.ecosystems.advisory_forms import JSON, is_affected, neighbours, prepared, raw_records

RAW: dict[str, Any] = {
    "path": "gems/pear/CVE-2026-1.yml",
    "gem": "pear",
    "cve": "2026-1",
    "ghsa": "aaaa-bbbb-cccc",
    "url": "https://advisory.example/1",
    "title": "Bad pears",
    "date": "2026-08-01",
    "description": "Very bad.",
    "cvss_v3": 7.5,
    "patched_versions": ["~> 2.3.14", ">= 3.1.2"],
    "unaffected_versions": ["< 1.0.0"],
    "related": {"url": ["https://advisory.example/1", "https://advisory.example/2"]},
}


def _ranges(patched: Sequence[str], unaffected: Sequence[str] = ()) -> list[list[dict[str, str]]]:
    record = to_osv(RAW | {"patched_versions": patched, "unaffected_versions": unaffected})
    assert record is not None
    return [each["events"] for each in record["affected"][0]["ranges"]]


def test_an_advisory_becomes_a_whole_record() -> None:
    assert to_osv(RAW) == {
        "schema_version": "1.7.0",
        "id": "RUBYSEC-pear:CVE-2026-1",
        "modified": "2026-08-01T00:00:00Z",
        "published": "2026-08-01T00:00:00Z",
        "aliases": ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"],
        "summary": "Bad pears",
        "details": "Very bad.",
        "affected": [
            {
                "package": {"ecosystem": "RubyGems", "name": "pear"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "1.0.0"}, {"fixed": "2.3.14"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "2.4.A"}, {"fixed": "3.1.2"}]},
                ],
            }
        ],
        "references": [
            {"type": "ADVISORY", "url": "https://advisory.example/1"},
            {"type": "WEB", "url": "https://advisory.example/2"},
        ],
        "database_specific": {
            "patched_versions": ["~> 2.3.14", ">= 3.1.2"],
            "unaffected_versions": ["< 1.0.0"],
            "cvss_v3": 7.5,
        },
    }


def test_where_nothing_is_patched_everything_is_vulnerable() -> None:
    assert _ranges([]) == [[{"introduced": "0"}]]
    assert _ranges([], ["<= 1.2"]) == [[{"introduced": "1.2.0.0.1"}]]
    assert _ranges(["> 1.2"]) == [[{"introduced": "0"}, {"last_affected": "1.2"}]]
    assert _ranges(["= 1.2"]) == [[{"introduced": "0"}, {"fixed": "1.2"}], [{"introduced": "1.2.0.0.1"}]]


def test_what_is_about_ruby_itself_is_no_gem() -> None:
    record = to_osv({"path": "rubies/jruby/CVE-2010-1330.yml", "engine": "jruby", "cve": "2010-1330"})
    assert record is not None
    assert record["affected"][0]["package"] == {"ecosystem": "Ruby", "name": "jruby"}


def test_what_is_in_another_form_is_left_to_others() -> None:
    assert to_osv({"id": "A-1"}) is None
    assert to_osv({"gem": 7}) is None


@pytest.mark.parametrize("broken", [{"patched_versions": ["newer"]}, {"path": "", "cve": None, "ghsa": None}])
def test_what_cannot_be_read_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        to_osv(RAW | broken)


@given(st.dictionaries(st.sampled_from(list(RAW)), JSON, max_size=3))
def test_whatever_a_field_holds_the_advisory_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        record = to_osv(RAW | changes)
    except Invalid:
        return
    if record is not None:
        assert msgspec.json.decode(msgspec.json.encode(record))["id"]


def test_every_real_advisory_is_about_all_versions_that_are_neither_patched_nor_unaffected() -> None:
    checked = 0
    for raw in raw_records("rubysec-raw-2026-08-22.jsonl.xz"):
        record = to_osv(raw)
        assert record is not None, raw["path"]
        safe = [*(raw.get("patched_versions") or ()), *(raw.get("unaffected_versions") or ())]
        if record["affected"][0]["package"]["ecosystem"] != "RubyGems":
            continue
        ready = prepared(ECOSYSTEM, record)
        named = {version for each in safe for version in re.findall(r"[0-9][0-9A-Za-z.-]*", each)}
        for version in {near for each in named for near in neighbours(each)}:
            vulnerable = not any(satisfies(version, each) for each in safe)
            assert is_affected(ECOSYSTEM, ready, version) == vulnerable, (raw["path"], version)
            checked += 1
    assert checked > 10_000
