"""Trusted publishing: a build shows who it is, and gets a token for half an hour in place of a secret for ever."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import User
from packhouse.domain.actor import Actor, Limit, Proof
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Conflict, Invalid, NotFound, NotPermitted, NotSignedIn
from packhouse.domain.package import PackageKey
from packhouse.domain.trust import Identity, IssuerKind, TrustedPublisher
from packhouse.domain.view import View
from packhouse.policy.trusted import match
from packhouse.services.access import Access, absent
from packhouse.services.identity_claims import identity_of
from packhouse.services.identity_tokens import read_unverified, verify
from packhouse.services.issuer_keys import IssuerKeys
from packhouse.services.people import People
from packhouse.services.ports import Clock
from packhouse.services.trust_ports import TrustStore

LIFE_MS = 30 * 60_000
"""How long a token lives that was got for an identity."""
_MOST = 100
"""Of one package."""


class Trust(Struct, frozen=True):
    """What trusted publishing of every ecosystem stands on."""

    store: TrustStore
    keys: IssuerKeys
    audiences: tuple[str, ...] = ()
    """Names of this server; an identity must have been made out to one of them."""


class Wanted(Struct, frozen=True):
    """A workflow that somebody wants to trust; checked by the door, which knows how its service spells things."""

    kind: IssuerKind
    owner: str
    repository: str
    workflow: str
    environment: str = ""
    owner_id: str = ""


class Trusting:
    """Trusted publishers of one ecosystem's packages."""

    def __init__(self, ecosystem: Ecosystem, trust: Trust, access: Access, people: People, clock: Clock) -> None:
        self._ecosystem = ecosystem
        self._trust = trust
        self._store = trust.store
        self._access = access
        self._people = people
        self._clock = clock

    async def list(self, view: View, key: PackageKey, kind: IssuerKind) -> Sequence[TrustedPublisher]:
        """List whom a package trusts; raise as `add` does for who may not know."""
        await self._require(view, key)
        found = await self._store.list_trusted(view.origin, self._ecosystem.key, key.name)
        return [each for each in found if each.kind == kind]

    async def list_of(self, view: View, owned: Iterable[PackageKey], kind: IssuerKind) -> Sequence[TrustedPublisher]:
        """List whom any of some packages trusts that are the asker's own."""
        packages = frozenset(owned)
        found = await self._store.list_trusted(view.origin, self._ecosystem.key, None)
        return [each for each in found if each.kind == kind and each.package in packages]

    async def add(self, view: View, key: PackageKey, wanted: Wanted) -> TrustedPublisher:
        """Trust a workflow; raise NotSignedIn, OtpWanted, NotPermitted, NotFound, or Conflict if it is trusted."""
        await self._require(view, key)
        publisher = TrustedPublisher(
            id=0,
            origin=view.origin,
            package=key,
            created_at=self._clock(),
            created_by=view.actor.user,
            **msgspec.structs.asdict(wanted),
        )
        others = await self._store.list_trusted(view.origin, self._ecosystem.key, key.name)
        if len(others) >= _MOST:
            raise Invalid(f"a package can trust {_MOST} publishers", "remove some that are not used any more")
        if any(_same(each, publisher) for each in others):
            raise Conflict("this workflow is trusted already")
        added = await self._store.add_trusted(publisher)
        await self._note(view, "trust", added)
        return added

    async def remove(self, view: View, id: int, kind: IssuerKind) -> None:  # noqa: A002 (the field's name)
        """Trust a workflow no longer; raise as `add` does."""
        found = await self._store.list_trusted(view.origin, self._ecosystem.key, None)
        publisher = next((each for each in found if each.id == id and each.kind == kind), None)
        if publisher is None:
            raise _unknown()
        try:
            await self._require(view, publisher.package)
        except NotFound:
            raise _unknown() from None  # not a word of a package that the asker may not see
        await self._store.drop_trusted(id)
        await self._note(view, "untrust", publisher)

    async def exchange(self, view: View, text: str) -> str:
        """Give a token for a signed identity and return its secret; raise Invalid, or UpstreamError without keys."""
        token = read_unverified(text)
        issuer = self._trust.keys.issuer(token)
        key = await self._trust.keys.find(issuer, token)
        audiences = (issuer.audience,) if issuer.audience else self._audiences()
        verified = verify(token, key, audiences, self._clock())
        identity = identity_of(issuer, verified.claims)
        found = await self._store.find_trusted(identity.kind, identity.owner, identity.repository)
        ours = [each for each in found if each.origin == view.origin and each.package.ecosystem == self._ecosystem.key]
        matched = match(ours, identity)
        user, packages = await self._choose_user(view, matched)
        if not await self._store.spend_identity(verified.hash, verified.expires_at, self._clock()):
            raise Invalid("JWT has already been used")
        await self._pin(matched, identity)
        return await self._mint(view, user, packages, identity)

    async def revoke(self, actor: Actor) -> None:
        """End the token that was got for an identity and is in use; raise NotSignedIn for any other."""
        proof = actor.proof
        if proof is None or not proof.trust:
            raise NotSignedIn("Invalid authorization header", "send the token that was got for an identity")
        await self._people.tokens.end(actor.user, proof.token)

    def _audiences(self) -> tuple[str, ...]:
        """Name this server and the registry: with a scheme, or without, as clients take it from their settings."""
        bases = [each for name in self._trust.audiences for each in (name, f"{name}/{self._ecosystem.mount}")]
        return (*bases, *(each.partition("://")[2] for each in bases if "://" in each))

    async def _require(self, view: View, key: PackageKey) -> None:
        ownership = await self._access.require(view, "maintain", key, "trust")
        if ownership is None or ownership.removed_at is not None:
            raise absent(key)

    async def _choose_user(
        self, view: View, matched: Sequence[TrustedPublisher]
    ) -> tuple[User, tuple[PackageKey, ...]]:
        """Choose who is published for: of those who said so and still own the package, who may publish most."""
        best: tuple[User, tuple[PackageKey, ...]] | None = None
        vouched: dict[str, set[PackageKey]] = {}
        users: dict[str, User] = {}
        for each in matched:
            user = users.get(each.created_by) or await self._people.accounts.find(each.created_by)
            if user is None or user.disabled or not await self._owns(view, user, each.package):
                continue
            users[user.name] = user
            vouched.setdefault(user.name, set()).add(each.package)
        trusted = set().union(*vouched.values()) if vouched else set()
        for name in vouched:
            mine = tuple(sorted([key for key in trusted if await self._owns(view, users[name], key)]))
            if best is None or len(mine) > len(best[1]):
                best = (users[name], mine)
        if best is None:
            owners = ", ".join(sorted({each.created_by for each in matched}))
            raise Invalid(
                f"the Trusted Publishing config was made by {owners}, who may not publish the package any more",
                "let an owner make it anew",
            )
        return best

    async def _owns(self, view: View, user: User, key: PackageKey) -> bool:
        actor = await self._people.identification.of_user(user, view.actor.address, Proof("token", bypass_otp=True))
        try:
            await self._require(View(view.registry, actor=actor), key)
        except (NotFound, NotPermitted, NotSignedIn):
            return False
        return True

    async def _pin(self, matched: Sequence[TrustedPublisher], identity: Identity) -> None:
        """Remember the owner's number from now on: who gets the name after them is somebody else."""
        for each in matched:
            if not each.owner_id and await self._store.pin_trusted(each.id, identity.owner_id) != identity.owner_id:
                raise Conflict("the trusted publisher was changed meanwhile", "try again")

    async def _mint(self, view: View, user: User, packages: Sequence[PackageKey], identity: Identity) -> str:
        limits = [Limit(("read", "publish"), key.ecosystem, key.name, ("update",)) for key in packages]
        if self._access.is_closed:
            # A client that shows a token needs one that can read what the build depends on.
            limits.append(Limit(("read",), self._ecosystem.key))
        told = " ".join(identity.facts.values())
        name = f"trusted publishing of {identity.path}"
        tokens = self._people.tokens
        secret, token = await tokens.create_for_run(user, name, identity.facts, tuple(limits), LIFE_MS)
        actor = Actor(user=user.name, address=view.actor.address)
        subjects = ", ".join(map(str, packages))
        action = f"{self._ecosystem.key} trusted token"
        await self._people.audit.done(actor, action, f"token {token.key}", f"{told} for {subjects}")
        return secret

    async def _note(self, view: View, action: str, publisher: TrustedPublisher) -> None:
        what = f"{publisher.kind} {publisher.owner}/{publisher.repository} {publisher.workflow} {publisher.environment}"
        name = f"{self._ecosystem.key} {action}"
        await self._people.audit.done(view.actor, name, str(publisher.package), what.rstrip())


def require_trusted(actor: Actor) -> None:
    """Let only a token pass that was got for an identity; raise NotPermitted. For packages that take no other."""
    if actor.proof is None or not actor.proof.trust:
        raise NotPermitted(
            "New versions of this package can only be published using Trusted Publishing",
            "publish from the workflow that is trusted, or let an owner allow tokens again",
        )


def _unknown() -> NotFound:
    return NotFound("there is no such trusted publisher", "list them to see their ids")


def _same(one: TrustedPublisher, other: TrustedPublisher) -> bool:
    def fields(publisher: TrustedPublisher) -> tuple[str, ...]:
        folded = (publisher.owner.lower(), publisher.repository.lower(), publisher.environment.casefold())
        return (publisher.kind, publisher.workflow, *folded)

    return fields(one) == fields(other)
