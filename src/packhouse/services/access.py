"""Who may see and do what: the facts that a decision takes, and the errors that it becomes."""

from fnmatch import fnmatchcase
from typing import Literal, Protocol

from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Action, Actor, Operation, Role
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import NotFound, NotPermitted, NotSignedIn, OtpWanted
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.policy.permission import allows, role_in, token_allows
from packhouse.services.account_ports import OrganisationStore, OwnedStore, UserStore

Readers = Literal["anyone", "users", "granted"]
"""Everybody; whoever has signed in; whoever was granted a role."""

_SPELLINGS = ("A", "a-b", "a_b", "a.b")

Publishers = Literal["users", "granted"]
"""Whoever has signed in; whoever was granted a role."""


class AccessRules(Struct, frozen=True):
    """What an operator has decided for everybody."""

    upstream: Readers = "anyone"
    """Who may read packages of upstreams."""
    hosted: Readers = "anyone"
    """Who may read packages that were published here and are not restricted."""
    publish: Publishers = "users"
    """Who may publish a package under a name that nobody has."""
    reserved: tuple[str, ...] = ()
    """Patterns of names, `ecosystem/name`, that are never asked of an upstream."""


class NamespaceStore(UserStore, OrganisationStore, Protocol):
    """Where users and organisations are."""


class Access:
    """Decides for one ecosystem; every door and every source asks here."""

    def __init__(
        self, ecosystem: Ecosystem, store: OwnedStore, rules: AccessRules, namespaces: "Namespaces | None" = None
    ) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._rules = rules
        self._namespaces = namespaces
        self._has_spellings = any(ecosystem.identity(each) != each for each in _SPELLINGS)
        mine = f"{ecosystem.key}/"
        self._reserved = tuple(
            ecosystem.identity(each.removeprefix(mine)) for each in rules.reserved if each.startswith(mine)
        )

    async def ownership(self, view: View, key: PackageKey) -> Ownership | None:
        """Tell whose a package is; None for one that was never published here."""
        return await self._store.find_ownership(view.origin, key)

    def is_reserved(self, key: PackageKey) -> bool:
        """Tell whether a name is kept for this server: no upstream is asked for it."""
        name = self._ecosystem.identity(key.name)
        return any(fnmatchcase(name, pattern) for pattern in self._reserved)

    async def is_ours(self, view: View, key: PackageKey) -> bool:
        """Tell whether nobody but this server may be asked for a package."""
        if self.is_reserved(key) or await self.ownership(view, key) is not None:
            return True
        return await self.spelling(view, key) is not None

    async def spelling(self, view: View, key: PackageKey) -> PackageKey | None:
        """Tell which package of ours has this name or one that is the same in another spelling, be it removed."""
        if not self._has_spellings:
            return None
        name = await self._store.find_spelling(view.origin, key.ecosystem, self._ecosystem.identity(key.name))
        return None if name is None else PackageKey(key.ecosystem, name)

    @property
    def is_closed(self) -> bool:
        """Tell whether something cannot be read here without signing in, restricted packages aside."""
        return not self._rules.upstream == self._rules.hosted == "anyone"

    async def check_read(self, view: View, key: PackageKey) -> Ownership | None:
        """Let who may see a package pass, and return whose it is.

        Raise NotFound as if there were no such package; NotSignedIn where nobody may see anything without signing in.
        """
        ownership = await self.ownership(view, key)
        readers = self._rules.upstream if ownership is None else self._rules.hosted
        restricted = ownership is not None and ownership.restricted
        if readers == "anyone" and not restricted:
            return ownership
        seen = self._may_read(view.actor, key, ownership, readers)
        if view.sight is not None:
            view.sight.restricted |= seen
            view.sight.withheld |= not seen
        if not view.actor.signed_in and self._rules.upstream != "anyone":
            # Whatever the package is, so that it says nothing about it.
            raise _not_signed_in(view.actor)
        if not seen:
            raise absent(key)
        return ownership

    async def find_readable(self, view: View, key: PackageKey) -> Ownership | None:
        """Tell whose a package is; None for one that was never published here, or that somebody may not see."""
        try:
            return await self.check_read(view, key)
        except (NotFound, NotSignedIn):
            return None

    async def may_read(self, view: View, key: PackageKey) -> bool:
        """Tell whether somebody may see a package."""
        try:
            await self.check_read(view, key)
        except (NotFound, NotSignedIn):
            return False
        return True

    async def list_readable(self, view: View) -> frozenset[PackageKey]:
        """List the restricted packages of this registry that the asker may see."""
        if not view.actor.signed_in:
            return frozenset()
        restricted = await self._store.list_restricted(view.origin, self._ecosystem.key)
        actor, hosted = view.actor, self._rules.hosted
        return frozenset(key for key, owned in restricted.items() if self._may_read(actor, key, owned, hosted))

    async def list_hidden(self, view: View) -> frozenset[PackageKey] | None:
        """List what is published here and hidden from the asker; None where more than restricted packages may be."""
        actor = view.actor
        limited = actor.proof is not None and bool(actor.proof.limits)
        for readers in (self._rules.upstream, self._rules.hosted):
            if readers == "granted" or (readers == "users" and (limited or not actor.signed_in)):
                return None
        restricted = await self._store.list_restricted(view.origin, self._ecosystem.key)
        hosted = self._rules.hosted
        return frozenset(key for key, owned in restricted.items() if not self._may_read(actor, key, owned, hosted))

    def role_of(self, actor: Actor, key: PackageKey, ownership: Ownership | None) -> Role | None:
        """Find the highest role that an actor has on a package, granted for whatever spelling of its name."""
        return role_in(actor, key, ownership, self._ecosystem.identity)

    def token_allows(self, actor: Actor, action: Action, key: PackageKey, operation: Operation | None = None) -> bool:
        """Tell whether the token in use goes as far as that, limited to whatever spelling of the package's name."""
        return token_allows(actor, action, key, operation, self._ecosystem.identity)

    def require_signed_in(self, view: View, key: PackageKey, *operations: Operation) -> None:
        """Let somebody pass whose token may write at all, or do one of some operations.

        Raise NotSignedIn or NotPermitted.
        """
        if not view.actor.signed_in:
            raise _not_signed_in(view.actor)
        if not any(self.token_allows(view.actor, "publish", key, each) for each in operations or (None,)):
            raise NotPermitted(f"the token that was used may not publish {key}", "use one with more scope")

    async def require(
        self, view: View, action: Action, key: PackageKey, operation: Operation | None = None
    ) -> Ownership | None:
        """Let who may do something to a package pass, and return whose it is.

        Raise NotSignedIn, OtpWanted, NotPermitted, or NotFound where the package is hidden from the asker; for who
        would publish, that is a name which they may not have, as others in a namespace that is not theirs.
        """
        actor = view.actor
        if not actor.signed_in:
            raise _not_signed_in(actor)
        if not self.token_allows(actor, action, key, operation):
            raise NotPermitted(f"the token that was used may not {action} {key}", "use one with more scope")
        try:
            ownership = await self.check_read(view, key)
        except NotFound:
            if action == "publish":
                raise not_permitted(action, key, None) from None
            raise
        if not await self._may(actor, action, key, ownership):
            raise not_permitted(action, key, ownership)
        self.require_otp(actor, ownership)
        return ownership

    def require_otp(self, actor: Actor, ownership: Ownership | None = None) -> None:
        """Raise OtpWanted where writing takes a one-time password that was not sent."""
        if actor.otp == "writes":
            raise OtpWanted("this takes a one-time password as well", "send it, e.g. with --otp=123456")
        bypass = actor.proof is not None and actor.proof.bypass_otp
        if ownership is None or not ownership.otp_required or actor.otp == "shown" or bypass:
            return
        if actor.otp == "ready":
            raise OtpWanted("this package takes a one-time password as well", "send it, e.g. with --otp=123456")
        if not actor.administrator:
            raise NotPermitted("this package takes a one-time password", "set up two-factor authentication first")

    def may_shadow(self, actor: Actor, key: PackageKey) -> bool:
        """Tell whether somebody may publish a package that an upstream has as well, which hides that one."""
        return self.is_reserved(key) or allows(self.role_of(actor, key, None) or "reader", "maintain")

    async def _may(self, actor: Actor, action: Action, key: PackageKey, ownership: Ownership | None) -> bool:
        role = self.role_of(actor, key, ownership)
        if role is not None and allows(role, action):
            return True
        if ownership is not None or action != "publish" or self._rules.publish != "users":
            return False
        owner = self._ecosystem.namespace(key.name)
        return not owner or self._namespaces is None or await self._namespaces.is_open_to(owner, actor)

    def _may_read(self, actor: Actor, key: PackageKey, ownership: Ownership | None, readers: Readers) -> bool:
        if not self.token_allows(actor, "read", key):
            return False
        restricted = ownership is not None and ownership.restricted
        if not restricted and (readers == "anyone" or (readers == "users" and actor.signed_in)):
            return True
        return self.role_of(actor, key, ownership) is not None


