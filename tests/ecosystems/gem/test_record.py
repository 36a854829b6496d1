"""Records: what the index says, and what documents of the API add."""

import json
import re
import tarfile
from typing import Any

import pytest

from packhouse.domain.further import FurtherKey
from packhouse.domain.release import Licence, Link, PackageRecord, Person, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.gem.facts import facts
from packhouse.ecosystems.gem.gem_document import version_path, versions_path
from packhouse.ecosystems.gem.record import complete, default_version, describe, summarize
from packhouse.ecosystems.gem.requirements_wire import requirements_wire
from packhouse.ecosystems.gem.versions import version_key
from tests.ecosystems.gem.gems import index_of, info, key, line, recorded, recorded_infos
from tests.shared import shared_path


def record_of(name: str, *lines: str) -> PackageRecord:
    return describe(key(name), index_of(name, info(*lines)))


def test_every_recorded_release_is_described_with_its_files_and_digests() -> None:
    for name, body in recorded_infos().items():
        index = index_of(name, body)
        record = describe(key(name), index)
        assert set(record.versions) == {each.version for each in index.fragments}
        assert list(record.versions) == sorted(record.versions, key=version_key)
        artifacts = [each for at in range(len(record.versions)) for each in record.release(at).artifacts]
        assert {each.filename for each in artifacts} == {each.id for each in index.fragments}
        assert all(len(each.digests) == 1 for each in artifacts)


def test_a_real_line_is_read_to_the_end() -> None:
    release = describe(key("ffi"), index_of("ffi", recorded_infos()["ffi"])).find("1.13.1")
    assert release is not None
    assert release.runtimes == {"ruby": ">= 2.3"}
    assert facts(release).platform == "ruby"
    assert sorted(facts(release).platforms) == ["java", "ruby", "x64-mingw32", "x86-mingw32"]
    assert "ffi-1.13.1-java.gem" in [each.filename for each in release.artifacts]


def test_platforms_of_a_version_are_one_release_and_their_own_dependencies_are_marked() -> None:
    record = record_of(
        "noko",
        line("noko", "1.0-java", "rope:>= 0,jar:~> 0.4&>= 0.4.2", "ruby:>= 2.7&< 4"),
        line("noko", "1.0", "mini:~> 2.8,rope:>= 0", "ruby:>= 2.7", "rubygems:>= 3.3.22"),
        line("noko", "1.0-x86_64-linux", "rope:>= 0"),
    )
    release = record.find("1.0")
    assert release is not None
    assert release.requirements == (
        Requirement("mini", "~> 2.8", marker="ruby"),
        Requirement("rope", ">= 0"),
        Requirement("jar", "~> 0.4, >= 0.4.2", marker="java"),
    )
    assert release.runtimes == {"ruby": ">= 2.7", "rubygems": ">= 3.3.22"}
    assert [each.filename for each in release.artifacts] == [
        "noko-1.0-java.gem",
        "noko-1.0.gem",
        "noko-1.0-x86_64-linux.gem",
    ]
    assert facts(release).platforms == ("java", "ruby", "x86_64-linux")
    assert requirements_wire(release) == {
        "runtimeDependencies": [
            {"name": "mini", "requirement": "~> 2.8"},
            {"name": "rope", "requirement": ">= 0"},
        ],
        "devDependencies": [],
        "platform": "ruby",
        "requiredRubyVersion": ">= 2.7",
        "requiredRubygemsVersion": ">= 3.3.22",
    }


@pytest.mark.parametrize(
    ("versions", "default"),
    [
        (["1.0", "1.10", "1.9", "2.0.rc1"], "1.10"),
        (["1.0.a", "1.0.b"], "1.0.b"),
        (["1.0-java"], "1.0"),
        ([], ""),
        (["1", "what~ever"], "1"),
    ],
)
def test_the_default_is_the_highest_stable_release(versions: list[str], default: str) -> None:
    lines = [line("plum", each) for each in versions]
    record = record_of("plum", *lines)
    assert default_version(record) == default
    summary = summarize(key("plum"), index_of("plum", info(*lines)))
    assert (summary.version if summary else "") == default


def test_a_version_is_as_old_as_its_first_file() -> None:
    early, late = "1.0 |checksum:x,created_at:2020-01-01T00:00:00Z", "1.0-java |created_at:2021-01-01T00:00:00Z"
    assert record_of("plum", late, early).published_at == (1577836800000,)
    assert record_of("plum", late, "1.0 |checksum:x").published_at == (None,)


def completed(name: str, release: Release, one: object, every: object) -> Release:
    platform = facts(release).platform
    path = version_path(name, release.version, platform if platform != "ruby" else "")
    wanted = frozenset({FurtherKey(key(name), path), FurtherKey(key(name), versions_path(name))})
    assert complete(key(name), release, {}) == wanted
    documents = [None if each is None else json.dumps(each).encode() for each in (one, every)]
    found = complete(
        key(name),
        release,
        {FurtherKey(key(name), path): documents[0], FurtherKey(key(name), versions_path(name)): documents[1]},
    )
    assert isinstance(found, Release)
    return found


