"""The line of a release that is published here."""

import json

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.crate_manifest import CrateDependency, CrateManifest
from packhouse.ecosystems.cargo.index_line import spell_requirement, with_yanked, write_line
from packhouse.ecosystems.cargo.lines import read_line
from packhouse.ecosystems.cargo.ranges import parse_range
from tests.ecosystems.cargo.crates import recorded
from tests.ecosystems.cargo.releases import DAY, check_config, check_line, manifest_of, recorded_release

SUM = "ab" * 32


def line_of(manifest: CrateManifest, *registries: str | None) -> bytes:
    """Write a line; all dependencies are in its own registry where nothing is said."""
    places = registries or [None] * len(manifest.dependencies)
    return write_line(manifest, places, SUM, Moment(DAY))


def test_a_line_of_all_kinds_of_dependencies_is_as_the_public_registry_writes_it() -> None:
    _, _, _, manifest = recorded_release("Pear_Tree-1.2.3")
    fields = check_line(line_of(manifest))
    assert list(fields) == [
        *("name", "vers", "deps", "cksum", "features", "features2", "yanked"),
        *("rust_version", "pubtime", "v"),
    ]
    assert (fields["name"], fields["vers"], fields["cksum"]) == ("Pear_Tree", "1.2.3", SUM)
    assert fields["features"] == {"default": ["std"], "more": ["plum-alias/std", "tree"], "std": []}
    assert fields["features2"] == {"tree": ["dep:fig", "plum-alias?/std"]}
    assert (fields["rust_version"], fields["pubtime"], fields["v"]) == ("1.70", "2023-11-14T22:13:20Z", 2)
    told = [(each["name"], each["req"], each["kind"], each["target"]) for each in fields["deps"]]
    assert told == [
        ("fig", "*", "dev", None),
        ("fig", "1.*", "build", None),
        ("fig", "=1.2.3", "normal", 'cfg(any(unix, target_os = "none"))'),
        ("fig", "^1.2", "normal", None),
        ("plum", "~0.1.0-alpha.1", "build", "x86_64-pc-windows-gnu"),
        ("plum-alias", ">=0.1.0-alpha, <2", "normal", None),
    ]
    assert fields["deps"][-1]["package"] == "plum"
    assert not any("package" in each or "registry" in each for each in fields["deps"][:-1])


def test_the_least_line_has_no_field_that_it_does_not_need() -> None:
    assert line_of(manifest_of("")) == (
        b'{"name":"pear","vers":"1.0.0","deps":[],"cksum":"%b","features":{},"yanked":false,'
        b'"pubtime":"2023-11-14T22:13:20Z"}' % SUM.encode()
    )


def test_fields_stand_in_the_order_of_recorded_lines() -> None:
    orders = {tuple(json.loads(each)) for each in recorded("zstd-sys").splitlines()}
    links = manifest_of('links = "zstd"\nrust-version = "1.64"\n[features]\na = ["dep:cc"]\n[dependencies]\ncc = "1"')
    assert tuple(check_line(line_of(links))) in orders


@pytest.mark.parametrize("name", ["inflector", "utf8-ranges", "xdg", "yprox", "zstd-sys"])
def test_recorded_lines_are_as_the_schema_has_it(name: str) -> None:
    for each in recorded(name).splitlines():
        fields = check_line(each)
        assert [one["name"] for one in fields["deps"]] == sorted(one["name"] for one in fields["deps"])


def test_a_dependency_of_another_registry_names_it() -> None:
    manifest = manifest_of('[dependencies]\nfig = "1"\n[dependencies.plums]\npackage = "plum"\nversion = "2"')
    fields = check_line(line_of(manifest, "sparse+http://other.example/index/", None))
    assert fields["deps"][0]["registry"] == "sparse+http://other.example/index/"
    assert "registry" not in fields["deps"][1]


def test_a_line_with_dependencies_that_are_programs_is_passed_over_by_versions_that_know_none() -> None:
    artifact = '[dependencies.fig]\nversion = "1"\nartifact = "bin"\ntarget = "target"\nlib = true\npublic = true'
    fields = check_line(line_of(manifest_of(artifact)))
    assert fields["v"] == 3
    dependency = fields["deps"][0]
    assert (dependency["artifact"], dependency["bindep_target"]) == (["bin"], "target")
    assert (dependency["lib"], dependency["public"]) == (True, True)


