"""Advisories of the PHP community's database mean the same after they became OSV records."""

import operator
import re
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer import ECOSYSTEM
from packhouse.ecosystems.composer.friends_of_php import to_osv
from packhouse.ecosystems.composer.versions import version_key
from tests.ecosystems.advisory_forms import JSON, is_affected, neighbours, prepared, raw_records

RAW: dict[str, Any] = {
    "path": "acme/pear/CVE-2026-1.yaml",
    "title": "Bad pears",
    "link": "https://advisory.example/1",
    "cve": "CVE-2026-1",
    "branches": {
        "2.x": {"time": "2026-08-02 10:00:00", "versions": [">=2.0.0", "<2.3.1"]},
        "1.x": {"time": None, "versions": ["<1.4.0"]},
        "master": {"time": "2026-08-01T09:00:00", "versions": [">2.5", "<=2.6"]},
    },
    "reference": "composer://acme/pear",
}
_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def test_an_advisory_becomes_a_whole_record() -> None:
    assert to_osv(RAW) == {
        "schema_version": "1.7.0",
        "id": "FOP-acme:pear:CVE-2026-1",
        "modified": "2026-08-02T10:00:00Z",
        "published": "2026-08-01T09:00:00Z",
        "aliases": ["CVE-2026-1"],
        "summary": "Bad pears",
        "affected": [
            {
                "package": {"ecosystem": "Packagist", "name": "acme/pear"},
                "ranges": [
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.4.0"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "2.0.0"}, {"fixed": "2.3.1"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "2.5-p1"}, {"last_affected": "2.6"}]},
                ],
            }
        ],
        "references": [{"type": "ADVISORY", "url": "https://advisory.example/1"}],
    }


def test_what_is_in_another_form_is_left_to_others() -> None:
    assert to_osv({"id": "A-1"}) is None
    assert to_osv(RAW | {"reference": "bread://acme/rye"}) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"branches": {"1.x": {"versions": ["about 3"]}}},
        {"branches": {"1.x": {"versions": []}}},
        {"path": "", "cve": None},
    ],
)
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


def test_every_real_advisory_is_about_the_same_versions_as_before() -> None:
    checked = 0
    for raw in raw_records("friendsofphp-raw-2026-08-06.jsonl.xz"):
        record = to_osv(raw)
        assert record is not None, raw["path"]
        ready = prepared(ECOSYSTEM, record)
        branches = [each["versions"] for each in raw["branches"].values()]
        named = {re.sub("^[<>=]+", "", part) for parts in branches for part in parts}
        for version in {near for each in named for near in neighbours(each) if _key(near) is not None}:
            vulnerable = any(all(_holds(version, part) for part in parts) for parts in branches)
            assert is_affected(ECOSYSTEM, ready, version) == vulnerable, (raw["path"], version)
            checked += 1
    assert checked > 10_000


@cache
def _key(text: str) -> Any:  # noqa: ANN401 (sort key)
    try:
        return version_key(text)
    except Invalid:
        return None


def _holds(version: str, part: str) -> bool:
    found = re.fullmatch(r"(<=|>=|<|>)(.*)", part)
    assert found is not None, part
    compare: Any = _COMPARE[found[1]]
    return bool(compare(_key(version), _key(found[2])))
