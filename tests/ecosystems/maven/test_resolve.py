"""Trees of releases and projects, as mvn resolves them."""

import threading
import time
from itertools import pairwise

import pytest

from packhouse.domain.errors import Invalid, NotFound, TooHard
from packhouse.domain.graph import Graph
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.upstream import UpstreamRegistry
from packhouse.domain.view import View
from packhouse.ecosystems.maven import ECOSYSTEM, build_mount
from packhouse.ecosystems.maven.drawing import tree_lines
from packhouse.ecosystems.maven.resolve import ManifestRun, Run, begin_manifest
from packhouse.ecosystems.maven.wishes import Thing
from packhouse.resolver.universe import NotLoaded
from tests.agreement.maven.replay import Shelf
from tests.agreement.maven.universes import World
from tests.assembled import Assembled

CENTRAL = UpstreamRegistry("central", "maven", "http://central.example")


def needs(name: str, version: str = "1", more: str = "") -> str:
    where = f"<groupId>g</groupId><artifactId>{name}</artifactId>"
    return f"<dependency>{where}{f'<version>{version}</version>' if version else ''}{more}</dependency>"


def pom(name: str, version: str, *dependencies: str, more: str = "", packaging: str = "jar") -> str:
    return (
        f"<project><groupId>g</groupId><artifactId>{name}</artifactId><version>{version}</version>"
        f"<packaging>{packaging}</packaging>{more}<dependencies>{''.join(dependencies)}</dependencies></project>"
    )


def managing(*entries: str) -> str:
    return f"<dependencyManagement><dependencies>{''.join(entries)}</dependencies></dependencyManagement>"


def world(*poms: str) -> World:
    """Make a world of POMs; the versions that are listed are those that have one."""
    found = {f"g:{each.split('artifactId>')[1][:-2]}:{each.split('version>')[1][:-2]}": each for each in poms}
    versions: dict[str, list[str]] = {}
    for key in found:
        package, _, version = key.rpartition(":")
        versions.setdefault(package, []).append(version)
    return World(found, versions)


def project(own: str, around: World, environment: dict[str, str] | None = None) -> list[str]:
    """Resolve a project; return its tree."""
    return list(tree_lines(begin(own, around, environment).reduce()))


def begin(own: str, around: World, environment: dict[str, str] | None = None) -> ManifestRun:
    run = begin_manifest({"pom.xml": own.encode()}, environment or {})
    Shelf(around).feed(run)
    return run


def release(name: str, version: str, around: World) -> Graph:
    run = Run(PackageKey("maven", NormalName(f"g:{name}")), version, {})
    Shelf(around).feed(run)
    return run.resolve()


def shown(graph: Graph) -> list[str]:
    return [f"{node.package.name[2:]} {node.version}" for node in graph.nodes]


def test_the_nearest_wins_and_of_equals_the_first() -> None:
    around = world(
        pom("a", "1", needs("c", "1")), pom("b", "1", needs("c", "2")), pom("c", "1"), pom("c", "2"),
        pom("d", "1", needs("b")),
    )  # fmt: skip
    assert project(pom("p", "1", needs("a"), needs("b")), around)[1] == "2 g:c:jar:1:compile"
    assert "1 g:c:jar:2:compile" in project(pom("p", "1", needs("a"), needs("c", "2")), around)
    assert project(pom("p", "1", needs("d"), needs("a")), around)[-1] == "2 g:c:jar:1:compile"


def test_only_the_projects_own_managed_versions_hold_for_what_others_require() -> None:
    around = world(
        pom("a", "1", needs("b", "1"), more=managing(needs("c", "2"))), pom("b", "1", needs("c", "1")), pom("c", "1"),
        pom("c", "2"), pom("c", "3"),
    )  # fmt: skip
    assert project(pom("p", "1", needs("a")), around)[-1] == "3 g:c:jar:1:compile"
    own = pom("p", "1", needs("a"), more=managing(needs("c", "3", "<scope>runtime</scope>")))
    assert project(own, around)[-1] == "3 g:c:jar:3:runtime"
    assert begin(own, around).resolve().nodes[-1].why == "the dependencyManagement of the project says 3"


def test_of_imported_lists_the_first_that_names_something_counts_and_direct_entries_before_all() -> None:
    lists = [pom(name, "1", more=managing(needs("c", version)), packaging="pom") for name, version in ("x2", "y3")]
    around = world(*lists, *(pom("c", version) for version in "1234"))
    imports = [needs(name, "1", "<type>pom</type><scope>import</scope>") for name in "xy"]
    assert project(pom("p", "1", needs("c", ""), more=managing(*imports)), around) == ["1 g:c:jar:2:compile"]
    own = pom("p", "1", needs("c", ""), more=managing(*imports, needs("c", "4")))
    assert project(own, around) == ["1 g:c:jar:4:compile"]


