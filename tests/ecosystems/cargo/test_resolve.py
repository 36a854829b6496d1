from collections.abc import Mapping
from typing import Any

import pytest

from packhouse.domain.errors import TooHard, Unresolvable
from packhouse.domain.graph import Graph
from packhouse.domain.requirement import Requirement
from packhouse.ecosystems.cargo.catalogue import Catalogue, Environment, package_key
from packhouse.ecosystems.cargo.planning import Run
from packhouse.ecosystems.cargo.resolve import Manifest, lock, resolve_release
from packhouse.resolver.canonical import canonical
from tests.agreement.cargo.recorded import Line, Records


def line(name: str, version: str, *deps: str, **fields: object) -> Line:
    """Write a line; each dependency is `name range`, and may end in further fields as `key=value`."""
    return {"name": name, "vers": version, "deps": [_dependency(each) for each in deps], **fields}


def _dependency(text: str) -> dict[str, Any]:
    name, wanted, *fields = text.split()
    found: dict[str, Any] = {"name": name, "req": wanted.replace("_", " ")}
    for field in fields:
        key, _, value = field.partition("=")
        found[key] = {"true": True, "false": False}.get(value, value.split(",") if key == "features" else value)
    return found


def records(*lines: Line) -> Records:
    world: dict[str, list[Line]] = {}
    for each in lines:
        world.setdefault(each["name"], []).append(each)
    return Records(world)


def locked(universe: Records, *wanted: str, environment: Environment | None = None, **kept: str) -> list[str]:
    asked = [each.split() for each in wanted]
    requirements = tuple(Requirement(name, wanted_range) for name, wanted_range in asked)
    catalogue = Catalogue(universe, environment or Environment(), frozenset(kept.items()))
    return [f"{name} {version}" for name, version in lock(Manifest(requirements), catalogue).releases()]


def nodes(graph: Graph) -> list[str]:
    return [f"{each.package.name} {each.version}" for each in canonical(graph).nodes]


def drawn(universe: Records, name: str, version: str, environment: Environment | None = None) -> Graph:
    environment = environment or Environment()
    return resolve_release(package_key(name), version, Catalogue(universe, environment), environment)


BASKET = records(
    line("basket", "1.0.0",
         "pear ^1 optional=true", "fig ^1 kind=build", "sloe ^1 kind=dev", "plum ^1 target=cfg(windows)",
         features={"default": ["pear"], "wide": ["pear?/ripe"]}),
    line("pear", "1.0.0"),
    line("pear", "1.4.0", "juice ^1 optional=true", features={"ripe": ["dep:juice"]}),
    line("pear", "1.5.0", yanked=True),
    line("juice", "1.0.0"),
    line("fig", "1.0.0"),
    line("plum", "1.0.0"),
    line("sloe", "1.0.0"),
)  # fmt: skip


def test_a_graph_has_what_default_features_and_builds_need_on_the_platform() -> None:
    graph = drawn(BASKET, "basket", "1.0.0")
    assert nodes(graph) == ["basket 1.0.0", "fig 1.0.0", "pear 1.4.0"]
    kinds = {(edge.requirement, edge.kind) for edge in graph.edges}
    assert kinds == {("^1", "build"), ("^1", "optional")}
    windows = drawn(BASKET, "basket", "1.0.0", Environment("x86_64-pc-windows-msvc"))
    assert nodes(windows) == ["basket 1.0.0", "fig 1.0.0", "pear 1.4.0", "plum 1.0.0"]


def test_a_lock_has_every_platform() -> None:
    assert locked(BASKET, "basket ^1") == ["basket 1.0.0", "fig 1.0.0", "pear 1.4.0", "plum 1.0.0"]


def test_a_yanked_release_is_chosen_only_where_it_is_asked_about_or_was_locked() -> None:
    assert locked(BASKET, "pear ^1") == ["pear 1.4.0"]
    assert locked(BASKET, "pear ^1", pear="1.5.0") == ["pear 1.5.0"]
    assert nodes(drawn(BASKET, "pear", "1.5.0")) == ["pear 1.5.0"]


def test_what_was_locked_stays_where_it_still_does() -> None:
    assert locked(BASKET, "pear ^1", pear="1.0.0") == ["pear 1.0.0"]
    assert locked(BASKET, "pear ^1.2", pear="1.0.0") == ["pear 1.4.0"]


