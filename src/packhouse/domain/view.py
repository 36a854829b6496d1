"""Through which door, as of when and for whom a question is asked."""

from msgspec import Struct

from packhouse.domain.actor import ANYONE, Actor
from packhouse.domain.package import Moment


class View(Struct, frozen=True):
    """Every service call takes one."""

    registry: str = "default"
    as_of: Moment | None = None
    """Only what was published up to this moment exists; None for now."""
    actor: Actor = ANYONE
    """Who asks."""