def test_tests_provided_and_optional_requirements_of_others_are_left_out() -> None:
    rest = [needs("c", "1", f"<{field}") for field in ("scope>test</scope>", "scope>provided</scope>")]
    rest.append(needs("d", "1", "<optional>true</optional>"))
    around = world(pom("a", "1", *rest), pom("c", "1"), pom("d", "1"))
    assert shown(release("a", "1", around)) == ["a 1"]
    assert len(project(pom("a", "1", *rest), around)) == 2


def test_the_widest_scope_of_all_ways_counts_but_for_direct_requirements() -> None:
    around = world(
        pom("a", "1", needs("c")), pom("b", "1", needs("c")), pom("c", "1"),
    )  # fmt: skip
    test, runtime = "<scope>test</scope>", "<scope>runtime</scope>"
    own = pom("p", "1", needs("a", "1", test), needs("b", "1", runtime))
    assert project(own, around) == ["1 g:a:jar:1:test", "2 g:c:jar:1:runtime", "1 g:b:jar:1:runtime"]
    own = pom("p", "1", needs("a", "1", runtime), needs("c", "1", test))
    assert "1 g:c:jar:1:test" in project(own, around)


@pytest.mark.parametrize("written", ["g c", "g *", "* c", "* *"])
def test_what_is_excluded_is_excluded_on_that_way_only(written: str) -> None:
    group, artifact = written.split()
    excluded = f"<exclusion><groupId>{group}</groupId><artifactId>{artifact}</artifactId></exclusion>"
    around = world(pom("a", "1", needs("c")), pom("b", "1", needs("d")), pom("d", "1", needs("c")), pom("c", "1"))
    own = pom("p", "1", needs("a", "1", f"<exclusions>{excluded}</exclusions>"), needs("b"))
    assert project(own, around) == ["1 g:a:jar:1:compile", "1 g:b:jar:1:compile", "2 g:d:jar:1:compile",
                                    "3 g:c:jar:1:compile"]  # fmt: skip


def test_ranges_are_met_together_by_the_best_version_that_all_allow() -> None:
    around = world(
        pom("a", "1", needs("c", "[1,3]")), pom("b", "1", needs("c", "[1,3)")), *(pom("c", each) for each in "1234"),
        pom("c", "2.5"),
    )  # fmt: skip
    assert project(pom("p", "1", needs("a"), needs("b")), around)[1] == "2 g:c:jar:2.5:compile"
    assert project(pom("p", "1", needs("a")), around)[-1] == "2 g:c:jar:3:compile"


def test_ranges_that_exclude_each_other_are_told_with_who_asks_for_what() -> None:
    around = world(
        pom("a", "1", needs("c", "[1]")), pom("b", "1", needs("c", "[2,)")), pom("c", "1"), pom("c", "2"),
    )  # fmt: skip
    graph = begin(pom("p", "1", needs("a"), needs("b")), around).resolve()
    assert graph.error == (
        "nothing meets all requirements for g:c: g:p:1 -> g:a:1 requires g:c [1]; g:p:1 -> g:b:1 requires g:c [2,)"
    )


def test_a_range_that_nothing_is_in_is_an_error_of_who_asks() -> None:
    around = world(pom("a", "1", needs("c", "[7,8)")), pom("c", "1"))
    graph = release("a", "1", around)
    assert graph.error == "the project -> g:a:1: g:c has no version in [7,8)"
    assert graph.nodes[0].errors == ("g:c has no version in [7,8)",)


def test_a_release_that_has_moved_is_taken_from_where_it_is_now() -> None:
    moved = "<distributionManagement><relocation><artifactId>new</artifactId></relocation></distributionManagement>"
    around = world(pom("a", "1", needs("old", "2")), pom("old", "2", more=moved), pom("new", "2", needs("c")),
                   pom("c", "1"))  # fmt: skip
    graph = release("a", "1", around)
    assert shown(graph) == ["a 1", "new 2", "c 1"]
    assert graph.nodes[1].why == "g:old 2 has moved here"
    assert shown(release("old", "2", around)) == ["old 2", "new 2", "c 1"]


