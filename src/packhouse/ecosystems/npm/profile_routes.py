"""The door of `npm profile`: what somebody says of themselves, their password, their one-time passwords."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from packhouse.domain.accounts import User
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.npm.proving import prove_password, require_otp
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.ecosystems.npm.user_routes import iso
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.access import require_user
from packhouse.services.people import People

FIELDS = ("fullname", "homepage", "freenode", "twitter", "github")
_UNVERIFIED = False
"""Nobody here sends e-mails, so that no address is known to be anybody's."""


class _Passwords(Struct):
    old: str
    new: str


class _SecondFactor(Struct):
    password: str | None = None
    mode: Literal["auth-only", "auth-and-writes", "disable"] | None = None


class _Profile(Struct):
    email: str | UnsetType | None = UNSET
    fullname: str | UnsetType | None = UNSET
    homepage: str | UnsetType | None = UNSET
    freenode: str | UnsetType | None = UNSET
    twitter: str | UnsetType | None = UNSET
    github: str | UnsetType | None = UNSET
    password: _Passwords | None = None
    tfa: list[str] | _SecondFactor | None = None

    def said(self) -> dict[str, str]:
        """Give the fields that were sent; null removes one."""
        sent = {name: getattr(self, name) for name in FIELDS}
        return {name: text or "" for name, text in sent.items() if text is not UNSET}


class ProfileRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._accounts = people.accounts

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [route("-/npm/v1/user", GET=self.show, POST=self.change)]

    async def show(self, request: Request) -> Answer:
        """Tell who asks what is known of them."""
        actor = require_user(request.view.actor, write=False)
        return json_answer(_shown(await self._accounts.get(actor.user)))

    async def change(self, request: Request) -> Answer:
        """Change fields, the password, or one-time passwords, of which a request does one."""
        actor = require_user(request.view.actor)
        asked = await read_small(request, _Profile)
        if isinstance(asked.tfa, list):
            return await self._confirm_otp(request, asked.tfa)
        if asked.tfa is not None:
            return await self._set_otp(request, asked.tfa)
        if asked.password is not None:
            return await self._set_password(request, asked.password)
        require_otp(request)
        user = await self._accounts.get(actor.user)
        email = user.email if isinstance(asked.email, UnsetType) else asked.email or ""
        changed = user
        if email != user.email:
            changed = await self._accounts.change(changed, email=email)
        if said := {name: text for name, text in asked.said().items() if text != user.profile.get(name, "")}:
            changed = await self._accounts.set_profile(changed, said)
        if changed is not user:
            fields = ", ".join(sorted([*said, *(["email"] if email != user.email else [])]))
            await self._audit(request, "npm profile set", fields)
        return json_answer(_shown(changed))

    async def _set_password(self, request: Request, asked: _Passwords) -> Answer:
        """Change the password; every other token and session ends, since somebody else may have made them."""
        user = await prove_password(self._people, request, asked.old)
        user = await self._accounts.set_password(user, asked.new)
        proof = request.view.actor.proof
        await self._people.tokens.end_all(user.name, but=proof.token if proof is not None else "")
        await self._audit(request, "npm profile set", "password")
        return json_answer(_shown(user))

    async def _set_otp(self, request: Request, asked: _SecondFactor) -> Answer:
        """Begin with one-time passwords, end them, or change when they are asked for."""
        # With a second factor that counts, this takes one: else a password would be enough to be rid of it.
        user = await prove_password(self._people, request, asked.password)
        counts = user.second_factor is not None and not user.second_factor.pending
        if asked.mode is None:
            raise Invalid("the mode of one-time passwords is missing", "send auth-only, auth-and-writes or disable")
        if asked.mode == "disable":
            user = await self._accounts.end_otp(user)
            await self._audit(request, "npm profile disable-2fa")
            return json_answer(_shown(user))
        if counts:
            user = await self._accounts.set_otp_mode(user, asked.mode)
            await self._audit(request, "npm profile enable-2fa", asked.mode)
            return json_answer(_shown(user))
        _, address = await self._accounts.begin_otp(user, asked.mode)
        return json_answer({"tfa": address})

    async def _confirm_otp(self, request: Request, passwords: list[str]) -> Answer:
        """Let one-time passwords count; tell the recovery codes, which are never shown again."""
        if len(passwords) != 1:
            raise Invalid("one one-time password is needed", "send the one that the device shows now")
        user = await self._accounts.get(request.view.actor.user)
        user, codes = await self._accounts.confirm_otp(user, passwords[0])
        mode = user.second_factor.mode if user.second_factor is not None else ""
        await self._audit(request, "npm profile enable-2fa", mode)
        return json_answer({"tfa": codes})

    async def _audit(self, request: Request, action: str, detail: str = "") -> None:
        actor = request.view.actor
        await self._people.audit.done(actor, action, f"user {actor.user}", detail)


def _shown(user: User) -> dict[str, object]:
    factor = user.second_factor
    return {
        "name": user.name,
        "email": user.email,
        "email_verified": _UNVERIFIED,
        "created": iso(user.created_at),
        "updated": iso(user.updated_at),
        "tfa": False if factor is None else {"mode": factor.mode, "pending": factor.pending},
        **{name: user.profile.get(name, "") for name in FIELDS},
        "cidr_whitelist": None,
    }
