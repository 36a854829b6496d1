"""Which page about people is at which address."""

from collections.abc import Mapping, Sequence

from packhouse.domain.errors import NotAllowed, PackhouseError
from packhouse.http.answers import Answer
from packhouse.http.problems import code_of
from packhouse.http.request import Request
from packhouse.services.assembly import Services
from packhouse.web.account_page import AccountPages
from packhouse.web.addresses import Addresses
from packhouse.web.forms import FormTokens
from packhouse.web.security_page import FORMS, SecurityPages
from packhouse.web.sign_in_page import Page, SignInPages

_METHODS = ("GET", "HEAD", "POST")


class PeopleDoor:
    """Answers for the pages on which people sign in and see their account."""

    def __init__(self, ecosystems: Mapping[str, Services], page: Page) -> None:
        """Take the services; people are the same for every ecosystem, and without one there are none."""
        self._built: tuple[SignInPages, AccountPages, SecurityPages] | None = None
        for services in ecosystems.values():
            tokens = FormTokens()
            people, clock = services.people, services.clock
            self._audit = people.audit
            self._built = (
                SignInPages(people, tokens, clock, page),
                AccountPages(people, ecosystems, tokens, clock, page),
                SecurityPages(people, tokens, page),
            )
            break

    async def open(self, request: Request, segments: Sequence[str], addresses: Addresses) -> Answer | None:
        """Answer if it is one of these pages; a form that was refused is written down."""
        if self._built is None:
            return None
        try:
            return await self._open(request, segments, addresses, *self._built)
        except PackhouseError as error:
            # Who is no browser is told the error by the site, which writes it down as well.
            if request.method == "POST" and "text/html" in request.header(b"accept"):
                place = "/".join(segments[:2])
                await self._audit.failed(request.view.actor, "POST", place, code_of(error), str(error))
            raise

    async def _open(
        self,
        request: Request,
        segments: Sequence[str],
        addresses: Addresses,
        sign_in: SignInPages,
        account: AccountPages,
        security: SecurityPages,
    ) -> Answer | None:
        match segments:
            case ["ui", "login"]:
                answer = sign_in.login(_checked(request), addresses)
            case ["ui", "login", page]:
                answer = sign_in.login_for(_checked(request), addresses, page)
            case ["ui", "register"]:
                answer = sign_in.register(_checked(request), addresses)
            case ["ui", "logout"]:
                answer = sign_in.logout(_checked(request), addresses)
            case ["ui", "account", "security", *form]:
                return await _secured(request, form, addresses, security)
            case ["ui", "account", *form]:
                return await _accounted(request, form, addresses, account)
            case _:
                return None
        return await answer


async def _accounted(
    request: Request, form: Sequence[str], addresses: Addresses, account: AccountPages
) -> Answer | None:
    match [request.method, *form]:
        case ["POST", "make-token"]:
            return await account.make_token(request, addresses)
        case ["POST", "end-token"]:
            return await account.end_token(request, addresses)
        case ["POST", "answer-invitation"]:
            return await account.answer_invitation(request, addresses)
        case ["GET" | "HEAD"] | ["GET" | "HEAD", "make-token"]:
            return await account.show(request, addresses)
    return None


async def _secured(
    request: Request, form: Sequence[str], addresses: Addresses, security: SecurityPages
) -> Answer | None:
    match [request.method, *form]:
        case ["POST", what] if what in FORMS:
            return await security.act(request, addresses, what)
        case ["GET" | "HEAD"] | ["GET" | "HEAD", _]:
            return await security.show(request, addresses)
    return None


def _checked(request: Request) -> Request:
    if request.method not in _METHODS:
        raise NotAllowed(f"{request.method[:20]} is not possible here", "use GET or POST")
    return request
