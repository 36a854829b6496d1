"""Resolving as pub does: its published cases, and what they leave open."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from packhouse.domain.errors import Invalid, TooHard
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord
from packhouse.ecosystems.pub import ECOSYSTEM
from packhouse.ecosystems.pub.environment import Environment, read_environment
from packhouse.ecosystems.pub.index import INDEX
from packhouse.ecosystems.pub.listing import package_key
from packhouse.ecosystems.pub.pubspec import begin
from packhouse.ecosystems.pub.resolve import ProjectRun, Run
from packhouse.resolver.universe import NotLoaded

_CASES = yaml.load((Path(__file__).parent.parent / "cases" / "pub" / "solver.yaml").read_text(), yaml.BaseLoader)  # noqa: S506
_USUAL = {"sdk": ">=2.12.0 <4.0.0"}
Packages = Mapping[str, Mapping[str, Mapping[str, Any]]]


def record(
    name: str, versions: Mapping[str, Mapping[str, Any]], retracted: frozenset[str] = frozenset()
) -> PackageRecord:
    """Derive the record of a package as a server does."""
    key = package_key(name)
    listed = [_entry(name, version, needs, retracted) for version, needs in versions.items()]
    body = msgspec.json.encode({"name": name, "latest": listed[-1], "versions": listed})
    return INDEX.describe(key, INDEX.split(key, body))


def _entry(name: str, version: str, needs: Mapping[str, Any], retracted: frozenset[str]) -> dict[str, Any]:
    plain = {other: wanted for other, wanted in needs.items() if not other.startswith("~")}
    pubspec = {"name": name, "version": version, "environment": needs.get("~env", _USUAL), "dependencies": plain}
    if "~dev" in needs:
        pubspec["dev_dependencies"] = needs["~dev"]
    entry = {"version": version, "pubspec": pubspec, "archive_url": f"https://pub.example/{name}-{version}.tar.gz"}
    return {**entry, "retracted": True} if f"{name} {version}" in retracted else entry


def loaded(run: ProjectRun, records: Mapping[PackageKey, PackageRecord]) -> ProjectRun:
    """Load what a resolution asks for, as a server does."""
    while True:
        while keys := run.needed():
            run.load({key: records.get(key) for key in keys})
        try:
            run.search()
        except NotLoaded as missing:
            run.load({key: records.get(key) for key in missing.keys})
        else:
            return run


def records_of(packages: Packages, retracted: frozenset[str] = frozenset()) -> dict[PackageKey, PackageRecord]:
    """Derive the records of a world."""
    return {package_key(name): record(name, versions, retracted) for name, versions in packages.items()}


def resolve(case: Mapping[str, Any]) -> ProjectRun:
    """Begin to resolve the project of a case, with all that it asks for."""
    fields = ("version", "environment", "dependencies", "dev_dependencies", "dependency_overrides")
    pubspec = {"name": "myapp", **{field: case[field] for field in fields if field in case}}
    files = {"pubspec.yaml": yaml.safe_dump(pubspec).encode()}
    if "lock" in case:
        packages = {name: {"source": "hosted", "version": version} for name, version in case["lock"].items()}
        files["pubspec.lock"] = yaml.safe_dump({"packages": packages}).encode()
    if "overrides_file" in case:
        files["pubspec_overrides.yaml"] = yaml.safe_dump({"dependency_overrides": case["overrides_file"]}).encode()
    told = {"dart": "3.1.2+3", "flutter": "", **case.get("sdk", {})}
    return loaded(begin(files, told), records_of(case.get("packages", {})))


@pytest.mark.parametrize("case", _CASES, ids=[case["name"] for case in _CASES])
def test_the_answer_is_that_of_the_published_case(case: Mapping[str, Any]) -> None:
    graph = resolve(case).resolve()
    if "error" in case:
        assert graph.error
        assert [word for word in case["error"] if word not in graph.error] == []
    else:
        assert not graph.error
        assert {str(node.package.name): node.version for node in graph.nodes[1:]} == case["result"]


def test_there_are_as_many_cases_as_were_collected() -> None:
    assert len(_CASES) >= 60


def test_a_hundred_versions_each_of_two_packages_that_hardly_fit_end_where_pub_does() -> None:
    numbers = [(major, minor) for major in range(10) for minor in range(10)]
    packages: Packages = {
        "baz": {"0.0.0": {}},
        "foo": {f"{major}.{minor}.0": {"baz": f"{major}.0.0"} for major, minor in numbers},
        "bar": {f"{major}.{minor}.0": {"baz": f"0.{minor}.0"} for major, minor in numbers},
    }
    graph = resolve({"packages": packages, "dependencies": {"foo": "any", "bar": "any"}}).resolve()
    assert {node.package.name: node.version for node in graph.nodes[1:]} == {
        "foo": "0.9.0",
        "bar": "9.0.0",
        "baz": "0.0.0",
    }


def test_a_release_is_resolved_as_the_only_dependency_and_seen_from_itself() -> None:
    records = records_of({"a": {"1.0.0": {"b": "^1.0.0"}, "2.0.0": {}}, "b": {"1.0.0": {}, "1.4.0": {}, "2.0.0": {}}})
    graph = loaded(Run(package_key("a"), "1.0.0", Environment()), records).resolve()
    assert [(node.package.name, node.version) for node in graph.nodes] == [("a", "1.0.0"), ("b", "1.4.0")]
    assert [(edge.from_node, edge.to_node, edge.requirement) for edge in graph.edges] == [(0, 1, "^1.0.0")]


def test_a_retracted_version_is_chosen_only_where_it_is_locked_or_pinned_by_an_override() -> None:
    records = records_of({"a": {"1.0.0": {}, "1.1.0": {}}}, frozenset({"a 1.1.0"}))

    def chosen(**files: str) -> list[str]:
        named = {f"pubspec.{name}": text.encode() for name, text in files.items()}
        return [node.version for node in loaded(begin(named, {}), records).resolve().nodes[1:]]

    wish = "name: myapp\ndependencies: {a: any}\n"
    assert chosen(yaml=wish) == ["1.0.0"]
    assert chosen(yaml=wish, lock="packages: {a: {source: hosted, version: 1.1.0}}") == ["1.1.0"]
    assert chosen(yaml=f"{wish}dependency_overrides: {{a: 1.1.0}}\n") == ["1.1.0"]


@pytest.mark.parametrize(
    ("sdk", "fits"),
    [(">=2.12.0 <3.0.0", True), (">=2.11.0 <3.0.0", False), ("^2.17.0", True), (">=3.0.0", True), (None, False)],
)
def test_packages_that_know_null_safety_go_with_dart_3(sdk: str | None, *, fits: bool) -> None:
    records = records_of({"a": {"1.0.0": {"~env": {} if sdk is None else {"sdk": sdk}}}})
    graph = loaded(Run(package_key("a"), "1.0.0", Environment()), records).resolve()
    assert (not graph.error) == fits


def test_what_comes_with_flutter_is_there_where_flutter_is() -> None:
    records = records_of({"a": {"1.0.0": {"flutter": {"sdk": "flutter"}}}})
    graph = loaded(Run(package_key("a"), "1.0.0", Environment()), records).resolve()
    assert [node.package.name for node in graph.nodes] == ["a", "flutter"]
    assert "sdk" in graph.nodes[1].why
    without = loaded(Run(package_key("a"), "1.0.0", Environment(flutter="")), records).resolve()
    assert "flutter" in without.error


def test_an_environment_that_cannot_be_is_refused() -> None:
    assert read_environment({}) == Environment(**ECOSYSTEM.environment)
    for told in ({"dart": "three"}, {"ruby": "3.4.0"}):
        with pytest.raises(Invalid):
            read_environment(told)
    with pytest.raises(Invalid):
        begin({"pubspec.yaml": b"- no table"}, {})


def test_a_search_that_nobody_waits_for_ends() -> None:
    ring = {f"p{n}": {f"{v}.0.0": {f"p{(n + 1) % 7}": f"{v + 1}.0.0"} for v in range(60)} for n in range(7)}
    run = Run(package_key("p0"), "1.0.0", Environment())
    run.load(records_of(ring))
    everything = begin({"pubspec.yaml": b"name: myapp\ndependencies: {p0: any}\n"}, {})
    everything.load(records_of(ring))
    threading.Timer(0, everything.cancel).start()
    everything.cancel()
    with pytest.raises(TooHard):
        everything.search()
