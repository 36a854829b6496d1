"""The pages of signing in: for oneself, and for a client that waits for somebody to do so."""

from collections.abc import Callable

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import User
from packhouse.domain.actor import Actor, Proof
from packhouse.domain.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    NotPermitted,
    NotSignedIn,
    OtpWanted,
    PackhouseError,
    TooOften,
)
from packhouse.http.answers import Answer
from packhouse.http.callers import COOKIE
from packhouse.http.problems import code_of
from packhouse.http.request import Request
from packhouse.services.people import People
from packhouse.services.ports import Clock
from packhouse.services.sign_in import SignIn
from packhouse.web.addresses import Addresses
from packhouse.web.forms import FormTokens, read_form, refused, see_other, with_form
from packhouse.web.wording import When, when

Page = Callable[..., Answer]
"""Fills a template in: its name, the addresses, and what else it takes."""

_ASKED_AGAIN = (NotSignedIn, TooOften, Invalid, Conflict)
"""Errors that are told above the form, which can be sent once more."""


class Waiting(Struct, frozen=True):
    """The client that waits, as the page tells of it."""

    purpose: str
    user: str
    address: str
    client: str
    begun: When | None


class SignInPages:
    """The pages `/ui/login`, `/ui/login/<page>`, `/ui/register` and `/ui/logout`."""

    def __init__(self, people: People, tokens: FormTokens, clock: Clock, page: Page) -> None:
        self._people = people
        self._tokens = tokens
        self._clock = clock
        self._page = page

    async def login(self, request: Request, addresses: Addresses) -> Answer:
        """Show the form to sign in with, or take it."""
        if request.method == "POST":
            return await self._sign_in(request, addresses, None)
        if has_session(request.view.actor):
            return see_other(addresses.account)
        return self._form(addresses, None)

    async def login_for(self, request: Request, addresses: Addresses, page: str) -> Answer:
        """Show who waits to somebody who has signed in, and take their answer."""
        waiting = self._people.sign_ins.find(page)
        if not has_session(request.view.actor):
            if request.method == "POST":
                return await self._sign_in(request, addresses, waiting)
            return self._form(addresses, waiting)
        if request.method == "POST":
            return await self._answer(request, addresses, waiting)
        return self._question(request, addresses, waiting)

    async def register(self, request: Request, addresses: Addresses) -> Answer:
        """Make an account for whoever asks, where that is open to everybody."""
        if not self._people.registration:
            raise NotPermitted("nobody can make an account here for themselves", "ask an administrator for one")
        if request.method != "POST":
            return self._registration(addresses)
        form = await read_form(request)
        name, email = form.get("name", "").strip(), form.get("email", "").strip()
        try:
            if not form.get("password"):
                raise Invalid("the password is missing")
            user = await self._people.accounts.add(name, email, form["password"])
        except _ASKED_AGAIN as error:
            await self._note(request, "register", name, error)
            return refused(self._registration(addresses, error, name, email), error)
        await self._people.audit.done(request.view.actor, "register", f"user {user.name}")
        return see_other(addresses.account, await self._begin(request, user))

    async def logout(self, request: Request, addresses: Addresses) -> Answer:
        """End the session."""
        if request.method != "POST":
            raise NotAllowed("a session is ended by the button for it", "it is on the page of your account")
        form = await read_form(request)
        actor = request.view.actor
        if has_session(actor) and actor.proof is not None:
            self._tokens.check(request, form)
            await self._people.tokens.end(actor.user, actor.proof.token)
            await self._people.audit.done(actor, "sign out", f"user {actor.user}")
        return see_other(addresses.home, _cookie(request, addresses, "", 0))

    async def _sign_in(self, request: Request, addresses: Addresses, waiting: SignIn | None) -> Answer:
        form = await read_form(request)
        name, otp = form.get("name", "").strip(), form.get("otp", "").strip()
        accounts = self._people.accounts
        try:
            user = await accounts.check_password(name, form.get("password", ""), request.view.actor.address)
            user = await accounts.check_otp(user, otp)
        except _ASKED_AGAIN as error:
            await self._note(request, "sign in", name, error)
            return refused(self._form(addresses, waiting, error, name), error)
        cookie = await self._begin(request, user)
        if waiting is None:
            return see_other(addresses.account, cookie)
        if waiting.purpose == "otp" and waiting.user == user.name and user.second_factor is not None and otp:
            # They have just shown on this very page what the client needs; it could not be shown twice.
            self._people.sign_ins.answer(waiting.page, accounts.give_pass(user))
            return self._with_cookie(self._done(addresses, "otp", user.name), cookie)
        return see_other(addresses.login_for(waiting.page), cookie)

    async def _answer(self, request: Request, addresses: Addresses, waiting: SignIn) -> Answer:
        form, actor = await read_form(request), request.view.actor
        self._tokens.check(request, form)
        self._check_asked(waiting, actor)
        if form.get("do") == "deny":
            self._people.sign_ins.refuse(waiting.page)
            await self._people.audit.done(actor, "sign in refused", f"user {actor.user}", _told(waiting))
            return self._done(addresses, "denied", actor.user)
        if form.get("do") != "allow":
            raise Invalid("the form says neither yes nor no")
        user = await self._people.accounts.get(actor.user)
        if waiting.purpose == "otp":
            try:
                user = await self._people.accounts.check_otp(user, form.get("otp", "").strip())
            except (OtpWanted, TooOften) as error:
                await self._note(request, "one-time password", actor.user, error)
                return refused(self._question(request, addresses, waiting, error), error)
            self._people.sign_ins.answer(waiting.page, self._people.accounts.give_pass(user))
            return self._done(addresses, "otp", user.name)
        secret, token = await self._people.tokens.create(user, f"{waiting.client.partition(' ')[0]} by browser")
        self._people.sign_ins.answer(waiting.page, secret)
        await self._people.audit.done(actor, "sign in a client", f"token {token.key}", _told(waiting))
        return self._done(addresses, "token", user.name)

    def _check_asked(self, waiting: SignIn, actor: Actor) -> None:
        if waiting.user not in ("", actor.user):
            raise NotPermitted(f"this is for {waiting.user} to answer", f"you are signed in as {actor.user}")

    async def _begin(self, request: Request, user: User) -> str:
        """Begin a session, always a new one; return its cookie."""
        actor = request.view.actor
        if has_session(actor) and actor.proof is not None:
            await self._people.tokens.end(actor.user, actor.proof.token)
        secret, token = await self._people.tokens.begin_session(user, request.header(b"user-agent"))
        proof = Proof("session", token.key)
        somebody = await self._people.identification.of_user(user, actor.address, proof)
        await self._people.audit.done(somebody, "sign in", f"user {user.name}", "by browser")
        lasts_ms = (token.expires_at or token.created_at) - token.created_at
        return _cookie(request, Addresses(request.base), secret, lasts_ms // 1000)

    async def _note(self, request: Request, action: str, name: str, error: PackhouseError) -> None:
        await self._people.audit.failed(request.view.actor, action, f"user {name[:80]}", code_of(error), str(error))

    def _form(
        self,
        addresses: Addresses,
        waiting: SignIn | None,
        error: PackhouseError | None = None,
        name: str = "",
    ) -> Answer:
        registers = self._people.registration and waiting is None
        told = None if waiting is None else self._waiting(waiting)
        name = name or ("" if waiting is None else waiting.user)
        action = addresses.login if waiting is None else addresses.login_for(waiting.page)
        return with_form(
            self._page(
                "sign_in.html", addresses, waiting=told, error=error, name=name, action=action, registers=registers
            )
        )

    def _registration(
        self, addresses: Addresses, error: PackhouseError | None = None, name: str = "", email: str = ""
    ) -> Answer:
        return with_form(self._page("register.html", addresses, error=error, name=name, email=email))

    def _question(
        self, request: Request, addresses: Addresses, waiting: SignIn, error: PackhouseError | None = None
    ) -> Answer:
        self._check_asked(waiting, request.view.actor)
        return with_form(
            self._page(
                "sign_in_client.html",
                addresses,
                waiting=self._waiting(waiting),
                user=request.view.actor.user,
                action=addresses.login_for(waiting.page),
                form_token=self._tokens.of(request),
                error=error,
            )
        )

    def _done(self, addresses: Addresses, what: str, user: str) -> Answer:
        return self._page("signed_in_client.html", addresses, what=what, user=user)

    def _with_cookie(self, page: Answer, cookie: str) -> Answer:
        return msgspec.structs.replace(page, headers=(*page.headers, (b"set-cookie", cookie.encode())))

    def _waiting(self, waiting: SignIn) -> Waiting:
        begun = when(waiting.begun_at, self._clock())
        return Waiting(waiting.purpose, waiting.user, waiting.address, waiting.client, begun)


def has_session(actor: Actor) -> bool:
    """Tell whether somebody asks by the session of a browser."""
    return actor.signed_in and actor.proof is not None and actor.proof.kind == "session"


def require_session(actor: Actor) -> Actor:
    """Return who asks by the session of a browser; raise NotFound for who has none."""
    if not has_session(actor):
        raise NotFound("you are not signed in", "sign in on the page for it")
    return actor


def _told(waiting: SignIn) -> str:
    return f"{waiting.client[:80]} at {waiting.address}"


def _cookie(request: Request, addresses: Addresses, secret: str, lasts_s: int) -> str:
    # Strict: no other site can send it along, not even by a link.
    secure = "; Secure" if request.base.startswith("https:") else ""
    return f"{COOKIE}={secret}; Path={addresses.server or '/'}; Max-Age={lasts_s}; HttpOnly; SameSite=Strict{secure}"