@pytest.mark.parametrize(
    ("condition", "environment", "is_on"),
    [
        ("<jdk>17</jdk>", {}, True),
        ("<jdk>[9,)</jdk>", {"jdk": "1.8"}, False),
        ("<jdk>(,9)</jdk>", {"jdk": "1.8"}, True),
        ("<jdk>!1.8</jdk>", {"jdk": "1.8"}, False),
        ("<os><family>windows</family></os>", {"os.name": "Windows 11"}, True),
        ("<os><family>unix</family><arch>!x86</arch></os>", {}, True),
        ("<os><family>mac</family></os>", {}, False),
        ("<os><family>Linux</family></os>", {}, True),
        ("<property><name>!ripe</name></property>", {}, True),
        ("<property><name>os.arch</name><value>aarch64</value></property>", {"os.arch": "aarch64"}, True),
        ("<file><exists>/etc/passwd</exists></file>", {}, False),
        ("<file><exists>${user.dir}</exists></file>", {}, True),
        ("<file><missing>${java.home}/../lib/tools.jar</missing></file>", {}, True),
        ("<file><missing>${basedir}/none</missing></file>", {}, False),
        ("<activeByDefault>true</activeByDefault>", {}, True),
    ],
)
def test_profiles_of_what_is_required_count_on_the_machine_that_is_told(
    condition: str, environment: dict[str, str], *, is_on: bool
) -> None:
    profile = f"<profile><activation>{condition}</activation><dependencies>{needs('c')}</dependencies></profile>"
    around = world(pom("a", "1", more=f"<profiles>{profile}</profiles>"), pom("c", "1"))
    found = project(pom("p", "1", needs("a")), around, environment)
    assert ("2 g:c:jar:1:compile" in found) == is_on


@pytest.mark.parametrize("told", [{"jdk": "seventeen"}, {"jdk": ""}, {"os.name": "x" * 200}, {"os.arch": "a\n"}])
def test_an_environment_that_cannot_be_is_refused(told: dict[str, str]) -> None:
    assert ECOSYSTEM.begin_resolution is not None
    with pytest.raises(Invalid):
        ECOSYSTEM.begin_resolution(PackageKey("maven", NormalName("g:a")), "1", told)


def test_a_missing_or_faulty_pom_is_one_without_requirements_and_a_missing_parent_an_error() -> None:
    parent = "<parent><groupId>g</groupId><artifactId>none</artifactId><version>1</version></parent>"
    around = world(pom("a", "1", needs("gone")), pom("b", "1", needs("c", "")), pom("d", "1", needs("e")),
                   pom("e", "1", more=parent))  # fmt: skip
    assert release("a", "1", around).nodes[1].errors == ("its POM is missing",)
    assert release("b", "1", around).nodes[0].errors == ("its POM requires g:c without a version",)
    graph = release("d", "1", around)
    assert graph.error == "the project -> g:d:1: g:e 1 cannot be used: its parent g:none:1 is missing"


def test_a_range_of_parents_means_the_highest_and_has_to_end() -> None:
    parents = [pom("top", each, more=managing(needs("c", each)), packaging="pom") for each in "123"]
    around = world(*parents, pom("c", "1"), pom("c", "2"), pom("c", "3"))
    parent = "<parent><groupId>g</groupId><artifactId>top</artifactId><version>[1,{}</version></parent>"
    assert project(pom("p", "1", needs("c", ""), more=parent.format("3)")), around) == ["1 g:c:jar:2:compile"]
    refused = begin(pom("p", "1", needs("c", ""), more=parent.format(")")), around).resolve()
    assert refused.error == "the project cannot be built: its parent g:top:[1,) is no version that there is"


def test_a_circle_ends_where_it_closes() -> None:
    around = world(pom("a", "1", needs("b")), pom("b", "1", needs("a", "2")), pom("a", "2", needs("c")), pom("c", "1"))
    graph = release("a", "1", around)
    assert shown(graph) == ["a 1", "b 1"]
    assert [(edge.from_node, edge.to_node, edge.requirement) for edge in graph.edges] == [(0, 1, "1"), (1, 0, "2")]


def test_ten_thousand_versions_in_a_range_are_no_matter() -> None:
    around = world(pom("a", "1", needs("c", "[1,)")), *(pom("c", f"1.{number}") for number in range(10_000)))
    begun = time.process_time()
    assert shown(release("a", "1", around)) == ["a 1", "c 1.9999"]
    assert time.process_time() - begun < 30


def test_a_way_that_is_too_long_is_given_up() -> None:
    around = world(*(pom(f"a{number}", "1", needs(f"a{number + 1}")) for number in range(2000)), pom("a2000", "1"))
    with pytest.raises(TooHard):
        release("a0", "1", around)


