"""Signed identities (JWT, RFC 7519): read, held against a key, and found to be meant for us now.

Nothing in a token decides how it is checked: the algorithm must be one of ours and fit the key, and keys come from the
configured issuer alone, whatever `jku`, `jwk` or `x5u` say (RFC 8725).
"""

import hashlib
import re
from base64 import urlsafe_b64decode
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

ALGORITHMS = {"RS256": "RSA", "ES256": "EC"}
"""What may sign, and the type of key that it takes."""
_LARGEST = 16 << 10
_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_LONGEST_ID = 512
_SKEW_MS = 30_000
"""How much two clocks may differ."""
_LONGEST_MS = 24 * 3_600_000
"""Identities of builds live for minutes, at most for as long as a build; they are remembered while they live."""

Claims = Mapping[str, Any]


class Unverified(Struct, frozen=True):
    """What a token says of itself; good for finding the key that it must be checked with, and for nothing else."""

    text: str
    issuer: str
    key_id: str
    algorithm: str


class Verified(Struct, frozen=True):
    """What an issuer has signed, for us and for now."""

    claims: dict[str, Any]
    expires_at: Moment
    hash: str
    """Stands for issuer and `jti`: no two tokens have the same."""


def read_unverified(text: str) -> Unverified:
    """Take a token apart; raise Invalid for what can be no token of an issuer's."""
    if len(text) > _LARGEST or not _COMPACT.fullmatch(text):
        raise _undecodable()
    header, claims, _ = text.split(".")
    head, issuer = _members(header), _members(claims).get("iss")
    algorithm, key_id = head.get("alg"), head.get("kid")
    if not isinstance(issuer, str):
        raise _undecodable()
    # Extensions that must be understood (RFC 7515 section 4.1.11): we understand none.
    if algorithm not in ALGORITHMS or "crit" in head or "b64" in head:
        raise Invalid("Unsupported JWT algorithm", f"sign with {' or '.join(ALGORITHMS)}")
    if not isinstance(key_id, str) or not key_id:
        raise Invalid("Missing JWT key ID")
    return Unverified(text, issuer, key_id, algorithm)


def verify(token: Unverified, key: "RSAKey | ECKey", audiences: Collection[str], now: Moment) -> Verified:
    """Check signature, audience and times; raise Invalid, which does not tell a forger what was right."""
    from joserfc import jws  # noqa: PLC0415 (start-up time)
    from joserfc.errors import JoseError  # noqa: PLC0415

    registry = jws.JWSRegistry(algorithms=[token.algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_signature_length = _LARGEST
    try:
        signed = jws.deserialize_compact(token.text, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        raise _undecodable() from None
    claims = _decode(signed.payload or b"")
    # What was read before the check and what was signed are the same bytes, and are compared all the same.
    if claims.get("iss") != token.issuer or not _is_for(claims.get("aud"), audiences):
        raise _undecodable()
    return Verified(claims, _check_times(claims, now), _hash(token.issuer, claims.get("jti")))


def _is_for(audience: object, audiences: Collection[str]) -> bool:
    named = audience if isinstance(audience, list) else [audience]
    return any(isinstance(each, str) and each in audiences for each in named)


def _check_times(claims: Claims, now: Moment) -> Moment:
    """Return when the token ends."""
    expires_at, issued_at = _moment(claims.get("exp")), _moment(claims.get("iat"))
    not_before = _moment(claims["nbf"]) if "nbf" in claims else issued_at
    if expires_at is None or issued_at is None or not_before is None:
        raise _undecodable()
    early = max(issued_at, not_before) > now + _SKEW_MS
    if early or expires_at <= now - _SKEW_MS or expires_at > now + _LONGEST_MS:
        raise _undecodable()
    return Moment(expires_at + _SKEW_MS)


def _moment(value: object) -> Moment | None:
    """Read a NumericDate (RFC 7519 section 2)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        return None
    return Moment(int(value * 1000))


def _hash(issuer: str, name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        raise _undecodable()
    return hashlib.sha256(f"{issuer}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()


def _members(segment: str) -> dict[str, Any]:
    try:
        plain = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise _undecodable() from None
    return _decode(plain)


def _decode(plain: bytes) -> dict[str, Any]:
    try:
        return _decoder.decode(plain)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _undecodable() from None


def _undecodable() -> Invalid:
    return Invalid("Failed to decode JWT")


_decoder = msgspec.json.Decoder(dict[str, Any])
