"""Graphs of packages, as composer resolves them."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from packhouse.domain.errors import Invalid, TooHard, Unresolvable
from packhouse.domain.graph import Graph
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.composer import ECOSYSTEM
from packhouse.ecosystems.composer.solution import Conduct, solve
from packhouse.resolver.universe import NotLoaded
from tests.agreement.composer.client import Project
from tests.agreement.composer.replay import Records, key_of_package, read_all

Releases = Sequence[Mapping[str, Any]]


def world(**packages: Releases) -> dict[str, Releases]:
    """Make a world of the vendor acme; a package's releases are given the newest first."""
    return {f"acme/{name}": releases for name, releases in packages.items()}


def release(version: str, require: Mapping[str, str] | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """Write a release."""
    return {"version": version, "require": require or {}, **fields}


def resolve_release(known: Mapping[str, Releases], name: str, version: str, **told: str) -> Graph:
    """Resolve one release."""
    assert ECOSYSTEM.begin_resolution is not None
    environment = {key.replace("_", "-"): value for key, value in told.items()}
    run = ECOSYSTEM.begin_resolution(key_of_package(name), version, environment)
    return _finish(run, Records(known))


def resolve_manifest(known: Mapping[str, Releases], manifest: str, lock: str = "", **told: str) -> Graph:
    """Resolve a project."""
    assert ECOSYSTEM.begin_manifest is not None
    files = {"composer.json": manifest.encode()} | ({"composer.lock": lock.encode()} if lock else {})
    run = ECOSYSTEM.begin_manifest(files, {key.replace("_", "-"): value for key, value in told.items()})
    return _finish(run, Records(known))


def _finish(run: Any, records: Records) -> Graph:  # noqa: ANN401
    while needed := run.needed():
        run.load({key: records.find(key) for key in needed})
    found = run.resolve()
    assert isinstance(found, Graph)
    return found


def chosen(graph: Graph) -> list[str]:
    """List what was chosen."""
    return sorted(f"{node.package.name} {node.version}" for node in graph.nodes[1:])


def edges(graph: Graph) -> list[str]:
    """List the edges."""
    names = [node.package.name for node in graph.nodes]
    return [f"{names[edge.from_node]} -> {names[edge.to_node]} {edge.requirement}" for edge in graph.edges]


SIMPLE = world(
    app=[release("1.0.0", {"acme/log": "^1.0", "php": ">=7"})],
    log=[release("2.0.0"), release("1.2.0", {"acme/time": "*"}), release("1.1.0")],
    time=[release("0.3.0"), release("0.2.0")],
)


def test_a_release_brings_the_highest_of_what_it_requires() -> None:
    graph = resolve_release(SIMPLE, "acme/app", "1.0.0")
    assert (graph.nodes[0].package.name, graph.nodes[0].version) == ("acme/app", "1.0.0")
    assert chosen(graph) == ["acme/log 1.2.0", "acme/time 0.3.0"]
    assert edges(graph) == ["acme/app -> acme/log ^1.0", "acme/log -> acme/time *"]
    assert graph.error == ""


def test_the_lowest_is_chosen_where_that_is_preferred() -> None:
    assert chosen(resolve_release(SIMPLE, "acme/app", "1.0.0", prefer_lowest="true")) == ["acme/log 1.1.0"]


def test_a_branch_counts_as_the_version_that_it_stands_for() -> None:
    known = world(
        app=[release("1.0.0", {"acme/log": "^2.0"})],
        log=[release("dev-main", extra={"branch-alias": {"dev-main": "2.x-dev"}}), release("1.0.0")],
    )
    graph = resolve_release(known, "acme/app", "1.0.0", minimum_stability="dev")
    assert chosen(graph) == ["acme/log dev-main"]
    assert graph.nodes[1].why == "it also counts as 2.x-dev"


def test_the_default_branch_is_above_all_versions_but_named_by_none() -> None:
    known = world(log=[{"version": "dev-trunk", "default-branch": True}, release("1.0.0")])
    project = '{"minimum-stability": "dev", "require": {"acme/log": "%s"}}'
    assert chosen(resolve_manifest(known, project % ">=1.0")) == ["acme/log dev-trunk"]
    assert chosen(resolve_manifest(known, project % "^1.0")) == ["acme/log 1.0.0"]


def test_what_replaces_another_cannot_be_had_beside_it() -> None:
    known = world(
        all=[release("1.0.0", replace={"acme/log": "self.version"})],
        log=[release("1.0.0")],
        shop=[release("1.0.0", {"acme/log": "^1.0"})],
    )
    graph = resolve_manifest(known, '{"require": {"acme/all": "*", "acme/shop": "*"}}')
    assert chosen(graph) == ["acme/all 1.0.0", "acme/shop 1.0.0"]
    assert "acme/shop -> acme/all ^1.0" in edges(graph)


def test_what_is_provided_is_met_only_by_what_was_asked_for() -> None:
    known = world(
        shop=[release("1.0.0", {"acme/logging": "1.0"})],
        file=[release("1.0.0", provide={"acme/logging": "1.0"})],
    )
    assert "there is no such package" in resolve_release(known, "acme/shop", "1.0.0").error
    both = resolve_manifest(known, '{"require": {"acme/shop": "*", "acme/file": "*"}}')
    assert "acme/shop -> acme/file 1.0" in edges(both)


def test_a_conflict_keeps_the_newest_away() -> None:
    known = world(
        app=[release("1.0.0", {"acme/log": "*"}, conflict={"acme/log": ">=2"})],
        log=[release("2.0.0"), release("1.0.0")],
    )
    assert chosen(resolve_release(known, "acme/app", "1.0.0")) == ["acme/log 1.0.0"]


def test_a_flag_of_the_project_allows_one_package_to_be_less_stable() -> None:
    known = world(
        log=[release("2.0.0-beta1", {"acme/time": "*"}), release("1.0.0")],
        time=[release("1.1.0-RC1"), release("1.0.0")],
    )
    graph = resolve_manifest(known, '{"require": {"acme/log": "@beta"}}')
    assert chosen(graph) == ["acme/log 2.0.0-beta1", "acme/time 1.0.0"]


def test_a_release_that_is_not_stable_enough_is_named_where_it_would_do() -> None:
    known = world(log=[release("2.0.0-beta1"), release("1.0.0")])
    error = resolve_manifest(known, '{"require": {"acme/log": "^2.0"}}').error
    assert "2.0.0-beta1 is beta, less stable than what may be had" in error


def test_stable_releases_are_preferred_where_the_project_says_so() -> None:
    known = world(log=[release("2.0.0-beta1"), release("1.0.0")])
    project = '{"minimum-stability": "dev", "prefer-stable": %s, "require": {"acme/log": "*"}}'
    assert chosen(resolve_manifest(known, project % "true")) == ["acme/log 1.0.0"]
    assert chosen(resolve_manifest(known, project % "false")) == ["acme/log 2.0.0-beta1"]


def test_the_project_may_take_a_branch_for_a_version() -> None:
    known = world(log=[release("dev-fix"), release("1.0.0")], shop=[release("1.0.0", {"acme/log": "^1.0"})])
    graph = resolve_manifest(known, '{"require": {"acme/log": "dev-fix as 1.0.5", "acme/shop": "*"}}')
    assert chosen(graph) == ["acme/log dev-fix", "acme/shop 1.0.0"]
    assert graph.nodes[1].why == "it also counts as 1.0.5 as the project says"


def test_what_only_development_needs_is_marked() -> None:
    graph = resolve_manifest(SIMPLE, '{"require": {"acme/time": "^0.2"}, "require-dev": {"acme/log": "1.*"}}')
    assert {node.package.name: node.dev for node in graph.nodes[1:]} == {"acme/log": True, "acme/time": False}
    assert [edge.kind for edge in graph.edges if edge.from_node == 0] == ["runtime", "dev"]


def test_a_release_that_needs_another_php_is_passed_by() -> None:
    known = world(log=[release("2.0.0", {"php": "^8.3"}), release("1.0.0", {"php": "^8.0"})])
    assert chosen(resolve_manifest(known, '{"require": {"acme/log": "*"}}')) == ["acme/log 1.0.0"]
    assert chosen(resolve_manifest(known, '{"require": {"acme/log": "*"}}', php="8.3.1")) == ["acme/log 2.0.0"]
    told = '{"require": {"acme/log": "*"}, "config": {"platform": {"php": "8.3.0"}}}'
    assert chosen(resolve_manifest(known, told)) == ["acme/log 2.0.0"]


def test_extensions_are_there_unless_it_is_told_which() -> None:
    known = world(log=[release("1.0.0", {"ext-redis": "*"})])
    assert resolve_release(known, "acme/log", "1.0.0").error == ""
    assert "ext-redis is not here" in resolve_release(known, "acme/log", "1.0.0", platform="ext-json").error
    assert resolve_release(known, "acme/log", "1.0.0", platform="ext-json ext-redis=6.0").error == ""


def test_an_error_stands_at_the_release_that_requires_what_is_not_there() -> None:
    known = world(
        app=[release("1.0.0", {"acme/log": "^1.0"})],
        log=[release("1.0.0", {"acme/time": "^9"})],
        time=[release("1.0.0")],
    )
    graph = resolve_release(known, "acme/app", "1.0.0")
    assert [(node.package.name, node.errors) for node in graph.nodes] == [
        ("acme/app", ()),
        ("acme/log", ("nothing meets acme/time ^9",)),
    ]
    assert "acme/log 1.0.0 requires acme/time ^9, but no version of it is in that range" in graph.error


def test_requirements_that_exclude_each_other_are_told_one_by_one() -> None:
    known = world(
        app=[release("1.0.0", {"acme/one": "*", "acme/two": "*"})],
        one=[release("1.0.0", {"acme/log": "^1.0"})],
        two=[release("1.0.0", {"acme/log": "^2.0"})],
        log=[release("2.0.0"), release("1.0.0")],
    )
    error = resolve_release(known, "acme/app", "1.0.0").error
    for sentence in (
        "acme/one 1.0.0 requires acme/log ^1.0, which acme/log 1.0.0 would meet",
        "acme/two 1.0.0 requires acme/log ^2.0, which acme/log 2.0.0 would meet",
        "Only one version of acme/log, or of what replaces it, can be had",
    ):
        assert sentence in error


LOCK = """{"packages": [{"name": "acme/log", "version": "1.1.0", "require": {"acme/time": "^0.2"}},
 {"name": "acme/time", "version": "0.2.5"}], "packages-dev": [{"name": "acme/pen", "version": "3.0.0"}],
 "aliases": []}"""


def test_what_is_locked_is_kept_and_nothing_is_asked_for() -> None:
    project = '{"require": {"acme/log": "^1.0"}, "require-dev": {"acme/pen": "*"}}'
    graph = resolve_manifest({}, project, LOCK)
    assert chosen(graph) == ["acme/log 1.1.0", "acme/pen 3.0.0", "acme/time 0.2.5"]
    assert {node.package.name for node in graph.nodes if node.dev} == {"acme/pen"}
    assert " -> acme/time ^0.2" in " ".join(edges(graph))


@pytest.mark.parametrize(
    ("project", "said"),
    [
        ('{"require": {"acme/ink": "*"}}', "acme/ink is required and is not in the composer.lock"),
        ('{"require": {"acme/log": "^2.0"}}', "acme/log is in the composer.lock as 1.1.0, which is not ^2.0"),
        ('{"require": {"acme/pen": "*"}}', "acme/pen is required and is not in the composer.lock"),
        ('{"require": {"php": "^9"}}', "but here is php 8.2.35"),
        ('{"conflict": {"acme/time": "<1"}}', "conflicts with acme/time <1"),
    ],
)
def test_a_lock_file_that_does_not_fit_is_refused_with_the_reason(project: str, said: str) -> None:
    assert said in resolve_manifest({}, project, LOCK).error


@pytest.mark.parametrize(
    "told",
    [{"php": "new"}, {"platform": "json"}, {"minimum-stability": "firm"}, {"prefer-lowest": "perhaps"}],
)
def test_an_environment_that_cannot_be_is_refused(told: dict[str, str]) -> None:
    assert ECOSYSTEM.begin_resolution is not None
    with pytest.raises(Invalid):
        ECOSYSTEM.begin_resolution(key_of_package("acme/app"), "1.0.0", told)


@pytest.mark.parametrize(
    "body", ["", "[]", '{"require": {"acme/a": "^^1"}}', '{"name": "acme/a", "require": {"acme/a": "*"}}']
)
def test_a_manifest_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(Invalid):
        resolve_manifest({}, body)


def test_records_that_were_not_loaded_are_asked_for() -> None:
    assert ECOSYSTEM.begin_resolution is not None
    run = ECOSYSTEM.begin_resolution(key_of_package("acme/app"), "1.0.0", {})
    with pytest.raises(NotLoaded) as missing:
        run.resolve()
    assert missing.value.keys == {key_of_package("acme/app")}


def test_a_release_with_a_constraint_that_is_none_stops_it_as_in_composer() -> None:
    with pytest.raises(Unresolvable, match="which is no constraint"):
        resolve_release(world(app=[release("1.0.0", {"acme/log": "^^1"})]), "acme/app", "1.0.0")


def test_ten_thousand_versions_are_no_burden() -> None:
    many = [release(f"1.{number}.0", {"acme/time": f"^0.{number % 7}"}) for number in range(10_000, 0, -1)]
    known = world(log=many, time=[release("0.3.0")])
    graph = resolve_manifest(known, '{"require": {"acme/log": "^1.0"}}')
    assert chosen(graph) == ["acme/log 1.9999.0", "acme/time 0.3.0"]


def _pigeons(holes: int) -> tuple[dict[str, Releases], Project]:
    """Make one pigeon more than there are holes: each sits in one, and a hole takes one."""
    birds = range(holes + 1)
    packages: dict[str, Releases] = {
        f"bird/b{bird}": [release(f"{hole + 1}.0.0", {f"hole/h{hole}": f"{bird + 1}.0.0"}) for hole in range(holes)]
        for bird in birds
    }
    packages |= {f"hole/h{hole}": [release(f"{bird + 1}.0.0") for bird in birds] for hole in range(holes)}
    return packages, Project({"require": {f"bird/b{bird}": "*" for bird in birds}})


def test_what_takes_too_many_steps_ends_with_too_hard() -> None:
    packages, project = _pigeons(9)
    run = read_all(project, Records(packages), {})
    with pytest.raises(TooHard):
        solve(run.project, run.loading.loaded, run.loading.fixed, Conduct(max_steps=500))


def test_what_is_impossible_is_found_to_be() -> None:
    packages, project = _pigeons(5)
    run = read_all(project, Records(packages), {})
    with pytest.raises(Unresolvable):
        run.solve()


def test_a_search_can_be_cancelled_from_another_thread() -> None:
    packages, project = _pigeons(14)
    run = read_all(project, Records(packages), {})
    threading.Timer(0.2, run.cancel).start()
    with pytest.raises(TooHard):
        run.solve()


def test_a_key_of_branches_is_asked_for_where_they_may_be_had() -> None:
    assert ECOSYSTEM.begin_resolution is not None
    asked: set[PackageKey] = set()
    for stability in ("stable", "dev"):
        run = ECOSYSTEM.begin_resolution(key_of_package("acme/app"), "1.0.0", {"minimum-stability": stability})
        asked |= run.needed()
    assert {key.name for key in asked} == {"acme/app", "acme/app~dev"}


def test_aliases_of_a_lock_file_count() -> None:
    lock = """{"packages": [
      {"name": "acme/log", "version": "dev-fix"},
      {"name": "acme/ink", "version": "1.x-dev", "extra": {"branch-alias": {"1.x-dev": "1.4.x-dev"}}},
      {"name": "acme/shop", "version": "1.0.0", "require": {"acme/log": "^1.0", "acme/ink": "~1.4.0"}}],
     "aliases": [{"package": "acme/log", "version": "dev-fix", "alias": "1.0.5", "alias_normalized": "1.0.5.0"}]}"""
    graph = resolve_manifest({}, '{"require": {"acme/shop": "*", "acme/log": "dev-fix as 1.0.5"}}', lock)
    assert graph.error == ""
    assert sorted(edges(graph)[-2:]) == ["acme/shop -> acme/ink ~1.4.0", "acme/shop -> acme/log ^1.0"]
    why = {node.package.name: node.why for node in graph.nodes if node.why}
    assert why == {
        "acme/ink": "it also counts as 1.4.x-dev",
        "acme/log": "it also counts as 1.0.5 as the project says",
    }


@pytest.mark.parametrize("lock", ["{", "[]", "{}", '{"packages": ["acme/log"]}'])
def test_a_lock_file_that_is_none_is_refused(lock: str) -> None:
    with pytest.raises(Invalid):
        resolve_manifest({}, "{}", lock)


def test_a_manifest_there_must_be() -> None:
    assert ECOSYSTEM.begin_manifest is not None
    with pytest.raises(Invalid, match=r"no composer\.json"):
        ECOSYSTEM.begin_manifest({"composer.lock": b"{}"}, {})


def test_of_two_that_stand_in_for_another_that_of_the_same_vendor_comes_first() -> None:
    known = world(shop=[release("1.0.0", {"acme/log": "^1.0"})], log=[release("2.0.0")]) | {
        "other/log": [release("1.0.0", replace={"acme/log": "1.0.0"})],
        "acme/fork": [release("1.0.0", replace={"acme/log": "1.0.0"})],
    }
    project = '{"require": {"acme/shop": "*"}, "require-dev": {"other/log": "*", "acme/pen": "*"}}'
    known |= world(pen=[release("1.0.0", {"other/log": "*"})])
    assert "other/log 1.0.0" in chosen(resolve_manifest(known, project))


def test_the_project_may_stand_in_for_a_package_and_for_the_platform() -> None:
    known = world(shop=[release("1.0.0", {"acme/log": "^1.0", "php": "^9.0"})])
    project = '{"require": {"acme/shop": "*"}, "replace": {"acme/log": "1.2.0"}, "provide": {"php": "9.1"}}'
    assert chosen(resolve_manifest(known, project)) == ["acme/shop 1.0.0"]
    without = '{"require": {"acme/shop": "*"}, "provide": {"php": "9.1"}}'
    assert "there is no such package" in resolve_manifest(known, without).error


def test_an_alias_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="the project names acme/log with 'dev-main as ', which is no constraint"):
        resolve_manifest({}, '{"require": {"acme/log": "dev-main as "}}')
