"""What else cargo does with a registry: sign in and out, yank, and be told what is wrong."""

import time

import pytest

from tests.clients.cargo_writes.conftest import By
from tests.clients.cargo_writes.registry import CrateRegistry

pytestmark = pytest.mark.client
NAMED = '{ version = "1", registry = "packhouse" }'


def test_a_yanked_release_is_not_chosen_anew_and_stays_for_who_has_it(
    by: By, registry: CrateRegistry, name: str
) -> None:
    ada, bob = by("ada"), by("bob")
    ada.publish(ada.crate(name, "1.0.0"), "--no-verify")
    path = ada.crate(name, "1.1.0")
    ada.publish(path, "--no-verify")
    mill = bob.program("mill", f"[dependencies]\n{name} = {NAMED}")
    bob.must(mill, "generate-lockfile")
    assert bob.locked(mill) == {name: "1.1.0"}
    ada.must(path, "yank", "--registry", "packhouse", f"{name}@1.1.0")
    assert [line["yanked"] for line in registry.lines(name)] == [False, True]
    bob.forget()
    bob.must(mill, "build", "--locked")
    (mill / "Cargo.lock").unlink()
    bob.must(mill, "generate-lockfile")
    assert bob.locked(mill) == {name: "1.0.0"}
    eve = by("eve")
    said = eve.run(mill, "yank", "--undo", "--registry", "packhouse", f"{name}@1.1.0")
    assert (said.code, "you may not publish" in said.all) == (101, True)
    ada.must(path, "yank", "--undo", "--registry", "packhouse", f"{name}@1.1.0")
    bob.must(mill, "update")
    assert bob.locked(mill) == {name: "1.1.0"}


def test_who_signs_in_can_publish_and_who_has_signed_out_cannot(by: By, registry: CrateRegistry, name: str) -> None:
    ada = by("ada", signed_in=False)
    path = ada.crate(name, "1.0.0")
    said = ada.run(path, "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert (said.code, "cargo login --registry packhouse" in said.all) == (101, True)
    said = ada.must(path, "login", "--registry", "packhouse", typed=f"{registry.tokens['ada']}\n")
    assert "Login token for `packhouse` saved" in said.all
    ada.publish(path, "--no-verify")
    ada.must(path, "logout", "--registry", "packhouse")
    said = ada.run(ada.crate(name, "1.1.0"), "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert said.code == 101
    assert [line["vers"] for line in registry.lines(name)] == ["1.0.0"]


def test_a_token_that_does_not_count_is_said_to_be_none(by: By, name: str) -> None:
    ada = by("ada")
    ada.sign_in("phk_" + "a" * 40)
    said = ada.run(ada.crate(name, "1.0.0"), "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert said.code == 101
    assert "the token is not one of this server" in said.all


def test_warnings_and_refusals_are_printed(by: By, name: str) -> None:
    ada = by("ada")
    text = 'keywords = ["a", "b", "c", "d", "e", "f"]'
    said = ada.run(ada.crate(name, "1.0.0", text), "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert "expected at most 5 keywords per crate" in said.all
    ada.publish(ada.crate(f"{name}-juicer", "1.0.0"), "--no-verify")
    said = ada.publish(ada.crate(f"{name}-juicers", "1.0.0"), "--no-verify")
    assert f"{name}-juicers looks like {name}-juicer" in said.all


def test_what_is_published_can_be_built_with_at_once(by: By, name: str) -> None:
    ada, bob = by("ada"), by("bob")
    ada.publish(ada.crate(name, "1.0.0"), "--no-verify")
    mill = bob.program("mill", f"[dependencies]\n{name} = {NAMED}")
    begun = time.monotonic()
    bob.must(mill, "fetch")
    # Not a measurement (a benchmark takes that): cargo itself waits a minute for a crate that is not there yet.
    assert time.monotonic() - begun < 30
