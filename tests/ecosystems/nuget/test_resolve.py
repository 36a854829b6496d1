"""The rules by which NuGet chooses, one by one."""

import threading
from collections.abc import Mapping
from itertools import pairwise

import pytest

from packhouse.domain.errors import Invalid, TooHard
from packhouse.domain.graph import Graph
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record, native
from packhouse.ecosystems.nuget import ECOSYSTEM
from packhouse.ecosystems.nuget.facts import Dependency, Group, NuGetFacts
from packhouse.ecosystems.nuget.versions import version_key
from packhouse.resolver.eclipse import Choice, Eclipse, Need
from packhouse.resolver.universe import NotLoaded

Groups = Mapping[str, Mapping[str, str]]


def key(name: str) -> PackageKey:
    return PackageKey("nuget", NormalName(name.lower()))


def package(name: str, **versions: Groups) -> PackageRecord:
    """Make a record; versions are written v1_0_0, their groups by framework."""
    releases = []
    for written, groups in versions.items():
        found = tuple(
            Group(framework, tuple(Dependency(*each) for each in needs.items())) for framework, needs in groups.items()
        )
        version = written[1:].replace("_", ".").replace("..", "-")
        releases.append(Release(version, prerelease="-" in version, native=native(NuGetFacts(id=name, groups=found))))
    return build_record(key(name), sorted(releases, key=lambda release: version_key(release.version)))


def world(*records: PackageRecord) -> dict[PackageKey, PackageRecord]:
    return {record.key: record for record in records}


def resolve(root: str, version: str, records: Mapping[PackageKey, PackageRecord], **environment: str) -> Graph:
    """Resolve a release."""
    assert ECOSYSTEM.begin_resolution is not None
    run = ECOSYSTEM.begin_resolution(key(root), version, environment)
    while needed := run.needed():
        run.load({each: records.get(each) for each in needed})
    return run.resolve()


def chosen(graph: Graph) -> list[str]:
    return [f"{node.package.name} {node.version}" for node in graph.nodes]


APPLE = package("Apple", v1_0_0={}, v1_1_0={}, v2_0_0__beta={}, v2_0_0={})


def test_the_lowest_release_that_will_do_is_taken() -> None:
    records = world(APPLE, package("Tree", v1_0_0={"": {"Apple": "1.0.1"}}))
    graph = resolve("Tree", "1.0.0", records)
    assert chosen(graph) == ["tree 1.0.0", "apple 1.1.0"]
    assert [edge.requirement for edge in graph.edges] == ["1.0.1"]


def test_of_cousins_the_highest_of_the_lowest_wins_and_says_so() -> None:
    root = package("Tree", v1_0_0={"": {"Left": "1.0", "Right": "1.0"}})
    left, right = package("Left", v1_0_0={"": {"Apple": "1.0"}}), package("Right", v1_0_0={"": {"Apple": "1.1"}})
    graph = resolve("Tree", "1.0.0", world(APPLE, root, left, right))
    assert "apple 1.1.0" in chosen(graph)
    assert {node.why for node in graph.nodes} >= {
        "Right 1.0.0 requires Apple 1.1, the highest of the lowest that will do, while Left 1.0.0 would have another"
    }


def test_a_nearer_requirement_wins_and_a_downgrade_is_told_where_it_is_asked() -> None:
    root = package("Tree", v1_0_0={"": {"Left": "1.0", "Apple": "1.0"}})
    graph = resolve("Tree", "1.0.0", world(APPLE, root, package("Left", v1_0_0={"": {"Apple": "2.0"}})))
    assert "apple 1.0.0" in chosen(graph)
    (left,) = (node for node in graph.nodes if node.package.name == "left")
    assert left.errors == (
        "it requires Apple 2.0, but Apple 1.0.0 is required nearer to the root: a downgrade (NU1605)",
    )
    assert graph.error == ""


def test_cousins_that_exclude_each_other_are_explained() -> None:
    root = package("Tree", v1_0_0={"": {"Left": "1.0", "Right": "1.0"}})
    left, right = package("Left", v1_0_0={"": {"Apple": "[1.0]"}}), package("Right", v1_0_0={"": {"Apple": "2.0"}})
    graph = resolve("Tree", "1.0.0", world(APPLE, root, left, right))
    assert graph.error == (
        "Tree 1.0.0 -> Left 1.0.0: it requires Apple [1.0], but Tree 1.0.0 -> Right 1.0.0 requires Apple 2.0, "
        "so that Apple 2.0.0 was taken (NU1107)"
    )


