"""What the doors for people stand on: the services about packages that are published here."""

from typing import Protocol

from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Conflict, NotPermitted
from packhouse.domain.index import Index
from packhouse.policy.permission import allows, role_in
from packhouse.services.access import Access, absent
from packhouse.services.holdings import Holdings
from packhouse.services.people import People
from packhouse.services.publishing import Hosted, Publishing
from packhouse.services.sources.source import Source


class Desk(Protocol):
    """The services that these doors take."""

    @property
    def ecosystem(self) -> Ecosystem:
        """Whose door it is."""

    @property
    def source(self) -> Source:
        """Where packages are read."""

    @property
    def people(self) -> People:
        """Accounts and organisations."""

    @property
    def access(self) -> Access:
        """Who may do what."""

    @property
    def publishing(self) -> Publishing:
        """Changes to packages."""

    @property
    def holdings(self) -> Holdings:
        """What people own and have starred."""


def maintained(actor: Actor, hosted: Hosted, generation: int | None = None) -> tuple[Index, Ownership]:
    """Return what is to be changed, if it is still there and the actor's to change at the moment of the change.

    Raise Conflict where it is not of the generation that the change was made from.
    """
    index, ownership = hosted.index, hosted.ownership
    if index is None or ownership is None or ownership.removed_at is not None:
        raise absent(hosted.key)
    if not allows(role_in(actor, hosted.key, ownership) or "reader", "maintain"):
        raise NotPermitted(f"you may no longer maintain {hosted.key}", "ask an owner")
    if generation is not None and generation != hosted.generation:
        raise Conflict("Document update conflict.", f"{hosted.key} has been changed meanwhile; read it again")
    return index, ownership