def test_one_release_of_each_compatible_range_is_chosen() -> None:
    universe = records(
        line("a", "1.0.0", "pear ^1", "pear2 ^0.2 package=pear"),
        line("pear", "1.0.0"),
        line("pear", "0.2.1"),
        line("pear", "0.2.9"),
    )
    assert locked(universe, "a ^1", "pear =0.2.1") == ["a 1.0.0", "pear 0.2.1", "pear 1.0.0"]


def test_two_releases_that_link_to_the_same_library_are_not_chosen_together() -> None:
    universe = records(
        line("a", "1.0.0", "sys ^1"), line("sys", "1.0.0", links="z"), line("sys", "2.0.0", links="z"),
        line("b", "1.0.0", "sys ^1"), line("b", "1.1.0", "sys ^2"),
    )  # fmt: skip
    assert locked(universe, "a ^1", "b ^1") == ["a 1.0.0", "b 1.0.0", "sys 1.0.0"]
    with pytest.raises(Unresolvable, match=r"sys 2\.0\.0 links to the native library 'z' as sys 1\.0\.0 does"):
        locked(universe, "a ^1", "b =1.1.0")


def test_a_release_without_the_feature_is_passed_over() -> None:
    universe = records(
        line("a", "1.0.0", "pear ^1 features=ripe"), line("pear", "1.0.0", features={"ripe": []}), line("pear", "1.1.0")
    )
    assert locked(universe, "a ^1") == ["a 1.0.0", "pear 1.0.0"]
    with pytest.raises(Unresolvable, match=r"pear 1\.1\.0 has no feature 'ripe', which a 1\.0\.0 asks for"):
        locked(universe, "a ^1", "pear =1.1.0")


def test_what_an_old_compiler_cannot_build_comes_last() -> None:
    universe = records(line("pear", "1.0.0"), line("pear", "1.1.0", rust_version="1.80"))
    assert locked(universe, "pear ^1") == ["pear 1.1.0"]
    assert locked(universe, "pear ^1", environment=Environment(rust="1.70")) == ["pear 1.0.0"]
    assert locked(universe, "pear ^1.1", environment=Environment(rust="1.70")) == ["pear 1.1.0"]


def test_pre_releases_count_where_they_are_named() -> None:
    universe = records(line("pear", "1.0.0"), line("pear", "1.1.0-rc.1"))
    assert locked(universe, "pear ^1") == ["pear 1.0.0"]
    assert locked(universe, "pear ^1.1.0-rc.0") == ["pear 1.1.0-rc.1"]


def test_a_crate_that_needs_itself_to_be_built_is_refused() -> None:
    universe = records(line("a", "1.0.0", "b ^1"), line("b", "1.0.0", "a ^1"))
    with pytest.raises(Unresolvable, match=r"a 1\.0\.0 needs b 1\.0\.0 needs a 1\.0\.0"):
        locked(universe, "a ^1")


def test_an_error_stands_with_the_release_that_declares_what_cannot_be_met() -> None:
    universe = records(line("a", "1.0.0", "b ^1"), line("b", "1.0.0", "pear ^7"), line("pear", "1.0.0"))
    graph = drawn(universe, "a", "1.0.0")
    assert [(each.package.name, each.errors) for each in graph.nodes] == [("a", ()), ("b", ("b 1.0.0 needs pear ^7",))]
    assert "no release of pear meets ^7" in graph.error


def test_a_run_asks_for_records_in_waves() -> None:
    run = Run(package_key("basket"), "1.0.0")
    waves: list[list[str]] = []
    while wanted := run.needed():
        waves.append(sorted(key.name for key in wanted))
        run.load({key: BASKET.find(key) for key in wanted})
    assert waves == [["basket"], ["fig", "pear", "plum"]]
    assert nodes(run.resolve()) == ["basket 1.0.0", "fig 1.0.0", "pear 1.4.0"]


def test_a_run_can_be_cancelled() -> None:
    names = [f"tree{number}" for number in range(400)]
    universe = records(line("a", "1.0.0", *(f"{name} ^1" for name in names)), *(line(name, "1.0.0") for name in names))
    run = Run(package_key("a"), "1.0.0")
    while wanted := run.needed():
        run.load({key: universe.find(key) for key in wanted})
    run.cancel()
    with pytest.raises(TooHard, match="nobody waits"):
        run.resolve()


@pytest.mark.parametrize("fields", [{"features": {"a": ["nothing"]}}, {"features": {"a": ["dep:nothing"]}}, {"v": 3}])
def test_a_line_that_cargo_passes_over_is_not_chosen(fields: Mapping[str, object]) -> None:
    universe = records(line("pear", "1.0.0"), line("pear", "1.1.0", **fields))
    assert locked(universe, "pear ^1") == ["pear 1.0.0"]
