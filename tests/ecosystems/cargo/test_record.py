"""What is known of a crate and its releases."""

import json
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.further import FurtherKey
from packhouse.domain.release import PackageRecord, Release
from packhouse.ecosystems.cargo.facts import facts
from packhouse.ecosystems.cargo.index import INDEX
from packhouse.ecosystems.cargo.record import complete, default_version, summarize
from packhouse.ecosystems.cargo.requirements_wire import requirements_wire
from packhouse.ecosystems.cargo.versions import version_key
from tests.ecosystems.cargo.crates import (
    CASES,
    crate_document,
    index_file,
    key,
    line,
    parted,
    recorded,
    recorded_crate,
    release_facts,
)

RECORDED = sorted(path.stem for path in CASES.glob("*.index"))


def record_of(name: str, *lines: dict[str, Any] | bytes) -> PackageRecord:
    return INDEX.describe(key(name), parted(name, index_file(*lines)))


def only(name: str, **fields: Any) -> Release:  # noqa: ANN401 (whatever a line may hold)
    return record_of(name, line(name, "1.0.0", **fields)).release(0)


def completed(name: str, release: Release, body: bytes | None) -> Release:
    wanted = complete(key(name), release, {})
    assert wanted == frozenset({FurtherKey(key(name), f"crates/{name}")})
    found = complete(key(name), release, {FurtherKey(key(name), f"crates/{name}"): body})
    assert isinstance(found, Release)
    return found


@pytest.mark.parametrize("name", RECORDED)
def test_every_release_of_a_real_index_file_is_described_in_cargos_order(name: str) -> None:
    index = parted(name, recorded(name))
    record = INDEX.describe(key(name), index)
    assert sorted(record.versions) == sorted(fragment.version for fragment in index.fragments)
    assert all(version_key(low) < version_key(high) for low, high in pairwise(record.versions))
    assert None not in record.published_at
    for position, version in enumerate(record.versions):
        release = record.release(position)
        assert release.artifacts[0].digests[0].algorithm == "sha256"
        assert release.prerelease == (position in record.prereleases) == ("-" in version.partition("+")[0])


def test_yanked_releases_are_those_that_the_index_marks() -> None:
    marked = {each["vers"] for each in map(json.loads, recorded("zstd-sys").splitlines()) if each["yanked"]}
    record = INDEX.describe(key("zstd-sys"), parted("zstd-sys", recorded("zstd-sys")))
    assert {record.versions[position] for position in record.yanked} == marked
    assert marked


def test_a_requirement_keeps_kind_target_features_and_rename() -> None:
    dependencies = [
        {"name": "seed", "req": "^1.2", "features": ["std"], "optional": True, "default_features": False},
        {"name": "alias", "package": "Real_Name", "req": "=2.0.0", "kind": "build", "target": "cfg(unix)"},
        {"name": "check", "req": "*", "kind": "dev", "registry": "https://other.example/index"},
        {"name": "same", "package": "same", "req": "1", "kind": None, "features": None, "later": 1},
    ]
    release = only("plum", deps=dependencies)
    optional, renamed, dev, plain = release.requirements
    assert (optional.name, optional.range, optional.scope, optional.optional) == ("seed", "^1.2", "runtime", True)
    assert optional.extras == ("std",)
    assert (renamed.name, renamed.alias, renamed.scope, renamed.marker) == ("Real_Name", "alias", "build", "cfg(unix)")
    assert (dev.scope, plain.scope, plain.alias, plain.extras) == ("dev", "runtime", None, ())
    assert facts(release).plain == (0,)
    assert facts(release).registries == {2: "https://other.example/index"}


def test_requirements_have_the_shape_of_deps_dev() -> None:
    dependency = {"name": "a", "package": "b", "req": "^1", "features": ["x"], "default_features": False}
    release = only("plum", deps=[dependency], features={"default": ["a/x"]}, features2={"full": ["default"]})
    assert requirements_wire(release) == {
        "dependencies": [
            {
                "name": "b",
                "requirement": "^1",
                "kind": "normal",
                "optional": False,
                "packageAlias": "a",
                "usesDefaultFeatures": False,
                "features": ["x"],
                "target": "",
            }
        ],
        "features": [{"name": "default", "implies": ["a/x"]}, {"name": "full", "implies": ["default"]}],
    }


def test_what_a_release_must_run_on_and_links_to_is_told() -> None:
    release = only("plum", rust_version="1.63", links="plum")
    assert release.runtimes == {"rust": "1.63"}
    assert facts(release).links == "plum"
    assert record_of("plum", line("plum", "1.0.0", rust_version="1.63")).runtimes == ("1.63",)


@pytest.mark.parametrize(
    "odd",
    [
        {"deps": 1},
        {"deps": [{"name": "a"}]},
        {"cksum": None},
        {"features": []},
        {"yanked": "no"},
        {"vers": "1.0"},
        {"vers": "v1.0.0"},
        {"vers": ""},
    ],
)
def test_a_line_that_cargo_passes_over_is_on_the_wire_but_not_in_the_record(odd: dict[str, Any]) -> None:
    lines = index_file(line("plum", "1.0.0") | odd, line("plum", "1.0.1"))
    index = parted("plum", lines)
    assert INDEX.describe(key("plum"), index).versions == ("1.0.1",)
    if "yanked" not in odd:
        assert INDEX.forms["sparse"].join(index, index.fragments) == lines


