"""What callers are told: graphs of projects and releases, what is missing, and why something cannot be had."""

from typing import Any

import msgspec
import pytest

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.domain.graph import Graph
from packhouse.domain.package import Moment
from packhouse.domain.release import encode_release, native
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.npm.environment import Environment, read_environment
from packhouse.ecosystems.npm.facts import BundledRelease, NpmFacts, facts
from packhouse.ecosystems.npm.lock import render_packages
from packhouse.ecosystems.npm.planning import Plan, Run
from packhouse.ecosystems.npm.requirements import requirement
from packhouse.ecosystems.npm.resolve import (
    Manifest,
    build_tree,
    package_key,
    resolve_manifest,
    resolve_release,
)
from packhouse.resolver.universe import NotLoaded
from tests.ecosystems.npm.universe import Records, make_release, read_requirements, read_universe
from tests.shared import shared_path

Fields = dict[str, Any]


def universe(**packages: Fields) -> Records:
    """Make records of versions by package; the highest is the latest."""
    return Records(
        {
            name: {"name": name, "dist-tags": {"latest": list(versions)[-1]}, "versions": versions}
            for name, versions in packages.items()
        },
    )


def project(**fields: Any) -> Manifest:  # noqa: ANN401 (fields of package.json)
    return Manifest("project", "1.0.0", tuple(read_requirements(fields)), fields.get("overrides", {}))


def tree_of(graph: Graph) -> dict[str, str]:
    return {node.path: node.version for node in graph.nodes if node.path}


def test_the_release_is_the_first_node_and_others_keep_their_places() -> None:
    records = universe(
        a={"1.0.0": {"dependencies": {"b": "1", "c": "1"}}},
        b={"1.0.0": {"dependencies": {"c": "2"}}},
        c={"1.0.0": {}, "2.0.0": {}},
    )
    graph = resolve_release(package_key("a"), "1.0.0", records)
    assert [(node.package.name, node.version, node.path) for node in graph.nodes] == [
        ("a", "1.0.0", ""),
        ("b", "1.0.0", "node_modules/b"),
        ("c", "2.0.0", "node_modules/b/node_modules/c"),
        ("c", "1.0.0", "node_modules/c"),
    ]
    edges = [(edge.from_node, edge.to_node, edge.requirement, edge.kind) for edge in graph.edges]
    assert edges == [(0, 1, "1", "runtime"), (0, 3, "1", "runtime"), (1, 2, "2", "runtime")]
    assert not graph.error


def test_development_counts_for_the_project_only() -> None:
    records = universe(a={"1.0.0": {"devDependencies": {"b": "1"}}}, b={"1.0.0": {}})
    assert tree_of(resolve_manifest(project(dependencies={"a": "1"}), records)) == {"node_modules/a": "1.0.0"}
    graph = resolve_manifest(project(devDependencies={"b": "1"}), records)
    assert [(node.package.name, node.dev) for node in graph.nodes[1:]] == [("b", True)]


def test_what_is_only_for_peers_or_optional_is_marked_and_can_be_omitted() -> None:
    records = universe(
        a={"1.0.0": {"peerDependencies": {"p": "1"}, "optionalDependencies": {"o": "1"}}},
        p={"1.0.0": {}},
        o={"1.0.0": {"os": ["plan9"]}},
    )
    graph = resolve_release(package_key("a"), "1.0.0", records)
    assert [(node.package.name, node.peer, node.optional) for node in graph.nodes] == [
        ("a", False, False),
        ("o", False, True),
        ("p", True, False),
    ]
    left = resolve_release(package_key("a"), "1.0.0", records, Environment(omit=("peer", "optional")))
    assert [node.package.name for node in left.nodes] == ["a"]


