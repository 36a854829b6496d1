"""What a project's files and its environment ask for: extras, groups, and versions that are locked."""

from collections.abc import Mapping

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.pypi.catalogue import package_key
from packhouse.ecosystems.pypi.manifest import read_manifest
from packhouse.ecosystems.pypi.resolve import ManifestRun, Run
from packhouse.ecosystems.pypi.targets import read_target
from tests.agreement.pypi.recorded import File, World
from tests.agreement.pypi.replay import Index, drive

_CLIENTS = pytest.mark.parametrize("client", ["pip", "uv"])
LOCKS = {
    "pylock.toml": """
        lock-version = "1.0"
        [[packages]]
        name = "apple"
        version = "1"
        [[packages]]
        name = "bough"
        version = "1"
        vcs = { type = "git", url = "https://code.example/bough" }
        [[packages]]
        name = "cone"
        version = "1"
        marker = "sys_platform == 'win32'"
    """,
    "poetry.lock": """
        [[package]]
        name = "apple"
        version = "1"
        [[package]]
        name = "bough"
        version = "1"
        [package.source]
        type = "git"
        url = "https://code.example/bough"
    """,
    "uv.lock": """
        [[package]]
        name = "apple"
        version = "1"
        source = { registry = "https://index.example/simple" }
        [[package]]
        name = "bough"
        version = "1"
        source = { git = "https://code.example/bough" }
        [[package]]
        name = "cone"
        version = "1"
        source = { registry = "https://index.example/simple" }
        resolution-markers = ["sys_platform == 'win32'"]
    """,
}


@_CLIENTS
@pytest.mark.parametrize("name", sorted(LOCKS))
def test_what_is_locked_for_the_platform_and_comes_from_an_index_is_kept(client: str, name: str) -> None:
    files = {
        "pyproject.toml": b'[project]\nname = "orchard"\ndependencies = ["apple", "bough", "cone"]\n',
        name: LOCKS[name].encode(),
    }
    assert _answer(files, {"client": client}) == ["apple 1", "bough 2", "cone 2"]


@_CLIENTS
def test_a_lock_file_alone_is_what_the_project_asks_for(client: str) -> None:
    assert _answer({"poetry.lock": LOCKS["poetry.lock"].encode()}, {"client": client}) == ["apple 1"]


GROUPED = b"""
[project]
name = "orchard"
dependencies = ["apple"]
[project.optional-dependencies]
Far_Away = ["bough<2"]
all = ["orchard[far-away,near]", "date"]
near = ["cone"]
[dependency-groups]
dev = ["elder", { include-group = "Test" }]
test = ["fern", { include-group = "dev" }]
"""
TREES = ("apple", "bough", "cone", "date", "elder", "fern")
FILES = {(name, number): f"{name}-{number}-py3-none-any.whl" for name in TREES for number in (1, 2)}
WORLD = World({name: [File(FILES[name, 1]), File(FILES[name, 2])] for name in TREES}, dict.fromkeys(FILES.values(), ""))
WORLD.metadata[FILES["fern", 1]] = 'Provides-Extra: far-away\nRequires-Dist: bough; extra == "far-away"\n'


@_CLIENTS
@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({}, ["apple 2"]),
        ({"extras": "far.away"}, ["apple 2", "bough 1"]),
        ({"extras": "all"}, ["apple 2", "bough 1", "cone 2", "date 2"]),
        ({"groups": "dev"}, ["apple 2", "elder 2", "fern 2"]),
        ({"extras": "near", "groups": "test"}, ["apple 2", "cone 2", "elder 2", "fern 2"]),
    ],
)
def test_extras_and_groups_of_a_project_are_chosen_by_name(client: str, told: dict[str, str], found: list[str]) -> None:
    assert _answer({"pyproject.toml": GROUPED}, {"client": client, **told}) == found


@pytest.mark.parametrize("told", [{"extras": "dev"}, {"groups": "all"}, {"extras": "a]"}, {"groups": "none"}])
def test_an_extra_or_group_that_a_project_does_not_have_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        read_manifest({"pyproject.toml": GROUPED}, read_target(told))
    with pytest.raises(Invalid):
        read_manifest({"requirements.txt": b"apple"}, read_target(told))


def test_groups_are_asked_for_of_a_file_that_says_nothing_else() -> None:
    files = {"pyproject.toml": b'[dependency-groups]\ndev = ["apple"]\n', "requirements.txt": b"bough\n"}
    texts = {
        groups: [each.text for each in read_manifest(files, read_target({"groups": groups})).wanted]
        for groups in ("", "dev")
    }
    assert texts == {"": ["bough"], "dev": ["apple"]}


@_CLIENTS
def test_extras_of_a_release_are_chosen_by_name(client: str) -> None:
    key = package_key("fern")
    nodes = {}
    for extras in ("", "far-away"):
        run = Run(key, "1", read_target({"client": client, "extras": extras}))
        drive(run, Index(WORLD))
        nodes[extras] = [f"{node.package.name} {node.version}" for node in run.resolve().nodes]
    assert nodes == {"": ["fern 1"], "far-away": ["fern 1", "bough 2"]}
    with pytest.raises(Invalid):
        Run(key, "1", read_target({"groups": "dev"}))


def _answer(files: Mapping[str, bytes], environment: Mapping[str, str]) -> list[str]:
    """Name the chosen releases beside the project."""
    target = read_target(environment)
    run = ManifestRun(read_manifest(files, target), target)
    drive(run, Index(WORLD))
    return sorted(f"{node.package.name} {node.version}" for node in run.resolve().nodes[1:])
