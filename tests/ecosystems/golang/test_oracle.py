"""Module paths and versions mean what the go command says."""

import json
import random
import tarfile
from itertools import pairwise

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.golang.names import escape, parse_name, purl_name, to_purl, unescape
from packhouse.ecosystems.golang.ranges import satisfies
from packhouse.ecosystems.golang.versions import canonical, is_pseudo, is_version, pseudo_moment, version_key
from tests.ecosystems.golang.asking import ask
from tests.shared import shared_path

_NUMBERS = ["0", "1", "2", "10"]
_ODD_NUMBERS = [*_NUMBERS, "01", "", "a", "-1", "99999999999999999999"]
_ENDS = [
    *("-", "-rc.1", "-rc.2", "-rc1", "-0", "-00", "-alpha", "-alpha.1", "-a..b", "+incompatible", "+meta", "-é", ".0"),
    *("-beta+incompatible", "-0.20230102030405-abcdefabcdef", "-pre.0.20230102030405-abcdefabcdef"),
    *("-20230102030405-abcdefabcdef", "-0.20230102030405-abcdefabcdef+incompatible"),
]
_HOSTS = [
    *("github.com", "example.com", "Example.com", "localhost", "-x.com"),
    *("gopkg.in", "a.b.", ".com", "ex_ample.com", "x"),
]
_ELEMENTS = [
    *("a", "B", "yaml.v2", "yaml", "v2", "v1", "v02", "v10", "con", "Aux.txt", "x~1", "x~a", ".x", "x.", "é", "a+b"),
    *("a!b", "com1", "lpt9.go", "v2-unstable", "yaml.v3-unstable", "yaml.v0", "yaml.v02", "..", "a:b"),
]


def _versions(chance: random.Random, count: int) -> list[str]:
    """Invent versions, most of them valid."""

    def number() -> str:
        return chance.choice(_NUMBERS if chance.random() < 0.9 else _ODD_NUMBERS)

    def end() -> str:
        return "" if chance.random() < 0.2 else chance.choice(_ENDS)

    return [f"{chance.choice('vvvvvvvvv V')}{number()}.{number()}.{number()}{end()}" for _ in range(count)]


def _paths(chance: random.Random, count: int) -> list[str]:
    """Invent module paths, half of them valid."""

    def host() -> str:
        return chance.choice(_HOSTS[:2] if chance.random() < 0.6 else _HOSTS)

    elements = [*_ELEMENTS, "", "a b"]
    return ["/".join([host(), *chance.choices(elements, k=chance.randint(0, 3))]) for _ in range(count)]


def _is_path(path: str) -> bool:
    if "!" in path:
        return False  # in our names a ! is an escape; the go command has none in paths
    try:
        return parse_name(path) == path
    except Invalid:
        return False


def test_invented_versions_are_versions_where_the_go_command_says_so() -> None:
    versions = _versions(random.Random(7225), 4000)
    answers = ask([("canonical", version) for version in versions])
    asked = zip(versions, answers, strict=True)
    assert [version for version, answer in asked if is_version(version) != (answer == "true")] == []
    answers = ask([("pseudo", version) for version in versions])
    valid = ((version, answer) for version, answer in zip(versions, answers, strict=True) if is_version(version))
    assert [version for version, answer in valid if is_pseudo(version) != (answer == "true")] == []


def test_versions_are_ordered_as_the_go_command_orders_them() -> None:
    versions = [version for version in _versions(random.Random(7), 6000) if is_version(version)]
    pairs = list(pairwise(versions))
    assert len(pairs) > 2000
    answers = ask([("compare", *pair) for pair in pairs])
    for (one, other), answer in zip(pairs, answers, strict=True):
        left, right = version_key(one), version_key(other)
        assert int(answer) == (left > right) - (left < right), (one, other)


def test_invented_paths_are_module_paths_where_the_go_command_says_so() -> None:
    paths = _paths(random.Random(7225), 8000)
    answers = ask([("path", path) for path in paths])
    asked = zip(paths, answers, strict=True)
    assert [path for path, answer in asked if _is_path(path) != (answer == "true")] == []
    assert answers.count("true") > 500


def test_capitals_are_escaped_as_the_go_command_escapes_them() -> None:
    paths = [path for path in _paths(random.Random(1), 3000) if _is_path(path)]
    for path, answer in zip(paths, ask([("escape", path) for path in paths]), strict=True):
        assert answer == f"{escape(path)} true"
        assert unescape(escape(path)) == path


