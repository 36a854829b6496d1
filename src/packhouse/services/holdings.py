"""What people hold: the packages that they own, and those that they have starred."""

from collections.abc import Sequence
from typing import Protocol

from packhouse.domain.accounts import Ownership
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.package import PackageKey
from packhouse.domain.view import View
from packhouse.services.access import Access


class HoldingsStore(Protocol):
    """Where packages, their owners and stars are; an origin is `hosted:<registry>`."""

    async def list_owned(self, origin: str, ecosystem: str, owner: str | None) -> dict[PackageKey, Ownership]:
        """List the packages of one owner, or of all (None), by name; removed ones are left out."""

    async def list_starred(self, origin: str, ecosystem: str, user: str) -> Sequence[PackageKey]:
        """List the packages that a user has starred, by name."""

    async def write_star(self, origin: str, key: PackageKey, user: str, starred: bool) -> None:  # noqa: FBT001 (a value)
        """Note that a user has starred a package, or no longer does; it need not be published here."""


class Holdings:
    """Lists what the asker may see of it; the rest is left out without a trace."""

    def __init__(self, ecosystem: Ecosystem, store: HoldingsStore, access: Access) -> None:
        self._ecosystem = ecosystem
        self._store = store
        self._access = access

    async def owned(self, view: View, owner: str | None) -> dict[PackageKey, Ownership]:
        """List the packages that somebody owns, or all that are published here (None); asks nobody who may see them.

        For those that are shown, ask `visible`.
        """
        return await self._store.list_owned(view.origin, self._ecosystem.key, owner)

    async def visible(self, view: View, keys: Sequence[PackageKey]) -> list[PackageKey]:
        """Leave out what the asker may not see."""
        return [key for key in keys if await self._access.may_read(view, key)]

    async def starred(self, view: View, user: str) -> list[PackageKey]:
        """List what a user has starred."""
        return await self.visible(view, await self._store.list_starred(view.origin, self._ecosystem.key, user))

    async def star(self, view: View, key: PackageKey, *, starred: bool) -> None:
        """Note a star for a package of an upstream, whose document stays as it is; whoever may is asked before."""
        await self._store.write_star(view.origin, key, view.actor.user, starred)
