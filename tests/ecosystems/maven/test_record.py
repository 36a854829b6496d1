"""Records: what a release says of itself."""

import msgspec
import pytest

from packhouse.domain.further import FurtherKey
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import Link, Person, Release
from packhouse.ecosystems.maven.complete import complete
from packhouse.ecosystems.maven.facts import facts
from packhouse.ecosystems.maven.metadata import split
from packhouse.ecosystems.maven.names import parse_name
from packhouse.ecosystems.maven.pom import Coordinates
from packhouse.ecosystems.maven.record import default_version, describe, summarize
from packhouse.ecosystems.maven.requirements_wire import requirements_wire
from packhouse.ecosystems.maven.tags import default_of
from tests.ecosystems.maven.poms import path_of, recorded

KEY = PackageKey("maven", NormalName("g:a"))


def completed(name: str, version: str, rounds: int = 20) -> Release:
    """Complete a release from the recorded POMs, fetching what it names, round by round."""
    key = PackageKey("maven", parse_name(name))
    documents: dict[FurtherKey, bytes | None] = {}
    for _ in range(rounds):
        found = complete(key, Release(version), documents)
        if isinstance(found, Release):
            return found
        for further in found:
            group, artifact = further.key.name.split(":")
            place = Coordinates(group, artifact, further.path.partition("/")[0])
            assert path_of(place).endswith(further.path)
            documents[further] = recorded().get(path_of(place))
    pytest.fail("it never comes to an end")


def of(pom: str, version: str = "1") -> Release:
    body = f"<project><groupId>g</groupId><artifactId>a</artifactId><version>{version}</version>{pom}</project>"
    found = complete(KEY, Release(version), {FurtherKey(KEY, f"{version}/a-{version}.pom"): body.encode()})
    assert isinstance(found, Release)
    return found


def test_a_relocated_release_names_its_successor() -> None:
    release = completed("mysql:mysql-connector-java", "8.0.33")
    assert release.deprecated is not None
    assert release.deprecated.startswith("moved to com.mysql:mysql-connector-j:8.0.33: MySQL Connector/J artifacts")
    assert release.successor == "com.mysql:mysql-connector-j"


def test_licences_are_told_by_name_or_by_address() -> None:
    assert [each.spdx for each in completed("com.google.guava:guava", "33.4.0-jre").licences] == ["Apache-2.0"]
    assert [each.spdx for each in completed("org.junit.jupiter:junit-jupiter", "5.10.2").licences] == ["EPL-2.0"]
    odd = of("<licenses><license><name>Ours</name><url>https://opensource.org/licenses/MIT</url></license></licenses>")
    assert [(each.raw, each.spdx) for each in odd.licences] == [("Ours", "MIT")]


def test_people_links_and_description_come_from_the_effective_pom() -> None:
    release = completed("com.fasterxml.jackson.core:jackson-databind", "2.17.0")
    assert release.description == "General data-binding functionality for Jackson: works on core streaming API"
    assert Person("Tatu Saloranta", "tatu@fasterxml.com") in release.maintainers
    assert [each.name for each in release.authors] == ["FasterXML"]
    assert Link("issues", "https://github.com/FasterXML/jackson-databind/issues") in release.links
    assert {link.label for link in release.links} == {"homepage", "repository", "issues"}


def test_requirements_have_scope_type_classifier_and_optional() -> None:
    release = of(
        "<dependencies>"
        "<dependency><groupId>x</groupId><artifactId>one</artifactId><version>[1,2)</version></dependency>"
        "<dependency><groupId>x</groupId><artifactId>two</artifactId><version>1</version><type>zip</type>"
        "<classifier>linux</classifier><scope>provided</scope><optional>true</optional></dependency>"
        "<dependency><groupId>x</groupId><artifactId>three</artifactId><version>1</version><scope>runtime</scope>"
        "<exclusions><exclusion><groupId>y</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>"
        "<dependency><groupId>x</groupId><artifactId>four</artifactId><version>1</version><scope>test</scope>"
        "</dependency><dependency><groupId>${nobody}</groupId><artifactId>knows</artifactId></dependency>"
        "</dependencies>"
    )
    found = [(each.name, each.range, each.scope, each.optional, each.marker) for each in release.requirements]
    assert found == [
        ("x:one", "[1,2)", "runtime", False, None),
        ("x:two", "1", "provided", True, "type=zip classifier=linux"),
        ("x:three", "1", "runtime", False, None),
        ("x:four", "1", "test", False, None),
    ]
    assert facts(release).dependencies[2].exclusions == (("y", "*"),)


@pytest.mark.parametrize(
    ("packaging", "files"),
    [
        ("jar", {"1/a-1.jar", "1/a-1.pom"}),
        ("maven-plugin", {"1/a-1.jar", "1/a-1.pom"}),
        ("pom", {"1/a-1.pom"}),
        ("aar", {"1/a-1.aar", "1/a-1.pom"}),
        ("../x", {"1/a-1.pom"}),
    ],
)
def test_the_files_of_a_release_follow_from_its_packaging(packaging: str, files: set[str]) -> None:
    release = of(f"<packaging>{packaging}</packaging>")
    assert {each.filename for each in release.artifacts} == files
    assert all(each.url == f"/g/a/{each.filename}" for each in release.artifacts)