class Namespaces:
    """Whose a namespace is: that of the organisation or user of the same name, else nobody's."""

    def __init__(self, store: NamespaceStore) -> None:
        self._store = store

    async def is_open_to(self, namespace: str, actor: Actor) -> bool:
        """Tell whether somebody may publish new packages there without having been granted it."""
        if await self._store.find_organisation(namespace) is not None:
            return False  # its members have grants
        if namespace == actor.user:
            return True
        if namespace != namespace.lower():
            return False  # no namespace that looks like another, but for capitals, is begun
        return await self._store.find_user(namespace) is None


def require_user(actor: Actor, *, write: bool = True) -> Actor:
    """Return who asks if it is somebody; raise NotSignedIn, or NotPermitted for a token that reads only."""
    if not actor.signed_in:
        raise _not_signed_in(actor)
    if write and not token_allows(actor, "maintain", None):
        raise NotPermitted("the token that was used may not change the account", "sign in, or use another token")
    return actor


def absent(key: PackageKey) -> NotFound:
    """Make the error of a package that does not exist, or that the asker may not see: nobody can tell which."""
    return NotFound(f"{key} does not exist", "check the spelling; it is neither published here nor upstream")


def not_permitted(action: Action, key: PackageKey, ownership: Ownership | None) -> NotPermitted:
    """Make the error of a role that does not go as far; without `ownership`, nothing is said of whose the name is."""
    if ownership is None:
        return NotPermitted(f"you may not publish {key}", "the name or its namespace is somebody else's; ask them")
    return NotPermitted(f"you may not {action} {key}", f"ask an owner: {', '.join(ownership.owners[:5])}")


def _not_signed_in(actor: Actor) -> NotSignedIn:
    if actor.rejected:
        return NotSignedIn(actor.rejected, "sign in again")
    return NotSignedIn("this takes a user", "sign in, or send a token")
