"""Who may read or write a package, by what they own, are in, or were granted."""

from collections.abc import Iterable, Sequence
from typing import Literal

from packhouse.domain.accounts import Organisation, Ownership, Team
from packhouse.domain.actor import Grant, Role
from packhouse.domain.package import PackageKey
from packhouse.policy.permission import covers

Permission = Literal["read", "write"]


def collaborators(
    key: PackageKey, ownership: Ownership, grants: Iterable[Grant], organisations: Sequence[Organisation]
) -> dict[str, Permission]:
    """Find everybody who may read or write a package because of what they own, are in, or were granted."""
    roles: dict[str, Permission] = {}

    def add(users: Iterable[str], given: Permission) -> None:
        for user in users:
            if given == "write" or user not in roles:
                roles[user] = given

    teams = {f"{each.name}/{team.name}": team for each in organisations for team in each.teams}
    add(ownership.owners, "write")
    for group, role in ownership.teams.items():
        add(teams.get(group, Team("")).members, permission(role))
    for grant in grants:
        if covers(grant.ecosystem, grant.pattern, key):
            add(_grantees(grant, teams, organisations), permission(grant.role))
    return roles


def permission(role: Role) -> Permission:
    """Word a role as npm does."""
    return "read" if role == "reader" else "write"


def _grantees(grant: Grant, teams: dict[str, Team], organisations: Sequence[Organisation]) -> Sequence[str]:
    kind, _, name = grant.subject.partition(":")
    members = next((each.members for each in organisations if each.name == name), {})
    match kind:
        case "user":
            return (name,)
        case "team":
            return teams.get(name, Team("")).members
        case "org":
            return tuple(members)
        case "org-admin":
            return tuple(user for user, standing in members.items() if standing != "developer")
        case _:
            return ()  # whoever has signed in, or anyone: nobody in particular


def group_of(grant: Grant) -> str:
    """Name the team or organisation that a grant is for; empty where it is for neither."""
    kind, _, name = grant.subject.partition(":")
    return name if kind in ("team", "org") else ""
