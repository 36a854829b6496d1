"""Time-based one-time passwords, as authenticator apps compute them (RFC 4226, RFC 6238)."""

import hmac
import struct
from base64 import b32encode
from collections.abc import Iterator
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
_DRIFT = 1
"""Steps that a clock may be wrong by, each way (RFC 6238 section 5.2)."""


def password_at(secret: bytes, step: int) -> str:
    """Compute the password of a time step."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, password: str, now_s: float) -> int | None:
    """Find the time step that a password belongs to, None if to none of those that count now."""
    found = None
    for step in _steps(now_s):
        # All are compared, so that the time taken says nothing.
        if hmac.compare_digest(password_at(secret, step).encode(), password.encode()):
            found = step
    return found


def otpauth(secret: bytes, issuer: str, account: str) -> str:
    """Write the address that authenticator apps read from a QR code."""
    label = quote(f"{issuer}:{account}", safe="")
    shared = b32encode(secret).decode().rstrip("=")
    query = {"secret": shared, "period": STEP_S, "digits": DIGITS, "algorithm": "SHA1", "issuer": issuer}
    return f"otpauth://totp/{label}?{urlencode(query, quote_via=quote)}"


def _steps(now_s: float) -> Iterator[int]:
    present = int(now_s // STEP_S)
    yield from range(present - _DRIFT, present + _DRIFT + 1)
