"""Invitations to own packages in a dictionary, for tests."""

from collections.abc import Iterable, Sequence

from packhouse.domain.invitations import Invitation
from packhouse.domain.package import Moment, PackageKey


class MemoryInvitations:
    """Keeps invitations for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._invitations: dict[tuple[str, PackageKey, str], Invitation] = {}

    async def find_invitation(self, id: str) -> Invitation | None:  # noqa: A002 (the field's name)
        """Look an invitation up."""
        return next((each for each in self._invitations.values() if each.id == id), None)

    async def list_invitations_of(self, invitee: str) -> Sequence[Invitation]:
        """List the invitations of a user, oldest first."""
        return self._sorted(each for each in self._invitations.values() if each.invitee == invitee)

    async def list_invitations_to(self, origin: str, key: PackageKey) -> Sequence[Invitation]:
        """List the invitations to own a package, oldest first."""
        found = self._invitations.values()
        return self._sorted(each for each in found if (each.origin, each.key) == (origin, key))

    async def write_invitations(self, invitations: Sequence[Invitation]) -> None:
        """Store invitations, each in place of what the same user had to the same package."""
        for each in invitations:
            self._invitations[each.origin, each.key, each.invitee] = each

    async def drop_invitation(self, id: str) -> bool:  # noqa: A002 (the field's name)
        """Forget an invitation; tell whether it was there."""
        before = len(self._invitations)
        self._invitations = {place: each for place, each in self._invitations.items() if each.id != id}
        return len(self._invitations) < before

    async def drop_ended_invitations(self, before: Moment) -> None:
        """Forget all invitations that ended before a moment."""
        self._invitations = {place: each for place, each in self._invitations.items() if each.expires_at >= before}

    def _sorted(self, found: Iterable[Invitation]) -> list[Invitation]:
        return sorted(found, key=lambda each: (each.created_at, each.id))
