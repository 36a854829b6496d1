"""Who may do what, decided over values."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import ACTIONS, ROLES, Action, Actor, Grant, Limit, Proof, Role
from packhouse.domain.package import NormalName, PackageKey
from packhouse.ecosystems.cargo.names import identity as cargo_identity
from packhouse.ecosystems.gem.names import identity as gem_identity
from packhouse.policy.permission import allows, covers, role_in, token_allows

PEAR = PackageKey("toy", NormalName("@farm/pear"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_includes_those_before_it(role: Role, action: Action) -> None:
    assert allows(role, action) == (ROLES.index(role) >= ACTIONS.index(action))


@pytest.mark.parametrize(
    ("ecosystem", "pattern", "expected"),
    [
        ("toy", "@farm/*", True),
        ("*", "*", True),
        ("toy", "@farm/pear", True),
        ("other", "*", False),
        ("toy", "@far?/pear", False),
        ("toy", "@farm/[p]ear", False),
        ("toy", "@FARM/*", False),
        ("toy", "@farm/pea", False),
    ],
)
def test_only_a_star_in_a_pattern_is_more_than_itself(ecosystem: str, pattern: str, expected: bool) -> None:  # noqa: FBT001
    assert covers(ecosystem, pattern, PEAR) == expected


def test_the_highest_of_all_roles_counts() -> None:
    grants = (Grant("users", "reader", "*", "*"), Grant("user:ada", "publisher", "toy", "@farm/*"))
    actor = Actor("ada", grants=grants, groups=frozenset({"farm/growers"}))
    assert role_in(actor, PEAR, None) == "publisher"
    assert role_in(actor, PEAR, Ownership(("ada",))) == "maintainer"
    assert role_in(Actor("bob", groups=actor.groups), PEAR, Ownership((), teams={"farm/growers": "reader"})) == "reader"
    assert role_in(Actor("bob"), PEAR, Ownership(("ada",))) is None
    assert role_in(Actor("root", administrator=True), PEAR, None) == "admin"
    assert role_in(Actor(""), PEAR, Ownership(("",))) is None


def test_a_token_never_reaches_further_than_its_limits() -> None:
    def by(**fields: object) -> Actor:
        return Actor("ada", proof=Proof("token", **fields))  # type: ignore[arg-type]

    other = PackageKey("toy", NormalName("plum"))
    assert token_allows(by(), "administer", PEAR)
    assert token_allows(by(read_only=True), "read", PEAR)
    assert not token_allows(by(read_only=True), "publish", PEAR)
    limited = by(limits=(Limit(("read", "publish"), "toy", "@farm/*"),))
    assert token_allows(limited, "publish", PEAR)
    assert not token_allows(limited, "maintain", PEAR)
    assert not token_allows(limited, "publish", other)
    assert not token_allows(limited, "publish", None)
    assert token_allows(limited, "read", None)


def test_a_token_for_some_operations_does_no_other() -> None:
    limits = (Limit(("read", "publish"), "toy", "*", ("yank",)), Limit(("read", "publish"), "toy", "plum", ("create",)))
    actor = Actor("ada", proof=Proof("token", limits=limits))
    assert token_allows(actor, "publish", PEAR, "yank")
    assert token_allows(actor, "read", PEAR)
    assert not token_allows(actor, "publish", PEAR, "create")
    assert not token_allows(actor, "maintain", PEAR, "yank")
    assert not token_allows(actor, "publish", PEAR), "a write that does not say what it is may be any"
    assert token_allows(actor, "publish", PackageKey("toy", NormalName("plum")), "create")


def as_written(name: str) -> str:
    """Take a name as it stands."""
    return name


_LETTERS = "aAbB-_.1/@[]?^!"


@pytest.mark.parametrize("identity", [cargo_identity, gem_identity, as_written])
@given(name=st.text(_LETTERS, max_size=6), pattern=st.text(_LETTERS + "*", max_size=6))
def test_a_pattern_is_about_all_spellings_and_no_other_name(
    identity: Callable[[str], str], name: str, pattern: str
) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, identity(pattern).split("*"))), identity(name)) is not None
    assert covers("toy", pattern, PackageKey("toy", NormalName(name)), identity) == expected


def test_who_was_granted_a_name_has_it_in_any_spelling() -> None:
    key = PackageKey("toy", NormalName("foo-bar"))
    actor = Actor("ada", grants=(Grant("user:ada", "publisher", "toy", "Foo_*"),))
    assert role_in(actor, key, None, cargo_identity) == "publisher"
    assert role_in(actor, key, None) is None
    limited = Actor("ada", proof=Proof("token", limits=(Limit(("publish",), "toy", "FOO_BAR"),)))
    assert token_allows(limited, "publish", key, None, cargo_identity)
    assert not token_allows(limited, "publish", PackageKey("toy", NormalName("foobar")), None, cargo_identity)
    assert not token_allows(limited, "publish", PackageKey("toy", NormalName("foo-bar-baz")), None, cargo_identity)
