"""Who a request comes from: its credentials turned into an actor that can be decided about."""

import asyncio
import hashlib
from base64 import b64decode
from binascii import Error as NotBase64
from collections import OrderedDict
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import Token, User
from packhouse.domain.actor import Actor, Grant, Proof
from packhouse.domain.errors import NotSignedIn
from packhouse.domain.package import Moment
from packhouse.services.account_ports import GrantStore, OrganisationStore, TokenStore, UserStore
from packhouse.services.accounts import Accounts
from packhouse.services.attempts import Attempts
from packhouse.services.ports import Clock
from packhouse.services.secrets import is_secret
from packhouse.services.shown_otps import ShownOtps
from packhouse.services.tokens import Tokens, in_networks

_REMEMBERED = 10_000
_PASSWORD_MS = 60_000
"""How long a password that was right need not be compared again: it takes 30 ms each time."""
_TOUCH_MS = 60_000
"""How exactly it is kept when a token was last used."""
_LONGEST = 4096


class _Known(Struct, frozen=True):
    actor: Actor
    networks: tuple[str, ...]
    generation: int
    until: Moment


class IdentityStore(UserStore, OrganisationStore, TokenStore, GrantStore, Protocol):
    """All that actors are made of."""


class Identification:
    """Knows actors by what they send; remembers them until an account changes."""

    def __init__(
        self, store: IdentityStore, accounts: Accounts, tokens: Tokens, attempts: Attempts, clock: Clock
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._tokens = tokens
        self._attempts = attempts
        self._clock = clock
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._dead: OrderedDict[bytes, None] = OrderedDict()
        self._everyone: tuple[int, tuple[Grant, ...]] = (-1, ())
        self._used: dict[str, Moment] = {}
        self._touched: dict[str, Moment] = {}
        self._shown = ShownOtps(clock)
        self._showing = asyncio.Lock()

    async def identify(self, authorization: str, address: str, otp: str = "") -> Actor:
        """Make the actor of an Authorization header; credentials that do not count make nobody, with the reason.

        Raise TooOften for an address that guesses.
        """
        if not authorization:
            return Actor(address=address, grants=await self._grants_of_everyone())
        try:
            actor = await self._signed_in(authorization, address)
        except NotSignedIn as error:
            return Actor(address=address, grants=await self._grants_of_everyone(), rejected=error.message)
        if otp and actor.otp in ("writes", "ready"):
            await self._take_otp(actor.user, authorization, address, otp)
            actor = msgspec.structs.replace(actor, otp="shown")
        return msgspec.structs.replace(actor, address=address)

    async def of_user(self, user: User, address: str, proof: Proof | None) -> Actor:
        """Make the actor of a user who has proved who they are."""
        organisations = await self._store.list_organisations()
        mine = [each for each in organisations if user.name in each.members]
        teams = [f"{each.name}/{team.name}" for each in mine for team in each.teams if user.name in team.members]
        groups = frozenset([*teams, *(each.name for each in mine)])
        subjects = {f"user:{user.name}", "users", "anyone", *(f"team:{team}" for team in teams)}
        subjects.update(f"org:{each.name}" for each in mine)
        managers = {f"org-admin:{each.name}" for each in mine if each.members[user.name] in ("admin", "owner")}
        grants = await self._store.list_grants()
        return Actor(
            user=user.name,
            email=user.email,
            proof=proof,
            address=address,
            grants=tuple(grant for grant in grants if grant.subject in subjects or grant.subject in managers),
            groups=groups,
            administrator=user.administrator,
            otp=_otp_state(user, proof),
        )

    async def write_used(self) -> None:
        """Store when tokens were last used."""
        used, self._used = self._used, {}
        if used:
            await self._store.touch_tokens(used)

    async def run(self) -> None:
        """Store now and then when tokens were last used."""
        while True:
            await asyncio.sleep(_TOUCH_MS / 4000)
            await self.write_used()

    async def _take_otp(self, user: str, authorization: str, address: str, otp: str) -> None:
        # One after another, so that of two requests of one command the second finds what the first has shown.
        async with self._showing:
            if not self._shown.knows(authorization, address, otp):
                await self._accounts.check_otp(await self._accounts.get(user), otp)
                self._shown.remember(authorization, address, otp)

    async def _signed_in(self, authorization: str, address: str) -> Actor:
        if len(authorization) > _LONGEST:
            raise NotSignedIn("the credentials are too long")
        name, secret = _read(authorization)
        where = hashlib.blake2b(f"{name}\0{secret}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
        generation = await self._store.accounts_generation()
        known = self._known.get(where)
        if known is None or known.generation != generation or known.until <= self._clock():
            known = await self._find(name, secret, address, generation)
            self._known[where] = known
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if known.networks and not in_networks(address, known.networks):
            raise NotSignedIn("this token may not be used from your address")
        if known.actor.proof is not None and known.actor.proof.token:
            self._touch(known.actor.proof.token)
        return known.actor

    async def _find(self, name: str, secret: str, address: str, generation: int) -> _Known:
        now = self._clock()
        if not is_secret(secret):
            if not name:
                raise NotSignedIn("the token is not one of this server", "sign in again")
            user = await self._accounts.check_password(name, secret, address)
            actor = await self.of_user(user, "", Proof("password"))
            return _Known(actor, (), generation, Moment(now + _PASSWORD_MS))
        token = await self._tokens.find(secret)
        user_of = None if token is None else await self._store.find_user(token.user)
        if token is None or user_of is None or user_of.disabled:
            self._note_failure(secret, address)
            raise NotSignedIn("the token does not count any more, or never did", "sign in again")
        if token.expires_at is not None and token.expires_at <= now:
            raise NotSignedIn("the token has expired", "make another")
        until = token.expires_at if token.expires_at is not None else Moment(now + 86_400_000)
        return _Known(await self.of_user(user_of, "", _proof(token)), token.networks, generation, until)

    def _note_failure(self, secret: str, address: str) -> None:
        """Slow down who tries one token after another; raise TooOften.

        A client goes on sending the token that it has, and must still be able to get another: it has tried one only.
        """
        tried = hashlib.blake2b(secret.encode(), digest_size=16).digest()
        if tried in self._dead:
            return
        guess = f"token {address}"
        self._attempts.check(guess)
        self._attempts.failed(guess)
        self._dead[tried] = None
        while len(self._dead) > _REMEMBERED:
            self._dead.popitem(last=False)

    def _touch(self, token: str) -> None:
        now = self._clock()
        if now - self._touched.get(token, 0) >= _TOUCH_MS:
            if len(self._touched) > _REMEMBERED:
                self._touched.clear()
            self._touched[token] = self._used[token] = now

    async def _grants_of_everyone(self) -> tuple[Grant, ...]:
        generation = await self._store.accounts_generation()
        if self._everyone[0] != generation:
            grants = tuple(grant for grant in await self._store.list_grants() if grant.subject == "anyone")
            self._everyone = (generation, grants)
        return self._everyone[1]


def _proof(token: Token) -> Proof:
    return Proof(
        kind="session" if token.kind == "session" else "token",
        token=token.key,
        read_only=token.read_only,
        limits=token.limits,
        bypass_otp=token.bypass_otp,
        trust=token.trust,
    )


def _otp_state(user: User, proof: Proof | None) -> Literal["off", "ready", "writes"]:
    factor = user.second_factor
    if factor is None or factor.pending or (proof is not None and proof.bypass_otp):
        return "off"
    if proof is not None and proof.kind == "password":
        return "writes"  # a password alone never is enough for somebody with a second factor
    return "writes" if factor.mode == "auth-and-writes" else "ready"


def _read(authorization: str) -> tuple[str, str]:
    """Read a header: user name (empty for a token) and password or token.

    `Bearer token`, `Basic base64(user:password)`, in which the password may be a token, and the token alone (cargo).
    """
    scheme, _, rest = authorization.strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return "", rest
    if scheme.lower() != "basic":
        return "", authorization.strip()
    try:
        text = b64decode(rest, validate=True).decode("utf-8")
    except (NotBase64, ValueError, UnicodeDecodeError):
        raise NotSignedIn(
            "the Authorization header cannot be read", "send user name and password as RFC 7617 says"
        ) from None
    name, colon, password = text.partition(":")
    if not colon:
        raise NotSignedIn("the Authorization header cannot be read", "there is no colon in it")
    # A token may stand in either place: some clients have a field for a name only.
    return ("", name) if is_secret(name) and not password else (name, password)
