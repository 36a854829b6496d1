"""Resolving as Bundler does, rule by rule; tests/agreement/gem holds the whole to Bundler's own answers."""

from collections.abc import Mapping, Sequence

import pytest

from packhouse.domain.errors import Invalid, TooHard
from packhouse.domain.view import View
from packhouse.ecosystems.gem import ECOSYSTEM
from packhouse.ecosystems.gem.circles import find_circle
from packhouse.ecosystems.gem.environment import Environment, read_environment
from packhouse.ecosystems.gem.gemfile import begin
from packhouse.ecosystems.gem.platforms import distance, generic, runs_on
from packhouse.ecosystems.gem.resolve import ProjectRun, Run
from tests.agreement.gem.recorded import Records
from tests.agreement.gem.replay import loaded
from tests.ecosystems.gem.gems import info, key, line, registry, server

World = Mapping[str, Sequence[str]]


def chosen(world: World, gemfile: str, lock: str = "", **told: str) -> dict[str, str]:
    """Resolve a Gemfile; give the versions."""
    return {node.package.name: node.version for node in _run(world, gemfile, lock, **told).resolve().nodes[1:]}


def error(world: World, gemfile: str, lock: str = "", **told: str) -> str:
    """Resolve a Gemfile that cannot be met; give the explanation."""
    return _run(world, gemfile, lock, **told).resolve().error


def _run(world: World, gemfile: str, lock: str, **told: str) -> ProjectRun:
    files = {"Gemfile": gemfile.encode()}
    if lock:
        files["Gemfile.lock"] = lock.encode()
    return loaded(begin(files, told), Records(world))


def test_the_highest_that_meets_all_is_chosen_once() -> None:
    world = {
        "a": ["1.0 c:>= 1&< 3|"],
        "b": ["1.0 c:~> 2.0|", "1.1 c:~> 3.0|"],
        "c": ["1.0 |", "2.0 |", "2.5 |", "3.0 |"],
    }
    assert chosen(world, 'gem "a"\ngem "b"') == {"a": "1.0", "b": "1.0", "c": "2.5"}


def test_a_pre_release_is_chosen_where_the_gemfile_names_one_or_nothing_else_will_do() -> None:
    world = {"a": ["1.0 |", "2.0.pre |"], "b": ["1.0 c:>= 2.0.rc1|"], "c": ["1.0 |", "2.0.rc2 |"]}
    assert chosen(world, 'gem "a"') == {"a": "1.0"}
    assert chosen(world, 'gem "a", ">= 1.0.a"') == {"a": "2.0.pre"}
    assert chosen(world, 'gem "b"') == {"b": "1.0", "c": "2.0.rc2"}


def test_what_ruby_and_rubygems_it_takes_leaves_versions_out() -> None:
    world = {"a": ["1.0 |ruby:>= 2.7", "2.0 |ruby:>= 3.2", "3.0 |rubygems:>= 9"]}
    assert chosen(world, 'gem "a"', ruby="3.4.1") == {"a": "2.0"}
    assert chosen(world, 'gem "a"', ruby="3.1.0") == {"a": "1.0"}
    assert "Ruby is 2.0" in error(world, 'gem "a", "2.0"', ruby="2.0")


def test_the_file_for_the_platform_brings_needs_and_demands_of_its_own() -> None:
    world = {
        "a": ["1.0 b:>= 0|", "1.0-x86_64-linux |ruby:>= 3.0&< 3.4.dev", "1.0-java c:>= 0|"],
        "b": ["1.0 |"],
        "c": ["1.0 |"],
    }
    assert chosen(world, 'gem "a"', ruby="3.3.0") == {"a": "1.0"}
    assert chosen(world, 'gem "a"', ruby="3.4.1") == {"a": "1.0", "b": "1.0"}
    assert chosen(world, 'gem "a"', platform="java") == {"a": "1.0", "c": "1.0"}
    assert chosen(world, 'gem "a"', platform="ruby") == {"a": "1.0", "b": "1.0"}
    assert chosen(world, 'gem "a", force_ruby_platform: true', ruby="3.3.0") == {"a": "1.0", "b": "1.0"}


def test_a_gem_of_another_platform_is_left_out() -> None:
    world = {"a": ["1.0 |"], "b": ["1.0 |"], "c": ["1.0-java |"]}
    gemfile = 'gem "a"\nplatforms :jruby do\n  gem "b"\nend\n'
    assert chosen(world, gemfile) == {"a": "1.0"}
    assert chosen(world, gemfile, platform="java") == {"a": "1.0", "b": "1.0"}
    assert "x86_64-linux" in error(world, 'gem "c"')


_LOCK = """GEM
  remote: http://gems.example/
  specs:
    a (1.0)
      b (>= 1)
    b (1.0)

PLATFORMS
  ruby

DEPENDENCIES
  a
"""


def test_what_is_locked_is_kept_until_the_gemfile_asks_for_more() -> None:
    world = {"a": ["1.0 b:>= 1|", "2.0 b:>= 1|"], "b": ["1.0 |", "1.5 |"], "c": ["1.0 b:>= 1.2|"]}
    assert chosen(world, 'gem "a"', _LOCK) == {"a": "1.0", "b": "1.0"}
    assert chosen(world, 'gem "a", "~> 2.0"', _LOCK) == {"a": "2.0", "b": "1.0"}
    assert chosen(world, 'gem "a"\ngem "c"', _LOCK) == {"a": "1.0", "b": "1.5", "c": "1.0"}


