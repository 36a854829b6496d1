"""The real cargo publishes to this server, and builds with what it has published, on an open and a closed registry."""

import json

import pytest

from tests.clients.cargo_writes.conftest import By
from tests.clients.cargo_writes.registry import CrateRegistry
from tests.ecosystems.cargo.releases import check_line

pytestmark = pytest.mark.client
NAMED = '{ version = "1", registry = "packhouse" }'


def test_a_crate_is_published_and_a_program_is_built_with_it(by: By, registry: CrateRegistry, name: str) -> None:
    ada, bob = by("ada"), by("bob")
    said = ada.publish(ada.crate(name, "1.0.0", 'readme = "README.md"\n[features]\nripe = []'))
    assert f"Published {name} v1.0.0 at registry `packhouse`" in said.all
    (line,) = registry.lines(name)
    assert (line["vers"], line["features"], line["yanked"]) == ("1.0.0", {"ripe": []}, False)
    mill = bob.program("mill", "", f'fn main() {{ println!("{{}}", {name.replace("-", "_")}::version()) }}\n')
    bob.must(mill, "add", name, "--registry", "packhouse", "--features", "ripe")
    assert bob.must(mill, "run", "--quiet").out == f"{name} 1.0.0\n"
    # Found by cargo's other ways to look.
    assert f"{name} = " in bob.must(mill, "search", name, "--registry", "packhouse").out
    assert "version: 1.0.0" in bob.must(mill, "info", name, "--registry", "packhouse").out
    ada.publish(ada.crate(name, "1.1.0", "[features]\nripe = []"))
    assert bob.must(mill, "update").code == 0
    assert bob.locked(mill)[name] == "1.1.0"


def test_what_is_there_is_not_published_again(by: By, registry: CrateRegistry, name: str) -> None:
    ada = by("ada")
    path = ada.crate(name, "1.0.0")
    assert ada.must(path, "publish", "--dry-run", "--allow-dirty", "--registry", "packhouse").code == 0
    assert registry.lines(name) == []
    ada.publish(path)
    said = ada.run(path, "publish", "--allow-dirty", "--registry", "packhouse")
    assert (said.code, "already exists" in said.all) == (101, True)
    eve = by("eve")
    said = eve.run(eve.crate(name, "2.0.0"), "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert said.code == 101
    assert "this crate exists but you don't seem to be an owner" in said.all
    other = name.replace("-", "_")
    said = ada.run(ada.crate(other, "2.0.0"), "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert f"crate was previously named `{name}`" in said.all
    assert [line["vers"] for line in registry.lines(name)] == ["1.0.0"]
    assert registry.lines(other) == []


def test_a_workspace_is_published_in_order(by: By, registry: CrateRegistry, name: str) -> None:
    ada = by("ada")
    core, skin, fruit = f"{name}-core", f"{name}-skin", name
    ada.crate(core, "1.0.0", folder="core")
    ada.crate(skin, "1.0.0", f'[dependencies]\n{core} = {{ path = "../core", version = "1", registry = "packhouse" }}')
    needs = f'{skin} = {{ path = "../{skin}", version = "1", registry = "packhouse" }}\nplum = "1"'
    tests = f'[dev-dependencies]\n{core} = {{ path = "../core" }}'
    ada.crate(fruit, "1.0.0", f"[dependencies]\n{needs}\n{tests}", folder="fruit")
    members = f'members = ["fruit", "{skin}", "core"]'
    (ada.folder / "Cargo.toml").write_text(f'[workspace]\nresolver = "2"\n{members}\n')
    ada.must(ada.folder, "publish", "--workspace", "--allow-dirty", "--registry", "packhouse")
    for crate in (core, skin, fruit):
        assert [line["vers"] for line in registry.lines(crate)] == ["1.0.0"], crate
    places = {each["name"]: each.get("registry") for each in registry.lines(fruit)[0]["deps"]}
    assert places[skin] is None
    assert (places["plum"] or "").endswith("-index")
    bob = by("bob")
    mill = bob.program("mill", f"[dependencies]\n{fruit} = {NAMED}")
    bob.must(mill, "generate-lockfile")
    assert bob.locked(mill) == {core: "1.0.0", skin: "1.0.0", fruit: "1.0.0", "plum": "1.2.3"}
    bob.must(mill, "build", "--locked")


def test_through_the_default_source_it_is_one_registry_of_ours_and_theirs(
    by: By, registry: CrateRegistry, name: str
) -> None:
    ada = by("ada")
    ada.publish(ada.crate(f"{name}-core", "1.0.0", '[dependencies]\nplum = "=1.0.0"'))
    needs = f'{name}-core = {NAMED}\nBasket_Case = "0.3"'
    ada.publish(ada.crate(name, "1.0.0", f"[dependencies]\n{needs}"))
    bob = by("bob")
    # Without a word of the registry: the default source is this server.
    mill = bob.program("mill", f'[dependencies]\n{name} = "1"\nplum = "1"')
    bob.must(mill, "build")
    found = bob.locked(mill)
    assert found == {name: "1.0.0", f"{name}-core": "1.0.0", "plum": "1.0.0", "Basket_Case": "0.3.0"}
    assert len(set(bob.sources(mill).values())) == 1
    # By the name of the registry: ours are its, and theirs are the default source's.
    press = bob.program("press", f"[dependencies]\n{name} = {NAMED}")
    bob.must(press, "build")
    assert bob.locked(press) == found
    places = bob.sources(press)
    assert places[name] == places[f"{name}-core"] != places["plum"] == places["Basket_Case"]
    for line in (*registry.lines(name), *registry.lines(f"{name}-core")):
        check_line(json.dumps(line).encode())


def test_as_a_named_registry_it_has_theirs_too(by: By, registry: CrateRegistry, name: str) -> None:
    ada = by("ada", replaced=False)
    basket = '{ version = "0.3", registry = "packhouse" }'
    ada.publish(ada.crate(name, "1.0.0", f"[dependencies]\nplum = {NAMED}\nBasket_Case = {basket}"))
    assert {each.get("registry") for each in registry.lines(name)[0]["deps"]} == {None}
    bob = by("bob", replaced=False)
    mill = bob.program("mill", f"[dependencies]\n{name} = {NAMED}\nplum = {NAMED}")
    bob.must(mill, "build")
    assert bob.locked(mill) == {name: "1.0.0", "plum": "1.2.3", "Basket_Case": "0.3.0"}
    assert len(set(bob.sources(mill).values())) == 1
