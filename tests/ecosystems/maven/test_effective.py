"""The effective POM, beside what Maven makes of the same files."""

from pathlib import Path

import pytest

from packhouse.ecosystems.maven.effective import Builder
from packhouse.ecosystems.maven.pom import Coordinates, Pom
from tests.ecosystems.maven.asking import run
from tests.ecosystems.maven.poms import answers, build, read_answers, recorded, show

ROOTS = sorted(answers())


@pytest.mark.parametrize("name", ROOTS)
def test_an_effective_pom_is_that_of_maven(name: str) -> None:
    assert show(build(name)) == answers()[name]


def test_the_recorded_answers_are_those_of_the_installed_maven(tmp_path: Path) -> None:
    for path, body in recorded().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    assert read_answers(run("Effective.java", "", str(tmp_path), *ROOTS)) == answers()


INVENTED = {
    "parent": """<groupId>g</groupId><artifactId>parent</artifactId><version>1</version><packaging>pom</packaging>
        <url>http://site.example/parent/</url><scm><url>http://scm.example/x</url></scm>
        <properties><lib>1.0</lib><kept>parent</kept></properties>
        <modules><module>deep/child</module></modules>
        <dependencyManagement><dependencies>
          <dependency><groupId>g</groupId><artifactId>lib</artifactId><version>${lib}</version><scope>test</scope>
            <optional>true</optional>
            <exclusions><exclusion><groupId>x</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
          <dependency><groupId>g</groupId><artifactId>list</artifactId><version>1</version><type>pom</type>
            <scope>import</scope></dependency>
        </dependencies></dependencyManagement>
        <dependencies><dependency><groupId>g</groupId><artifactId>everywhere</artifactId><version>1</version>
        </dependency></dependencies>""",
    "list": """<groupId>g</groupId><artifactId>list</artifactId><version>1</version>
        <dependencyManagement><dependencies>
          <dependency><groupId>g</groupId><artifactId>listed</artifactId><version>${project.version}.5</version>
          </dependency>
          <dependency><groupId>g</groupId><artifactId>lib</artifactId><version>never</version></dependency>
        </dependencies></dependencyManagement>""",
    "child": """<parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent>
        <artifactId>child</artifactId><version>${revision}</version><name>${project.artifactId} ${pom.version}</name>
        <description>&eacute; ${unknown} ${env.HOME} ${circle}</description>
        <properties><revision>2-x</revision><lib>1.1</lib><circle>a${again}</circle><again>${circle}</again></properties>
        <dependencies>
          <dependency><groupId>g</groupId><artifactId>lib</artifactId></dependency>
          <dependency><groupId>g</groupId><artifactId>listed</artifactId></dependency>
          <dependency><groupId>g</groupId><artifactId>lib</artifactId><classifier>c</classifier><version>9</version>
          </dependency>
          <dependency><groupId>g</groupId><artifactId>twice</artifactId><version>1</version></dependency>
          <dependency><groupId>g</groupId><artifactId>twice</artifactId><version>2</version></dependency>
        </dependencies>
        <profiles>
          <profile><id>usual</id><activation><activeByDefault>true</activeByDefault></activation><dependencies>
            <dependency><groupId>g</groupId><artifactId>usual</artifactId><version>1</version></dependency>
          </dependencies></profile>
          <profile><id>old</id><activation><jdk>[1.1,)</jdk></activation><dependencies>
            <dependency><groupId>g</groupId><artifactId>tools</artifactId><version>1</version></dependency>
          </dependencies></profile>
        </profiles>""",
    "unset": """<groupId>g</groupId><artifactId>unset</artifactId><version>1</version><profiles>
          <profile><id>usual</id><activation><activeByDefault>true</activeByDefault></activation><dependencies>
            <dependency><groupId>g</groupId><artifactId>usual</artifactId><version>1</version></dependency>
          </dependencies></profile>
          <profile><id>absent</id><activation><property><name>!quick</name></property></activation><dependencies>
            <dependency><groupId>g</groupId><artifactId>slow</artifactId><version>1</version></dependency>
          </dependencies></profile></profiles>""",
}
PLACES = {"parent": "1", "list": "1", "child": "1", "unset": "1"}


def invented() -> dict[Coordinates, bytes]:
    head = "<project><modelVersion>4.0.0</modelVersion>"
    return {Coordinates("g", name, PLACES[name]): f"{head}{body}</project>".encode() for name, body in INVENTED.items()}


def built(name: str) -> Pom:
    pom = Builder(invented().get).build(Coordinates("g", name, PLACES[name]))
    assert pom is not None
    return pom


def test_invented_poms_are_those_of_maven(tmp_path: Path) -> None:
    for place, body in invented().items():
        path = tmp_path / "g" / place.artifact / "1" / f"{place.artifact}-1.pom"
        path.parent.mkdir(parents=True)
        path.write_bytes(body.replace(b"${circle}", b"round"))
    names = [f"g:{name}:1" for name in INVENTED]
    theirs = read_answers(run("Effective.java", "", str(tmp_path), *names))
    for name in INVENTED:
        round_free = {place: body.replace(b"${circle}", b"round") for place, body in invented().items()}
        pom = Builder(round_free.get).build(Coordinates("g", name, "1"))
        assert pom is not None
        assert show(pom) == theirs[f"g:{name}:1"]


def test_managed_versions_complete_what_a_requirement_leaves_open() -> None:
    lib = next(each for each in built("child").dependencies if each.artifact == "lib" and not each.classifier)
    assert (lib.version, lib.scope, lib.optional, lib.exclusions) == ("1.1", "test", None, (("x", "*"),))


def test_references_that_nobody_can_resolve_stay_as_they_are_written() -> None:
    assert built("child").description == "é ${unknown} ${env.HOME} a${circle}"


def test_profiles_of_a_machine_count_for_nothing_and_defaults_only_where_no_other_is_active() -> None:
    assert "tools" not in {each.artifact for each in built("child").dependencies}
    assert {each.artifact for each in built("child").dependencies} >= {"usual", "everywhere"}
    assert {each.artifact for each in built("unset").dependencies} == {"slow"}


def test_what_is_missing_is_named_at_once_and_nothing_else() -> None:
    poms = invented()

    def document(place: Coordinates) -> bytes:
        if place.artifact != "child":
            raise KeyError(place)
        return poms[place]

    builder = Builder(document)
    builder.build(Coordinates("g", "child", "1"))
    assert builder.missing == {Coordinates("g", "parent", "1")}


def test_parents_and_lists_that_lead_back_to_themselves_come_to_an_end() -> None:
    body = b"""<project><parent><groupId>g</groupId><artifactId>a</artifactId><version>1</version></parent>
      <artifactId>a</artifactId><dependencyManagement><dependencies><dependency><groupId>g</groupId>
      <artifactId>a</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency></dependencies>
      </dependencyManagement></project>"""
    pom = Builder(lambda _: body).build(Coordinates("g", "a", "1"))
    assert pom is not None
    assert pom.management == ()


@pytest.mark.parametrize("last", ["x", "${p0}"])
def test_properties_that_grow_without_measure_stay_small(last: str) -> None:
    references = [f"${{p{number}}}" for number in range(41)]
    grown = "".join(f"<p{number}>{references[number + 1] * 10}</p{number}>" for number in range(40))
    body = f"<name>{references[0]}</name><properties>{grown}<p40>{last}</p40></properties>"
    pom = Builder(lambda _: f"<project>{body}</project>".encode()).build(Coordinates("g", "a", "1"))
    assert pom is not None
    assert len(pom.name or "") < 1_000_000
