"""Who may change a crate that was published here: asked before a change, and once more at its moment."""

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Action, Actor, Operation
from packhouse.domain.errors import NotFound, NotPermitted
from packhouse.domain.index import Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.asking import crate_key
from packhouse.ecosystems.cargo.names import identity
from packhouse.policy.permission import allows, role_in
from packhouse.services.access import absent, not_permitted, require_user
from packhouse.services.assembly import Services
from packhouse.services.publishing import Hosted

NOT_AN_OWNER = (
    "this crate exists but you don't seem to be an owner. If you believe this is a mistake, perhaps you need to accept"
    " an invitation to be an owner before publishing."
)


async def find_key(services: Services, view: View, raw: str) -> PackageKey:
    """Find the crate that is meant by a name in any spelling; raise NotFound for what is no name at all."""
    key = crate_key(services, raw)
    spelt = await services.access.spelling(view, key)
    if spelt is None or spelt == key or not await services.access.may_read(view, spelt):
        return key
    return spelt


async def require_published(
    services: Services, view: View, key: PackageKey, action: Action, operation: Operation | None = None
) -> Ownership:
    """Let who may do something to a crate that was published here pass, and return whose it is.

    Raise NotSignedIn, OtpWanted, NotPermitted; NotFound for a crate that is hidden from the asker, and in the very
    same words for a name that nobody has used.
    """
    require_user(view.actor, write=False)
    ownership = await services.access.check_read(view, key)
    if ownership is None:
        await services.source.snapshot(view, key, "known")
        raise NotFound(f"{key} is not published here", "crates of upstreams are changed where they come from")
    if ownership.removed_at is not None:
        raise absent(key)
    await services.access.require(view, action, key, operation)
    return ownership


def check_publisher(actor: Actor, hosted: Hosted) -> None:
    """Let who may publish a crate at the moment of the change pass; raise NotPermitted.

    Somebody else may just have been the first to use the name. That of a crate which was removed stays its owners'.
    """
    ownership = hosted.ownership
    if ownership is None:
        return
    action: Action = "publish" if ownership.removed_at is None else "maintain"
    if not allows(role_in(actor, hosted.key, ownership, identity) or "reader", action):
        raise not_permitted("publish", hosted.key, None)


def changeable(actor: Actor, hosted: Hosted, action: Action) -> tuple[Index, Ownership, Moment]:
    """Return what is to be changed and when, if it is still there and the actor's to change at that moment."""
    index, ownership = hosted.index, hosted.ownership
    if index is None or ownership is None or ownership.removed_at is not None:
        raise absent(hosted.key)
    if not allows(role_in(actor, hosted.key, ownership, identity) or "reader", action):
        raise NotPermitted(f"you may no longer {action} {hosted.key}", "ask an owner")
    return index, ownership, hosted.now
