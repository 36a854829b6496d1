"""What the real cargo packs and sends is read, and the lines that are made of it are what cargo resolves by."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.cargo.conftest import MakeWorkspace
from tests.clients.cargo.shelf import Shelf, serving_shelf
from tests.clients.cargo.workspace import Workspace
from tests.clients.project import Said
from tests.ecosystems.cargo.releases import check_line

pytestmark = pytest.mark.client

TOKENS = {"CARGO_REGISTRIES_PACKHOUSE_TOKEN": "secret", "CARGO_REGISTRIES_OTHER_TOKEN": "secret"}
HEAD = 'description = "About {name}"\nlicense = "MIT"\nversion = "1.2.3"\nedition = "2021"\n'
FRUITS = {
    "fig": 'rust-version = "1.60"\n[features]\nstd = []\nripe = ["std"]',
    "Stone_Fruit": 'links = "stone"\nbuild = "build.rs"\nreadme = "../README.md"\nkeywords = ["fruit"]',
    "plum": 'license-file = "../README.md"\n[features]\ntart = []\n[[bin]]\nname = "cut"\npath = "src/cut.rs"',
    "pear": """
[features]
default = ["sweet"]
sweet = []
tree = ["dep:fig", "sour?/tart"]
juicy = ["sour/tart", "tree", "other_fig"]
[dependencies]
fig = { path = "../fig", version = "1.2", registry = "packhouse", optional = true, default-features = false }
other_fig = { package = "fig", version = "1", registry = "other", optional = true, features = ["ripe", "std"] }
[dependencies.sour]
package = "plum"
path = "../plum"
version = ">=1.0.0-alpha, <2"
registry = "packhouse"
optional = true
[dev-dependencies]
Stone_Fruit = { path = "../Stone_Fruit" }
plum = { path = "../plum", version = "~1.2", registry = "packhouse" }
[build-dependencies]
fig = { path = "../fig", version = "1.*", registry = "packhouse" }
[target.'cfg( any(unix, target_os = "none",) )'.dependencies]
Stone_Fruit = { path = "../Stone_Fruit", version = "= 1.2.3", registry = "packhouse" }
[target.x86_64-pc-windows-gnu.build-dependencies]
public_fig = { package = "fig", version = "1" }
""",
}


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """Run a registry that has nothing yet."""
    with serving_shelf() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Shelf]:
    """Run a second registry."""
    with serving_shelf() as found:
        yield found


@pytest.fixture
def orchard(make_workspace: MakeWorkspace, shelf: Shelf, other: Shelf) -> Workspace:
    """Make a cargo workspace of crates that depend on each other in every way."""
    workspace = make_workspace(shelf.index)
    with (workspace.home / "config.toml").open("a") as settings:
        settings.write(f'[registries.other]\nindex = "sparse+{other.index}"\n')
    members = json.dumps(sorted(FRUITS))
    (workspace.folder / "Cargo.toml").write_text(f'[workspace]\nresolver = "2"\nmembers = {members}\n')
    (workspace.folder / "README.md").write_text("# Fruit\n")
    for name, text in FRUITS.items():
        write_crate(workspace.folder / name, name, text)
    return workspace


def write_crate(folder: Path, name: str, text: str) -> None:
    """Write the sources of a crate."""
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(f'[package]\nname = "{name}"\n{HEAD.format(name=name)}{text}\n')
    (folder / "src" / "lib.rs").write_text(f'pub fn name() -> &\'static str {{ "{name}" }}\n')
    for path in ("build.rs", "src/cut.rs"):
        (folder / path).write_text("fn main() {}\n")


def publish(workspace: Workspace, *names: str, registry: str = "packhouse") -> Said:
    """Publish crates; cargo puts what others depend on first."""
    chosen = [word for name in names for word in ("-p", name)]
    arguments = ("publish", "--no-verify", "--allow-dirty", "--registry", registry, *chosen)
    return workspace.run(*arguments, **TOKENS)


def must_publish(workspace: Workspace, *names: str, registry: str = "packhouse") -> Said:
    """Publish crates, which must succeed."""
    said = publish(workspace, *names, registry=registry)
    assert said.code == 0, said.all
    return said


def published(shelf: Shelf, name: str) -> dict[str, Any]:
    """Read the latest line of a crate."""
    return check_line(shelf.lines(name).splitlines()[-1])


def facts_of(dependency: Mapping[str, Any]) -> tuple[object, ...]:
    """Give what a dependency of a line and one of `cargo metadata` both say."""
    kind, target = dependency.get("kind") or "normal", dependency.get("target")
    if "uses_default_features" in dependency:
        name, package = dependency["rename"] or dependency["name"], dependency["name"]
        requirement, defaults = dependency["req"], dependency["uses_default_features"]
    else:
        name, package = dependency["name"], dependency.get("package") or dependency["name"]
        requirement, defaults = dependency["req"], dependency["default_features"]
    features = tuple(sorted(dependency["features"]))
    return name, package, requirement, kind, target or "", dependency["optional"], defaults, features


def test_a_workspace_is_published_and_every_line_says_what_cargo_reads_of_the_crates(
    orchard: Workspace, shelf: Shelf, other: Shelf
) -> None:
    must_publish(orchard, "fig", registry="other")
    must_publish(orchard, "fig")
    must_publish(orchard, "Stone_Fruit", "plum")
    must_publish(orchard, "pear")
    assert set(shelf.indexes) == {"fig", "stone_fruit", "plum", "pear"}
    assert published(shelf, "fig")["rust_version"] == "1.60"
    assert published(shelf, "Stone_Fruit")["links"] == "stone"
    pear = published(shelf, "pear")
    places = {each["name"]: each.get("registry") for each in pear["deps"]}
    assert places.pop("other_fig") == f"sparse+{other.index}"
    # The name by which cargo knows the public registry, wherever that is replaced.
    assert (places.pop("public_fig") or "").endswith("-index")
    assert set(places.values()) == {None}
    assert pear["v"] == 2
    assert pear["features2"] == {"tree": ["dep:fig", "sour?/tart"]}

    # A dependency for development that has a path alone is for nobody else.
    assert not any(each["name"] == "Stone_Fruit" and each["kind"] == "dev" for each in pear["deps"])
    orchard.want(pear='{ version = "1", registry = "packhouse", features = ["juicy"] }')
    (orchard.folder / "src" / "main.rs").write_text('fn main() { assert_eq!(pear::name(), "pear") }\n')
    told = json.loads(orchard.must("metadata", "--format-version", "1").out)
    packages = {each["name"]: each for each in told["packages"] if shelf.index in (each["source"] or "")}
    assert set(packages) == {"fig", "Stone_Fruit", "plum", "pear"}
    for name, package in packages.items():
        line = published(shelf, name)
        assert sorted(map(facts_of, line["deps"]), key=repr) == sorted(map(facts_of, package["dependencies"]), key=repr)
        explicit = line["features"] | line.get("features2", {})
        assert explicit.items() <= package["features"].items()
        assert (line["vers"], line.get("links"), line.get("rust_version")) == (
            package["version"],
            package["links"],
            package["rust_version"],
        )
    orchard.must("build", "--offline")


def test_two_crates_that_link_to_one_library_are_kept_apart_by_their_lines(
    orchard: Workspace, shelf: Shelf, make_workspace: MakeWorkspace
) -> None:
    write_crate(orchard.folder / "peach", "peach", 'links = "stone"\nbuild = "build.rs"')
    (orchard.folder / "Cargo.toml").write_text('[workspace]\nmembers = ["peach"]\n')
    must_publish(orchard, "peach")
    (orchard.folder / "Cargo.toml").write_text('[workspace]\nmembers = ["Stone_Fruit"]\n')
    must_publish(orchard, "Stone_Fruit")
    project = make_workspace(shelf.index, peach="1", Stone_Fruit="1")
    said = project.run("generate-lockfile")
    assert said.code != 0
    assert "links to the native library `stone`" in said.all
    assert "peach" in said.all


def test_a_yanked_release_is_chosen_only_by_who_has_it_already(
    orchard: Workspace, shelf: Shelf, make_workspace: MakeWorkspace
) -> None:
    must_publish(orchard, "fig")
    manifest = orchard.folder / "fig" / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("1.2.3", "1.3.0"))
    must_publish(orchard, "fig")
    project = make_workspace(shelf.index, fig="1")
    project.must("generate-lockfile")
    before = shelf.lines("fig")
    assert orchard.run("yank", "--registry", "packhouse", "fig@1.3.0", **TOKENS).code == 0
    assert shelf.lines("fig") == before.replace(b'"yanked":false', b'"yanked":true').replace(
        b'"yanked":true', b'"yanked":false', 1
    )
    project.must("fetch", "--locked")
    assert project.locked() == {"fig": "1.3.0"}
    project.forget(lock=True)
    project.must("generate-lockfile")
    assert project.locked() == {"fig": "1.2.3"}
    assert orchard.run("yank", "--undo", "--registry", "packhouse", "fig@1.3.0", **TOKENS).code == 0
    assert shelf.lines("fig") == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[dependencies]\nfig = { version = "*", registry = "packhouse" }', "wildcard (`*`) dependency constraints"),
        ('keywords = ["a", "b", "c", "d", "e", "f"]', "expected at most 5 keywords per crate"),
        ('homepage = "ftp://home.example"', "URL for field `homepage` must begin with http:// or https://"),
    ],
)
def test_why_a_crate_is_refused_is_what_cargo_prints(orchard: Workspace, text: str, message: str) -> None:
    must_publish(orchard, "fig")
    write_crate(orchard.folder / "quince", "quince", text)
    (orchard.folder / "Cargo.toml").write_text('[workspace]\nmembers = ["quince"]\n')
    said = publish(orchard, "quince")
    assert said.code != 0
    assert message in said.all
