"""`cargo owner`: who owns a crate is listed, invited and removed."""

import json

import pytest

from tests.clients.cargo_writes.conftest import By
from tests.clients.cargo_writes.registry import CrateRegistry

pytestmark = pytest.mark.client


def test_owners_are_listed_invited_and_removed(by: By, registry: CrateRegistry, name: str) -> None:
    ada, bob = by("ada"), by("bob")
    path = ada.crate(name, "1.0.0")
    ada.publish(path, "--no-verify")

    def owners() -> list[str]:
        said = ada.must(path, "owner", "--list", "--registry", "packhouse", name)
        return sorted(line.split()[0] for line in said.out.splitlines())

    assert owners() == ["ada"]
    said = bob.run(path, "owner", "--add", "bob", "--registry", "packhouse", name)
    assert said.code == 101
    said = ada.must(path, "owner", "--add", "bob", "--registry", "packhouse", name)
    assert "invited" in said.all
    assert owners() == ["ada"]
    (invitation,) = [
        each
        for each in registry.send("GET", "api/v1/me/crate_owner_invitations", "bob").document()[
            "crate_owner_invitations"
        ]
        if each["crate_name"] == name
    ]
    accepted = {"crate_owner_invite": {"crate_id": invitation["crate_id"], "accepted": True}}
    answer = registry.send("PUT", f"api/v1/me/crate_owner_invitations/{invitation['crate_id']}", "bob", accepted)
    assert answer.status == 200, json.dumps(accepted) + str(answer.body)
    assert owners() == ["ada", "bob"]
    bob.publish(bob.crate(name, "1.1.0"), "--no-verify")
    ada.must(path, "owner", "--remove", "bob", "--registry", "packhouse", name)
    assert owners() == ["ada"]
    said = bob.run(bob.crate(name, "1.2.0"), "publish", "--allow-dirty", "--no-verify", "--registry", "packhouse")
    assert "you don't seem to be an owner" in said.all
    said = ada.run(path, "owner", "--remove", "ada", "--registry", "packhouse", name)
    assert "cannot remove all individual owners" in said.all
