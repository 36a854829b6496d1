"""Projects as their files say them: what is inherited, what comes from elsewhere, and what a lock file keeps."""

import random
import shutil
import tomllib
from pathlib import Path

import pytest

from packhouse.domain.errors import Invalid, Unresolvable
from packhouse.ecosystems.cargo.catalogue import Catalogue, Environment
from packhouse.ecosystems.cargo.project import read_lock, read_project
from packhouse.ecosystems.cargo.resolve import lock
from tests.agreement.cargo.client import Project, environ, run_cargo, write_home, write_project
from tests.agreement.cargo.recorded import Records, World
from tests.agreement.cargo.universes import Universe, make, write_registry

SEEDS = range(7_000, 7_014)


def test_what_a_workspace_in_the_same_file_says_is_inherited() -> None:
    text = b"""
        [package]
        name = "orchard"
        version.workspace = true
        edition.workspace = true
        [dependencies]
        apple = { workspace = true, features = ["ripe"], optional = true }
        [workspace.package]
        version = "1.2.0"
        edition = "2024"
        [workspace.dependencies]
        apple = { version = "1.5", features = ["sweet"], default-features = false }
    """
    project = read_project({"Cargo.toml": text})
    (apple,) = project.manifest.requirements
    assert (apple.name, apple.range, apple.extras, apple.optional) == ("apple", "1.5", ("sweet", "ripe"), True)
    assert project.manifest.facts.plain == (0,)
    assert project.resolver == "3"


def test_what_comes_from_no_registry_is_left_out_and_named() -> None:
    text = b"""
        [package]
        name = "orchard"
        [features]
        default = ["dep:crates", "tools/fast", "juice"]
        juice = []
        [dependencies]
        crates = { path = "../crates", optional = true }
        tools = { git = "https://git.example/tools" }
        apple = "1"
    """
    project = read_project({"Cargo.toml": text})
    assert [each.name for each in project.manifest.requirements] == ["apple"]
    assert project.notes == (
        "crates comes from a folder, which is not looked at",
        "tools comes from a git repository, which is not looked at",
    )
    assert project.manifest.facts.features == {"default": ["juice"], "juice": []}


@pytest.mark.parametrize(
    "text",
    [
        b"[workspace]\nmembers = ['a']",
        b"[package]\nname = 'orchard'\n[dependencies]\napple.workspace = true",
        b"[package",
        b"[package]\nname = 1",
        b"",
    ],
)
def test_what_is_no_project_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid):
        read_project({"Cargo.toml": text})


def test_a_lock_file_alone_is_no_project() -> None:
    with pytest.raises(Invalid, match=r"Cargo\.toml"):
        read_project({"Cargo.lock": b""})


@pytest.mark.client
@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_lock_file_has_chosen_is_kept_as_cargo_keeps_it(tmp_path: Path, seed: int) -> None:
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not installed")
    compare(seed, tmp_path)


def compare(seed: int, folder: Path) -> bool:
    """Lock a project while some releases are missing, change it, and let cargo and us go on; tell whether it could."""
    made = make(seed)
    before, after = _earlier(made, random.Random(seed))
    registry, project, home = folder / "registry", folder / "project", folder / "home"
    write_registry(before.world, registry)
    write_home(home, f'local-registry = "{registry}"')
    write_project(before.project, project)
    environment = environ(home)
    if run_cargo(project, environment, "generate-lockfile").returncode:
        return False
    locked = (project / "Cargo.lock").read_bytes()
    write_registry(after.world, registry)
    write_project(after.project, project)
    (project / "Cargo.lock").write_bytes(locked)
    run = run_cargo(project, environment, "update", "--workspace")
    files = {"Cargo.toml": (project / "Cargo.toml").read_bytes(), "Cargo.lock": locked}
    told = read_project(files)
    catalogue = Catalogue(
        Records(after.world),
        Environment(rust=after.project.rust if after.project.resolver == "3" else None),
        read_lock(locked),
    )
    try:
        found = [f"{name} {version}" for name, version in lock(told.manifest, catalogue).releases()]
    except Unresolvable:
        assert run.returncode, (seed, run.stderr)
        return True
    assert not run.returncode, (seed, run.stderr)
    packages = tomllib.loads((project / "Cargo.lock").read_text())["package"]
    assert found == sorted(f"{each['name']} {each['version']}" for each in packages if "source" in each), seed
    return True


def _earlier(made: Universe, chance: random.Random) -> tuple[Universe, Universe]:
    """Take some releases and one dependency away for the time before."""
    world: World = {name: [line for line in lines if chance.random() < 0.7] for name, lines in made.world.items()}
    dependencies = list(made.project.dependencies)
    if len(dependencies) > 1:
        del dependencies[chance.randrange(len(dependencies))]
    project = Project(dependencies, {}, made.project.resolver, made.project.rust)
    later = Project(made.project.dependencies, {}, made.project.resolver, made.project.rust)
    return Universe({name: lines for name, lines in world.items() if lines}, project), Universe(made.world, later)
