"""People, tokens, organisations, grants and the audit log in dictionaries, for tests."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import msgspec

from packhouse.domain.accounts import AuditEntry, Organisation, Token, User
from packhouse.domain.actor import Grant
from packhouse.domain.errors import Conflict
from packhouse.domain.package import Moment


@dataclass
class _Accounts:
    generation: int = 0
    users: dict[str, User] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    organisations: dict[str, Organisation] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)


class MemoryAccounts:
    """Keeps who may do what for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._accounts = _Accounts()

    async def find_user(self, name: str) -> User | None:
        """Look a user up by name."""
        return self._accounts.users.get(name)

    async def write_user(self, user: User, expected: int) -> None:
        """Store a user in place of the one of revision `expected`; raise Conflict if it is another."""
        users = self._accounts.users
        same = {name for name in users if name != user.name and name.casefold() == user.name.casefold()}
        if same or _revision(users.get(user.name)) != expected:
            raise Conflict(f"the user {user.name} has been changed meanwhile, or the name is taken")
        users[user.name] = msgspec.structs.replace(user, revision=expected + 1)
        self._accounts.generation += 1

    async def list_users(self, after: str, limit: int) -> Sequence[User]:
        """List users whose name is above `after`, by name."""
        users = self._accounts.users
        return [users[name] for name in sorted(users) if name > after][:limit]

    async def accounts_generation(self) -> int:
        """Return a number that grows with every change of users, tokens, organisations and grants."""
        return self._accounts.generation

    async def find_organisation(self, name: str) -> Organisation | None:
        """Look an organisation up."""
        return self._accounts.organisations.get(name)

    async def write_organisation(self, organisation: Organisation, expected: int) -> None:
        """Store an organisation in place of revision `expected`; raise Conflict if it is another."""
        organisations = self._accounts.organisations
        if _revision(organisations.get(organisation.name)) != expected:
            raise Conflict(f"the organisation {organisation.name} has been changed meanwhile, or the name is taken")
        organisations[organisation.name] = msgspec.structs.replace(organisation, revision=expected + 1)
        self._accounts.generation += 1

    async def drop_organisation(self, name: str) -> None:
        """Forget an organisation; no error if it is not there."""
        if self._accounts.organisations.pop(name, None) is not None:
            self._accounts.generation += 1

    async def list_organisations(self) -> Sequence[Organisation]:
        """List all of them, by name."""
        return [found for _, found in sorted(self._accounts.organisations.items())]

    async def find_token(self, hash: str) -> Token | None:  # noqa: A002 (the field's name)
        """Look a token up by the keyed hash of its secret."""
        return next((token for token in self._accounts.tokens.values() if token.hash == hash), None)

    async def write_token(self, token: Token) -> None:
        """Store a new token, or a changed one under its key; raise Conflict if another has its hash."""
        known = await self.find_token(token.hash)
        if known is not None and known.key != token.key:
            raise Conflict("another token has the same secret")
        self._accounts.tokens[token.key] = token
        self._accounts.generation += 1

    async def touch_tokens(self, used: dict[str, Moment]) -> None:
        """Set when tokens were last used, by key."""
        tokens = self._accounts.tokens
        for key in used.keys() & tokens.keys():
            tokens[key] = msgspec.structs.replace(tokens[key], last_used_at=used[key])

    async def drop_tokens(self, keys: Collection[str]) -> None:
        """Forget tokens; no error for those that are not there."""
        dropped = [key for key in set(keys) if self._accounts.tokens.pop(key, None) is not None]
        if dropped:
            self._accounts.generation += 1

    async def list_tokens(self, user: str) -> Sequence[Token]:
        """List a user's tokens and sessions, newest first."""
        own = (token for token in self._accounts.tokens.values() if token.user == user)
        return sorted(own, key=lambda token: (token.created_at, token.key), reverse=True)

    async def write_grant(self, grant: Grant) -> None:
        """Store a grant under its id."""
        self._accounts.grants[grant.id] = grant
        self._accounts.generation += 1

    async def drop_grant(self, id: str) -> bool:  # noqa: A002 (the field's name)
        """Forget a grant; tell whether it was there."""
        dropped = self._accounts.grants.pop(id, None) is not None
        self._accounts.generation += dropped
        return dropped

    async def list_grants(self) -> Sequence[Grant]:
        """List all grants, oldest first."""
        return sorted(self._accounts.grants.values(), key=lambda grant: (grant.created_at, grant.id))

    async def append_audit(self, entry: AuditEntry) -> None:
        """Add an entry."""
        self._note(entry)

    async def list_audit(self, before: int, limit: int, user: str | None, subject: str | None) -> Sequence[AuditEntry]:
        """List entries with a sequence below `before` (0 for all), newest first; of one user, of one subject."""
        return [
            entry
            for entry in reversed(self._accounts.audit)
            if (not before or entry.sequence < before)
            and user in {None, entry.user}
            and subject in {None, entry.subject}
        ][:limit]

    def _note(self, entry: AuditEntry) -> None:
        audit = self._accounts.audit
        audit.append(msgspec.structs.replace(entry, sequence=len(audit) + 1))


def _revision(known: User | Organisation | None) -> int:
    return 0 if known is None else known.revision
