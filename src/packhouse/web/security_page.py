"""The page on which people change their password and set up one-time passwords."""

from base64 import b32encode
from typing import get_args

from markupsafe import Markup

from packhouse.domain.accounts import OtpMode, User
from packhouse.domain.errors import Invalid, NotSignedIn, PackhouseError, TooOften
from packhouse.http.answers import Answer
from packhouse.http.problems import code_of
from packhouse.http.request import Request
from packhouse.services.people import People
from packhouse.web.addresses import Addresses
from packhouse.web.forms import FormTokens, read_form, refused, see_other, with_form
from packhouse.web.sign_in_page import Page, has_session, require_session

_TOLD = (NotSignedIn, TooOften, Invalid)
_MODES: tuple[OtpMode, ...] = get_args(OtpMode)

FORMS = ("password", "begin", "confirm", "mode", "end")
"""What can be sent."""


class SecurityPages:
    """The pages under `/ui/account/security`; each form takes the password that counts now."""

    def __init__(self, people: People, tokens: FormTokens, page: Page) -> None:
        self._people = people
        self._accounts = people.accounts
        self._tokens = tokens
        self._page = page

    async def show(self, request: Request, addresses: Addresses) -> Answer:
        """Show the page; who has not signed in is led to where one does."""
        if not has_session(request.view.actor):
            return see_other(addresses.login)
        return await self._shown(request, addresses)

    async def act(self, request: Request, addresses: Addresses, what: str) -> Answer:
        """Take one of FORMS."""
        form = await read_form(request)
        actor = require_session(request.view.actor)
        self._tokens.check(request, form)
        action, work = {
            "password": ("password", self._password),
            "begin": ("otp begin", self._begin),
            "confirm": ("otp enable", self._confirm),
            "mode": ("otp mode", self._mode),
            "end": ("otp disable", self._end),
        }[what]
        try:
            page = await work(request, addresses, form)
        except _TOLD as error:
            await self._people.audit.failed(actor, action, f"user {actor.user}", code_of(error), str(error))
            return refused(await self._shown(request, addresses, error=error, failed=what), error)
        await self._people.audit.done(actor, action, f"user {actor.user}")
        return page

    async def _password(self, request: Request, addresses: Addresses, form: dict[str, str]) -> Answer:
        """Change the password; every other session and token ends, since somebody else may have made them."""
        new = form.get("new", "")
        if new != form.get("again", ""):
            raise Invalid("the two new passwords differ", "enter the same twice")
        user = await self._proven(request, form)
        await self._accounts.set_password(user, new)
        proof = request.view.actor.proof
        await self._people.tokens.end_all(user.name, but=proof.token if proof is not None else "")
        return await self._shown(request, addresses, done="password")

    async def _begin(self, request: Request, addresses: Addresses, form: dict[str, str]) -> Answer:
        user = await self._proven(request, form)
        if _counts(user):
            raise Invalid("one-time passwords are set up already", "end them first")
        await self._accounts.begin_otp(user, _mode(form))
        return see_other(f"{addresses.security}#otp")

    async def _confirm(self, request: Request, addresses: Addresses, form: dict[str, str]) -> Answer:
        user = await self._accounts.get(request.view.actor.user)
        _, codes = await self._accounts.confirm_otp(user, form.get("otp", ""))
        return await self._shown(request, addresses, codes=codes)

    async def _mode(self, request: Request, addresses: Addresses, form: dict[str, str]) -> Answer:
        user = await self._proven(request, form)
        await self._accounts.set_otp_mode(user, _mode(form))
        return see_other(f"{addresses.security}#otp")

    async def _end(self, request: Request, addresses: Addresses, form: dict[str, str]) -> Answer:
        user = await self._proven(request, form)
        await self._accounts.end_otp(user)
        return see_other(f"{addresses.security}#otp")

    async def _proven(self, request: Request, form: dict[str, str]) -> User:
        """Return the user whose password stands in the form, and one-time password where they have them."""
        actor = request.view.actor
        user = await self._accounts.check_password(actor.user, form.get("password", ""), actor.address)
        return await self._accounts.check_otp(user, form.get("otp", "").strip())

    async def _shown(
        self,
        request: Request,
        addresses: Addresses,
        *,
        done: str = "",
        codes: tuple[str, ...] = (),
        error: PackhouseError | None = None,
        failed: str = "",
    ) -> Answer:
        user = await self._accounts.get(request.view.actor.user)
        factor = user.second_factor
        pending = factor is not None and factor.pending
        address = self._accounts.otp_address(user)
        return with_form(
            self._page(
                "security.html",
                addresses,
                user=user,
                mode=factor.mode if factor is not None and not pending else "",
                left=len(factor.recovery) if factor is not None else 0,
                pending=pending,
                address=address,
                code=_drawn(address) if address else "",
                secret=_spelt(factor.secret) if factor is not None and pending else "",
                done=done,
                codes=codes,
                errors={form: error if form == failed else None for form in FORMS},
                form_token=self._tokens.of(request),
            )
        )


def _counts(user: User) -> bool:
    return user.second_factor is not None and not user.second_factor.pending


def _mode(form: dict[str, str]) -> OtpMode:
    for mode in _MODES:
        if form.get("mode") == mode:
            return mode
    raise Invalid("the form does not say when one-time passwords are asked for")


def _spelt(secret: bytes) -> str:
    """Write a secret in groups of four, as people copy it."""
    text = b32encode(secret).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _drawn(address: str) -> Markup:
    """Draw an address as a QR code: a picture that stands in the page, so that nobody else is sent the secret."""
    import segno  # noqa: PLC0415 (start-up time)

    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff", title="QR code")
    return Markup(drawn)  # noqa: S704 (modules of a code and nothing of the address)