def test_a_missing_package_is_an_error_of_the_node_that_asks_and_of_the_graph() -> None:
    records = universe(a={"1.0.0": {"dependencies": {"ghost": "^1.0.0", "b": "7"}}}, b={"1.0.0": {}})
    for graph in (
        resolve_release(package_key("a"), "1.0.0", records),
        resolve_manifest(project(dependencies={"a": "1"}), records),
    ):
        node = next(node for node in graph.nodes if node.package.name == "a")
        assert node.errors == (
            "a@1.0.0 wants ghost@^1.0.0, but there is no package ghost",
            "a@1.0.0 wants b@7, but no version of b is 7",
        )
        assert tree_of(graph).keys() <= {"node_modules/a"}
    assert resolve_manifest(project(dependencies={"a": "1"}), records).error == (
        "a@1.0.0 wants ghost@^1.0.0, but there is no package ghost"
    )


def test_a_missing_package_that_is_optional_is_no_error() -> None:
    records = universe(a={"1.0.0": {"optionalDependencies": {"ghost": "^1.0.0"}}})
    graph = resolve_manifest(project(dependencies={"a": "1"}), records)
    assert not graph.error
    assert not any(node.errors for node in graph.nodes)


@pytest.mark.parametrize("spec", ["git+https://git.example/b.git", "https://files.example/b.tgz", "file:../b", "a b:c"])
def test_what_lies_outside_the_registry_is_an_error_of_the_node_that_asks(spec: str) -> None:
    records = universe(a={"1.0.0": {"dependencies": {"b": spec}}}, b={"1.0.0": {}})
    graph = resolve_release(package_key("a"), "1.0.0", records)
    assert [node.package.name for node in graph.nodes] == ["a"]
    assert "only the registry is looked at" in graph.nodes[0].errors[0]


def test_a_release_that_does_not_exist_is_a_graph_with_an_error() -> None:
    graph = resolve_release(package_key("a"), "9.0.0", universe(a={"1.0.0": {}}))
    assert graph.error == "no version of a is 9.0.0"
    assert [node.version for node in graph.nodes] == ["9.0.0"]


def test_peers_that_contradict_each_other_are_explained() -> None:
    records = universe(
        a={"1.0.0": {"peerDependencies": {"p": "1"}}},
        b={"1.0.0": {"peerDependencies": {"p": "2"}}},
        p={"1.0.0": {}, "2.0.0": {}},
    )
    manifest = project(dependencies={"a": "1", "b": "1"})
    with pytest.raises(Unresolvable, match=r"b@1.0.0 wants p@2 as its peer, but p@1.0.0 is there") as caught:
        resolve_manifest(manifest, records)
    assert "because a@1.0.0 wants p@1 as its peer" in caught.value.message
    forced = resolve_manifest(manifest, records, Environment(force=True))
    assert tree_of(forced)["node_modules/p"] == "1.0.0"
    assert next(node for node in forced.nodes if node.package.name == "b").errors
    without = resolve_manifest(manifest, records, Environment(legacy_peer_deps=True))
    assert tree_of(without).keys() == {"node_modules/a", "node_modules/b"}


def test_a_release_whose_peers_contradict_each_other_still_has_a_graph() -> None:
    records = universe(
        a={"1.0.0": {"peerDependencies": {"b": "1", "p": "1"}}},
        b={"1.0.0": {"peerDependencies": {"p": "2"}}},
        p={"1.0.0": {}, "2.0.0": {}},
    )
    graph = resolve_release(package_key("a"), "1.0.0", records)
    assert "p@" in graph.error
    assert {node.package.name for node in graph.nodes} == {"a", "b", "p"}


def test_a_circle_of_two_versions_each_ends_in_a_link() -> None:
    records = universe(
        a={"1.0.0": {"dependencies": {"b": "1"}}, "2.0.0": {"dependencies": {"b": "2"}}},
        b={"1.0.0": {"dependencies": {"a": "2"}}, "2.0.0": {"dependencies": {"a": "1"}}},
    )
    manifest = project(dependencies={"a": "1", "b": "2"})
    packages = render_packages(build_tree(manifest, records, Environment()))
    graph = resolve_manifest(manifest, records)
    assert all(edge.to_node < len(graph.nodes) for edge in graph.edges)
    assert tree_of(graph) == {path: entry["version"] for path, entry in packages.items() if "version" in entry}


