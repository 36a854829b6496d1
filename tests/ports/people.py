"""Accounts and changes to hosted packages that the port suites store."""

from typing import Any

import msgspec

from packhouse.domain.accounts import AuditEntry, Organisation, Ownership, SecondFactor, Team, Token, User
from packhouse.domain.actor import Grant, Limit
from packhouse.domain.package import Moment
from packhouse.services.account_ports import HostedChange
from tests.ports.samples import OTHER_ORIGIN, index, state, summary

HOSTED = OTHER_ORIGIN


def user(name: str, **fields: Any) -> User:  # noqa: ANN401 (any field)
    """Make a user with every field set."""
    factor = SecondFactor(b"\x00secret\xff", "auth-and-writes", pending=False, recovery=("a1", "b2"), last_step=7)
    made = User(
        name=name,
        email=f"{name}@mail.example",
        password_hash="$argon2id$v=19$...",
        created_at=Moment(1),
        updated_at=Moment(2),
        administrator=True,
        disabled=True,
        profile={"fullname": "Ada Löv"},
        second_factor=factor,
    )
    return msgspec.structs.replace(made, **fields)


def token(key: str, owner: str = "ada", at: int = 1, **fields: Any) -> Token:  # noqa: ANN401 (any field)
    """Make a token with every field set."""
    made = Token(
        key=key,
        hash=f"hash of {key}",
        prefix="ph_abc",
        user=owner,
        name="laptop",
        created_at=Moment(at),
        kind="session",
        expires_at=Moment(99),
        last_used_at=Moment(5),
        read_only=True,
        networks=("10.0.0.0/8",),
        limits=(Limit(("read", "publish"), "plain", "@acme/*"),),
        bypass_otp=True,
        description="of a machine",
    )
    return msgspec.structs.replace(made, **fields)


def organisation(name: str, **fields: Any) -> Organisation:  # noqa: ANN401 (any field)
    """Make an organisation with every field set."""
    teams = (Team("builders", "who build", ("ada",)), Team("empty"))
    made = Organisation(name, Moment(3), {"ada": "owner", "bob": "developer"}, teams)
    return msgspec.structs.replace(made, **fields)


def grant(id: str, at: int = 1) -> Grant:  # noqa: A002 (the field's name)
    """Make a grant with every field set."""
    return Grant("team:acme/builders", "publisher", "plain", "@acme/*", id, Moment(at), "ada")


def entry(subject: str, who: str = "ada", outcome: str = "done") -> AuditEntry:
    """Make an entry of the audit log that has no number yet."""
    return AuditEntry(Moment(4), who, "key", "192.0.2.1", "plain publish", subject, outcome, "in detail")


def change(name: str, expected: int = 0, versions: int = 1, **fields: Any) -> HostedChange:  # noqa: ANN401 (any field)
    """Make a change of a package that has some versions after it."""
    made = HostedChange(
        state=state(name, origin=HOSTED),
        expected=expected,
        index=index(name, versions),
        summary=summary(name, f"about {name}"),
        ownership=Ownership(("ada",)),
    )
    return msgspec.structs.replace(made, **fields)


def removal(name: str, expected: int) -> HostedChange:
    """Make a change after which nothing is left of a package but its name."""
    gone = Ownership(("ada",), removed_at=Moment(9))
    left = msgspec.structs.replace(state(name, origin=HOSTED), gone_at=Moment(9))
    return change(name, expected, 0, state=left, summary=None, ownership=gone)
