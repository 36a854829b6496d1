"""Who asks: a user, how they proved it, and what they may do."""

from typing import Literal

from msgspec import Struct

from packhouse.domain.package import Moment

Role = Literal["reader", "publisher", "maintainer", "admin"]
"""What somebody is to a package, a namespace or an ecosystem; each includes those before it."""

Action = Literal["read", "publish", "maintain", "administer"]
"""What a request does: read; add releases, tags, deprecations; remove releases, change owners and access; all else."""

Operation = Literal["create", "update", "yank", "owners", "trust"]
"""What exactly a write does: begin a package, add a release, yank one, change owners, change trusted publishers."""

ROLES: tuple[Role, ...] = ("reader", "publisher", "maintainer", "admin")
ACTIONS: tuple[Action, ...] = ("read", "publish", "maintain", "administer")
"""In the order of ROLES: a role may do what stands at its place, and all before."""

Subject = str
"""Whom a grant is for: `user:ada`, `team:acme/builders`, `org:acme`, `users` (whoever has signed in) or `anyone`."""


class Grant(Struct, frozen=True):
    """A role on every package whose name has a pattern."""

    subject: Subject
    role: Role
    ecosystem: str
    """Its key, or `*` for all."""
    pattern: str
    """A name in which `*` stands for any characters: `*`, `@acme/*`, `left-pad`."""
    id: str = ""
    created_at: Moment = Moment(0)
    created_by: str = ""


class Limit(Struct, frozen=True):
    """Something that a limited token may do; it never may what its user may not."""

    actions: tuple[Action, ...]
    ecosystem: str = "*"
    pattern: str = "*"
    operations: tuple[Operation, ...] = ()
    """The only writes that it may do of those that the actions include; empty for all of them."""


class Proof(Struct, frozen=True):
    """How an actor showed who they are."""

    kind: Literal["token", "password", "session"]
    token: str = ""
    """The key of the token or session: its public name, never its secret."""
    read_only: bool = False
    limits: tuple[Limit, ...] = ()
    """Empty for a token that may do all that its user may."""
    bypass_otp: bool = False
    """A token for automation, of which no one-time password is asked."""
    trust: dict[str, str] = {}
    """The run of a build that the token was got for, by trusted publishing; empty for any other."""


class Actor(Struct, frozen=True):
    """Who asks, complete: nothing needs to be looked up to decide what they may do."""

    user: str = ""
    """Empty for nobody."""
    email: str = ""
    proof: Proof | None = None
    address: str = ""
    """Where the request came from: the client's, not a trusted proxy's."""
    grants: tuple[Grant, ...] = ()
    """All that apply to them, those of their teams and of everyone included."""
    groups: frozenset[str] = frozenset()
    """The teams (`acme/builders`) and organisations (`acme`) that they are in."""
    administrator: bool = False
    """May do everything on this server."""
    otp: Literal["off", "ready", "writes", "shown"] = "off"
    """Whether writing takes a one-time password that was not sent (`writes`), or was (`shown`); `ready` for somebody
    who has them and is asked only where a package wants it."""
    rejected: str = ""
    """Why credentials that were sent do not count; they who sent them are nobody then."""

    @property
    def signed_in(self) -> bool:
        """Tell whether it is somebody."""
        return bool(self.user)


ANYONE = Actor()
"""Nobody in particular."""
