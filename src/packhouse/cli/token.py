"""`packhouse token`."""

from collections.abc import Sequence
from typing import Annotated, get_args

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import OPERATOR, ask, day, in_days
from packhouse.config import Config
from packhouse.domain.accounts import Token
from packhouse.domain.actor import Action, Limit, Operation
from packhouse.domain.errors import ConfigError
from packhouse.services.people import People

User = Annotated[str, Parameter(help="Whose token it is.")]
Name = Annotated[str, Parameter(help="What it is for.")]
ReadOnly = Annotated[bool, Parameter(name="--read-only", negative="", help="It changes nothing.")]
Days = Annotated[int | None, Parameter(help="It ends after so many days.")]
Networks = Annotated[
    list[str] | None,
    Parameter(name="--network", negative="", help="Where it may be used from, e.g. 10.0.0.0/8; may be repeated."),
]
Allows = Annotated[
    list[str] | None,
    Parameter(
        name="--allow",
        negative="",
        help="What it may do, e.g. `publish:ECOSYSTEM/@acme/*`; read, publish or maintain. May be repeated.",
    ),
]
Only = Annotated[
    list[str] | None,
    Parameter(
        name="--only",
        negative="",
        help="The only writes that it may do: create, update, yank, owners or trust. May be repeated.",
    ),
]
NoOtp = Annotated[bool, Parameter(name="--no-otp", negative="", help="It is asked for no one-time passwords.")]
Key = Annotated[str, Parameter(help="Its key, as `packhouse token list` prints it.")]

app = App(name="token", help="Make, list and end tokens.")


@app.command(name="create")
@configured("data")
def create(  # noqa: PLR0913 (a command has options)
    config: Config,
    user: User,
    /,
    *,
    name: Name = "token",
    read_only: ReadOnly = False,
    days: Days = None,
    network: Networks = None,
    allow: Allows = None,
    only: Only = None,
    no_otp: NoOtp = False,
) -> int:
    """Make a token and print its secret, which is never shown again."""
    limits = _limits(allow or (), only or ())

    async def work(people: People) -> str:
        account = await people.accounts.get(user)
        secret, token = await people.tokens.create(
            account,
            name,
            read_only=read_only,
            networks=network or (),
            expires_at=in_days(days),
            limits=limits,
            bypass_otp=no_otp,
        )
        await people.audit.done(OPERATOR, "token create", f"{user}/{token.key}", name)
        return secret

    print(ask(config, work))
    return 0


@app.command(name="list")
@configured("data")
def list_tokens(config: Config, user: User, /) -> int:
    """Print a user's tokens."""
    from packhouse.cli.showing import print_table

    async def work(people: People) -> Sequence[Token]:
        return await people.tokens.list((await people.accounts.get(user)).name)

    rows = [
        (each.key, each.prefix, each.name, _scope(each), day(each.expires_at), day(each.last_used_at))
        for each in ask(config, work)
    ]
    print_table(("key", "begins with", "name", "scope", "ends", "last used"), rows)
    return 0


@app.command(name="revoke")
@configured("data")
def revoke(config: Config, user: User, key: Key, /) -> int:
    """End a token at once."""

    async def work(people: People) -> None:
        token = await people.tokens.end(user, key)
        await people.audit.done(OPERATOR, "token revoke", f"{user}/{token.key}")

    ask(config, work)
    print("Ended.")
    return 0


def _limits(allowed: Sequence[str], only: Sequence[str]) -> tuple[Limit, ...]:
    operations: tuple[Operation, ...] = get_args(Operation)
    if wrong := [each for each in only if each not in operations]:
        raise ConfigError(f"--only cannot be {wrong[0]!r}", f"take {', '.join(operations)}")
    limits = tuple(_limit(text) for text in allowed)
    if not only:
        return limits
    chosen: tuple[Operation, ...] = tuple(each for each in operations if each in frozenset(only))
    every = limits or (Limit(("read", "publish", "maintain")),)
    return tuple(Limit(each.actions, each.ecosystem, each.pattern, chosen) for each in every)


def _limit(text: str) -> Limit:
    action, _, names = text.partition(":")
    ecosystem, _, pattern = names.partition("/")
    actions: tuple[Action, ...] = get_args(Action)
    if action not in actions or not ecosystem or not pattern:
        raise ConfigError(f"--allow cannot be {text!r}", "write it as publish:ECOSYSTEM/@acme/*")
    return Limit(actions[: actions.index(action) + 1], ecosystem, pattern)


def _scope(token: Token) -> str:
    limits = [_said(each) for each in token.limits]
    return ", ".join([*(["read only"] if token.read_only else []), *limits, *token.networks])


def _said(limit: Limit) -> str:
    action = limit.actions[-1] if limit.actions else "nothing"
    only = f" ({', '.join(limit.operations)} only)" if limit.operations else ""
    return f"{action}:{limit.ecosystem}/{limit.pattern}{only}"
