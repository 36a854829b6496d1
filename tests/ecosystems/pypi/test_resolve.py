"""Rules of resolving: what is a candidate, what is preferred, and what is said where nothing fits."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from packhouse.domain.errors import Invalid, TooHard
from packhouse.domain.graph import Graph
from packhouse.domain.release import Release, build_record
from packhouse.ecosystems.pypi import ECOSYSTEM
from packhouse.ecosystems.pypi.catalogue import package_key
from packhouse.ecosystems.pypi.manifest import Asked, read_manifest
from packhouse.ecosystems.pypi.markers import holds, without_extras
from packhouse.ecosystems.pypi.resolve import ManifestRun
from packhouse.ecosystems.pypi.shelves import Shelf
from packhouse.ecosystems.pypi.targets import read_target
from packhouse.ecosystems.pypi.wanted import read_metadata, read_wanted
from tests.agreement.pypi.recorded import File, World
from tests.agreement.pypi.replay import Index, answer, drive

_VERSIONS = (
    "0.1", "0.9.dev1", "1.0.dev0", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0+local", "1.0.post1", "1.0.1", "1.1.dev1",
    "1.1", "1.2a1", "1.2", "1.2.3", "1.10", "2.0.dev1", "2.0b1", "2.0", "2.0.post2", "2.1+x", "3", "1!1.0", "1!2",
)  # fmt: skip
_CLIENTS = pytest.mark.parametrize("client", ["pip", "uv"])


def _world(releases: Mapping[str, Sequence[str]], **facts: str) -> World:
    """Make a world of `name version` with what each asks for; facts are pythons by name."""
    world = World({}, {})
    for release, lines in releases.items():
        name, version = release.split()
        filename = f"{name}-{version}-py3-none-any.whl"
        world.pages.setdefault(name, []).append(File(filename, facts.get(name, "")))
        extras = [
            f"Provides-Extra: {line.partition('extra == ')[2].strip(chr(34))}" for line in lines if "extra" in line
        ]
        world.metadata[filename] = "\n".join([*extras, *(f"Requires-Dist: {line}" for line in lines)])
    return world


def _chosen(world: World, *requirements: str, client: str = "pip", **environment: str) -> list[str]:
    found = answer(requirements, Index(world), {"client": client, **environment})
    assert not found.error, found.error
    return list(found.chosen)


@_CLIENTS
def test_the_newest_that_fits_all_is_chosen(client: str) -> None:
    world = _world({"apple 1": ["pear<2"], "apple 2": ["pear>=3"], "pear 1": [], "pear 2": []})
    assert _chosen(world, "apple", client=client) == ["apple==1", "pear==1"]


@_CLIENTS
def test_a_pre_release_is_chosen_only_where_nothing_else_is_there(client: str) -> None:
    world = _world({"apple 1": [], "apple 2rc1": [], "pear 1b1": []})
    assert _chosen(world, "apple", "pear", client=client) == ["apple==1", "pear==1b1"]
    assert _chosen(world, "apple>=2rc1", client=client) == ["apple==2rc1"]


@_CLIENTS
def test_an_extra_brings_what_its_marker_names(client: str) -> None:
    world = _world({"apple 1": ['pear; extra == "sweet"', "fig"], "pear 1": [], "fig 1": []})
    assert _chosen(world, "apple", client=client) == ["apple==1", "fig==1"]
    assert _chosen(world, "apple[sweet]", client=client) == ["apple==1", "fig==1", "pear==1"]


@_CLIENTS
def test_a_marker_is_asked_of_the_environment_that_is_told(client: str) -> None:
    world = _world(
        {"apple 1": ['pear; sys_platform == "win32"', 'fig; python_version < "3.10"'], "pear 1": [], "fig 1": []}
    )
    assert _chosen(world, "apple", client=client) == ["apple==1"]
    assert _chosen(world, "apple", client=client, platform="windows") == ["apple==1", "pear==1"]
    assert _chosen(world, "apple", client=client, python="3.9") == ["apple==1", "fig==1"]


def test_uv_goes_by_the_lower_end_of_requires_python_and_pip_by_all_of_it() -> None:
    world = _world({"apple 1": []}, apple="<3.11")
    assert _chosen(world, "apple", client="uv", python="3.11") == ["apple==1"]
    assert "Python" in answer(["apple"], Index(world), {"client": "pip", "python": "3.11"}).error


def test_the_lowest_is_chosen_where_uv_is_told_so() -> None:
    world = _world({"apple 1": ["pear"], "apple 2": ["pear"], "pear 1": [], "pear 2": []})
    assert _chosen(world, "apple", client="uv", resolution="lowest") == ["apple==1", "pear==1"]
    assert _chosen(world, "apple", client="uv", resolution="lowest-direct") == ["apple==1", "pear==2"]


@_CLIENTS
def test_where_nothing_fits_it_is_said_who_needs_what(client: str) -> None:
    world = _world({"apple 1": ["fig<2"], "pear 1": ["fig>=2"], "fig 1": [], "fig 2": []})
    error = answer(["apple", "pear"], Index(world), {"client": client}).error
    for words in ("apple", "pear", "fig"):
        assert words in error


@_CLIENTS
def test_a_project_that_is_not_there_is_named(client: str) -> None:
    assert (
        "there is no project pear" in answer(["apple"], Index(_world({"apple 1": ["pear"]})), {"client": client}).error
    )


def test_an_address_is_named_on_the_node_that_asks_for_it() -> None:
    run = ManifestRun(Asked((read_wanted("apple"),)), read_target({}))
    drive(run, Index(_world({"apple 1": ["pear @ http://files.example/pear.zip"]})))
    graph: Graph = run.resolve()
    assert graph.nodes[1].errors == ("pear is taken from http://files.example/pear.zip, which no index has",)


@_CLIENTS
def test_thousands_of_versions_that_all_fail_end_with_an_explanation(client: str) -> None:
    releases: dict[str, list[str]] = {f"apple {number}": ["pear>=2"] for number in range(1, 2_001)}
    releases["pear 1"] = []
    assert answer(["apple"], Index(_world(releases)), {"client": client}).error


@_CLIENTS
def test_a_cycle_ends(client: str) -> None:
    world = _world({"apple 1": ["pear"], "pear 1": ["apple"]})
    assert _chosen(world, "apple", client=client) == ["apple==1", "pear==1"]


@_CLIENTS
def test_a_search_that_is_cancelled_says_so(client: str) -> None:
    run = ManifestRun(Asked((read_wanted("apple"),)), read_target({"client": client}))
    run.cancel()
    with pytest.raises(TooHard):
        drive(run, Index(_world({"apple 1": []})))


@pytest.mark.parametrize("wrong", [{"client": "conda"}, {"python": "2.7"}, {"platform": "amiga"}, {"resolution": "?"}])
def test_an_environment_that_there_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    begin = ECOSYSTEM.begin_resolution
    assert begin is not None
    with pytest.raises(Invalid):
        begin(package_key("apple"), "1", wrong)


@given(
    st.lists(
        st.builds(
            lambda sign, version, star: f"{sign}{version}{star}",
            st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "~="]),
            st.sampled_from([*_VERSIONS, "1.5", "0.0", "9"]),
            st.sampled_from(["", ".*"]),
        ),
        max_size=3,
    )
)
def test_a_set_of_versions_holds_what_the_library_says(clauses: list[str]) -> None:
    versions = sorted(_VERSIONS, key=Version)
    shelf = Shelf("apple", build_record(package_key("apple"), [Release(each) for each in versions]), read_target({}))
    text = ",".join(clauses)
    try:
        theirs = SpecifierSet(text)
    except ValueError:
        return
    ours = shelf.within(text)
    space = shelf.space_within(text)
    for position, version in enumerate(versions):
        is_in = theirs.contains(version, prereleases=True)
        assert bool(ours >> position & 1) is is_in
        assert bool(space >> 2 * position + 1 & 1) is is_in


@pytest.mark.parametrize(
    "marker",
    [
        "python_version < '3.8'",
        "'linux' in sys_platform",
        "os_name == 'nt' or sys_platform == 'linux' and python_version >= '3'",
        "python_full_version >= '3.11.0rc1'",
        "'3.9' <= python_version",
        "python_version not in '3.0, 3.1'",
        "platform_machine == 'x86_64' and python_version ~= '3.6'",
        "(extra == 'sweet' or extra == 'Sour_Old') and python_version > '2'",
    ],
)
def test_a_marker_holds_where_the_library_says_so(marker: str) -> None:
    variables = dict(read_target({"python": "3.11.7"}).markers)
    for extra in ("", "sweet", "sour-old"):
        theirs = Marker(marker).evaluate({**variables, "extra": extra})
        assert holds(marker, variables, frozenset(filter(None, (extra,)))) is theirs


def test_a_marker_without_its_extras_is_the_same_however_it_is_written() -> None:
    assert without_extras('extra == "a"') == ""
    assert without_extras("python_version<'3' and extra=='a'") == without_extras(
        'extra == "b" and python_version < "3"'
    )


def test_folded_and_odd_metadata_is_read_as_far_as_the_blank_line() -> None:
    body = (
        b"Name: a\r\nRequires-Dist: pear\r\n (>=1);\r\n extra == 'x'\r\nProvides-Extra: X\r\n\r\nRequires-Dist: no\r\n"
    )
    found = read_metadata(body)
    assert [(each.name, each.range) for each in found.wanted] == [("pear", ">=1")]
    assert found.extras == {"x"}
    assert read_metadata(b"Requires-Dist: ???\n\n").fault


def test_requirements_are_read_with_what_they_name() -> None:
    files = {
        "requirements.txt": b"apple[x]>=1 --hash=sha256:aa \\\n  --hash=b:c # why\n-c limits/constraints.txt\n-e .\n",
        "constraints.txt": b"apple<3\n",
    }
    asked = read_manifest(files, read_target({}))
    assert [each.text for each in asked.wanted] == ["apple[x]>=1"]
    assert [each.text for each in asked.constraints] == ["apple<3"]
    assert asked.notes == (". is not taken from an index",)


def test_a_lock_file_keeps_its_versions() -> None:
    files = {
        "pyproject.toml": b'[project]\nname = "orchard"\nversion = "1"\ndependencies = ["apple"]\n',
        "uv.lock": b'[[package]]\nname = "apple"\nversion = "1"\nsource = { registry = "http://a.example" }\n',
    }
    world = _world({"apple 1": [], "apple 2": []})
    for client in ("pip", "uv"):
        target = read_target({"client": client})
        run = ManifestRun(read_manifest(files, target), target)
        drive(run, Index(world))
        assert [node.version for node in run.resolve().nodes] == ["1", "1"]
        assert run.resolve().nodes[0].package.name == "orchard"


def test_files_that_ask_for_nothing_are_refused() -> None:
    with pytest.raises(Invalid):
        read_manifest({"pyproject.toml": b"[build-system]\n"}, read_target({}))
