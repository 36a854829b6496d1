"""Granting roles on packages, and taking them back."""

import re
from collections.abc import Sequence
from typing import Protocol

from packhouse.domain.actor import ROLES, Grant, Role
from packhouse.domain.errors import Conflict, Invalid, NotFound
from packhouse.services.account_ports import GrantStore, OrganisationStore, UserStore
from packhouse.services.ports import Clock
from packhouse.services.secrets import new_key

_ECOSYSTEM = re.compile(r"[a-z]{2,20}|\*")
_LONGEST_PATTERN = 300
_EVERYBODY = ("users", "anyone")


class GrantingStore(GrantStore, UserStore, OrganisationStore, Protocol):
    """What grants are made of."""


class Granting:
    """Makes grants for those whom there are, and for everybody."""

    def __init__(self, store: GrantingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list(self, subject: str | None = None) -> Sequence[Grant]:
        """List all grants, or those of one subject, oldest first."""
        return [grant for grant in await self._store.list_grants() if subject in (None, grant.subject)]

    async def add(self, subject: str, role: str, ecosystem: str, pattern: str, by: str) -> Grant:
        """Grant a role; raise Invalid, NotFound for who is not there, Conflict for what is granted already."""
        chosen = _role(role)
        if not _ECOSYSTEM.fullmatch(ecosystem):
            raise Invalid(f"{ecosystem[:40]!r} is no ecosystem", "write its key, or * for all")
        if not 0 < len(pattern) <= _LONGEST_PATTERN or not pattern.isprintable():
            raise Invalid("the pattern of names cannot be read", "write it as @acme/* or left-pad or *")
        await self._check_subject(subject)
        if subject == "anyone" and chosen != "reader":
            raise Invalid("who has not signed in can be a reader only", "grant it to users: whoever has signed in")
        for known in await self._store.list_grants():
            if (known.subject, known.role, known.ecosystem, known.pattern) == (subject, chosen, ecosystem, pattern):
                raise Conflict(f"{subject} is {chosen} of {ecosystem}/{pattern} already")
        grant = Grant(subject, chosen, ecosystem, pattern, new_key(), self._clock(), by)
        await self._store.write_grant(grant)
        return grant

    async def remove(self, id: str) -> Grant:  # noqa: A002 (the field's name)
        """Take a grant back; raise NotFound."""
        for grant in await self._store.list_grants():
            if grant.id == id and await self._store.drop_grant(id):
                return grant
        raise NotFound("there is no such grant", "list them to see their ids")

    async def _check_subject(self, subject: str) -> None:
        kind, _, name = subject.partition(":")
        match kind:
            case "users" | "anyone" if subject in _EVERYBODY:
                return
            case "user":
                found = await self._store.find_user(name) is not None
            case "org" | "org-admin":
                found = await self._store.find_organisation(name) is not None
            case "team":
                organisation, _, team = name.partition("/")
                known = await self._store.find_organisation(organisation)
                found = known is not None and known.team(team) is not None
            case _:
                raise Invalid(
                    f"{subject[:80]!r} cannot be granted anything",
                    "write user:ada, team:acme/builders, org:acme, users or anyone",
                )
        if not found:
            raise NotFound(f"there is no {kind} {name[:100]!r}", "make it first")


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise Invalid(f"{text[:40]!r} is no role", f"take one of {', '.join(ROLES)}")