@pytest.mark.parametrize(
    ("framework", "expected"),
    [("net8.0", "apple 2.0.0"), ("net472", "apple 1.1.0"), ("netstandard2.0", "apple 1.0.0")],
)
def test_the_group_of_the_nearest_framework_counts(framework: str, expected: str) -> None:
    groups = {"netstandard2.0": {"Apple": "1.0"}, "net461": {"Apple": "1.1"}, "net6.0": {"Apple": "2.0"}}
    graph = resolve("Tree", "1.0.0", world(APPLE, package("Tree", v1_0_0=groups)), framework=framework)
    assert chosen(graph)[1:] == [expected]


def test_a_fallback_framework_counts_where_nothing_else_does() -> None:
    records = world(APPLE, package("Tree", v1_0_0={"net461": {"Apple": "1.1"}}))
    assert chosen(resolve("Tree", "1.0.0", records)) == ["tree 1.0.0"]
    assert chosen(resolve("Tree", "1.0.0", records, fallback="net461,net472"))[1:] == ["apple 1.1.0"]


def test_what_is_missing_is_said_by_whoever_requires_it() -> None:
    records = world(APPLE, package("Tree", v1_0_0={"": {"Apple": "3.0", "Nothing": "1.0"}}))
    graph = resolve("Tree", "1.0.0", records)
    assert graph.nodes[0].errors == (
        "there is no Apple 3.0; the newest of 4 is 2.0.0 (NU1102)",
        "there is no package Nothing (NU1101)",
    )
    assert graph.error.startswith("Tree 1.0.0: ")


def test_a_prerelease_is_taken_only_where_a_bound_is_one() -> None:
    beta = package("Pear", v1_0_0__beta={})
    graph = resolve("Tree", "1.0.0", world(beta, package("Tree", v1_0_0={"": {"Pear": "0.9"}})))
    assert graph.nodes[0].errors == ("all that is in Pear 0.9 is a pre-release (NU1103)",)
    graph = resolve("Tree", "1.0.0", world(beta, package("Tree", v1_0_0={"": {"Pear": "0.9-a"}})))
    assert chosen(graph)[1:] == ["pear 1.0.0-beta"]


def test_a_circle_ends_and_is_told() -> None:
    records = world(
        package("Egg", v1_0_0={"": {"Hen": "1.0"}}),
        package("Hen", v1_0_0={"": {"Egg": "1.0"}}),
    )
    graph = resolve("Egg", "1.0.0", records)
    assert chosen(graph) == ["egg 1.0.0", "hen 1.0.0"]
    assert graph.error == "Egg 1.0.0 -> Hen 1.0.0 requires Egg 1.0, which leads back to it: a circle (NU1108)"


def test_nothing_is_resolved_before_its_records_are_there() -> None:
    assert ECOSYSTEM.begin_resolution is not None
    run = ECOSYSTEM.begin_resolution(key("Tree"), "1.0.0", {})
    with pytest.raises(NotLoaded):
        run.resolve()


@pytest.mark.parametrize("told", [{"framework": "strange9"}, {"framework": "any"}, {"fallback": "net461,odd"}])
def test_an_environment_that_cannot_be_is_refused(told: dict[str, str]) -> None:
    assert ECOSYSTEM.begin_resolution is not None
    with pytest.raises(Invalid):
        ECOSYSTEM.begin_resolution(key("Tree"), "1.0.0", told)


def test_a_tree_of_endless_ways_is_given_up_or_cancelled() -> None:
    layers = [
        [Choice((depth, place), (version,), 1) for place in range(9) for version in range(3)] for depth in range(30)
    ]
    for upper, lower in pairwise(layers):
        for number, choice in enumerate(upper):
            choice.needs = [Need(lower[(number * 7 + step * step) % len(lower)]) for step in range(5)]
    root = Choice("root", ())
    root.needs = [Need(choice) for choice in layers[0][::3]]
    cancelled = threading.Event()
    threading.Timer(0.05, cancelled.set).start()
    try:
        Eclipse(root, cancelled.is_set).settle()
    except TooHard:
        assert cancelled.is_set()