def endless() -> tuple[str, World]:
    """Make layers in which every way excludes something else: more ways than can ever be looked at."""
    layers = [[f"l{layer}x{each}" for each in range(4)] for layer in range(30)]

    def excluding(name: str) -> str:
        return f"<exclusions><exclusion><groupId>g</groupId><artifactId>no-{name}</artifactId></exclusion></exclusions>"

    poms = [
        pom(name, "1", *(needs(each, "1", excluding(name)) for each in following))
        for layer, following in pairwise(layers)
        for name in layer
    ]
    around = world(*poms, *(pom(name, "1") for name in layers[-1]))
    return pom("p", "1", *(needs(each) for each in layers[0])), around


def test_more_ways_than_can_be_looked_at_are_given_up() -> None:
    with pytest.raises(TooHard):
        begin(*endless())


def test_a_resolution_that_nobody_waits_for_ends_before_that() -> None:
    own, around = endless()
    run = begin_manifest({"pom.xml": own.encode()}, {})
    begun = time.process_time()
    threading.Timer(0.3, run.cancel).start()
    with pytest.raises(TooHard):
        Shelf(around).feed(run)
    assert time.process_time() - begun < 5


def test_what_is_not_there_yet_is_asked_for() -> None:
    run = Run(PackageKey("maven", NormalName("g:a")), "1", {})
    with pytest.raises(NotLoaded):
        run.resolve()
    assert [each.path for each in run.wanted()] == ["1/a-1.pom"]


def test_a_project_is_refused_that_is_none() -> None:
    with pytest.raises(Invalid):
        begin_manifest({}, {})
    with pytest.raises(Invalid):
        begin_manifest({"pom.xml": b"<settings/>"}, {}).wanted()


def test_what_was_chosen_can_be_given() -> None:
    around = world(pom("c", "1"), pom("c", "2"))
    assert begin(pom("p", "1", needs("c", "[1,2]")), around).pins() == {thing("c"): "2"}


def thing(name: str) -> Thing:
    return ("g", name, "jar", "")


def serve(around: World, extra: dict[str, bytes] | None = None) -> Assembled:
    answers: dict[str, bytes] = dict(extra or {})
    for key, text in around.poms.items():
        _, name, version = key.split(":")
        answers[f"{CENTRAL.url}/g/{name}/{version}/{name}-{version}.pom"] = text.encode()
    for package, versions in around.versions.items():
        listed = "".join(f"<version>{version}</version>" for version in versions)
        head = f"<groupId>g</groupId><artifactId>{package[2:]}</artifactId><versioning><versions>{listed}</versions>"
        body = f"<metadata>{head}</versioning></metadata>"
        answers[f"{CENTRAL.url}/g/{package[2:]}/maven-metadata.xml"] = body.encode()
    return Assembled(ECOSYSTEM, build_mount, dict(answers), [CENTRAL])


@pytest.mark.anyio
async def test_the_server_resolves_releases_ranges_and_projects() -> None:
    parent = "<parent><groupId>g</groupId><artifactId>top</artifactId><version>1</version></parent>"
    around = world(
        pom("top", "1", packaging="pom", more=managing(needs("c", "[1,3)"))),
        pom("a", "1", needs("c", ""), more=parent), pom("c", "1"), pom("c", "2"), pom("c", "3"),
    )  # fmt: skip
    server = serve(around)
    key = PackageKey("maven", NormalName("g:a"))
    graph = await server.services.resolver.resolve(View(), key, "1")
    assert shown(graph) == ["a 1", "c 2"]
    assert graph.edges[0].requirement == "[1,3)"
    found = await server.services.resolver.resolve_manifest(View(), {"pom.xml": pom("p", "1", needs("a")).encode()})
    assert shown(found) == ["p 1", "a 1", "c 2"]
    with pytest.raises(NotFound):
        await server.services.resolver.resolve(View(), key, "7")
    with pytest.raises(Invalid):
        await server.services.resolver.resolve(View(), key, "1", {"ruby": "3"})


@pytest.mark.anyio
async def test_a_snapshot_is_read_from_its_newest_build() -> None:
    build = "2-20260101.120000-1"
    listed = f"<extension>pom</extension><value>{build}</value>"
    metadata = (
        "<metadata><versioning><snapshotVersions><snapshotVersion>"
        f"{listed}</snapshotVersion></snapshotVersions></versioning></metadata>"
    )
    folder = f"{CENTRAL.url}/g/s/2-SNAPSHOT"
    extra = {
        f"{folder}/maven-metadata.xml": metadata.encode(),
        f"{folder}/s-{build}.pom": pom("s", "2-SNAPSHOT", needs("c")).encode(),
    }
    server = serve(world(pom("a", "1", needs("s", "2-SNAPSHOT")), pom("c", "1")), extra)
    graph = await server.services.resolver.resolve(View(), PackageKey("maven", NormalName("g:a")), "1")
    assert shown(graph) == ["a 1", "s 2-SNAPSHOT", "c 1"]