def test_a_real_document_of_the_web_api_completes_a_real_index_file() -> None:
    index = parted("utf8-ranges", recorded("utf8-ranges"))
    record = INDEX.describe(key("utf8-ranges"), index)
    found = record.find("1.0.0")
    assert found is not None
    release = completed("utf8-ranges", found, recorded_crate("utf8-ranges"))
    assert release.description == "Convert ranges of Unicode codepoints to UTF-8 byte ranges."
    assert [(each.raw, each.spdx) for each in release.licences] == [("Unlicense/MIT", "Unlicense OR MIT")]
    assert {each.label: each.url for each in release.links}["repository"].endswith("/BurntSushi/utf8-ranges")
    assert release.artifacts[0].digests == found.artifacts[0].digests


def test_a_document_completes_what_the_index_cannot_say() -> None:
    user = {"login": "grower", "name": "A Grower", "url": "https://people.example/grower"}
    facts_ = release_facts(
        "plum", "1.0.0", 3, yanked=True, yank_message="rotten", published_by=user, rust_version="1.70"
    )
    release = completed("plum", only("plum", yanked=True, pubtime=None), crate_document("plum", facts_))
    assert release.yanked == "rotten"
    assert release.published_at == 1_578_009_600_123
    assert release.keywords == ("fruit",)
    assert release.artifacts[0].size_bytes == 1234
    assert [(each.name, each.url) for each in release.maintainers] == [("A Grower", "https://people.example/grower")]
    assert release.runtimes == {"rust": "1.70"}
    # A link that a browser must not follow is none.
    assert [(each.label, each.url) for each in release.links] == [("homepage", "https://home.example/")]


def test_the_index_decides_what_it_says() -> None:
    facts_ = release_facts("plum", "1.0.0", 3, yanked=True, yank_message="rotten", rust_version="1.70")
    release = completed("plum", only("plum", rust_version="1.60"), crate_document("plum", facts_))
    assert release.yanked is None
    assert release.runtimes == {"rust": "1.60"}
    assert release.published_at == 1_577_836_800_000


@pytest.mark.parametrize("body", [None, b"", b"[]", b"{}", b'{"crate":1}', b"<html>", b'{"errors":[{"detail":"x"}]}'])
def test_without_a_document_the_release_is_what_the_index_says(body: bytes | None) -> None:
    release = only("plum")
    assert completed("plum", release, body) == release


def test_a_release_that_the_document_does_not_know_yet_stays_as_it_is() -> None:
    release = only("plum")
    assert completed("plum", release, crate_document("plum", release_facts("plum", "0.9.0", 1))) == release


_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=3)


@given(st.dictionaries(st.sampled_from(sorted(release_facts("p", "1.0.0", 1) | {"published_by": 1})), _values))
def test_a_document_with_fields_of_other_types_says_nothing_by_them(fields: dict[str, Any]) -> None:
    body = crate_document("plum", release_facts("plum", "1.0.0", 1) | fields, **{each: fields[each] for each in fields})
    assert completed("plum", only("plum"), body).version == "1.0.0"


@pytest.mark.parametrize(
    ("releases", "expected"),
    [
        (["1.0.0", "2.0.0", "3.0.0-rc.1"], "2.0.0"),
        (["1.0.0", "2.0.0 yanked"], "1.0.0"),
        (["1.0.0-a", "1.0.0-b"], "1.0.0-b"),
        (["1.0.0 yanked", "1.0.0-a"], "1.0.0-a"),
        (["1.0.0 yanked", "2.0.0 yanked", "3.0.0-a yanked"], "2.0.0"),
        (["1.10.0", "1.9.0"], "1.10.0"),
        (["not.a.version"], ""),
    ],
)
def test_the_default_version_is_the_highest_that_cargo_would_add(releases: list[str], expected: str) -> None:
    lines = [line("plum", each.split(" ")[0], yanked=each.endswith("yanked")) for each in releases]
    assert default_version(record_of("plum", *lines)) == expected
    assert summarize(key("plum"), parted("plum", index_file(*lines))).version == expected


def test_a_record_is_kept_and_read_again() -> None:
    record = INDEX.describe(key("xdg"), parted("xdg", recorded("xdg")))
    packed = msgspec.msgpack.encode(record)
    assert msgspec.msgpack.decode(packed, type=PackageRecord) == record


@pytest.mark.parametrize(
    ("releases", "expected"),
    [
        ({"1.0.0": True, "1.1.0": True}, {"yanked"}),
        ({"1.0.0": False, "1.1.0": True}, set()),
        ({"0.9.0": True}, {"unstable", "yanked"}),
        ({"1.0.0-rc.1": False}, {"unstable"}),
    ],
)
def test_a_search_knows_of_which_crates_all_releases_are_yanked(releases: dict[str, bool], expected: set[str]) -> None:
    lines = [line("plum", version, yanked=yanked) for version, yanked in releases.items()]
    assert set(summarize(key("plum"), parted("plum", index_file(*lines))).flags) == expected
