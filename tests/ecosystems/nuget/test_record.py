"""Records of packages, and what completes a release."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from packhouse.domain.digest import Digest
from packhouse.domain.errors import UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.release import Licence, Link, PackageRecord, Person, Release
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.nuget import ECOSYSTEM
from packhouse.ecosystems.nuget.collected import pack_collected
from packhouse.ecosystems.nuget.facts import Vulnerability, facts
from packhouse.ecosystems.nuget.index import INDEX
from packhouse.ecosystems.nuget.moments import parse_moment
from packhouse.ecosystems.nuget.nuspec import parse_nuspec
from packhouse.ecosystems.nuget.registration import split
from tests.clients.nuget.feed import Feed, write_nuspec
from tests.ecosystems.nuget.feeds import FEED, index_of, key, make_feed, recorded

NEEDS = {"net6.0": {"Farm.Pear": "[1.0.0, )"}, ".NETFramework4.6.2": {"Farm.Pear": "[0.9.0, )", "Rope": "(, 2.0.0]"}}


def record_of(feed: Feed, name: str = "plum") -> PackageRecord:
    return INDEX.describe(key(name), index_of(feed, name))


def release_with(**entry: object) -> Release:
    feed = make_feed()
    feed.publish("Plum", "1.0.0", **entry)  # type: ignore[arg-type]
    return record_of(feed).release(0)


def completed(release: Release, documents: Mapping[str, bytes | None]) -> Release:
    assert ECOSYSTEM.complete is not None
    found = {FurtherKey(key("plum"), path): body for path, body in documents.items()}
    result = ECOSYSTEM.complete(key("plum"), release, found)
    assert isinstance(result, Release)
    return result


@pytest.mark.parametrize(("name", "count"), [("newtonsoft.json", 84), ("castle.core", 34), ("serilog", 593)])
def test_every_recorded_release_is_described(name: str, count: int) -> None:
    record = INDEX.describe(key(name), split(key(name), pack_collected(recorded(name))))
    assert len(record.versions) == count
    releases = [record.release(position) for position in range(count)]
    assert all(each.artifacts and each.authors and each.description for each in releases)
    assert all((each.published_at is None) == (each.yanked is not None) for each in releases)
    newest = record.find(ECOSYSTEM.default_version(record))
    assert newest is not None
    assert newest.licences[0].spdx in {"MIT", "Apache-2.0"}
    assert any(link.label == "homepage" for link in newest.links)
    assert all(facts(each).catalog.startswith("data/") for each in releases)


def test_requirements_have_their_target_framework_as_marker() -> None:
    feed = make_feed()
    feed.publish("Plum", "1.0.0", NEEDS)
    release = record_of(feed).release(0)
    assert release.requirements == (
        Requirement("farm.pear", "[1.0.0, )", marker="net6.0"),
        Requirement("farm.pear", "[0.9.0, )", marker=".NETFramework4.6.2"),
        Requirement("rope", "(, 2.0.0]", marker=".NETFramework4.6.2"),
    )
    wire = ECOSYSTEM.requirements_wire(release)
    assert wire["dependencyGroups"][0] == {
        "targetFramework": "net6.0",
        "dependencies": [{"name": "Farm.Pear", "requirement": "[1.0.0, )", "include": "", "exclude": ""}],
    }


def test_a_record_is_in_the_order_of_versions() -> None:
    feed = make_feed()
    for version in ("1.10.0", "1.9.0", "2.0.0-rc.1", "1.9.0.1"):
        feed.publish("Plum", version)
    record = record_of(feed)
    assert record.versions == ("1.9.0", "1.9.0.1", "1.10.0", "2.0.0-rc.1")
    assert record.prereleases == {3}


def test_an_unlisted_release_is_yanked_and_has_no_date() -> None:
    release = release_with(listed=False)
    assert release.yanked == "unlisted"
    assert release.published_at is None


@pytest.mark.parametrize(
    ("deprecation", "message", "successor"),
    [
        ({"reasons": ["Legacy", "CriticalBugs"]}, "Legacy, CriticalBugs", None),
        ({"reasons": ["Other"], "message": "rotten"}, "rotten", None),
        ({"reasons": ["Legacy"], "alternatePackage": {"id": "Pear", "range": "[1.0.0, )"}}, "Legacy", "Pear"),
        ({"reasons": 5, "message": 7, "alternatePackage": "x"}, "deprecated", None),
        (None, None, None),
    ],
)
def test_a_deprecation_says_why_and_what_instead(
    deprecation: object, message: str | None, successor: str | None
) -> None:
    release = release_with(deprecation=deprecation)
    assert (release.deprecated, release.successor) == (message, successor)


def test_vulnerabilities_are_kept() -> None:
    told = [{"advisoryUrl": "https://advisories.example/1", "severity": "2"}, {"severity": 3}, 7]
    assert facts(release_with(vulnerabilities=told)).vulnerabilities == (
        Vulnerability("https://advisories.example/1", "2"),
        Vulnerability("", "3"),
    )


@pytest.mark.parametrize(
    ("entry", "licences"),
    [
        ({"licenseExpression": "MIT"}, (Licence("MIT", "MIT"),)),
        ({"licenseExpression": "mit or apache-2.0"}, (Licence("mit or apache-2.0", "MIT OR Apache-2.0"),)),
        ({"licenseUrl": "https://licenses.feed.example/BSD-2-Clause"}, (Licence("BSD-2-Clause", "BSD-2-Clause"),)),
        ({"licenseUrl": "https://licenses.feed.example/MIT%20OR%20ISC"}, (Licence("MIT OR ISC", "MIT OR ISC"),)),
        (
            {"licenseUrl": "http://www.apache.org/licenses/LICENSE-2.0"},
            (Licence("http://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),),
        ),
        ({"licenseUrl": "https://aka.ms/deprecateLicenseUrl"}, ()),
        ({"licenseUrl": 5, "licenseExpression": None}, ()),
    ],
)
def test_licences_are_read_of_expressions_and_addresses(entry: dict[str, Any], licences: tuple[Licence, ...]) -> None:
    assert release_with(**entry).licences == licences


@pytest.mark.parametrize(
    ("field", "people"),
    [("Ann, Bob ,Ann", ("Ann", "Bob")), (["Ann, A.", "Bob"], ("Ann, A.", "Bob")), (None, ()), ({"a": 1}, ())],
)
def test_authors_are_a_list_or_a_text(field: object, people: tuple[str, ...]) -> None:
    assert release_with(authors=field).authors == tuple(map(Person, people))


@pytest.mark.parametrize(
    ("field", "words"),
    [("json xml,  yaml", ("json", "xml", "yaml")), (["json", "a b", ""], ("json", "a", "b")), (5, ())],
)
def test_tags_are_a_list_or_a_text(field: object, words: tuple[str, ...]) -> None:
    assert release_with(tags=field).keywords == words


def test_a_link_that_no_browser_should_follow_is_left_out() -> None:
    release = release_with(projectUrl="javascript:alert(1)", licenseUrl="https://plum.example/licence")
    assert release.links == (Link("license", "https://plum.example/licence"),)


def test_the_default_is_the_newest_stable_release_that_is_listed() -> None:
    feed = make_feed()
    feed.publish("Plum", "3.0.0-beta")
    assert ECOSYSTEM.default_version(record_of(feed)) == "3.0.0-beta"
    feed.publish("Plum", "1.0.0")
    feed.publish("Plum", "2.0.0", listed=False)
    record = record_of(feed)
    assert ECOSYSTEM.default_version(record) == "1.0.0"
    summary = INDEX.summary(key("plum"), index_of(feed, "plum"))
    assert summary is not None
    assert (summary.version, summary.description, summary.maintainers) == ("1.0.0", "A Plum", ("Grower",))


def test_a_package_that_is_all_unlisted_is_not_searched_for() -> None:
    feed = make_feed()
    feed.publish("Plum", "1.0.0", listed=False)
    assert INDEX.summary(key("plum"), index_of(feed, "plum")) is None
    assert ECOSYSTEM.default_version(record_of(feed)) == "1.0.0"


def test_a_release_asks_for_its_manifest_and_its_catalog_entry() -> None:
    assert ECOSYSTEM.complete is not None
    assert ECOSYSTEM.complete(key("plum"), release_with(), {}) == frozenset(
        FurtherKey(key("plum"), path) for path in ("nuspec/1.0.0", "catalog/data/plum/1.0.0.json")
    )


def test_the_manifest_and_the_catalog_complete_a_release() -> None:
    nuspec = write_nuspec("Plum", "1.0.0", {"net8.0": {"Rope": "1.0"}}).encode()
    sha512 = hashlib.sha512(b"plum").digest()
    leaf = {"packageHash": base64.b64encode(sha512).decode(), "packageHashAlgorithm": "SHA512", "packageSize": 4}
    release = completed(
        release_with(), {"nuspec/1.0.0": nuspec, "catalog/data/plum/1.0.0.json": json.dumps(leaf).encode()}
    )
    assert release.licences == (Licence("MIT", "MIT"),)
    assert Link("repository", "https://git.example/Plum") in release.links
    assert release.keywords == ("fruit", "orchard")
    assert facts(release).commit == "0123abc"
    assert release.requirements == (Requirement("rope", "1.0", marker="net8.0"),)
    assert release.artifacts[0].digests == (Digest("sha512", sha512.hex()),)
    assert release.artifacts[0].size_bytes == 4


@pytest.mark.parametrize("broken", [None, b"", b"<a/>", b"<package/>", b"{}", b"\0", b'{"packageHash":"!"}', b"[1]"])
def test_a_release_is_what_it_is_where_its_documents_say_nothing(broken: bytes | None) -> None:
    release = release_with()
    same = completed(release, {"nuspec/1.0.0": broken, "catalog/data/plum/1.0.0.json": broken})
    assert replace(same, native=release.native) == release


def test_everything_in_a_manifest_is_read() -> None:
    found = parse_nuspec(
        b"""\xef\xbb\xbf<?xml version="1.0"?>
        <package xmlns="urn:any"><metadata minClientVersion="2.8">
          <id>Plum</id><version>1.0.0</version><license type="file">LICENCE.txt</license><readme>docs/README.md</readme>
          <developmentDependency>True</developmentDependency><projectUrl>https://plum.example/</projectUrl>
          <packageTypes><packageType name="DotnetTool" /></packageTypes>
          <dependencies><dependency id="Rope" version="1.0" exclude="Build,Analyzers" /></dependencies>
          <frameworkAssemblies>
            <frameworkAssembly assemblyName="System.Xml" targetFramework="net40" />
          </frameworkAssemblies>
          <frameworkReferences>
            <group targetFramework="net6.0"><frameworkReference name="Web" /></group>
          </frameworkReferences>
        </metadata></package>"""
    )
    assert (found.licence_type, found.licence, found.readme) == ("file", "LICENCE.txt", "docs/README.md")
    assert found.development
    assert found.types == ("DotnetTool",)
    assert found.groups[0].dependencies[0].exclude == "Build,Analyzers"
    assert found.framework_assemblies == (("System.Xml", "net40"),)
    assert found.framework_references == (("Web", "net6.0"),)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><package><metadata>&b;</metadata></package>',
        b'<!DOCTYPE a SYSTEM "http://feed.example/"><package><metadata/></package>',
        b"<package><metadata>" + b"<a>" * 60,
        b"<package>" + b"<a/>" * 60_000 + b"</package>",
        b"<?xml version='1.0' encoding='none'?><package><metadata/></package>",
        b"<package><metadata>\0</metadata></package>",
        b"<package><metadata>&nothing;</metadata></package>",
    ],
)
def test_a_manifest_that_is_none_or_an_attack_is_bad(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        parse_nuspec(body)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-01-01T00:00:00Z", 1_577_836_800_000),
        ("2020-01-01T01:00:00.1234567+01:00", 1_577_836_800_123),
        ("1900-01-01T00:00:00+00:00", None),
        ("2020-01-01T00:00:00", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        (None, None),
        (5, None),
    ],
)
def test_a_date_is_a_moment_or_none(text: object, moment: int | None) -> None:
    assert parse_moment(text) == moment


def test_the_address_of_a_file_is_that_of_the_feed() -> None:
    artifact = release_with().artifacts[0]
    assert artifact.filename == "plum.1.0.0.nupkg"
    assert artifact.url == f"{FEED}/flat/plum/1.0.0/plum.1.0.0.nupkg"
