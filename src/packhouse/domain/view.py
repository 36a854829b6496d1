"""Through which door, as of when and for whom a question is asked."""

from msgspec import Struct

from packhouse.domain.actor import ANYONE, Actor
from packhouse.domain.package import Moment


class Sight(Struct, eq=False):
    """What one request has been shown so far."""

    restricted: bool = False
    """Something that not everybody may see: the answer is for this client alone."""
    withheld: bool = False
    """Something was left out that others may see. Nothing in the answer says so, and it is not repeated to others."""


class View(Struct, frozen=True):
    """Every service call takes one."""

    registry: str = "default"
    as_of: Moment | None = None
    """Only what was published up to this moment exists; None for now."""
    actor: Actor = ANYONE
    """Who asks."""
    sight: Sight | None = None
    """Where to note what is shown; None where nobody wants to know."""

    @property
    def anyone(self) -> "View":
        """The same registry at the same time, as everybody sees it."""
        return View(self.registry, self.as_of)

    @property
    def origin(self) -> str:
        """The origin of what was published in this registry."""
        return f"hosted:{self.registry}"