ONE = {
    "name": "plum",
    "version": "1.0",
    "authors": "A. Grower, B. Picker",
    "info": "All about plums",
    "licenses": ["MIT", "Ruby"],
    "homepage_uri": "https://plum.example",
    "source_code_uri": "javascript:alert(1)",
    "metadata": {
        "source_code_uri": "https://code.example/plum",
        "funding_uri": "https://fund.example",
        "changelog_uri": "https://plum.example/news",
        "homepage_uri": "https://other.example",
    },
    "bug_tracker_uri": "https://plum.example/bugs",
    "documentation_uri": None,
    "dependencies": {
        "development": [{"name": "rspec", "requirements": "~> 3.0"}, {"name": 1}],
        "runtime": [{"name": "rope", "requirements": ">= 0"}],
    },
}
EVERY = [
    {"number": "1.1", "platform": "ruby", "created_at": "2022-01-01T00:00:00Z", "downloads_count": 1},
    {"number": "1.0", "platform": "java", "created_at": "2021-02-01T00:00:00Z", "downloads_count": 5, "summary": "J"},
    {"number": "1.0", "platform": "ruby", "created_at": "2021-01-01T00:00:00Z", "downloads_count": 7, "summary": "P"},
]


def test_a_release_is_completed_from_the_api() -> None:
    release = record_of("plum", line("plum", "1.0", "rope:>= 0", dated=False)).release(0)
    found = completed("plum", release, ONE, EVERY)
    assert found.published_at == 1609459200000
    assert found.description == "All about plums"
    assert found.licences == (Licence("MIT", "MIT"), Licence("Ruby", "Ruby"))
    assert found.authors == (Person("A. Grower"), Person("B. Picker"))
    assert found.links == (
        Link("homepage", "https://plum.example"),
        Link("repository", "https://code.example/plum"),
        Link("issues", "https://plum.example/bugs"),
        Link("changelog", "https://plum.example/news"),
        Link("funding", "https://fund.example"),
    )
    assert found.requirements == (Requirement("rope", ">= 0"), Requirement("rspec", "~> 3.0", scope="dev"))
    assert facts(found).downloads == 12


def test_the_list_of_versions_alone_completes_where_there_is_no_more() -> None:
    found = completed("plum", record_of("plum", line("plum", "1.0")).release(0), None, EVERY)
    assert found.description == "P"
    assert found.links == ()


@pytest.mark.parametrize("document", [None, [], {}, "text", 3, [1, "x", None, {"number": 1}], {"metadata": 3}])
def test_documents_that_say_nothing_leave_a_release_as_it_is(document: Any) -> None:  # noqa: ANN401
    release = record_of("plum", line("plum", "1.0")).release(0)
    found = completed("plum", release, document, document)
    assert (found.version, found.published_at, found.artifacts) == ("1.0", release.published_at, release.artifacts)
    assert (found.licences, found.links, found.description) == ((), (), None)


def test_a_recorded_list_of_versions_completes_every_release_with_licence_and_date() -> None:
    listed = json.loads(recorded()["versions-business.json"])
    lines = [f"{each['number']} |checksum:{each['sha']}" for each in listed]
    record = record_of("business", *lines)
    assert len(record.versions) == len(listed) > 10
    for at in range(len(record.versions)):
        found = completed("business", record.release(at), None, listed)
        told = next(each for each in listed if each["number"] == found.version)
        assert [each.raw for each in found.licences] == (told["licenses"] or [])
        assert found.published_at is not None
        assert found.description == "Date calculations based on business calendars"


def test_a_recorded_document_of_a_gem_gives_its_links_and_dependencies() -> None:
    document = json.loads(recorded()["api_changelog_uri.json"])
    release = record_of("activerecord", line("activerecord", "5.2.2")).release(0)
    found = completed("activerecord", release, document, None)
    assert [each.label for each in found.links] == ["homepage", "repository", "documentation", "changelog"]
    assert found.licences == (Licence("MIT", "MIT"),)


def test_a_recorded_list_of_many_versions_is_read_whole() -> None:
    name = "google/osv.dev/osv/ecosystems/cassettes/RubyGemsEcosystemTest.test_next_version.yaml"
    with tarfile.open(shared_path("data", "fixtures", "osvdev-cassettes.tar.xz")) as archive:
        found = archive.extractfile(name)
        assert found is not None
        text = found.read().decode()
    # A text in single quotes is folded in YAML, and a quote in it doubled.
    body = text.partition("string: '")[2].partition("]'\n")[0] + "]"
    listed = json.loads(re.sub(r"\n +", " ", body).replace("''", "'"))
    record = record_of("rails", *(f"{each['number']} |checksum:{each['sha']}" for each in listed))
    assert len(record.versions) == len(listed) > 300
    release = record.find("8.0.2")
    assert release is not None
    found_release = completed("rails", release, None, listed)
    assert [each.label for each in found_release.links] == [
        "repository",
        "issues",
        "documentation",
        "changelog",
        "mailing list",
    ]
    assert found_release.authors == (Person("David Heinemeier Hansson"),)
    assert default_version(record) == "8.0.2"
