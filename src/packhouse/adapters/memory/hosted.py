"""Packages that were published here, in dictionaries, for tests."""

from collections.abc import Callable, Sequence

import msgspec

from packhouse.domain.accounts import AuditEntry, Ownership
from packhouse.domain.errors import Conflict
from packhouse.domain.events import Event
from packhouse.domain.further import FurtherKey
from packhouse.domain.index import Index, Summary
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.account_ports import HostedChange
from packhouse.services.ports import IndexState, StoredArtifact, StoredFurther

Place = tuple[str, PackageKey]


class MemoryHosted:
    """Keeps whose packages are, and changes all of a package at once; the documents are the whole store's."""

    _artifacts: dict[tuple[Place, str], tuple[int, StoredArtifact]]
    _further: dict[tuple[str, FurtherKey], StoredFurther]
    _states: dict[Place, IndexState]
    _summaries: dict[Place, Summary]
    _note: Callable[[AuditEntry], None]
    _put_artifact: Callable[[Place, StoredArtifact], None]
    _put_index: Callable[[IndexState, Index, Sequence[Event]], IndexState]

    def __init__(self) -> None:
        super().__init__()
        self._ownerships: dict[Place, Ownership] = {}
        self._claims: dict[Place, frozenset[str]] = {}
        self._stars: dict[Place, frozenset[str]] = {}
        self._spellings: dict[tuple[str, str, str], NormalName] = {}

    async def commit(self, change: HostedChange) -> IndexState:
        """Write a change; raise Conflict if the package has changed meanwhile or a version is taken."""
        place = (change.state.origin, change.state.key)
        self._check(place, change)
        state = self._put_index(change.state, change.index, change.events)
        self._summaries.pop(place, None)
        if change.summary is not None and change.index.fragments:
            self._summaries[place] = change.summary
        for filename in change.removed_files:
            self._artifacts.pop((place, filename), None)
        for artifact in change.files:
            self._put_artifact(place, artifact)
        for gone in change.removed_further:
            self._further.pop((change.state.origin, gone), None)
        for further, stored in change.further:
            self._further[change.state.origin, further] = stored
        self._own(place, change)
        if change.audit is not None:
            self._note(change.audit)
        return state

    async def find_ownership(self, origin: str, key: PackageKey) -> Ownership | None:
        """Tell whose a package is; None for one that was never published here."""
        return self._ownerships.get((origin, key))

    async def list_owned(self, origin: str, ecosystem: str, owner: str | None) -> dict[PackageKey, Ownership]:
        """List the packages of one owner, or of all (None), by name; removed ones are left out."""
        present = self._present(origin, ecosystem)
        return {key: found for key, found in present.items() if owner is None or owner in found.owners}

    async def list_restricted(self, origin: str, ecosystem: str) -> dict[PackageKey, Ownership]:
        """List the packages that not everybody may see, by name; removed ones are left out."""
        return {key: found for key, found in self._present(origin, ecosystem).items() if found.restricted}

    async def list_claims(self, origin: str, key: PackageKey) -> frozenset[str]:
        """List the versions that were ever published, those that were removed too."""
        return self._claims.get((origin, key), frozenset())

    async def find_spelling(self, origin: str, ecosystem: str, identity: str) -> NormalName | None:
        """Tell the name of the package that has an identity, be it removed; None where none has ever had it."""
        return self._spellings.get((origin, ecosystem, identity))

    async def list_starred(self, origin: str, ecosystem: str, user: str) -> Sequence[PackageKey]:
        """List the packages that a user has starred, by name."""
        starred = (key for (of, key), users in self._stars.items() if of == origin and user in users)
        return sorted(key for key in starred if key.ecosystem == ecosystem)

    async def write_star(self, origin: str, key: PackageKey, user: str, starred: bool) -> None:  # noqa: FBT001 (a value)
        """Note that a user has starred a package, or no longer does; it need not be published here."""
        others = self._stars.get((origin, key), frozenset()) - {user}
        self._stars[origin, key] = others | {user} if starred else others

    def _check(self, place: Place, change: HostedChange) -> None:
        known = self._states.get(place)
        if (0 if known is None else known.generation) != change.expected:
            raise Conflict(f"{change.state.key} has been changed meanwhile", "try again")
        taken = self._claims.get(place, frozenset()) & set(change.claims)
        if taken or len(set(change.claims)) < len(change.claims):
            raise Conflict(f"{change.state.key} has had version {min(taken or change.claims)} before")
        spelt = self._spellings.get((place[0], place[1].ecosystem, change.identity), place[1].name)
        if change.identity and spelt != place[1].name:
            raise Conflict(f"{change.state.key} is {spelt} in another spelling")

    def _own(self, place: Place, change: HostedChange) -> None:
        if change.ownership is not None:
            known = self._ownerships.get(place)
            revision = 1 if known is None else known.revision + 1
            self._ownerships[place] = msgspec.structs.replace(change.ownership, revision=revision)
        self._claims[place] = self._claims.get(place, frozenset()) | set(change.claims)
        if change.identity:
            self._spellings[place[0], place[1].ecosystem, change.identity] = place[1].name
        stars = self._stars.get(place, frozenset()) - change.stars.keys()
        self._stars[place] = stars | {user for user, starred in change.stars.items() if starred}

    def _present(self, origin: str, ecosystem: str) -> dict[PackageKey, Ownership]:
        found = {
            key: ownership
            for (of, key), ownership in self._ownerships.items()
            if of == origin and key.ecosystem == ecosystem and ownership.removed_at is None
        }
        return dict(sorted(found.items()))