def test_why_nothing_fits_is_told_in_sentences() -> None:
    world = {"a": ["1.0 c:~> 1.0|"], "b": ["1.0 c:~> 2.0|"], "c": ["1.0 |", "2.0 |"]}
    told = error(world, 'gem "a"\ngem "b"')
    assert "a 1.0 needs c ~> 1.0" in told
    assert "b 1.0 needs c ~> 2.0" in told
    assert told.endswith("nothing fits.")
    assert error(world, 'gem "a", "~> 3"') == "the project needs a ~> 3, but no release of a for x86_64-linux will do."
    assert "there is no gem nobody" in error(world, 'gem "nobody"')


def test_gems_that_need_each_other_in_a_circle_are_refused_as_by_bundler() -> None:
    world = {"a": ["1.0 b:>= 0|"], "b": ["1.0 a:>= 0|"]}
    assert "Bundler refuses" in error(world, 'gem "a"')
    assert find_circle({"a": ["b"], "b": ["c"], "c": []}) == []
    assert find_circle({"a": ["b"], "b": ["c", "d"], "c": [], "d": ["b"]}) == ["b", "d", "b"]


def test_what_of_a_gemfile_is_no_plain_call_is_named() -> None:
    gemfile = 'source "http://gems.example"\ngemspec\nif ENV["X"]\n  gem "a", path: "."\nend\ngem "b" # here\n'
    graph = _run({"b": ["1.0 |"]}, gemfile, "").resolve()
    assert [node.package.name for node in graph.nodes] == ["", "b"]
    assert "line 2" in graph.nodes[0].errors[0]
    assert "line 3" in graph.nodes[0].errors[1]
    assert "a comes from no registry" in graph.nodes[0].errors[2]


def test_two_different_requirements_on_one_gem_are_refused() -> None:
    with pytest.raises(Invalid, match="twice"):
        begin({"Gemfile": b'gem "a", "1"\ngem "a", "2"'}, {})


def test_an_environment_that_cannot_be_is_refused() -> None:
    assert read_environment({}) == Environment(**ECOSYSTEM.environment)
    for told in ({"ruby": "x"}, {"platform": "a b"}, {"node": "18"}):
        with pytest.raises(Invalid):
            read_environment(told)


@pytest.mark.parametrize(
    ("built", "here", "runs"),
    [
        ("ruby", "x86_64-linux", True),
        ("x86_64-linux", "ruby", False),
        ("x86_64-linux", "x86_64-linux", True),
        ("x86_64-linux-gnu", "x86_64-linux", True),
        ("x86_64-linux", "x86_64-linux-musl", True),
        ("x86_64-linux-musl", "x86_64-linux", False),
        ("x86_64-linux-gnu", "x86_64-linux-musl", False),
        ("aarch64-linux", "x86_64-linux", False),
        ("universal-darwin", "arm64-darwin-23", True),
        ("arm64-darwin", "arm64-darwin-23", True),
        ("arm64-darwin-22", "arm64-darwin-23", False),
        ("java", "java", True),
        ("x64-mingw-ucrt", "x64-mingw-ucrt", True),
        ("x64-mingw32", "x64-mingw-ucrt", False),
    ],
)
def test_a_file_runs_where_rubygems_says(built: str, here: str, *, runs: bool) -> None:
    assert runs_on(built, here) == runs


def test_the_closest_platform_is_the_closest() -> None:
    built = ["ruby", "universal-darwin", "arm64-darwin", "arm64-darwin-23"]
    assert sorted(built, key=lambda each: distance(each, "arm64-darwin-23")) == built[::-1]
    assert [generic(each) for each in ("java", "x64-mingw-ucrt", "x86_64-linux")] == ["java", "windows", "ruby"]


def test_a_search_that_nobody_waits_for_ends() -> None:
    names = "abcdefg"
    world = {name: [f"{v} {names[(at + 1) % 7]}:= {v + 1}|" for v in range(1, 60)] for at, name in enumerate(names)}
    run = begin({"Gemfile": b'gem "a"'}, {})
    run.load({key(name): Records(world).find(key(name)) for name in names})
    run.cancel()
    with pytest.raises(TooHard):
        run.search()


def test_ten_thousand_versions_of_which_none_fits_end_with_an_explanation() -> None:
    world = {"many": [f"1.{v} one:~> {2 + v % 2}.0|" for v in range(10_000)], "one": ["1.0 |"]}
    run = Run(key("many"), "1.77", Environment())
    assert "many 1.77" in loaded(run, Records(world)).resolve().error


@pytest.mark.anyio
async def test_a_server_draws_the_graph_of_a_release() -> None:
    infos = {"a": info(line("a", "1.0", "b:~> 1.0"), line("a", "2.0")), "b": info(line("b", "1.0"), line("b", "1.4"))}
    graph = await server(registry(infos)).services.resolver.resolve(View(), key("a"), "1.0")
    assert [(node.package.name, node.version) for node in graph.nodes] == [("a", "1.0"), ("b", "1.4")]
    assert [edge.requirement for edge in graph.edges] == ["~> 1.0"]
