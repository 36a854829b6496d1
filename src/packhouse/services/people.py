"""All that is about people, shared by every ecosystem."""

from typing import Protocol

from msgspec import Struct

from packhouse.services.account_ports import AuditLog, GrantStore, OrganisationStore, TokenStore, UserStore
from packhouse.services.accounts import Accounts
from packhouse.services.attempts import Attempts
from packhouse.services.audit import Audit
from packhouse.services.granting import Granting
from packhouse.services.identification import Identification
from packhouse.services.invitations import Invitations, InvitationStore
from packhouse.services.organisations import Organisations
from packhouse.services.passwords import Passwords
from packhouse.services.ports import Clock
from packhouse.services.secrets import Hasher
from packhouse.services.sign_in import SignIns
from packhouse.services.tokens import Tokens


class PeopleStore(UserStore, OrganisationStore, TokenStore, GrantStore, AuditLog, InvitationStore, Protocol):
    """Every port that people take."""


class People(Struct, frozen=True):
    """Services about people; one set for the whole server."""

    accounts: Accounts
    tokens: Tokens
    organisations: Organisations
    identification: Identification
    sign_ins: SignIns
    audit: Audit
    grants: GrantStore
    granting: Granting
    invitations: Invitations
    registration: bool
    """Whether anybody may make an account for themselves."""


def people(
    store: PeopleStore,
    key: bytes,
    clock: Clock,
    *,
    registration: bool = False,
    passwords: Passwords | None = None,
) -> People:
    """Build the services; `key` is the server's secret, under which tokens are hashed."""
    attempts = Attempts(lambda: clock() / 1000)
    hasher = Hasher(key)
    tokens = Tokens(store, hasher, clock)
    accounts = Accounts(store, passwords or Passwords(), attempts, clock)
    return People(
        accounts=accounts,
        tokens=tokens,
        organisations=Organisations(store, clock),
        identification=Identification(store, accounts, tokens, attempts, clock),
        sign_ins=SignIns(clock),
        audit=Audit(store, clock),
        grants=store,
        granting=Granting(store, clock),
        invitations=Invitations(store, hasher, clock),
        registration=registration,
    )