def test_an_alias_is_installed_under_its_own_name() -> None:
    records = universe(a={"1.0.0": {}, "2.0.0": {}})
    manifest = project(dependencies={"a": "2", "old": "npm:a@1"})
    graph = resolve_manifest(manifest, records)
    assert tree_of(graph) == {"node_modules/a": "2.0.0", "node_modules/old": "1.0.0"}
    assert {node.package.name for node in graph.nodes[1:]} == {"a"}
    assert render_packages(build_tree(manifest, records, Environment()))["node_modules/old"]["name"] == "a"


def test_overrides_replace_what_dependencies_ask_for() -> None:
    records = universe(
        a={"1.0.0": {"dependencies": {"b": "1", "c": "1"}}},
        b={"1.0.0": {"dependencies": {"c": "1"}}},
        c={"1.0.0": {}, "2.0.0": {}, "3.0.0": {}},
    )
    assert _versions_of_c(records, {"c": "2"}) == {"node_modules/c": "2.0.0"}
    assert _versions_of_c(records, {"c@3": "2"}) == {"node_modules/c": "1.0.0"}
    inside = {"node_modules/c": "1.0.0", "node_modules/b/node_modules/c": "3.0.0"}
    assert _versions_of_c(records, {"b": {"c": "3"}}) == inside
    assert _versions_of_c(records, {"b": {".": "1", "c": "3"}}) == inside


def test_an_override_may_refer_to_what_the_project_asks_for() -> None:
    records = universe(a={"1.0.0": {"dependencies": {"c": "1"}}}, c={"1.0.0": {}, "2.0.0": {}})
    manifest = project(dependencies={"a": "1", "c": "2"}, overrides={"c": "$c"})
    assert tree_of(resolve_manifest(manifest, records)) == {"node_modules/a": "1.0.0", "node_modules/c": "2.0.0"}


def test_an_override_against_the_project_itself_is_refused() -> None:
    records = universe(c={"1.0.0": {}, "2.0.0": {}})
    with pytest.raises(Unresolvable, match="the override of c contradicts the project itself"):
        resolve_manifest(project(dependencies={"c": "1"}, overrides={"c": "2"}), records)


@pytest.mark.parametrize("overrides", [{"a": 1}, {"a": {".": 1}}, {"": "1"}])
def test_overrides_of_the_wrong_form_are_invalid(overrides: Fields) -> None:
    with pytest.raises(Invalid):
        resolve_manifest(project(overrides=overrides), universe())


def test_what_a_package_brings_along_stands_below_it() -> None:
    records = universe(
        a={"1.0.0": {"dependencies": {"b": "1", "c": "1"}}}, b={"1.0.0": {}, "1.5.0": {}}, c={"1.0.0": {}}
    )
    bundle = (BundledRelease("node_modules/b", "b", "1.0.0", (requirement("c", "1", "runtime"),)),)
    known = _with_facts(records, "a", NpmFacts(bundled=("b",), bundle=bundle))
    graph = resolve_release(package_key("a"), "1.0.0", known)
    assert [(node.path, node.version, node.bundled) for node in graph.nodes] == [
        ("", "1.0.0", False),
        ("node_modules/a/node_modules/b", "1.0.0", True),
        ("node_modules/c", "1.0.0", False),
    ]
    unknown = resolve_release(package_key("a"), "1.0.0", _with_facts(records, "a", NpmFacts(bundled=("b",))))
    assert tree_of(unknown) == {"node_modules/c": "1.0.0"}


