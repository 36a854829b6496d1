"""Tokens and sessions: made, found, listed, ended."""

import ipaddress
from collections.abc import Collection, Sequence

from packhouse.domain.accounts import Token, User
from packhouse.domain.actor import Limit
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.package import Moment
from packhouse.services.account_ports import TokenStore
from packhouse.services.ports import Clock
from packhouse.services.secrets import Hasher, is_secret, new_key, new_secret, shown

_DAY_MS = 86_400_000
_SESSION_MS = 14 * _DAY_MS
_EXPIRED_MS = 30 * _DAY_MS
_MOST_TOKENS = 1000
"""Of one user."""
_NAME = 120
_NETWORKS = 100
_LIMITS = 1000


class Tokens:
    """Hands out tokens and knows them again."""

    def __init__(self, store: TokenStore, hasher: Hasher, clock: Clock) -> None:
        self._store = store
        self._hash = hasher
        self._clock = clock

    async def create(
        self,
        user: User,
        name: str = "",
        *,
        read_only: bool = False,
        networks: Collection[str] = (),
        expires_at: Moment | None = None,
        limits: tuple[Limit, ...] = (),
        bypass_otp: bool = False,
        description: str = "",
    ) -> tuple[str, Token]:
        """Make a token; return its secret, which is never shown again, and what is kept of it; raise Invalid."""
        if expires_at is not None and expires_at <= self._clock():
            raise Invalid("a token cannot expire before it begins", "give a later date")
        if len(limits) > _LIMITS:
            raise Invalid(f"a token can have {_LIMITS} limits", "name packages by a pattern")
        await self._forget_expired(user.name)
        if len(await self.list(user.name)) >= _MOST_TOKENS:
            raise Invalid(f"a user can have {_MOST_TOKENS} tokens", "remove some that are not used any more")
        secret = new_secret()
        token = Token(
            key=new_key(),
            hash=self._hash(secret),
            prefix=shown(secret),
            user=user.name,
            name=_printable(name) or "token",
            created_at=self._clock(),
            expires_at=expires_at,
            read_only=read_only,
            networks=check_networks(networks),
            limits=limits,
            bypass_otp=bypass_otp,
            description=_printable(description),
        )
        await self._store.write_token(token)
        return secret, token

    async def create_for_run(
        self, user: User, name: str, trust: dict[str, str], limits: tuple[Limit, ...], life_ms: int
    ) -> tuple[str, Token]:
        """Make the token of one run of a build; return its secret and what is kept of it."""
        await self._forget_expired(user.name)
        if len(await self.list(user.name)) >= _MOST_TOKENS:
            raise Invalid(f"a user can have {_MOST_TOKENS} tokens", "remove some that are not used any more")
        secret = new_secret()
        now = self._clock()
        token = Token(
            key=new_key(),
            hash=self._hash(secret),
            prefix=shown(secret),
            user=user.name,
            name=_printable(name),
            created_at=now,
            expires_at=Moment(now + life_ms),
            limits=limits,
            bypass_otp=True,
            description=_printable(" ".join(trust.values())),
            trust=trust,
        )
        await self._store.write_token(token)
        return secret, token

    async def begin_session(self, user: User, name: str) -> tuple[str, Token]:
        """Make the session of a browser; return its secret, for a cookie."""
        await self._forget_expired(user.name)
        secret = new_secret()
        now = self._clock()
        token = Token(
            key=new_key(),
            hash=self._hash(secret),
            prefix=shown(secret),
            user=user.name,
            name=_printable(name),
            created_at=now,
            kind="session",
            expires_at=Moment(now + _SESSION_MS),
        )
        await self._store.write_token(token)
        return secret, token

    async def find(self, secret: str) -> Token | None:
        """Find the token of a secret, expired ones too; what has not the form of one is not looked up."""
        return await self._store.find_token(self._hash(secret)) if is_secret(secret) else None

    async def list(self, user: str) -> Sequence[Token]:
        """List a user's tokens, newest first; no sessions."""
        return [token for token in await self._store.list_tokens(user) if token.kind == "token"]

    async def get(self, user: str, name: str) -> Token:
        """Return the token of a user that has this key or secret; raise NotFound."""
        hashed = self._hash(name) if is_secret(name) else ""
        for token in await self._store.list_tokens(user):
            if name == token.key or hashed == token.hash:
                return token
        raise NotFound("you have no such token", "list them to see their keys")

    async def end(self, user: str, name: str) -> Token:
        """End the token of a user that has this key or secret; raise NotFound."""
        token = await self.get(user, name)
        await self._store.drop_tokens([token.key])
        return token

    async def end_all(self, user: str, *, but: str = "") -> None:
        """End every token and session of a user, but the one with a key."""
        keys = [token.key for token in await self._store.list_tokens(user) if token.key != but]
        await self._store.drop_tokens(keys)

    async def _forget_expired(self, user: str) -> None:
        """Forget sessions and tokens of builds that have ended; others stay in the list for a month, to be seen."""
        now = self._clock()
        ended = [
            token.key
            for token in await self._store.list_tokens(user)
            if token.expires_at is not None
            and token.expires_at + (0 if token.kind == "session" or token.trust else _EXPIRED_MS) <= now
        ]
        if ended:
            await self._store.drop_tokens(ended)


def check_networks(networks: Collection[str]) -> tuple[str, ...]:
    """Read CIDR blocks; raise Invalid."""
    if len(networks) > _NETWORKS:
        raise Invalid(f"a token can name {_NETWORKS} networks")
    try:
        return tuple(str(ipaddress.ip_network(each.strip(), strict=False)) for each in networks)
    except (ValueError, AttributeError):
        raise Invalid("a network is not in CIDR form", "write it as 10.0.0.0/8 or 2001:db8::/32") from None


def in_networks(address: str, networks: Collection[str]) -> bool:
    """Tell whether an address is in one of some networks."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in ipaddress.ip_network(each) for each in networks)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_NAME]
