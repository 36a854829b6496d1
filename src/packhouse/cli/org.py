"""`packhouse org`."""

from collections.abc import Sequence
from typing import Annotated, Literal

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import OPERATOR, ask
from packhouse.config import Config
from packhouse.domain.accounts import Organisation
from packhouse.domain.actor import Actor
from packhouse.domain.errors import ConfigError
from packhouse.services.people import People

Name = Annotated[str, Parameter(help="The organisation.")]
Owner = Annotated[str, Parameter(help="The user who owns it first.")]
Names = Annotated[
    list[str] | None,
    Parameter(name="--names", negative="", help="Names that are its, e.g. `ECOSYSTEM/@acme/*`; may be repeated."),
]
Standing = Literal["developer", "admin", "owner"]

app = App(name="org", help="Make organisations, and say who is in them.")


@app.command(name="add")
@configured("data")
def add(config: Config, name: Name, /, *, owner: Owner, names: Names = None) -> int:
    """Make an organisation; members may publish under its names, admins and owners maintain all of them."""
    namespaces = [tuple(each.partition("/")[::2]) for each in names or ()]
    for ecosystem, pattern in namespaces:
        if not ecosystem or not pattern:
            raise ConfigError("--names names nothing", f"write it as ECOSYSTEM/@{name}/*")

    async def work(people: People) -> None:
        await people.organisations.create(name, owner, [(ecosystem, pattern) for ecosystem, pattern in namespaces])
        await people.audit.done(OPERATOR, "org add", name, owner)

    ask(config, work)
    print(f"Added {name}; {owner} owns it.")
    return 0


@app.command(name="list")
@configured("data")
def list_organisations(config: Config) -> int:
    """Print every organisation with its members and teams."""
    from packhouse.cli.showing import print_table

    async def work(people: People) -> Sequence[Organisation]:
        return await people.organisations.list()

    rows = [
        (
            each.name,
            ", ".join(f"{user} ({standing})" for user, standing in sorted(each.members.items())),
            ", ".join(team.name for team in each.teams),
        )
        for each in ask(config, work)
    ]
    print_table(("name", "members", "teams"), rows)
    return 0


@app.command(name="member")
@configured("data")
def member(config: Config, name: Name, user: str, standing: Standing = "developer", /) -> int:
    """Add a member, or change what one is."""

    async def work(people: People) -> None:
        await people.organisations.set_member(_operator(), name, user, standing)
        await people.audit.done(OPERATOR, "org member", f"{name}/{user}", standing)

    ask(config, work)
    print(f"{user} is {standing} of {name}.")
    return 0


@app.command(name="remove-member")
@configured("data")
def remove_member(config: Config, name: Name, user: str, /) -> int:
    """Remove a member from an organisation and its teams."""

    async def work(people: People) -> None:
        await people.organisations.remove_member(_operator(), name, user)
        await people.audit.done(OPERATOR, "org remove-member", f"{name}/{user}")

    ask(config, work)
    print(f"{user} is not in {name} any more.")
    return 0


@app.command(name="remove")
@configured("data")
def remove(config: Config, name: Name, /) -> int:
    """Forget an organisation with all that was granted to it; packages stay with their owners."""

    async def work(people: People) -> None:
        await people.organisations.remove(name)
        await people.audit.done(OPERATOR, "org remove", name)

    ask(config, work)
    print(f"There is no {name} any more.")
    return 0


def _operator() -> Actor:
    import msgspec

    # Changes of organisations take somebody who has signed in.
    return msgspec.structs.replace(OPERATOR, user="console")
