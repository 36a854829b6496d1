"""Who asks /api for something, what they send, and how moments are written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid, NotPermitted, OtpWanted
from packhouse.domain.package import Moment
from packhouse.http.request import Request
from packhouse.services.access import require_user

T = TypeVar("T")

OTP_HEADER = b"npm-otp"
"""That of the first clients that knew one-time passwords; it is read for every door."""
_LIMIT_BYTES = 64 << 10
_PAGE = 100
_LARGEST_PAGE = 1000


async def read_body(request: Request, form: type[T]) -> T:
    """Read a JSON body as a value of that form; raise Invalid."""
    body = await request.read_body(_LIMIT_BYTES)
    try:
        return msgspec.json.decode(body or b"{}", type=form)
    except RecursionError:
        raise Invalid("the body is nested too deeply") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"the body cannot be read: {error}") from None


def require_reader(actor: Actor) -> Actor:
    """Return who asks about their own account."""
    return require_user(actor, write=False)


def require_writer(actor: Actor) -> Actor:
    """Return who changes something of their own, with the one-time password that this takes."""
    require_user(actor)
    if actor.otp == "writes":
        raise OtpWanted("this takes a one-time password as well", f"send it in the header {OTP_HEADER.decode()}")
    return actor


def require_administrator(actor: Actor, *, write: bool = False) -> Actor:
    """Return who asks if they may administer the server with the credentials that they have sent."""
    require_writer(actor) if write else require_reader(actor)
    if not actor.administrator:
        raise NotPermitted("this is for administrators", "ask one, or run the command of the same name")
    if actor.proof is not None and actor.proof.limits:
        raise NotPermitted("the token that was used is limited to packages", "use another, or sign in")
    return actor


def page_size(request: Request) -> int:
    """Read how many entries are wanted."""
    return min(number(request, "limit", _PAGE), _LARGEST_PAGE) or _PAGE


def number(request: Request, name: str, default: int, digits: int = 15) -> int:
    """Read a number of the query; raise Invalid."""
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= digits):
        raise Invalid(f"{name} is not a number", "count from 0")
    return int(text)


def time_of(moment: Moment | None) -> str | None:
    """Write a moment."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment_of(at: datetime) -> Moment:
    """Read a moment that somebody wrote; raise Invalid for one without its zone."""
    if at.tzinfo is None:
        raise Invalid("a time needs its zone", "write it as 2026-08-11T12:00:00Z")
    return Moment(int(at.timestamp() * 1000))


def names(values: Sequence[str]) -> tuple[str, ...]:
    """Put names in their order."""
    return tuple(sorted(values))
