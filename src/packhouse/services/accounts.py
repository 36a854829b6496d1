"""People: their accounts, passwords and one-time passwords."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Protocol
from weakref import WeakValueDictionary

import msgspec

from packhouse.domain.accounts import OtpMode, SecondFactor, User
from packhouse.domain.errors import Conflict, Invalid, NotFound, NotSignedIn, OtpWanted
from packhouse.domain.package import Moment
from packhouse.formats.one_time import matching_step, otpauth
from packhouse.services.account_ports import OrganisationStore, UserStore
from packhouse.services.attempts import Attempts
from packhouse.services.passwords import Passwords
from packhouse.services.ports import Clock

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)
_TAKEN = frozenset({"anyone", "users", "everyone", "root", "constructor", "prototype", "hasownproperty", "tostring"})
"""Names that mean something else, here or to clients written in JavaScript."""
_EMAIL = re.compile(r"[^@\s<>\"',;:\\()\[\]]{1,64}@[^@\s<>\"',;:\\()\[\]]{1,190}")
_PROFILE_BYTES = 1024
_PROFILE_FIELDS = 24
_RECOVERY_CODES = 8
_ISSUER = "Packhouse"
_PASS_MS = 300_000
_PASSES = 1000


class AccountStore(UserStore, OrganisationStore, Protocol):
    """Where users are, and the organisations whose names are theirs."""


class Accounts:
    """Makes, changes and checks accounts."""

    def __init__(self, store: AccountStore, passwords: Passwords, attempts: Attempts, clock: Clock) -> None:
        self._store = store
        self._passwords = passwords
        self._attempts = attempts
        self._clock = clock
        self._guessing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._passes: dict[str, tuple[str, Moment]] = {}

    async def get(self, name: str) -> User:
        """Return a user; raise NotFound."""
        user = await self._store.find_user(name)
        if user is None:
            raise NotFound(f"there is no user {name[:100]!r}", "`packhouse user list` names them")
        return user

    async def find(self, name: str) -> User | None:
        """Look a user up."""
        return await self._store.find_user(name)

    async def list(self, after: str = "", limit: int = 100) -> Sequence[User]:
        """List users by name, those after a name."""
        return await self._store.list_users(after, limit)

    async def generation(self) -> int:
        """Return a number that grows with every change of anybody's account."""
        return await self._store.accounts_generation()

    async def any(self) -> bool:
        """Tell whether there is any user yet."""
        return bool(await self._store.list_users("", 1))

    async def add(self, name: str, email: str, password: str, *, administrator: bool = False) -> User:
        """Make an account; an empty password makes one that signs in by token only.

        Raise Invalid for a name, address or password that cannot be, Conflict for a name that is taken.
        """
        check_name(name)
        _check_email(email)
        taken = await self._store.find_user(name) or await self._store.find_organisation(name)
        if taken is not None:
            # The names of both are names of namespaces.
            raise Conflict(f"the user name {name} is taken", "take another, or sign in if it is yours")
        now = self._clock()
        hashed = await self._passwords.hash(password) if password else ""
        user = User(name, email, hashed, now, now, administrator=administrator)
        await self._store.write_user(user, 0)
        return user

    async def change(self, user: User, **fields: object) -> User:
        """Store a user with other fields; raise Conflict if somebody else has just changed them."""
        if isinstance(email := fields.get("email"), str):
            _check_email(email)
        changed = msgspec.structs.replace(user, **fields, updated_at=self._clock(), revision=user.revision + 1)
        await self._store.write_user(changed, user.revision)
        return changed

    async def set_profile(self, user: User, profile: Mapping[str, str]) -> User:
        """Change what somebody says of themselves; an empty value removes a field."""
        kept = {name: text for name, text in {**user.profile, **profile}.items() if text}
        if len(kept) > _PROFILE_FIELDS or any(len(text.encode()) > _PROFILE_BYTES for text in kept.values()):
            raise Invalid("the profile is too large", f"each field may have {_PROFILE_BYTES} bytes")
        return await self.change(user, profile=kept)

    async def set_password(self, user: User, password: str) -> User:
        """Give a user another password."""
        return await self.change(user, password_hash=await self._passwords.hash(password))

    async def check_password(self, name: str, password: str, address: str) -> User:
        """Return the user whose password it is; raise NotSignedIn, or TooOften for who guesses.

        The answer to a wrong name is the one to a wrong password, and takes as long. Passwords from one address are
        compared one after the other, so that of many guesses at once each waits for what came of those before it.
        """
        lock = self._guessing.setdefault(address, asyncio.Lock())
        async with lock:
            return await self._check_password(name, password, address)

    async def _check_password(self, name: str, password: str, address: str) -> User:
        # The pair slows down who guesses at one account; the address alone, who tries one password on many.
        guesses = (f"password {name.casefold()} {address}", f"address {address}")
        self._attempts.check(*guesses)
        user = await self._store.find_user(name)
        hashed = user.password_hash if user is not None and not user.disabled else ""
        if not await self._passwords.matches(hashed, password) or user is None:
            self._attempts.failed(*guesses)
            raise NotSignedIn("the user name or the password is wrong", "check both; case counts")
        self._attempts.succeeded(guesses[0])
        return user

    # One-time passwords

    async def check_otp(self, user: User, otp: str) -> User:
        """Take a one-time password or a recovery code; raise OtpWanted for none or a wrong one."""
        factor = user.second_factor
        if factor is None or factor.pending:
            return user
        if not otp:
            raise OtpWanted("this takes a one-time password as well", "send it, e.g. with --otp=123456")
        if self._takes_pass(user, otp):
            return user
        guess = f"otp {user.name.casefold()}"
        self._attempts.check(guess)
        taken = _take(factor, otp.strip(), self._clock() / 1000)
        if taken is None:
            self._attempts.failed(guess)
            raise OtpWanted("the one-time password is wrong or was used", "wait for the next one and send that")
        self._attempts.succeeded(guess)
        # Written with the revision that was read: of two requests with the same password one fails.
        try:
            return await self.change(user, second_factor=taken)
        except Conflict:
            raise OtpWanted("the one-time password was used", "wait for the next one and send that") from None

    def give_pass(self, user: User) -> str:
        """Make what counts once in place of a one-time password, for who has just shown theirs on a page of ours.

        A client can be handed it, while the password that was shown counts no longer.
        """
        given = secrets.token_urlsafe(24)
        self._passes[given] = (user.name, Moment(self._clock() + _PASS_MS))
        while len(self._passes) > _PASSES:
            del self._passes[next(iter(self._passes))]
        return given

    async def begin_otp(self, user: User, mode: OtpMode) -> tuple[User, str]:
        """Give a user a new secret, which counts once a password made of it was shown; return its otpauth address."""
        secret = secrets.token_bytes(20)
        factor = SecondFactor(secret, mode, pending=True)
        begun = await self.change(user, second_factor=factor)
        return begun, self.otp_address(begun)

    def otp_address(self, user: User) -> str:
        """Give the otpauth address of a secret that does not count yet; empty where there is none."""
        factor = user.second_factor
        return otpauth(factor.secret, _ISSUER, user.name) if factor is not None and factor.pending else ""

    async def confirm_otp(self, user: User, otp: str) -> tuple[User, tuple[str, ...]]:
        """Let the secret count; return the recovery codes, which are never shown again."""
        factor = user.second_factor
        if factor is None or not factor.pending:
            raise Invalid("no one-time passwords are being set up", "begin once more")
        step = matching_step(factor.secret, otp.strip(), self._clock() / 1000)
        if step is None:
            raise OtpWanted("the one-time password is wrong", "check the clock of the device")
        codes = tuple(secrets.token_hex(10) for _ in range(_RECOVERY_CODES))
        hashes = tuple(_hash(code) for code in codes)
        confirmed = msgspec.structs.replace(factor, pending=False, recovery=hashes, last_step=step)
        return await self.change(user, second_factor=confirmed), codes

    async def set_otp_mode(self, user: User, mode: OtpMode) -> User:
        """Change when one-time passwords are asked for."""
        if user.second_factor is None:
            raise Invalid("this user has no one-time passwords")
        return await self.change(user, second_factor=msgspec.structs.replace(user.second_factor, mode=mode))

    async def end_otp(self, user: User) -> User:
        """Ask for no one-time passwords any more."""
        return await self.change(user, second_factor=None)

    def _takes_pass(self, user: User, given: str) -> bool:
        name, until = self._passes.get(given, ("", Moment(0)))
        if name != user.name:
            return False
        del self._passes[given]
        return until > self._clock()


def check_name(name: str) -> None:
    """Raise Invalid for what cannot be the name of a user, an organisation or a team."""
    if not _NAME.fullmatch(name) or name.casefold() in _TAKEN:
        raise Invalid(f"{name[:80]!r} cannot be a name", "take letters, digits, `.`, `_` and `-`, at most 64")


def _check_email(email: str) -> None:
    if email and not _EMAIL.fullmatch(email):
        raise Invalid(f"{email[:80]!r} is not an e-mail address", "write it as ada@team.example, or leave it out")


def _take(factor: SecondFactor, otp: str, now_s: float) -> SecondFactor | None:
    """Use a password or code up; None if it does not count."""
    step = matching_step(factor.secret, otp, now_s)
    if step is not None and step > factor.last_step:
        return msgspec.structs.replace(factor, last_step=step)
    hashed = _hash(otp)
    if hashed in factor.recovery:
        left = tuple(each for each in factor.recovery if each != hashed)
        return msgspec.structs.replace(factor, recovery=left)
    return None


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
