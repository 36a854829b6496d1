"""Invitations to own a package: from one of its owners to a user, who accepts or declines."""

from msgspec import Struct

from packhouse.domain.package import Moment, PackageKey


class Invitation(Struct, frozen=True):
    """That somebody may become an owner of a package, if they want to."""

    id: str
    origin: str
    """Where the package is: `hosted:<registry>`."""
    key: PackageKey
    invitee: str
    inviter: str
    created_at: Moment
    expires_at: Moment
