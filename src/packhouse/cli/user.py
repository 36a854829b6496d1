"""`packhouse user`."""

from typing import Annotated

from cyclopts import App, Parameter

from packhouse.cli.configured import configured
from packhouse.cli.people import OPERATOR, AsJson, FromStdin, ask, day, read_password
from packhouse.config import Config
from packhouse.domain.accounts import User
from packhouse.services.people import People

Name = Annotated[str, Parameter(help="The user's name.")]
Email = Annotated[str, Parameter(help="Their e-mail address.")]
Admin = Annotated[bool, Parameter(name="--admin", negative="", help="May do everything on this server.")]
NoPassword = Annotated[bool, Parameter(name="--no-password", negative="", help="Signs in by token only: a machine.")]

app = App(name="user", help="Add, list and change users.")


@app.command(name="add")
@configured("data")
def add(
    config: Config,
    name: Name,
    /,
    *,
    email: Email = "",
    admin: Admin = False,
    no_password: NoPassword = False,
    password_stdin: FromStdin = False,
) -> int:
    """Make an account; asks for the password."""
    password = "" if no_password else read_password(stdin=password_stdin)

    async def work(people: People) -> None:
        await people.accounts.add(name, email, password, administrator=admin)
        await people.audit.done(OPERATOR, "user add", name, "administrator" if admin else "")

    ask(config, work)
    print(f"Added {name}{' as an administrator' if admin else ''}.")
    return 0


@app.command(name="list")
@configured("data")
def list_users(config: Config, *, json: AsJson = False) -> int:
    """Print every user."""
    users = ask(config, _all)
    if json:
        import msgspec

        rows = [
            {"name": each.name, "email": each.email, "admin": each.administrator, "disabled": each.disabled}
            for each in users
        ]
        print(msgspec.json.format(msgspec.json.encode(rows), indent=2).decode())
        return 0
    from packhouse.cli.showing import print_table

    print_table(
        ("name", "e-mail", "", "since"), [(each.name, each.email, _marks(each), day(each.created_at)) for each in users]
    )
    return 0


@app.command(name="password")
@configured("data")
def password(config: Config, name: Name, /, *, password_stdin: FromStdin = False) -> int:
    """Set a user's password; their tokens and sessions end."""
    fresh = read_password(stdin=password_stdin)

    async def work(people: People) -> None:
        user = await people.accounts.get(name)
        await people.accounts.set_password(user, fresh)
        await people.tokens.end_all(name)
        await people.audit.done(OPERATOR, "user password", name)

    ask(config, work)
    print(f"{name} has a new password.")
    return 0


@app.command(name="disable")
@configured("data")
def disable(config: Config, name: Name, /) -> int:
    """Let a user sign in no longer, and end their tokens; what they own stays theirs."""
    return _change(config, name, "disable", disabled=True)


@app.command(name="enable")
@configured("data")
def enable(config: Config, name: Name, /) -> int:
    """Let a user sign in again."""
    return _change(config, name, "enable", disabled=False)


@app.command(name="admin")
@configured("data")
def admin(
    config: Config, name: Name, /, *, remove: Annotated[bool, Parameter(negative="", help="No longer.")] = False
) -> int:
    """Make a user an administrator."""
    return _change(config, name, "admin", administrator=not remove)


@app.command(name="remove-otp")
@configured("data")
def remove_otp(config: Config, name: Name, /) -> int:
    """Ask a user for no one-time passwords any more: for who has lost device and codes."""
    return _change(config, name, "remove-otp", second_factor=None)


def _change(config: Config, name: str, action: str, **fields: object) -> int:
    async def work(people: People) -> None:
        await people.accounts.change(await people.accounts.get(name), **fields)
        if fields.get("disabled"):
            # Otherwise they would all come back to life with `enable`.
            await people.tokens.end_all(name)
        await people.audit.done(OPERATOR, f"user {action}", name)

    ask(config, work)
    print(f"Changed {name}.")
    return 0


async def _all(people: People) -> list[User]:
    found: list[User] = []
    while page := await people.accounts.list(found[-1].name if found else "", 500):
        found += page
    return found


def _marks(user: User) -> str:
    marks = {"administrator": user.administrator, "disabled": user.disabled, "2fa": user.second_factor is not None}
    return ", ".join(mark for mark, holds in marks.items() if holds)