def test_addresses_that_lead_elsewhere_than_to_the_web_are_no_links() -> None:
    release = of(
        "<url>javascript:alert(1)</url><scm><url>file:///etc/passwd</url><connection>scm:git:git@x.example:a/b.git"
        "</connection></scm><issueManagement><url>data:text/html,x</url></issueManagement>"
    )
    assert release.links == (Link("repository", "git@x.example:a/b.git"),)


def test_the_shape_of_deps_dev_has_what_is_written_and_what_it_comes_to() -> None:
    wire = requirements_wire(completed("org.springframework.boot:spring-boot-starter-web", "3.3.0"))
    assert "parent" not in wire
    first = wire["dependencies"][0]
    assert (first["name"], first["version"], first["resolvedVersion"]) == (
        "org.springframework.boot:spring-boot-starter",
        "3.3.0",
        "3.3.0",
    )
    inherited = requirements_wire(completed("com.google.guava:guava", "33.4.0-jre"))
    assert inherited["parent"] == {"system": "MAVEN", "name": "com.google.guava:guava-parent", "version": "33.4.0-jre"}
    assert msgspec.json.encode(inherited)


def test_a_name_that_is_a_reference_is_resolved_in_the_shape_of_deps_dev() -> None:
    wire = requirements_wire(
        of(
            "<properties><lib>7</lib></properties><dependencies>"
            "<dependency><groupId>${nobody}</groupId><artifactId>knows</artifactId></dependency>"
            "<dependency><groupId>${project.groupId}</groupId><artifactId>b</artifactId><version>${lib}</version>"
            "</dependency></dependencies>"
        )
    )
    unknown, known = wire["dependencies"]
    assert "resolvedName" not in unknown
    assert (known["name"], known["version"]) == ("${project.groupId}:b", "${lib}")
    assert (known["resolvedName"], known["resolvedVersion"]) == ("g:b", "7")


def test_the_repository_of_a_child_is_not_a_folder_within_its_parents() -> None:
    release = completed("com.google.guava:guava", "33.4.0-jre")
    assert Link("repository", "https://github.com/google/guava") in release.links


def test_a_parent_that_does_not_exist_leaves_what_the_pom_itself_says() -> None:
    pom = b"""<project><parent><groupId>g</groupId><artifactId>gone</artifactId><version>1</version></parent>
      <artifactId>a</artifactId><description>own</description></project>"""
    documents: dict[FurtherKey, bytes | None] = {FurtherKey(KEY, "1/a-1.pom"): pom}
    missing = complete(KEY, Release("1"), documents)
    assert isinstance(missing, frozenset)
    assert missing == frozenset({FurtherKey(PackageKey("maven", NormalName("g:gone")), "1/gone-1.pom")})
    release = complete(KEY, Release("1"), documents | dict.fromkeys(missing))
    assert isinstance(release, Release)
    assert release.description == "own"
    assert facts(release).absent == (Coordinates("g", "gone", "1"),)


@pytest.mark.parametrize("body", [None, b"", b"<html/>", b"<project>", b"<!DOCTYPE x><project/>", b"\xff"])
def test_a_release_whose_pom_cannot_be_read_is_what_the_index_says(body: bytes | None) -> None:
    assert complete(KEY, Release("1"), {FurtherKey(KEY, "1/a-1.pom"): body}) == Release("1")


@pytest.mark.parametrize("place", ["<groupId>../..</groupId>", "<groupId>g</groupId><version>../9</version>"])
def test_a_parent_that_leads_elsewhere_is_not_asked_for(place: str) -> None:
    version = "" if "version" in place else "<version>1</version>"
    body = f"<project><parent>{place}<artifactId>p</artifactId>{version}</parent></project>".encode()
    assert isinstance(complete(KEY, Release("1"), {FurtherKey(KEY, "1/a-1.pom"): body}), Release)


def test_releases_stand_in_mavens_order_and_the_default_is_what_upstream_released() -> None:
    versions = ("20030203.000550", "1.10", "1.9", "2.0-rc1", "2.0-SNAPSHOT")
    listed = "".join(f"<version>{version}</version>" for version in versions)
    body = f"<metadata><versioning><release>1.10</release><versions>{listed}</versions></versioning></metadata>"
    index = split(KEY, body.encode())
    record = describe(KEY, index)
    assert record.versions == ("1.9", "1.10", "2.0-rc1", "2.0-SNAPSHOT", "20030203.000550")
    assert record.prereleases == {2, 3}
    assert default_version(record) == "1.10"
    summary = summarize(KEY, index)
    assert summary is not None
    assert summary.version == "1.10"


@pytest.mark.parametrize(
    ("release", "versions", "expected"),
    [
        ("20030203.000550", "1.0 20030203.000550 2.9", "2.9"),
        ("20240303", "20231013 20240303", "20240303"),
        ("7.1.0-M1", "7.0.1 7.1.0-M1", "7.0.1"),
        ("1.0-beta", "1.0-alpha 1.0-beta", "1.0-beta"),
        ("", "1.0 1.1-rc1", "1.0"),
        ("", "", ""),
    ],
)
def test_the_default_is_no_prerelease_and_no_date_where_there_is_another(
    release: str, versions: str, expected: str
) -> None:
    assert default_of({"release": release} if release else {}, versions.split()) == expected


def test_a_document_without_releases_is_not_found_by_search() -> None:
    assert summarize(KEY, split(KEY, b"<metadata><plugins/></metadata>")) is None
