"""Who asks at the parts of the Web API that are about people, and what they send."""

from typing import TypeVar

from packhouse.domain.actor import Actor
from packhouse.domain.errors import Invalid, NotFound, NotPermitted, NotSignedIn
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.cargo.names import parse_name
from packhouse.ecosystems.cargo.trust_forms import read_form
from packhouse.http.request import Request
from packhouse.services.access import require_user
from packhouse.services.assembly import Services

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


def crate_key(services: Services, name: str) -> PackageKey:
    """Read the name of a crate; raise NotFound for what is none, as for a crate that is not there."""
    try:
        return PackageKey(services.ecosystem.key, parse_name(name))
    except Invalid:
        raise NotFound(f"crate `{name[:80]}` does not exist") from None
