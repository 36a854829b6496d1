"""With whose eyes a hook sees: its owner's, as they are at that moment."""

from collections.abc import Mapping

from packhouse.domain.events import Event
from packhouse.domain.hooks import Hook
from packhouse.domain.view import View
from packhouse.services.access import Access
from packhouse.services.account_ports import UserStore
from packhouse.services.identification import Identification


class HookViews:
    """Finds the views of owners of hooks."""

    def __init__(self, users: UserStore, identification: Identification, access: Mapping[str, Access]) -> None:
        """Take who decides for each ecosystem, by its key."""
        self._users = users
        self._identification = identification
        self._access = access

    async def find(self, hook: Hook, event: Event) -> View | None:
        """Return the owner's view of a package; None if they may not read it, or are gone or disabled."""
        user = await self._users.find_user(hook.owner)
        access = self._access.get(event.key.ecosystem)
        if user is None or user.disabled or access is None:
            return None
        view = View(hook.registry, actor=await self._identification.of_user(user, "", None))
        return view if await access.may_read(view, event.key) else None
