"""The page of who has signed in: who they are, their tokens, their packages."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from packhouse.domain.accounts import Token, User
from packhouse.domain.actor import Limit, Operation
from packhouse.domain.errors import Invalid, NotSignedIn, PackhouseError, TooOften
from packhouse.domain.package import Moment
from packhouse.http.answers import Answer
from packhouse.http.problems import code_of
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.services.people import People
from packhouse.services.ports import Clock
from packhouse.web.addresses import Addresses
from packhouse.web.forms import FormTokens, read_form, refused, see_other, with_form
from packhouse.web.invitation_forms import InvitationForms
from packhouse.web.sign_in_page import Page, has_session, require_session
from packhouse.web.wording import When, when

_DAY_MS = 86_400_000
_LONGEST_DAYS = 3650
_MOST_PACKAGES = 500
_OPERATIONS: dict[Operation, str] = {
    "create": "publish new packages",
    "update": "publish new versions",
    "yank": "yank versions",
    "owners": "change owners",
    "trust": "change which builds are trusted",
}


class TokenRow(Struct, frozen=True):
    """A token in the table."""

    key: str
    prefix: str
    name: str
    created: When | None
    used: When | None
    expires: When | None
    marks: tuple[str, ...]
    """What it is limited to, in words."""


class OwnedRow(Struct, frozen=True):
    """A package in the list."""

    ecosystem: str
    name: str
    address: str
    restricted: bool


class AccountPages:
    """The pages under `/ui/account`."""

    def __init__(
        self, people: People, ecosystems: Mapping[str, Services], tokens: FormTokens, clock: Clock, page: Page
    ) -> None:
        self._people = people
        self._ecosystems = ecosystems
        self._tokens = tokens
        self._clock = clock
        self._page = page
        self._invitations = InvitationForms(ecosystems, clock)

    async def show(self, request: Request, addresses: Addresses) -> Answer:
        """Show the page; who has not signed in is led to where one does."""
        if not has_session(request.view.actor):
            return see_other(addresses.login)
        return await self._account(request, addresses)

    async def make_token(self, request: Request, addresses: Addresses) -> Answer:
        """Make a token, and show its secret this once."""
        form = await self._form(request)
        actor = request.view.actor
        try:
            days = _days(form.get("days", ""))
            user = await self._people.accounts.check_password(actor.user, form.get("password", ""), actor.address)
            user = await self._people.accounts.check_otp(user, form.get("otp", "").strip())
            secret, token = await self._people.tokens.create(
                user,
                form.get("name", ""),
                read_only=form.get("read_only") == "yes",
                networks=[each for each in form.get("networks", "").replace(",", " ").split() if each],
                expires_at=None if days is None else Moment(self._clock() + days * _DAY_MS),
                limits=_limits(form),
            )
        except (NotSignedIn, TooOften, Invalid) as error:
            await self._people.audit.failed(actor, "token create", f"user {actor.user}", code_of(error), str(error))
            page = await self._account(request, addresses, error=error, form=form)
            return refused(page, error)
        await self._people.audit.done(actor, "token create", f"token {token.key}", token.name)
        return await self._account(request, addresses, secret=secret)

    async def end_token(self, request: Request, addresses: Addresses) -> Answer:
        """End a token."""
        form = await self._form(request)
        actor = request.view.actor
        token = await self._people.tokens.end(actor.user, form.get("key", ""))
        await self._people.audit.done(actor, "token revoke", f"token {token.key}", token.name)
        return see_other(addresses.account)

    async def answer_invitation(self, request: Request, addresses: Addresses) -> Answer:
        """Accept an invitation to own a package, or decline it."""
        await self._invitations.answer(request, await self._form(request))
        return see_other(addresses.account)

    async def _form(self, request: Request) -> dict[str, str]:
        form = await read_form(request)
        require_session(request.view.actor)
        self._tokens.check(request, form)
        return form

    async def _account(
        self,
        request: Request,
        addresses: Addresses,
        *,
        secret: str = "",
        error: PackhouseError | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        actor = request.view.actor
        user = await self._people.accounts.get(actor.user)
        now = self._clock()
        tokens = [_row(token, now) for token in await self._people.tokens.list(user.name)]
        return with_form(
            self._page(
                "account.html",
                addresses,
                user=user,
                since=when(user.created_at, now),
                groups=sorted(actor.groups),
                second_factor=_second_factor(user),
                tokens=tokens,
                owned=await self._owned(request, addresses),
                invitations=await self._invitations.rows(request),
                operations=_OPERATIONS,
                secret=secret,
                error=error,
                form={name: (form or {}).get(name, "") for name in ("name", "days", "networks")},
                form_token=self._tokens.of(request),
            )
        )

    async def _owned(self, request: Request, addresses: Addresses) -> Sequence[OwnedRow]:
        rows: list[OwnedRow] = []
        for services in self._ecosystems.values():
            key = services.ecosystem.key
            owned = await services.holdings.owned(request.view, request.view.actor.user)
            for package, ownership in list(owned.items())[: _MOST_PACKAGES - len(rows)]:
                address = addresses.package(key, package.name)
                rows.append(OwnedRow(services.ecosystem.title, package.name, address, ownership.restricted))
        return rows


def _row(token: Token, now: Moment) -> TokenRow:
    return TokenRow(
        key=token.key,
        prefix=token.prefix,
        name=token.name,
        created=when(token.created_at, now),
        used=when(token.last_used_at, now),
        expires=when(token.expires_at, now),
        marks=tuple(_marks(token, now)),
    )


def _marks(token: Token, now: Moment) -> Iterable[str]:
    if token.expires_at is not None and token.expires_at <= now:
        yield "expired"
    if token.read_only:
        yield "reads only"
    if token.bypass_otp:
        yield "without one-time passwords"
    for limit in token.limits[:20]:
        only = f" ({', '.join(limit.operations)} only)" if limit.operations else ""
        yield f"{', '.join(limit.actions) or 'nothing'} on {limit.ecosystem}/{limit.pattern}{only}"
    if token.networks:
        yield f"from {', '.join(token.networks[:10])}"


def _limits(form: Mapping[str, str]) -> tuple[Limit, ...]:
    """Read the operations that were ticked; none is no limit."""
    only: tuple[Operation, ...] = tuple(each for each in _OPERATIONS if form.get(f"only_{each}") == "yes")
    return (Limit(("read", "publish", "maintain"), operations=only),) if only else ()


def _second_factor(user: User) -> str:
    factor = user.second_factor
    if factor is None or factor.pending:
        return ""
    return "for signing in and every write" if factor.mode == "auth-and-writes" else "for signing in"


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _LONGEST_DAYS):
        raise Invalid("the number of days cannot be read", f"count from 1 to {_LONGEST_DAYS}, or leave it empty")
    return int(text)
