"""Who a request comes from, before anything of it is read."""

from collections.abc import Sequence
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from packhouse.domain.actor import Actor
from packhouse.domain.errors import (
    Conflict,
    Invalid,
    NotPermitted,
    NotSignedIn,
    PackhouseError,
    Refused,
    TooLarge,
    TooOften,
)
from packhouse.http.problems import code_of
from packhouse.http.public import PublicAddress
from packhouse.http.request import Request
from packhouse.services.audit import Audit
from packhouse.services.identification import Identification
from packhouse.services.secrets import is_secret

COOKIE = "packhouse_session"
READS = frozenset(("GET", "HEAD", "OPTIONS"))

_BEFORE_SECRETS = frozenset(("accept", "confirm"))
"""Whoever knows what comes behind these in a path need not sign in for it."""

_REFUSALS = (NotSignedIn, NotPermitted, TooOften, Conflict, Refused)
_MISTAKES = (Invalid, TooLarge)


class Callers:
    """Makes actors of headers, and writes down the writes that were refused."""

    def __init__(self, identification: Identification, audit: Audit, address: PublicAddress) -> None:
        self._identification = identification
        self._audit = audit
        self._address = address

    async def identify(self, request: Request, peer: str | None, names: Sequence[bytes]) -> Actor:
        """Return who asks; raise TooOften for who guesses, Invalid for two different credentials at once.

        `names` are those of all headers: a repeated one is not to be believed.
        """
        if names.count(b"authorization") > 1:
            raise Invalid("the request has more than one Authorization header", "send one")
        address = self._address.client(request.headers, peer)
        sent = request.header(b"authorization")
        if not sent and b"cookie" in request.headers and is_from_us(request):
            secret = _cookie(request.header(b"cookie"))
            sent = f"Bearer {secret}" if secret else ""
        # Clients send it with every request of a command; reading does not take one, and must not use it up.
        otp = "" if request.method in READS else request.header(b"npm-otp")
        return await self._identification.identify(sent, address, otp)

    async def refused(self, request: Request, error: PackhouseError) -> None:
        """Write down a write that was refused."""
        actor = request.view.actor
        if request.method in READS:
            return
        if not isinstance(error, _REFUSALS) and not (actor.signed_in and isinstance(error, _MISTAKES)):
            return
        await self._audit.failed(actor, request.method, without_secrets(request.raw_path), code_of(error), str(error))


def is_from_us(request: Request) -> bool:
    """Tell whether a page of ours has sent this: no other site may write by somebody's session.

    A browser says where a write comes from in Origin, or in Sec-Fetch-Site; one that says neither is not believed.
    """
    if request.method in READS:
        return True
    origin = request.header(b"origin")
    if origin:
        ours = urlsplit(request.base)
        return origin == f"{ours.scheme}://{ours.netloc}"
    return request.header(b"sec-fetch-site") == "same-origin"


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value.strip('"')
    return ""


def without_secrets(raw_path: bytes) -> str:
    """Write a path for a log: no secret of a token or invitation, no character that a terminal obeys."""
    parts = raw_path[:400].decode("latin-1").split("/")
    plain = [unquote(part) for part in parts]
    hidden = [is_secret(part) or before in _BEFORE_SECRETS for before, part in pairwise(("", *plain))]
    return ascii("/".join("..." if hide else part for hide, part in zip(hidden, parts, strict=True)))[1:-1]