def test_what_lies_in_an_archive_stays_as_it_is() -> None:
    records = universe(
        a={"1.0.0": {"dependencies": {"b": "1", "d": "1"}}},
        b={"1.0.0": {"dependencies": {"c": "1"}}, "2.0.0": {}},
        c={"1.0.0": {}, "2.0.0": {}},
        d={"1.0.0": {"dependencies": {"b": "1", "c": "1"}}},
    )
    wants_c = (requirement("c", "1", "runtime"),)
    bundle = (
        BundledRelease("node_modules/b/node_modules/c", "c", "1.0.0"),
        BundledRelease("node_modules/b", "b", "1.0.0", wants_c),
        BundledRelease("node_modules/c", "c", "2.0.0"),
    )
    known = _with_facts(records, "a", NpmFacts(bundled=("b",), bundle=bundle))
    manifest = project(dependencies={"a": "1", "b": "1", "c": "1"})
    graph = resolve_manifest(manifest, known)
    bundled = {node.path: node.version for node in graph.nodes if node.bundled}
    assert bundled == {
        "node_modules/a/node_modules/b": "1.0.0",
        "node_modules/a/node_modules/b/node_modules/c": "1.0.0",
    }
    entries = render_packages(build_tree(manifest, known, Environment()))
    assert {path for path, entry in entries.items() if entry.get("inBundle")} == bundled.keys()


def test_a_range_that_is_accepted_leaves_what_is_there() -> None:
    records = universe(a={"1.0.0": {}, "2.0.0": {}}, b={"1.0.0": {"dependencies": {"a": "1"}}})
    known = _with_facts(records, "b", NpmFacts(accepted={"a": "2"}))
    manifest = project(dependencies={"a": "2", "b": "1"})
    assert tree_of(resolve_manifest(manifest, known)) == {"node_modules/a": "2.0.0", "node_modules/b": "1.0.0"}
    entry = render_packages(build_tree(manifest, known, Environment()))["node_modules/b"]
    assert entry["acceptDependencies"] == {"a": "2"}


def test_only_what_was_published_by_then_is_chosen() -> None:
    records = universe(a={"1.0.0": {}, "1.1.0": {}, "2.0.0": {}})
    dated = _with_dates(records, "a", (10, 20, 30))
    for before, expected in ((15, "1.0.0"), (20, "1.1.0"), (99, "2.0.0")):
        environment = Environment(before=Moment(before))
        graph = resolve_manifest(project(dependencies={"a": "*"}), dated, environment)
        assert tree_of(graph) == {"node_modules/a": expected}
    tagged = resolve_manifest(project(dependencies={"a": "latest"}), dated, Environment(before=Moment(25)))
    assert tree_of(tagged) == {"node_modules/a": "1.1.0"}
    early = resolve_manifest(project(dependencies={"a": "1.0.0"}), dated, Environment(before=Moment(5)))
    assert early.error == "the project project wants a@1.0.0, but no version of a is 1.0.0 and old enough"


def test_a_deprecated_release_or_one_for_another_node_is_the_second_choice() -> None:
    records = universe(
        a={"1.0.0": {}, "1.1.0": {"engines": {"node": ">=99"}}, "1.2.0": {"deprecated": "no"}},
        b={"1.0.0": {"engines": {"node": ">=99"}}, "1.1.0": {"deprecated": "no"}, "1.2.0": {"engines": {"npm": "<2"}}},
    )
    graph = resolve_manifest(project(dependencies={"a": "1", "b": "1"}), records)
    assert tree_of(graph) == {"node_modules/a": "1.0.0", "node_modules/b": "1.1.0"}


def test_a_release_for_another_platform_is_an_error_unless_it_is_optional() -> None:
    records = universe(a={"1.0.0": {"os": ["darwin"]}}, b={"1.0.0": {"cpu": ["!x64"]}}, c={"1.0.0": {"libc": "musl"}})
    graph = resolve_manifest(project(dependencies={"a": "1"}, optionalDependencies={"b": "1", "c": "1"}), records)
    assert graph.error == "a@1.0.0 runs on darwin only"
    assert [node.errors for node in graph.nodes if node.package.name in {"b", "c"}] == [(), ()]
    elsewhere = resolve_manifest(project(dependencies={"a": "1"}), records, Environment(os="darwin", libc=""))
    assert not elsewhere.error


