"""The public keys of issuers: fetched when they are needed, kept for a while, asked for again where one is unknown."""

import asyncio
import logging
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import ConfigError, Invalid, UpstreamBad, UpstreamDown, UpstreamError
from packhouse.domain.trust import Issuer
from packhouse.services.identity_tokens import ALGORITHMS, Unverified
from packhouse.services.trust_ports import KeySource

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

log = logging.getLogger(__name__)

_FRESH_S = 3600.0
"""A key that an issuer takes back is believed no longer than that, while the issuer can be reached."""
_STALE_S = 6 * 3600.0
"""Nor longer than that, if it cannot."""
_AGAIN_S = 60.0
"""Between two questions: whoever sends names of keys that do not exist must not make us ask for each."""
_MOST = 64
_RSA_BITS = 2048

Keys = dict[tuple[str, str], dict[str, Any]]
"""JWK by key id and type."""


class _Known(Struct):
    keys: Keys | None = None
    fetched_s: float = 0.0
    asked_s: float | None = None


class IssuerKeys:
    """Knows the configured issuers, and finds the keys with which their tokens are checked."""

    def __init__(
        self, issuers: Sequence[Issuer], source: KeySource, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuers = {issuer.url: issuer for issuer in issuers if issuer.enabled}
        self._source = source
        self._now_s = now_s
        self._known = {url: _Known() for url in self._issuers}
        self._locks = {url: asyncio.Lock() for url in self._issuers}

    def issuer(self, token: Unverified) -> Issuer:
        """Find who a token says that it is from; raise Invalid if no operator has named them."""
        issuer = self._issuers.get(token.issuer)
        if issuer is None:
            raise Invalid(f"Unsupported JWT issuer: {token.issuer[:200]}")
        return issuer

    async def find(self, issuer: Issuer, token: Unverified) -> "RSAKey | ECKey":
        """Find the key that a token names; raise Invalid if the issuer has none such, UpstreamError without keys."""
        wanted = (token.key_id, ALGORITHMS[token.algorithm])
        known = self._known[issuer.url]
        if self._is_wanting(known, wanted):
            async with self._locks[issuer.url]:
                if self._is_wanting(known, wanted) and self._may_ask(known):
                    await self._ask(issuer, known)
        if known.keys is None or self._now_s() - known.fetched_s > _STALE_S:
            raise UpstreamDown(f"the keys of the issuer {issuer.name} cannot be fetched", "try again in a minute")
        found = known.keys.get(wanted)
        if found is None:
            raise Invalid("Invalid JWT key ID")
        return _import(found, token.algorithm)

    def _is_wanting(self, known: _Known, wanted: tuple[str, str]) -> bool:
        return known.keys is None or wanted not in known.keys or self._now_s() - known.fetched_s > _FRESH_S

    def _may_ask(self, known: _Known) -> bool:
        return known.asked_s is None or self._now_s() - known.asked_s >= _AGAIN_S

    async def _ask(self, issuer: Issuer, known: _Known) -> None:
        known.asked_s = self._now_s()
        try:
            known.keys = read_keys(await self._source.fetch_keys(issuer))
        except (UpstreamError, ConfigError) as error:
            log.warning("no keys of the issuer %s: %s", issuer.name, error)
            return
        known.fetched_s = self._now_s()


def read_keys(body: bytes) -> Keys:
    """Read the keys for signatures of a JWK Set (RFC 7517); raise UpstreamBad if it is none.

    Keys that we have no use for are left out, and those of which there are two with one name.
    """
    try:
        listed = msgspec.json.decode(body, type=_KeySet).keys
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise UpstreamBad("the issuer's keys are no JWK Set", "look at its address in the settings") from None
    keys: Keys = {}
    doubtful = set()
    for key in listed[:_MOST]:
        name = (key.get("kid"), key.get("kty"))
        if not isinstance(name[0], str) or name[1] not in ALGORITHMS.values() or key.get("use", "sig") != "sig":
            continue
        if name in keys:
            doubtful.add(name)
        keys[name[0], str(name[1])] = key
    return {name: key for name, key in keys.items() if name not in doubtful}


def _import(key: dict[str, Any], algorithm: str) -> "RSAKey | ECKey":
    from joserfc.errors import JoseError  # noqa: PLC0415 (start-up time)
    from joserfc.jwk import ECKey, RSAKey  # noqa: PLC0415

    if key.get("alg", algorithm) != algorithm:
        raise Invalid("Invalid JWT key ID")
    try:
        if key["kty"] == "EC":
            ec = ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y")})
            if ec.curve_name == "P-256":
                return ec
        elif _bits(key["n"]) >= _RSA_BITS:
            return RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")})
    except (JoseError, KeyError, ValueError, TypeError) as error:
        log.warning("a key of an issuer cannot be read: %s", error)
    raise Invalid("Invalid JWT key ID")


def _bits(number: str) -> int:
    """Tell the length of a number in Base64url (RFC 7518 section 2)."""
    return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()


class _KeySet(Struct):
    keys: list[dict[str, Any]]
