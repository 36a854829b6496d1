"""What accounts and publishing need of the store.

Whatever is written through these ports is on the disk when the call returns, and survives a power cut.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from msgspec import Struct

from packhouse.domain.accounts import AuditEntry, Organisation, Ownership, Token, User
from packhouse.domain.actor import Grant
from packhouse.domain.events import Event
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import Moment, NormalName, PackageKey
from packhouse.services.ports import IndexState, StoredArtifact, StoredFurther


class UserStore(Protocol):
    """People."""

    async def find_user(self, name: str) -> User | None:
        """Look a user up by name; case counts, but two names never differ by case alone."""

    async def write_user(self, user: User, expected: int) -> None:
        """Store a user in place of the one of revision `expected`, 0 for a new one; raise Conflict if it is another."""

    async def list_users(self, after: str, limit: int) -> Sequence[User]:
        """List users whose name is above `after`, by name."""

    async def accounts_generation(self) -> int:
        """Return a number that grows with every change of users, tokens, organisations and grants."""


class OrganisationStore(Protocol):
    """Organisations with their members and teams."""

    async def find_organisation(self, name: str) -> Organisation | None:
        """Look an organisation up."""

    async def write_organisation(self, organisation: Organisation, expected: int) -> None:
        """Store an organisation in place of revision `expected`, 0 for a new one; raise Conflict if it is another."""

    async def drop_organisation(self, name: str) -> None:
        """Forget an organisation; no error if it is not there."""

    async def list_organisations(self) -> Sequence[Organisation]:
        """List all of them, by name."""


class TokenStore(Protocol):
    """Tokens and sessions."""

    async def find_token(self, hash: str) -> Token | None:  # noqa: A002 (the field's name)
        """Look a token up by the keyed hash of its secret."""

    async def write_token(self, token: Token) -> None:
        """Store a new token, or a changed one under its key."""

    async def touch_tokens(self, used: dict[str, Moment]) -> None:
        """Set when tokens were last used, by key; the generation of accounts stays."""

    async def drop_tokens(self, keys: Collection[str]) -> None:
        """Forget tokens; no error for those that are not there."""

    async def list_tokens(self, user: str) -> Sequence[Token]:
        """List a user's tokens and sessions, newest first."""


class GrantStore(Protocol):
    """Roles that were granted."""

    async def write_grant(self, grant: Grant) -> None:
        """Store a grant under its id."""

    async def drop_grant(self, id: str) -> bool:  # noqa: A002 (the field's name)
        """Forget a grant; tell whether it was there."""

    async def list_grants(self) -> Sequence[Grant]:
        """List all grants, oldest first."""


class AuditLog(Protocol):
    """Every attempt to change something; entries are only ever added."""

    async def append_audit(self, entry: AuditEntry) -> None:
        """Add an entry; its sequence is given by the store."""

    async def list_audit(self, before: int, limit: int, user: str | None, subject: str | None) -> Sequence[AuditEntry]:
        """List entries with a sequence below `before` (0 for all), newest first; of one user, of one subject."""


class HostedChange(Struct, frozen=True):
    """All that changes when a package that belongs to us changes: written in one transaction, or not at all."""

    state: IndexState
    """Of the new document; its generation is ignored."""
    expected: int
    """The generation that the change was made from; 0 for a package that never was."""
    index: Index
    summary: Summary | None
    events: tuple[Event, ...] = ()
    ownership: Ownership | None = None
    """None leaves it as it is."""
    claims: tuple[str, ...] = ()
    """Versions that are taken from now on, whatever becomes of them."""
    identity: str = ""
    """What its name shares with other spellings: none of those can be the name of a package any more."""
    files: tuple[StoredArtifact, ...] = ()
    removed_files: tuple[str, ...] = ()
    further: tuple[tuple[FurtherKey, StoredFurther], ...] = ()
    removed_further: tuple[FurtherKey, ...] = ()
    stars: dict[str, bool] = {}
    """Users who have starred the package with this change, or no longer do."""
    audit: AuditEntry | None = None


class HostedStore(Protocol):
    """Packages that were published here; an origin is `hosted:<registry>`."""

    async def commit(self, change: HostedChange) -> IndexState:
        """Write a change; raise Conflict if the package has changed meanwhile, or a version or its identity is taken.

        The state returned has its generation.
        """

    async def find_ownership(self, origin: str, key: PackageKey) -> Ownership | None:
        """Tell whose a package is; None for one that was never published here."""

    async def list_owned(self, origin: str, ecosystem: str, owner: str | None) -> dict[PackageKey, Ownership]:
        """List the packages of one owner, or of all (None), by name; removed ones are left out."""

    async def list_restricted(self, origin: str, ecosystem: str) -> dict[PackageKey, Ownership]:
        """List the packages that not everybody may see, by name; removed ones are left out."""

    async def list_claims(self, origin: str, key: PackageKey) -> frozenset[str]:
        """List the versions that were ever published, those that were removed too."""

    async def list_starred(self, origin: str, ecosystem: str, user: str) -> Sequence[PackageKey]:
        """List the packages that a user has starred, by name."""


class SpellingStore(Protocol):
    """The one spelling of each name, where an ecosystem has several that are the same."""

    async def find_spelling(self, origin: str, ecosystem: str, identity: str) -> NormalName | None:
        """Tell the name of the package that has an identity, be it removed; None where none has ever had it."""


class OwnedStore(HostedStore, SpellingStore, Protocol):
    """Whose packages are, and how they are spelt."""
