"""Who asks at the parts of the Web API that are about people, and what they send."""

from typing import TypeVar

from packhouse.domain.actor import Actor
from packhouse.domain.errors import NotPermitted, NotSignedIn
from packhouse.ecosystems.cargo.trust_forms import read_form
from packhouse.http.request import Request
from packhouse.services.access import require_user

T = TypeVar("T")

_BODY_BYTES = 64 << 10


def require_somebody(request: Request, *, write: bool = False) -> Actor:
    """Return who asks; refuse nobody in the words of the public registry, where this is no reason to send a token."""
    actor = request.view.actor
    if not actor.signed_in and not actor.rejected:
        raise NotPermitted("this action requires authentication")
    try:
        return require_user(actor, write=write)
    except NotSignedIn as error:
        raise NotPermitted(f"authentication failed: {error.message}") from None


async def read_small(request: Request, form: type[T]) -> T:
    """Read a body of that form; raise Invalid or TooLarge."""
    return read_form(await request.read_body(_BODY_BYTES), form)
