"""Secrets of tokens: made at random, kept only as keyed hashes."""

import hashlib
import hmac
import secrets
import string
import zlib

_ALPHABET = string.digits + string.ascii_letters
_MARK = "phk_"
_RANDOM = 36
"""Characters of 62: 214 bits."""
_CHECK = 6
_SHOWN = 8
"""Characters that are kept, to recognise a token by."""


def new_secret() -> str:
    """Make the secret of a token; scanners of leaked secrets know it by its beginning and its checksum."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return f"{_MARK}{body}{_checksum(body)}"


def is_secret(text: str) -> bool:
    """Tell whether a text has the form of a token's secret, without looking anything up."""
    body, check = text[len(_MARK) : -_CHECK], text[-_CHECK:]
    if not text.startswith(_MARK) or len(body) != _RANDOM or not text.isascii():
        return False
    return hmac.compare_digest(_checksum(body), check)


def shown(secret: str) -> str:
    """Give the part of a secret that may be shown."""
    return secret[:_SHOWN]


def new_key() -> str:
    """Make the public name of a token."""
    return secrets.token_hex(16)


class Hasher:
    """Hashes secrets under the server's key: who has read the database has no tokens yet."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __call__(self, secret: str) -> str:
        """Return the hash that a token is looked up by, hexadecimal."""
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), "sha256").hex()

    def __repr__(self) -> str:
        """Keep the key out of logs."""
        return f"<Hasher {hashlib.sha256(self._key).hexdigest()[:8]}>"


def _checksum(body: str) -> str:
    number = zlib.crc32(body.encode())
    digits = []
    for _ in range(_CHECK):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
