"""People and teams as the Web API writes them, and as cargo names them."""

from collections.abc import Iterable

from msgspec import Struct

from packhouse.domain.accounts import Team, User
from packhouse.domain.errors import Invalid
from packhouse.domain.package import Moment
from packhouse.ecosystems.cargo.hosted_document import Deed, user_of
from packhouse.ecosystems.cargo.listing import Json
from packhouse.services.accounts import Accounts

HANDLER = "packhouse"
"""What the login of a team of this server begins with, as another registry's does with that of its own host."""


class TeamLogin(Struct, frozen=True):
    """The name of a team."""

    organisation: str
    team: str

    @property
    def path(self) -> str:
        """As everybody else here writes it: `acme/builders`."""
        return f"{self.organisation}/{self.team}"

    def __str__(self) -> str:
        return f"{HANDLER}:{self.organisation}:{self.team}"


def read_login(login: str) -> TeamLogin | str:
    """Read whom cargo names: `packhouse:acme:builders` or `acme/builders` for a team, a plain name for a user."""
    of_path = login.count("/") == 1 and ":" not in login
    parts = [HANDLER, *login.split("/")] if of_path else login.split(":")
    if not all(parts):
        raise Invalid("owner logins must not have empty components", f"write a team as {HANDLER}:organisation:team")
    if len(parts) == 1:
        return login
    if len(parts) != 3 or parts[0] != HANDLER:
        raise Invalid(f"unknown organization handler, only '{HANDLER}:org:team' is supported")
    return TeamLogin(parts[1], parts[2])


def team_login(path: str) -> TeamLogin:
    """Read the name of a team as it stands in an ownership."""
    organisation, _, team = path.partition("/")
    return TeamLogin(organisation, team)


def number_of(name: str) -> int:
    """Make the number that stands for a user, a team or a crate."""
    return int(user_of(Deed(name, Moment(0)))["id"])


def user_json(user: User) -> Json:
    """Write a user, as everybody may see one."""
    return user_of(Deed(user.name, Moment(0), user.profile.get("fullname", "")))


def team_json(login: TeamLogin, team: Team | None = None) -> Json:
    """Write a team."""
    name = (team.description if team is not None else "") or login.team
    return {"id": number_of(str(login)), "login": str(login), "name": name, "avatar": None, "url": None}


async def users_json(accounts: Accounts, names: Iterable[str]) -> list[Json]:
    """Write users by name, those too whose account is gone."""
    found = []
    for name in dict.fromkeys(names):
        user = await accounts.find(name)
        found.append(user_of(Deed(name, Moment(0))) if user is None else user_json(user))
    return found
