"""People and what they sign in with, as the store keeps them."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.actor import Limit, Role
from packhouse.domain.package import Moment

OtpMode = Literal["auth-only", "auth-and-writes"]
"""Whether a one-time password is asked for when signing in only, or for every write as well."""


class SecondFactor(Struct, frozen=True):
    """Time-based one-time passwords (RFC 6238) and the codes for when the device is lost."""

    secret: bytes
    mode: OtpMode
    pending: bool
    """Until the first password was shown: a secret that nobody has stored locks nobody out."""
    recovery: tuple[str, ...] = ()
    """SHA-256 of each code that was not used yet, hexadecimal."""
    last_step: int = 0
    """The time step of the last password that was taken; none is taken twice."""


class User(Struct, frozen=True):
    """A person or a machine with a name here."""

    name: str
    email: str
    password_hash: str
    """Argon2id in PHC form; empty for one who cannot sign in with a password."""
    created_at: Moment
    updated_at: Moment
    administrator: bool = False
    disabled: bool = False
    profile: dict[str, str] = {}
    """What they say of themselves: fullname, homepage, ..."""
    second_factor: SecondFactor | None = None
    revision: int = 1
    """Grows with every change."""


class Token(Struct, frozen=True):
    """Something that stands for a user; its secret is known to nobody but them."""

    key: str
    """Its public name."""
    hash: str
    """HMAC-SHA256 of the secret under the server's key, hexadecimal."""
    prefix: str
    """The first characters of the secret, to recognise it by."""
    user: str
    name: str
    created_at: Moment
    kind: Literal["token", "session"] = "token"
    expires_at: Moment | None = None
    last_used_at: Moment | None = None
    read_only: bool = False
    networks: tuple[str, ...] = ()
    """CIDR blocks that it may be used from; empty for anywhere."""
    limits: tuple[Limit, ...] = ()
    bypass_otp: bool = False
    description: str = ""
    trust: dict[str, str] = {}
    """The run of a build that it was got for, by trusted publishing; empty for any other."""


class Team(Struct, frozen=True):
    """Some members of an organisation."""

    name: str
    description: str = ""
    members: tuple[str, ...] = ()


class Organisation(Struct, frozen=True):
    """People who own namespaces together."""

    name: str
    created_at: Moment
    members: dict[str, Literal["developer", "admin", "owner"]] = {}
    teams: tuple[Team, ...] = ()
    revision: int = 1

    def team(self, name: str) -> Team | None:
        """Find a team."""
        return next((team for team in self.teams if team.name == name), None)


class Ownership(Struct, frozen=True):
    """Whose a package that was published here is, and who may see it."""

    owners: tuple[str, ...]
    """Users, in the order in which they became owners."""
    restricted: bool = False
    """Only owners and those who were granted a role may see it."""
    teams: dict[str, Literal["reader", "publisher"]] = {}
    """What a team (`acme/builders`) is to it."""
    otp_required: bool = False
    """Publishing takes a one-time password, whatever the user's own setting is."""
    removed_at: Moment | None = None
    """When all of it was removed; its name stays theirs."""
    revision: int = 1

    def role_of(self, user: str, groups: frozenset[str]) -> Role | None:
        """Tell what somebody is to the package by what stands here."""
        if user and user in self.owners:
            return "maintainer"
        roles = {role for team, role in self.teams.items() if team in groups}
        return "publisher" if "publisher" in roles else "reader" if roles else None


class AuditEntry(Struct, frozen=True):
    """One attempt to change something, and what became of it."""

    at: Moment
    user: str
    """Empty for nobody."""
    token: str
    """The key of the token, empty without one."""
    address: str
    action: str
    """Such as `npm publish` or `token create`."""
    subject: str
    """What it was about, such as `npm/left-pad@1.0.0`."""
    outcome: str
    """`done`, or the code of the error."""
    detail: str = ""
    sequence: int = 0
