"""`packhouse grant`."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import OPERATOR, ask, day
from packhouse.config import Config
from packhouse.domain.actor import Grant, Role
from packhouse.domain.errors import ConfigError
from packhouse.services.people import People

Subject = Annotated[str, Parameter(help="`user:ada`, `team:acme/builders`, `org:acme`, `users` or `anyone`.")]
What = Annotated[str, Parameter(help="Names, e.g. `ECOSYSTEM/@acme/*`, `ECOSYSTEM/*` or `*/*`.")]
Id = Annotated[str, Parameter(help="As `packhouse grant list` prints it.")]

app = App(name="grant", help="Grant roles: reader, publisher, maintainer, admin.")


@app.command(name="add")
@configured("data")
def add(config: Config, subject: Subject, role: Role, names: What, /) -> int:
    """Grant a role on every package whose name has a pattern."""
    ecosystem, _, pattern = names.partition("/")
    kind, _, who = subject.partition(":")
    if not ecosystem or not pattern:
        raise ConfigError(f"{names!r} names nothing", "write it as ECOSYSTEM/@acme/*")
    if subject not in ("users", "anyone") and (kind not in ("user", "team", "org", "org-admin") or not who):
        raise ConfigError(f"{subject!r} is nobody", "write user:ada, team:acme/builders, org:acme, users or anyone")

    async def work(people: People) -> None:
        grant = await people.granting.add(subject, role, ecosystem, pattern, "console")
        await people.audit.done(OPERATOR, "grant add", grant.subject, f"{role} of {names}")

    ask(config, work)
    print(f"{subject} is {role} of {names}.")
    return 0


@app.command(name="list")
@configured("data")
def list_grants(config: Config) -> int:
    """Print every grant."""
    from packhouse.cli.showing import print_table

    async def work(people: People) -> Sequence[Grant]:
        return await people.grants.list_grants()

    rows = [
        (each.id, each.subject, each.role, f"{each.ecosystem}/{each.pattern}", day(each.created_at))
        for each in ask(config, work)
    ]
    print_table(("id", "who", "role", "of", "since"), rows)
    return 0


@app.command(name="remove")
@configured("data")
def remove(config: Config, id: Id, /) -> int:  # noqa: A002 (the word of the list)
    """Take a grant back."""

    async def work(people: People) -> None:
        grant = await people.granting.remove(id)
        detail = f"{grant.role} of {grant.ecosystem}/{grant.pattern}"
        await people.audit.done(OPERATOR, "grant remove", grant.subject, detail)

    ask(config, work)
    print("Removed.")
    return 0
