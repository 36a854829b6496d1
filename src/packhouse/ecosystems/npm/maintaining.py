"""Who may change a package that was published here: asked before a change, and once more at its moment."""

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Action, Actor, Operation
from packhouse.domain.errors import Conflict, NotFound, NotPermitted
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.npm.hosted import revision
from packhouse.policy.permission import allows, role_in
from packhouse.services.access import absent, not_permitted, require_user
from packhouse.services.assembly import Services
from packhouse.services.publishing import Hosted


async def require_maintainer(
    services: Services, view: View, key: PackageKey, operation: Operation | None = None
) -> Ownership:
    """Let who may change a package's owners and access pass, and return whose it is; raise as `require_published`."""
    return await require_published(services, view, key, "maintain", operation)


async def require_published(
    services: Services, view: View, key: PackageKey, action: Action, operation: Operation | None = None
) -> Ownership:
    """Let who may do something to a package that was published here pass, and return whose it is.

    Raise NotSignedIn, OtpWanted, NotPermitted; NotFound for a package that is hidden from the asker, and in the very
    same words for a name that nobody has used.
    """
    require_user(view.actor, write=False)
    ownership = await services.access.check_read(view, key)
    if ownership is None:
        await services.source.snapshot(view, key, "known")
        raise not_published_here(key)
    if ownership.removed_at is not None:
        raise absent(key)
    await services.access.require(view, action, key, operation)
    return ownership


def not_published_here(key: PackageKey) -> NotFound:
    """Make the error of a package that an upstream has."""
    return NotFound(f"{key} is not published here", "packages of upstreams are changed where they come from")


def check_publisher(actor: Actor, hosted: Hosted) -> None:
    """Let who may publish a package at the moment of the change pass; raise NotPermitted.

    Somebody else may just have been the first to use the name. That of a package which was removed stays its owners':
    who might publish it does not get to own it.
    """
    ownership = hosted.ownership
    if ownership is None:
        return
    action: Action = "publish" if ownership.removed_at is None else "maintain"
    if not allows(role_in(actor, hosted.key, ownership) or "reader", action):
        raise not_permitted("publish", hosted.key, None)


def maintained(actor: Actor, hosted: Hosted, rev: str | None = None) -> tuple[Index, Ownership]:
    """Return what is to be changed, if it is still there and the actor's to change at the moment of the change.

    Raise Conflict where it is not of the revision that the change was made from.
    """
    index, ownership = hosted.index, hosted.ownership
    if index is None or ownership is None or ownership.removed_at is not None:
        raise absent(hosted.key)
    if not allows(role_in(actor, hosted.key, ownership) or "reader", "maintain"):
        raise NotPermitted(f"you may no longer maintain {hosted.key}", "ask an owner")
    if rev is not None and rev != revision(index):
        raise Conflict("Document update conflict.", f"{hosted.key} has been changed meanwhile; read it again")
    return index, ownership