@pytest.mark.parametrize(("name", "version"), [("gulp", "5.0.1"), ("react-scripts", "5.0.1"), ("karma", "6.4.4")])
def test_what_is_loaded_in_rounds_is_all_that_resolving_asks_for(name: str, version: str) -> None:
    records = read_universe(shared_path("data", "npm-universe", "universe-2026-11-21.jsonl.xz"))
    key = package_key(name)
    run = Run(key, version)
    rounds = 0
    while keys := run.needed():
        run.load({each: records.find(each) for each in keys})
        rounds += 1
    assert rounds < 20
    graph = run.resolve()
    assert len(graph.nodes) > 100
    assert graph == resolve_release(key, version, records)


def test_what_is_not_loaded_is_named() -> None:
    records = universe(a={"1.0.0": {"dependencies": {"b": "1"}}}, b={"1.0.0": {}})
    manifest = project(dependencies={"a": "1"})
    plan = Plan(manifest.requirements)
    assert plan.needed() == {package_key("a")}
    with pytest.raises(NotLoaded, match="npm/a"):
        resolve_manifest(manifest, plan)
    plan.load({package_key("a"): records.find(package_key("a"))})
    assert plan.needed() == {package_key("b")}


def test_a_requirement_that_stands_twice_is_optional() -> None:
    records = universe(a={"1.0.0": {"dependencies": {"b": "1"}, "optionalDependencies": {"b": "2"}}}, b={"2.0.0": {}})
    graph = resolve_manifest(project(dependencies={"a": "1"}), records)
    assert [node.optional for node in graph.nodes] == [False, False, True]


def test_facts_survive_their_storage() -> None:
    release = make_release("a", "1.0.0", {"os": "linux", "bundledDependencies": True, "dependencies": {"b": "1"}})
    assert facts(release) == NpmFacts(os=("linux",), bundled=("b",))


def _versions_of_c(records: Records, overrides: Fields) -> dict[str, str]:
    graph = resolve_manifest(project(dependencies={"a": "1"}, overrides=overrides), records)
    return {path: version for path, version in tree_of(graph).items() if path.endswith("/c")}


def _with_facts(records: Records, name: str, found: NpmFacts) -> Records:
    changed = Records(records.lines)
    record = records.find(package_key(name))
    assert record is not None
    releases = [
        msgspec.structs.replace(record.release(place), native=native(found)) for place in range(len(record.versions))
    ]
    changed.put(msgspec.structs.replace(record, releases=tuple(map(encode_release, releases))))
    return changed


def _with_dates(records: Records, name: str, dates: tuple[int, ...]) -> Records:
    changed = Records(records.lines)
    record = records.find(package_key(name))
    assert record is not None
    changed.put(msgspec.structs.replace(record, published_at=tuple(map(Moment, dates))))
    return changed


def test_an_edge_has_the_requirement_as_it_was_written() -> None:
    wanted = Requirement(name="a", range="1.0.0", alias="b", raw="npm:a@1.0.0")
    graph = resolve_manifest(Manifest("p", "1.0.0", (wanted,)), universe(a={"1.0.0": {}}))
    assert [edge.requirement for edge in graph.edges] == ["npm:a@1.0.0"]


def test_a_date_is_read_as_by_the_client_and_must_be_one() -> None:
    assert read_environment({"before": "2026-03-01"}).before == 1_772_323_200_000
    assert read_environment({"before": "2026-03-01T00:00:00.001Z"}).before == 1_772_323_200_001
    assert read_environment({}).before is None
    with pytest.raises(Invalid, match="before cannot be 'yesterday'"):
        read_environment({"before": "yesterday"})
