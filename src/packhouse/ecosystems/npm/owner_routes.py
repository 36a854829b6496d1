"""The doors at which `npm owner` and `pnpm owner` knock.

npm sends the whole list back with the packument's revision, pnpm one name at a time. Whose a package is and the
`maintainers` of its packument are always the same people; addresses are those of their accounts, whatever is sent.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Invalid, NotFound
from packhouse.domain.events import EventKind
from packhouse.domain.index import Index
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.documents import head_members
from packhouse.ecosystems.npm.hosted import with_maintainers
from packhouse.ecosystems.npm.maintaining import maintained, require_maintainer
from packhouse.ecosystems.npm.names import parse_name
from packhouse.ecosystems.npm.organisation_routes import bare
from packhouse.ecosystems.npm.people import read_people
from packhouse.ecosystems.npm.small_bodies import read_small
from packhouse.http.answers import Answer, json_answer
from packhouse.http.request import Request
from packhouse.http.router import Route, route
from packhouse.services.assembly import Services
from packhouse.services.publishing import Change, Hosted

_MOST = 100
"""Owners of a package; more is a mistake, and a team is what is wanted."""

Owners = tuple[str, ...]


class _Named(Struct):
    user: str


class OwnerRoutes:
    """The handlers."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def routes(self) -> list[Route]:
        """List the addresses; they must stand before those of packages."""
        return [
            route("-/package/{name}/owners", GET=self.owners, PUT=self.add),
            route("-/package/{name}/owners/{user}", DELETE=self.remove),
        ]

    async def owners(self, request: Request, name: str) -> Answer:
        """List the owners; those of a package of an upstream are the ones that its packument names."""
        source, key = self._services.source, self._key(name)
        snapshot = await source.snapshot(request.view, key)
        people = maintainers_of(await source.index(request.view, snapshot))
        return json_answer([{"username": person, "email": email} for person, email in people])

    async def add(self, request: Request, name: str) -> Answer:
        """Make somebody an owner."""
        key = self._key(name)
        ownership = await require_maintainer(self._services, request.view, key, "owners")
        user = bare((await read_small(request, _Named)).user)
        asked = _Asked(lambda owners: owners if user in owners else (*owners, user), (user,))
        return await _change_owners(self._services, request, key, ownership, asked)

    async def remove(self, request: Request, name: str, user: str) -> Answer:
        """Let somebody be an owner no longer."""
        key = self._key(name)
        ownership = await require_maintainer(self._services, request.view, key, "owners")
        asked = _Asked(lambda owners: _without(key, owners, bare(user)))
        return await _change_owners(self._services, request, key, ownership, asked)

    def _key(self, name: str) -> PackageKey:
        return PackageKey(self._services.ecosystem.key, parse_name(name))


async def change_maintainers(
    services: Services, request: Request, key: PackageKey, maintainers: Sequence[str], rev: str | None = None
) -> Answer:
    """Let exactly these users own a package, as npm's PUT of `maintainers` asks.

    Raise Conflict where the package is not of that revision any more: the list was made from an older one.
    """
    ownership = await require_maintainer(services, request.view, key, "owners")
    wanted = tuple(dict.fromkeys(maintainers))
    return await _change_owners(services, request, key, ownership, _Asked(lambda _: wanted, wanted, rev))


def maintainers_of(index: Index) -> list[tuple[str, str]]:
    """Read names and addresses of the maintainers that a packument names."""
    people = msgspec.json.decode(head_members(index).get("maintainers", b"[]"))
    return [(person.name or "", person.email or "") for person in read_people(people)]


class _Asked(Struct, frozen=True):
    """What is to become of the owners."""

    of: Callable[[Owners], Owners]
    named: Owners = ()
    """Who has to be a user, if they are not owners already."""
    rev: str | None = None
    """The revision that it was made from; None where it holds for every one."""


async def _change_owners(
    services: Services, request: Request, key: PackageKey, ownership: Ownership, asked: _Asked
) -> Answer:
    actor = request.view.actor
    emails = await _emails(services, asked.named, ownership.owners)

    def changed(hosted: Hosted) -> Change | None:
        index, before = maintained(actor, hosted, asked.rev)
        owners = _checked(key, asked.of(before.owners))
        if owners == before.owners:
            return None
        known = dict(maintainers_of(index)) | emails
        people = [(owner, known.get(owner, "")) for owner in owners]
        return Change(
            with_maintainers(index, people, hosted.now),
            "owner",
            events=_events(before.owners, owners),
            ownership=msgspec.structs.replace(before, owners=owners),
        )

    await services.publishing.change(request.view, key, changed)
    return json_answer({"ok": True, "id": key.name}, 201)


async def _emails(services: Services, named: Owners, owners: Owners) -> dict[str, str]:
    """Look the addresses of users up; raise NotFound for a new owner who is no user."""
    if len(named) > _MOST:
        raise Invalid(f"a package may have {_MOST} owners", "let a team publish it")
    emails: dict[str, str] = {}
    for name in dict.fromkeys((*owners, *named)):
        user = await services.people.accounts.find(name)
        if user is not None:
            emails[name] = user.email
        if (user is None or user.disabled) and name not in owners:
            raise NotFound(f"there is no user {name[:100]!r}", "an owner needs an account here")
    return emails


def _checked(key: PackageKey, owners: Owners) -> Owners:
    if not owners:
        raise Invalid(f"{key} would have no owner", "make somebody else an owner first")
    if len(owners) > _MOST:
        raise Invalid(f"{key} would have more than {_MOST} owners", "let a team publish it")
    return owners


def _events(before: Owners, after: Owners) -> tuple[tuple[EventKind, str, dict[str, str]], ...]:
    changes: list[tuple[EventKind, str]] = [("owner_added", owner) for owner in after if owner not in before]
    changes.extend(("owner_removed", owner) for owner in before if owner not in after)
    return tuple((kind, "", {"user": owner}) for kind, owner in changes)


def _without(key: PackageKey, owners: Owners, user: str) -> Owners:
    if user not in owners:
        raise NotFound(f"{user[:100]!r} is no owner of {key}")
    return tuple(owner for owner in owners if owner != user)