def test_yanking_changes_one_word_and_can_be_taken_back() -> None:
    line = line_of(recorded_release("Pear_Tree-1.2.3")[3])
    yanked = with_yanked(line, yanked=True)
    assert yanked == line.replace(b'"yanked":false', b'"yanked":true')
    assert with_yanked(yanked, yanked=True) == yanked
    assert with_yanked(yanked, yanked=False) == line


def test_fields_that_nobody_knew_stay_where_they_are() -> None:
    line = b'{"name":"pear","vers":"1.0.0","later":{"a":[1.50]},"yanked":null}'
    assert with_yanked(line, yanked=True) == b'{"name":"pear","vers":"1.0.0","later":{"a":[1.50]},"yanked":true}'
    assert with_yanked(b'{"name":"pear"}', yanked=False) == b'{"name":"pear","yanked":false}'


_nasty = st.text(st.sampled_from('\n\r\x85\u2028\u2029\0"\\{}é😀 a'), max_size=8)


@given(_nasty, _nasty, _nasty, _nasty)
def test_no_text_makes_two_lines_of_one(feature: str, target: str, links: str, registry: str) -> None:
    manifest = CrateManifest(
        name="pear",
        version="1.0.0",
        links=links,
        features={feature: (feature,)},
        dependencies=(CrateDependency(feature, "fig", "1", target=target, features=(feature,)),),
    )
    line = line_of(manifest, registry)
    assert len(line.splitlines()) == len(line.decode().splitlines()) == 1
    found = read_line(line)
    assert found is not None
    assert found.deps[0].target == target
    assert found.features == {feature: [feature]}
    assert with_yanked(with_yanked(line, yanked=True), yanked=False) == line


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("1", "^1"),
        (" = 1.2.* ", "=1.2"),
        (">=1.x, <3", ">=1, <3"),
        ("x", "*"),
        ("~1.2.3-a.1+build", "~1.2.3-a.1"),
        ("=1.2.3-a.x", "=1.2.3-a.x"),
        ("1.2.3-X.1+x", "^1.2.3-X.1"),
        ("~1.*", "~1"),
        ("1.*.*", "1.*"),
        ("1.2.X", "1.2.*"),
        ("^ 0.1", "^0.1"),
        (">1.2.3,<=2", ">1.2.3, <=2"),
    ],
)
def test_a_requirement_is_spelt_as_cargo_spells_it(written: str, spelt: str) -> None:
    assert spell_requirement(written) == spelt
    assert spell_requirement(spelt) == spelt


_numbers = st.lists(st.integers(0, 30).map(str), min_size=1, max_size=3).map(".".join)
_word = st.tuples(st.sampled_from(["", "=", ">", ">=", "<", "<=", "~", "^"]), _numbers, st.sampled_from(["", ".*"]))
_requirement = st.lists(_word.map("".join), min_size=1, max_size=4).map(" , ".join)


@given(_requirement)
def test_spelling_a_requirement_does_not_change_what_it_matches(text: str) -> None:
    try:
        before = parse_range(text)
    except Invalid:
        return
    after = parse_range(spell_requirement(text))
    assert (after.low, after.high, after.opened) == (before.low, before.high, before.opened)


def test_the_schema_refuses_what_old_versions_of_cargo_would_misread() -> None:
    fields = check_line(line_of(recorded_release("Pear_Tree-1.2.3")[3]))
    del fields["v"]
    with pytest.raises(jsonschema_rs.ValidationError):
        check_line(json.dumps(fields).encode())
    fields |= {"features": fields.pop("features2")}
    with pytest.raises(jsonschema_rs.ValidationError):
        check_line(json.dumps(fields).encode())


def test_a_configuration_gives_addresses_without_a_slash_at_the_end_of_the_api() -> None:
    check_config({"dl": "http://crates.example/files/{crate}", "api": "http://crates.example/cargo"})
    check_config({"dl": "http://crates.example/files", "auth-required": True})
    with pytest.raises(jsonschema_rs.ValidationError):
        check_config({"dl": "http://crates.example/files", "api": "http://crates.example/cargo/"})
