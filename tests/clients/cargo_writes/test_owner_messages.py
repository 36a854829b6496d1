"""`cargo owner` prints what the server says against a change, and knows who has signed in."""

import pytest

from tests.clients.cargo_writes.conftest import By

pytestmark = pytest.mark.client
THERE = ("--registry", "packhouse")


def test_what_cannot_be_is_said_by_cargo(by: By, name: str) -> None:
    ada, eve = by("ada"), by("eve")
    path = ada.crate(name, "1.0.0")
    ada.publish(path, "--no-verify")
    for orchard, arguments, sentence in (
        (ada, ("--add", "nobody"), "could not find user with login `nobody`"),
        (ada, ("--add", "ada"), "`ada` is already an owner"),
        (ada, ("--add", "github:acme:builders"), "only 'packhouse:org:team' is supported"),
        (ada, ("--remove", "bob"), "could not find owner with login `bob`"),
        (eve, ("--add", "eve"), "only owners have permission to modify owners"),
    ):
        said = orchard.run(path, "owner", *arguments, name, *THERE)
        assert (said.code, sentence in said.all) == (101, True), said.all


def test_who_has_not_signed_in_changes_no_owners(by: By, name: str) -> None:
    ada, nobody = by("ada"), by("ada", signed_in=False)
    path = ada.crate(name, "1.0.0")
    ada.publish(path, "--no-verify")
    said = nobody.run(path, "owner", "--add", "bob", *THERE)
    assert (said.code, "cargo login --registry packhouse" in said.all) == (101, True), said.all
    nobody.sign_in("phk_" + "a" * 40)
    said = nobody.run(path, "owner", "--add", "bob", *THERE)
    assert (said.code, "the token is not one of this server" in said.all) == (101, True), said.all