def test_versions_are_written_whole_as_the_go_command_writes_them() -> None:
    chance = random.Random(99)
    versions = [*_versions(chance, 4000), *(f"v{chance.choice(_ODD_NUMBERS)}" for _ in range(20)), "v1.2", "v1.2-rc"]
    for version, answer in zip(versions, ask([("whole", version) for version in versions]), strict=True):
        try:
            assert canonical(version) == answer, version
        except Invalid:
            assert answer == "", version


@pytest.mark.parametrize("text", ["github.com/Acme/x", "a!", "a!B", "a!1", "!"])
def test_what_escaping_never_writes_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        unescape(text)


def test_the_collected_orderings_of_semantic_versions_hold() -> None:
    with tarfile.open(shared_path("data", "fixtures", "version-ordering.tar.xz")) as archive:
        file = archive.extractfile("sem/semver-versions.txt")
        assert file is not None
        lines = [line.split(" ") for line in file.read().decode().splitlines() if line and line[0] not in "#/"]
    asked = 0
    for left, sign, right in lines:
        one, other = (text if text.startswith("v") else f"v{text}" for text in (left, right))
        if is_version(one) and is_version(other):
            asked += 1
            keys = version_key(one), version_key(other)
            assert {"<": keys[0] < keys[1], ">": keys[0] > keys[1], "=": keys[0] == keys[1]}[sign], (left, right)
    assert asked > 30


def test_a_pseudo_version_tells_its_commits_time() -> None:
    assert pseudo_moment("v0.0.0-20191109021931-daa7c04131f5") == 1_573_265_971_000
    assert pseudo_moment("v1.2.3") is None
    assert pseudo_moment("v0.0.0-20191399021931-daa7c04131f5") is None


@pytest.mark.parametrize(
    ("wanted", "inside", "outside"),
    [
        (">=v1.2.0, <v2.0.0", "v1.2.0 v1.9.9 v2.0.0-rc.1", "v1.1.9 v2.0.0"),
        (">=1.2.0 <2.0.0", "v1.2.0", "v2.0.0"),
        ("v1.2.0", "v1.2.0 v1.2.0+incompatible", "v1.2.1"),
        ("<v1.0.0 || >=v3.0.0", "v0.1.0 v3.0.0", "v2.0.0"),
        (">=v1.2.0, <v2", "v1.2.0 v1.99.0 v2.0.0-rc.1", "v2.0.0 v1.2.0-rc.1"),
        (">=1 <=1.2", "v1.0.0 v1.2.0", "v1.2.1 v1.0.0-rc.1"),
        ("v1.2", "v1.2.0 v1.2.9 v1.2.0-rc.1", "v1.3.0 v1.20.0"),
        ("1", "v1.0.0 v1.9.9", "v2.0.0 v10.0.0"),
        (">=v1.2.0", "v1.2.0 v9.0.0 v2.0.0+incompatible", "v1.1.9 v1.2.0-0.20200101000000-abcdefabcdef"),
        ("*", "v0.0.0", ""),
        ("!=v1.0.0", "v1.0.1", "v1.0.0"),
    ],
)
def test_a_range_is_an_interval(wanted: str, inside: str, outside: str) -> None:
    assert all(satisfies(version, wanted) for version in inside.split())
    assert not any(satisfies(version, wanted) for version in outside.split())


@pytest.mark.parametrize(
    "wanted", ["^v1.0.0", "vv1", "v1.x", "v01", "v1-rc", "1.2.3.4", "latest", ">= ", "~1.2", "v1.0.0," * 500]
)
def test_what_is_no_range_is_refused(wanted: str) -> None:
    with pytest.raises(Invalid):
        satisfies("v1.0.0", wanted)


def test_package_urls_are_written_and_read_as_the_collected_cases_have_them() -> None:
    with tarfile.open(shared_path("data", "fixtures", "vers-purl-tests.tar.xz")) as archive:
        file = archive.extractfile("package-url/purl-spec/tests/types/golang-test.json")
        assert file is not None
        cases = json.load(file)["tests"]
    asked = 0
    for case in cases:
        parts = case["expected_output"] if case["test_type"] == "parse" else case["input"]
        if case["expected_failure"] or not isinstance(parts, dict) or parts["qualifiers"] or parts["subpath"]:
            continue
        try:
            name = purl_name(parts["namespace"] or "", parts["name"])
        except Invalid:
            continue  # a package of the standard library has no host
        asked += 1
        purl = case["input"] if case["test_type"] == "parse" else case["expected_output"]
        assert to_purl(name, parts["version"] or "").lower() == purl.lower()
    assert asked >= 2
