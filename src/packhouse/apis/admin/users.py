"""/api/users: accounts, for administrators."""

from typing import Literal

from msgspec import Struct

from packhouse.apis.admin.asking import (
    page_size,
    read_body,
    require_administrator,
    require_reader,
    time_of,
)
from packhouse.domain.accounts import User
from packhouse.domain.errors import Invalid
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.people import People


class UserAnswer(Struct, frozen=True, rename="camel"):
    """An account; neither its password nor its secrets."""

    name: str
    email: str
    administrator: bool
    disabled: bool
    has_password: bool
    one_time_passwords: str
    """off, auth-only or auth-and-writes."""
    created_at: str | None
    updated_at: str | None
    profile: dict[str, str]


class UsersAnswer(Struct, frozen=True, rename="camel"):
    """A page of accounts, by name."""

    users: tuple[UserAnswer, ...]
    next: str | None
    """What to send as `after` for the following page."""


class NewUser(Struct, rename="camel", forbid_unknown_fields=True):
    """An account that is to be made."""

    name: str
    email: str = ""
    password: str = ""
    administrator: bool = False


class UserChange(Struct, rename="camel", forbid_unknown_fields=True):
    """What is to be changed of an account."""

    email: str | None = None
    password: str | None = None
    administrator: bool | None = None
    disabled: bool | None = None
    one_time_passwords: Literal["off"] | None = None

    def fields(self) -> dict[str, object]:
        """Give the fields of an account that were sent, but for the password, which is hashed first."""
        sent = {"email": self.email, "administrator": self.administrator, "disabled": self.disabled}
        ended: dict[str, object] = {"second_factor": None} if self.one_time_passwords == "off" else {}
        return {name: value for name, value in sent.items() if value is not None} | ended

    def changed(self) -> list[str]:
        """Name what was sent, without its values."""
        return sorted([*self.fields(), *([] if self.password is None else ["password"])])


class UserRoutes:
    """The handlers."""

    def __init__(self, people: People) -> None:
        self._people = people

    def routes(self) -> list[Route]:
        """List the addresses."""
        return [
            route("users", GET=self.users, POST=self.add),
            route("users/{name}", GET=self.user, PATCH=self.change),
        ]

    async def users(self, request: Request) -> Answer:
        """List accounts."""
        require_administrator(request.view.actor)
        limit = page_size(request)
        found = await self._people.accounts.list(request.query.get("after", ""), limit + 1)
        more = found[limit - 1].name if len(found) > limit else None
        return json_answer(UsersAnswer(tuple(user_answer(user) for user in found[:limit]), more))

    async def user(self, request: Request, name: str) -> Answer:
        """Show an account to its user or an administrator."""
        if require_reader(request.view.actor).user != name:
            require_administrator(request.view.actor)
        return json_answer(user_answer(await self._people.accounts.get(name)))

    async def add(self, request: Request) -> Answer:
        """Make an account; without a password it signs in by tokens only."""
        actor = require_administrator(request.view.actor, write=True)
        asked = await read_body(request, NewUser)
        user = await self._people.accounts.add(
            asked.name, asked.email, asked.password, administrator=asked.administrator
        )
        await self._people.audit.done(actor, "user add", f"user {user.name}")
        return json_answer(user_answer(user), 201)

    async def change(self, request: Request, name: str) -> Answer:
        """Change an account; a new password ends its tokens and sessions, and so does disabling it."""
        actor = require_administrator(request.view.actor, write=True)
        asked = await read_body(request, UserChange)
        if actor.user == name and (asked.disabled or asked.administrator is False):
            raise Invalid("administrators cannot shut themselves out", "let another one do it")
        accounts = self._people.accounts
        user = await accounts.get(name)
        fields = asked.fields()
        if fields:
            user = await accounts.change(user, **fields)
        if asked.password is not None:
            user = await accounts.set_password(user, asked.password)
        if asked.disabled or asked.password is not None:
            await self._people.tokens.end_all(name)
        await self._people.audit.done(actor, "user change", f"user {name}", ", ".join(asked.changed()))
        return json_answer(user_answer(user))


def user_answer(user: User) -> UserAnswer:
    """Tell of an account what may be told."""
    factor = user.second_factor
    return UserAnswer(
        name=user.name,
        email=user.email,
        administrator=user.administrator,
        disabled=user.disabled,
        has_password=bool(user.password_hash),
        one_time_passwords="off" if factor is None or factor.pending else factor.mode,
        created_at=time_of(user.created_at),
        updated_at=time_of(user.updated_at),
        profile=user.profile,
    )
