"""Passwords: hashed with Argon2id, compared off the event loop, a few at a time."""

import asyncio
from typing import TYPE_CHECKING

from packhouse.domain.errors import Invalid

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_SHORTEST = 8
_LONGEST = 1024
"""Characters; longer ones only keep us busy."""
_AT_ONCE = 2
"""Each takes 19 MiB and some 30 ms."""


class Passwords:
    """Hashes passwords and checks them; the parameters stand in each hash."""

    def __init__(self, *, memory_kib: int = 19_456, passes: int = 2) -> None:
        """Take the parameters; the given ones are those that OWASP names for Argon2id."""
        self._memory_kib = memory_kib
        self._passes = passes
        self._hasher: PasswordHasher | None = None
        self._nobody = ""
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """Return a hash in PHC form; raise Invalid for a password that is too short or too long."""
        if not _SHORTEST <= len(password) <= _LONGEST:
            raise Invalid("the password is too short or too long", f"take {_SHORTEST} to {_LONGEST} characters")
        async with self._slots:
            return await asyncio.to_thread(lambda: self._argon2().hash(password))

    async def matches(self, hashed: str, password: str) -> bool:
        """Compare; an empty hash takes as long and never matches, so that nobody learns which users there are."""
        if len(password) > _LONGEST:
            return False
        async with self._slots:
            if not self._nobody:
                self._nobody = await asyncio.to_thread(lambda: self._argon2().hash("nobody has this password"))
            right = await asyncio.to_thread(self._compare, hashed or self._nobody, password)
        return right and bool(hashed)

    def _compare(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415 (start-up time)

        try:
            return self._argon2().verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _argon2(self) -> "PasswordHasher":
        if self._hasher is None:
            from argon2 import PasswordHasher  # noqa: PLC0415 (start-up time)

            self._hasher = PasswordHasher(time_cost=self._passes, memory_cost=self._memory_kib, parallelism=1)
        return self._hasher
